"""Recovery: a store that may have forgotten what was sent sends nothing unasked, until a person ends it.

A notice is asked about by its reference, which is derived from its natural key and so the same as before. What is known
of it is learned anew; what is proven not to have arrived is sent, the same as after any doubt.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from gateway.notice.notice import sha256
from gateway.notice.source_row import Refusal
from gateway.operations.operator_action import OperatorAction
from gateway.record.evidence_record import EvidenceKind, EvidenceRecord, evidence_record
from gateway.runtime.clock import timestamp
from gateway.runtime.errors import CATALOGUE, GatewayError
from gateway.store.ports.recovery_store import RecoveryStore
from gateway.store.ports.refusal_store import RefusalStore
from gateway.store.store import Store
from gateway.store.store_fingerprint import Cause, Forgetting, Recovery
from gateway.store.stored import Changes, Payload

FORGOTTEN = "doubt.recovery"
"""The code of a notice in doubt that may have been sent before, for all that is known here."""

LOOKED_AT_AGAIN = tuple(code for code, entry in CATALOGUE.items() if entry.retry and code.startswith("notice."))
"""Refusals that end without a change of the row: a body is configured, a seal renewed, an earlier revision ended."""

_NUMBERS_BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def current(store: RecoveryStore) -> Recovery | None:
    """Return the recovery that is on: of several, the last."""
    return next((recovery for recovery in reversed(store.all()) if recovery.ended_at is None), None)


def begin_if_rolled_back(store: Store, now: datetime, origin: str) -> Recovery | None:
    """Begin a recovery where the store has forgotten something, and remember it as it is; return the one that is on."""
    forgetting = store.recovery.forgetting()
    if forgetting is not None:
        _begin(store, forgetting, _noticed(forgetting, now, origin), now)
        store.recovery.forgetting()
    return current(store.recovery)


def declare(store: Store, act: OperatorAction, origin: str) -> Recovery:
    """Begin a recovery because a person says that the store was restored. Raises ``recovery.moved``."""
    forgetting = store.recovery.forgetting()
    epoch, remembered = store.recovery.epoch, forgetting.remembered if forgetting else store.recovery.epoch
    if not _begin(
        store,
        Forgetting(cause=Cause.PERSON, epoch=epoch, remembered=remembered),
        act.record(epoch, origin=origin, outcome="begun"),
        act.at,
    ):
        raise GatewayError("recovery.moved")
    store.recovery.forgetting()
    begun = current(store.recovery)
    assert begun is not None
    return begun


def ended_since(recoveries: Sequence[Recovery], refused_since: datetime) -> Recovery | None:
    """Return the last recovery at whose end a row was refused that becomes a notice now; None: there was none.

    Before the loss the row may have been a notice, and was not asked about in the recovery, for want of one.
    """
    ended = [each for each in recoveries if each.ended_at is not None and refused_since <= each.ended_at]
    return ended[-1] if ended else None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenEnds:
    """Obstacles to the end of a recovery: notices that were not asked about, and sources whose rows have not all
    been taken in since."""

    unasked: int
    uncollected: tuple[str, ...]

    def __str__(self) -> str:
        told = [f"{self.unasked} notices not asked about"] if self.unasked else []
        told += [f"not all rows taken in: {', '.join(self.uncollected)}"] if self.uncollected else []
        return "; ".join(told)


def open_ends(store: Store, recovery: Recovery, sources: Sequence[str]) -> OpenEnds:
    """Return what is left to do in all ``sources``."""
    return OpenEnds(
        unasked=store.tallies.counts()["unasked"],
        uncollected=tuple(name for name in sources if store.rows.cursor(collected(name)) != recovery.epoch),
    )


def refused_rows(store: RefusalStore, sources: Sequence[str]) -> Iterator[Refusal]:
    """Yield the refusals of rows that may become notices without a change of theirs. They keep no recovery from being
    over: such a notice is asked about before it is sent (`ended_since`)."""
    for source in sources:
        after = None
        while page := store.row_keys(source, LOOKED_AT_AGAIN, 1000, after):
            standing = store.of_rows(source, page)
            yield from (standing[key].refusal for key in page if key in standing)
            after = page[-1]


def end(store: Store, act: OperatorAction, origin: str, sources: Sequence[str], *, although: bool) -> Recovery:
    """End the recovery that is on: what is collected from now on is new, and is sent without asking.

    Raises ``recovery.none``, and ``recovery.open-ends`` unless ``although``. What is here and was not asked about is
    not sent before, either way.
    """
    recovery = current(store.recovery)
    if recovery is None:
        raise GatewayError("recovery.none")
    left = str(open_ends(store, recovery, sources))
    if left and not although:
        raise GatewayError("recovery.open-ends", where=f"since {timestamp(recovery.since)}", detail=left)
    record, payload = act.record(recovery.epoch, origin=origin, outcome="ended", open_ends=left or "none")
    ended = replace(recovery, ended_at=act.at, ended_by=record.id)
    store.commit(Changes(recovery=ended, evidence=[record], payloads=[payload]))
    return ended


def collected(source: str) -> str:
    """The name of the cursor that holds the epoch in which all rows of a source were taken in."""
    return f"recovered:{source}"


def first_number(recoveries: Sequence[Recovery]) -> int:
    """Return what is added to the numbers of steps that case databases are shown.

    A row may show a step that is forgotten here, and takes only later ones. Seconds count up faster than the steps of
    any notice do, and until the year 2094 the sum is no more than a number of 32 bits.
    """
    return max(first_numbers(recoveries))


def first_numbers(recoveries: Sequence[Recovery]) -> frozenset[int]:
    """Return every `first_number` that there was: a row that was written before a recovery shows an earlier one."""
    return frozenset({0, *(int((r.since - _NUMBERS_BEGIN).total_seconds()) for r in recoveries)})


def _begin(store: Store, forgetting: Forgetting, evidence: tuple[EvidenceRecord, Payload], since: datetime) -> bool:
    """Whether it was begun: not where another process has begun one already."""
    record, payload = evidence
    recovery = Recovery(
        epoch=secrets.token_hex(16),
        replaced=forgetting.epoch,
        remembered=forgetting.remembered if forgetting.remembered != forgetting.epoch else None,
        since=since,
        cause=forgetting.cause,
        evidence_id=record.id,
    )
    return not store.commit(Changes(recovery=recovery, evidence=[record], payloads=[payload], all_or_nothing=True))


def _noticed(forgetting: Forgetting, now: datetime, origin: str) -> tuple[EvidenceRecord, Payload]:
    told = {
        "cause": forgetting.cause.value,
        "epoch": forgetting.epoch,
        "remembered": forgetting.remembered,
        "missing": list(forgetting.missing),
        "at": timestamp(now),
    }
    octets = json.dumps(told, sort_keys=True, indent=1).encode() + b"\n"
    record = evidence_record(
        id=f"recovery:{forgetting.epoch}:{timestamp(now)}",
        kind=EvidenceKind.RECOVERY_BEGUN,
        notice=None,
        origin=origin,
        destination=origin,
        event_time=now,
        recorded_at=now,
        payload_digest=sha256(octets),
        context={"cause": forgetting.cause.value},
    )
    return record, Payload(digest=record.payload_digest, octets=octets)
