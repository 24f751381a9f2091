"""Work of persons on a notice that waits for one: claim, release, hand over, comment. Each is on record.

A claim says who works on a notice. It keeps nobody from an act. These records say nothing about the notice's course:
timelines and evidence files leave them out, as they leave out accesses.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Final

from gateway.operations.notice_access import act_of, is_access
from gateway.operations.operator_action import OperatorAction
from gateway.people.permissions import Permission
from gateway.people.person import Person
from gateway.record.evidence_record import EvidenceKind, EvidenceRecord
from gateway.runtime.clock import timestamp
from gateway.runtime.errors import GatewayError
from gateway.store.notice_claim import ClaimChange, NoticeClaim
from gateway.store.store import Store
from gateway.store.stored import Changes, EvidenceRow, Payload

MAX_COMMENT: Final = 2000
"""Most characters of a comment."""


class Work(StrEnum):
    """Act of work on a notice: its name in its record."""

    CLAIM = "notice.claim"
    UNCLAIM = "notice.unclaim"
    HAND_OVER = "notice.hand-over"
    COMMENT = "notice.comment"


_NAMES: Final = frozenset(work.value for work in Work)

COMMENTING: Final = frozenset({Work.COMMENT.value, Work.HAND_OVER.value})
"""Acts whose reason is a comment on a notice, which may tell of its recipient."""


def claim(store: Store, reference: str, person: Person, act: OperatorAction, origin: str) -> bool:
    """Claim a notice for a person; return True if that was a change.

    Raises `GatewayError` ``queue.unknown`` for a notice that the person may not act on, ``claim.not-waiting``,
    ``claim.taken`` if another person has it.
    """
    _assert_may_act(store, reference, person)
    standing = store.claims.standing(reference)
    if standing.claim is not None and standing.claim.person == person.id:
        return False
    if standing.claim is not None:
        raise GatewayError("claim.taken", where=reference)
    if not standing.waits:
        raise GatewayError("claim.not-waiting", where=reference)
    _change(store, reference, None, person, act, person, origin, "claimed")
    return True


def unclaim(store: Store, reference: str, person: Person, act: OperatorAction, origin: str) -> bool:
    """Release a notice that the person has claimed; return True if that was a change.

    Raises `GatewayError` ``queue.unknown``, ``claim.taken`` if another person has it.
    """
    _assert_may_act(store, reference, person)
    present = store.claims.standing(reference).claim
    if present is None:
        return False
    if present.person != person.id:
        raise GatewayError("claim.taken", where=reference)
    _change(store, reference, person.id, None, act, person, origin, "released")
    return True


def hand_over(
    store: Store, reference: str, person: Person, to: Person | None, act: OperatorAction, origin: str
) -> bool:
    """Hand a notice over to another person, or take over another one's; return True if that was a change.

    The reason of the act is a comment, and may be empty. ``to`` is None for a person who is not known.

    Raises `GatewayError` ``queue.unknown``, ``claim.not-among`` if ``to`` may not act on the notice,
    ``claim.not-waiting``, ``claim.taken`` if somebody else took it meanwhile, ``claim.comment``.
    """
    body = _assert_may_act(store, reference, person)
    _assert_comment(reference, act.reason, least=0)
    if to is None or not may_act(to, body):
        raise GatewayError("claim.not-among", where=reference)
    standing = store.claims.standing(reference)
    before = None if standing.claim is None else standing.claim.person
    if before == to.id:
        return False
    if not standing.waits:
        raise GatewayError("claim.not-waiting", where=reference)
    _change(store, reference, before, to, act, person, origin, "handed-over")
    return True


def comment(store: Store, reference: str, person: Person, act: OperatorAction, origin: str) -> None:
    """Record a comment on a notice, whether it waits or not. The text is the act's reason.

    Raises `GatewayError` ``queue.unknown``, ``claim.comment`` for no text, or too long a one.
    """
    _assert_may_act(store, reference, person)
    _assert_comment(reference, act.reason, least=1)
    record, payload = _record(act, reference, person, origin, "commented", {})
    store.commit(Changes(evidence=[record], payloads=[payload]))


def claimers(store: Store, references: Sequence[str]) -> dict[str, str]:
    """Return the logins of those who have claimed notices that wait, by reference."""
    claims = store.claims.of(references)
    people = {id: store.people.get(id) for id in {claim.person for claim in claims.values()}}
    return {each: person.login for each, claim in claims.items() if (person := people[claim.person]) is not None}


def may_act(person: Person, body: str) -> bool:
    """Return True if a person sees a body's notices, and may act on them."""
    return person.sees(body) and person.may(Permission.ACT_ON_NOTICES, body)


def is_work(row: EvidenceRow) -> bool:
    """Return True for the record of work on a notice."""
    return act_of(row) in _NAMES


def of_course(rows: Iterable[EvidenceRow]) -> list[EvidenceRow]:
    """Return the records of a notice's course: neither accesses nor work, nor certificates of what they show."""
    certificate = EvidenceKind.SERVICE_CERTIFICATE
    return [row for row in rows if row.kind != certificate and not is_access(row) and not is_work(row)]


def _assert_may_act(store: Store, reference: str, person: Person) -> str:
    """Return the body of a notice. One of another body is the same as one that nobody has."""
    body = store.notices.bodies([reference]).get(reference)
    if body is None or not may_act(person, body):
        raise GatewayError("queue.unknown", where=reference)
    return body


def _assert_comment(reference: str, text: str, *, least: int) -> None:
    readable = all(sign in "\n\t" or (sign >= " " and sign != "\x7f") for sign in text)
    if not least <= len(text) <= MAX_COMMENT or not readable:
        raise GatewayError("claim.comment", where=reference)


def _change(
    store: Store,
    reference: str,
    before: str | None,
    to: Person | None,
    act: OperatorAction,
    by: Person,
    origin: str,
    outcome: str,
) -> None:
    about = ({} if before is None else {"before": before}) | ({} if to is None else {"to": to.id})
    record, payload = _record(act, reference, by, origin, outcome, about)
    after = None
    if to is not None:
        after = NoticeClaim(
            reference=reference,
            person=to.id,
            since=act.at,
            handed_by=None if to.id == by.id else by.id,
            evidence_id=record.id,
        )
    change = ClaimChange(reference=reference, before=before, after=after)
    if store.commit(Changes(claims=[change], evidence=[record], payloads=[payload], all_or_nothing=True)):
        present = store.claims.standing(reference)
        if (None if present.claim is None else present.claim.person) != before:
            raise GatewayError("claim.taken", where=reference)
        raise GatewayError("claim.not-among" if present.waits else "claim.not-waiting", where=reference)


def _record(
    act: OperatorAction, reference: str, by: Person, origin: str, outcome: str, about: dict[str, str]
) -> tuple[EvidenceRecord, Payload]:
    """Return record and payload. Of two persons' acts at one time, each has an id of its own."""
    id = f"act:{act.name}:{reference}:{by.id}:{timestamp(act.at)}"
    return act.record(reference, origin=origin, outcome=outcome, notice=reference, id=id, person=by.id, **about)
