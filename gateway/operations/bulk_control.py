"""Begin and stop of a bulk act: acts of persons, each on record with the number and the digest of its notices."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from gateway.notice.notice import sha256
from gateway.operations.bulk_draft import is_fresh
from gateway.operations.operator_action import OperatorAction
from gateway.people.permissions import Permission
from gateway.people.person import Person
from gateway.record.evidence_record import EvidenceRecord
from gateway.runtime.errors import GatewayError
from gateway.store.bulk_act import BulkAct, BulkChange, BulkEnd, BulkEvent, BulkStep
from gateway.store.store import Store
from gateway.store.stored import Changes, Payload

ENDED: Final = "bulk.end"
"""Name of the act in the record of an end: the gateway writes it for the act's person, or for whoever stopped it."""

_PAGE: Final = 5000


def begin(store: Store, id: str, act: OperatorAction, origin: str) -> BulkAct:
    """Begin a draft: from now on the service does it. Repeating it has no further effect.

    Raises `GatewayError` ``bulk.unknown``; ``bulk.other-person`` unless ``act`` is of the draft's person, by the same
    authentication; ``bulk.not-permitted``; ``bulk.empty``; ``bulk.expired``.
    """
    bulk = found(store, id)
    if bulk.began_at is not None:
        return bulk
    if (act.account, act.authentication) != (bulk.account, bulk.authentication):
        raise GatewayError("bulk.other-person", where=id)
    if not may_act(store.people.get(bulk.person), bulk):
        raise GatewayError("bulk.not-permitted", where=id)
    if not bulk.total:
        raise GatewayError("bulk.empty", where=id)
    if not is_fresh(bulk, act.at):
        raise GatewayError("bulk.expired", where=id)
    act = replace(act, reason=bulk.reason)  # one reason for all of its records
    record, payload = _record(bulk, act, origin, "begun", _references(store, id), search=bulk.search)
    _commit(store, BulkStep(id=id, event=BulkEvent.BEGIN, at=act.at, evidence_id=record.id), record, payload)
    return found(store, id)


def stop(store: Store, id: str, act: OperatorAction, origin: str) -> BulkAct:
    """Stop a bulk act that runs: notices without an outcome stay as they are.

    Raises `GatewayError` ``bulk.unknown``; ``bulk.ended`` if it does not run.
    """
    bulk = found(store, id)
    if not bulk.runs:
        raise GatewayError("bulk.ended", where=id)
    record, payload = act.record(
        _subject(bulk), origin=origin, outcome="stopped", bulk=bulk.id, deed=bulk.deed.value, of=str(bulk.total)
    )
    step = BulkStep(id=id, event=BulkEvent.STOP, at=act.at, evidence_id=record.id)
    if not _commit(store, step, record, payload):
        raise GatewayError("bulk.ended", where=id)
    # Numbers are exact from here on. The pass does the same if this process ends in between.
    end(store, bulk, BulkEnd.STOPPED, replace(act, name=ENDED), origin)
    return found(store, id)


def end(store: Store, bulk: BulkAct, ended_as: BulkEnd, act: OperatorAction, origin: str) -> bool:
    """End a bulk act, with the numbers of its outcomes in the record; return False if it ended meanwhile."""
    while True:
        tally = store.bulk_acts.tally(bulk.id)
        numbers = {"done": str(tally.done), "failed": str(tally.failed), "left": str(tally.left)}
        record, payload = _record(bulk, act, origin, ended_as.value, store.bulk_acts.done(bulk.id), **numbers)
        step = BulkStep(
            id=bulk.id,
            event=BulkEvent.END,
            at=act.at,
            evidence_id=record.id,
            ended_as=ended_as,
            outcomes=tally.done + tally.failed,
        )
        if _commit(store, step, record, payload):
            return True
        if found(store, bulk.id).ended_at is not None:
            return False


def found(store: Store, id: str) -> BulkAct:
    """Return a bulk act. Raises `GatewayError` ``bulk.unknown``."""
    bulk = store.bulk_acts.get(id)
    if bulk is None:
        raise GatewayError("bulk.unknown", where=id)
    return bulk


def may_act(person: Person | None, bulk: BulkAct) -> bool:
    """Return True if a person may act on the notices of each body of a bulk act."""
    return person is not None and all(person.may(Permission.ACT_ON_NOTICES, body) for body in bulk.bodies)


def references_digest(references: Iterable[str]) -> str:
    """Return the digest of references: SHA-256 of each in its order with a line feed behind it."""
    return sha256("".join(f"{reference}\n" for reference in sorted(references)).encode())


def _references(store: Store, id: str) -> list[str]:
    references: list[str] = []
    while page := store.bulk_acts.notices(id, limit=_PAGE, after=references[-1] if references else ""):
        references += [each.reference for each in page]
    return references


def _record(
    bulk: BulkAct, act: OperatorAction, origin: str, outcome: str, references: list[str], **about: str
) -> tuple[EvidenceRecord, Payload]:
    return act.record(
        _subject(bulk),
        origin=origin,
        outcome=outcome,
        bulk=bulk.id,
        deed=bulk.deed.value,
        notices=str(len(references)),
        references_digest=references_digest(references),
        of=str(bulk.total),
        **about,
    )


def _subject(bulk: BulkAct) -> str:
    return f"bulk act {bulk.id}"


def _commit(store: Store, step: BulkStep, record: EvidenceRecord, payload: Payload) -> bool:
    changes = Changes(bulk=BulkChange(step=step), evidence=[record], payloads=[payload], all_or_nothing=True)
    return not store.commit(changes)
