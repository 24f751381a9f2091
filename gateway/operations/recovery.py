"""Recovery after a loss in the store: nothing is sent without an inquiry, until a person ends it.

The store may have lost records of sent notices. An inquiry uses the notice's reference, which is derived from its
natural key and so does not change.
Its state is learned again; a notice that is proven not to have arrived is sent, as after any doubt.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from gateway.notice.notice import sha256
from gateway.notice.source_row import Refusal
from gateway.operations.operator_action import OperatorAction
from gateway.record.evidence_record import EvidenceKind, EvidenceRecord, evidence_record
from gateway.runtime.clock import CLOCKS_DIFFER, Clock, timestamp
from gateway.runtime.errors import CATALOGUE, GatewayError
from gateway.runtime.randomness import random_hex
from gateway.store.ports.recovery_store import RecoveryStore
from gateway.store.ports.refusal_store import RefusalStore
from gateway.store.source_listing import STATED, is_stated, last_listing
from gateway.store.store import Store
from gateway.store.store_fingerprint import Cause, Forgetting, Recovery
from gateway.store.stored import Changes, Payload

FORGOTTEN = "doubt.recovery"
"""Code of a notice in doubt that may have been sent before a loss of the store."""

LOOKED_AT_AGAIN = tuple(
    code for code in CATALOGUE if code.startswith(("notice.", "document.")) and CATALOGUE[code].retry
)
"""Codes of refusals that may end without a change of the row.

Examples: a body is configured, a seal renewed, an earlier revision ended, a paper's file is there.
"""

APART: Final = timedelta(minutes=1)
"""Shortest time between the beginnings of two recoveries: more than the steps of a notice, since numbers of steps count
on from there (`first_number`)."""

_LOOKED_AT: Final = 10_000
"""Most unasked notices that are looked at before a recovery is ended all the same."""

_NUMBERS_BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def current(store: RecoveryStore) -> Recovery | None:
    """Return the current recovery: of several, the last."""
    return next((recovery for recovery in reversed(store.all()) if recovery.ended_at is None), None)


def begin_if_rolled_back(store: Store, now: datetime, origin: str) -> Recovery | None:
    """Begin a recovery if the store was rolled back, and remember its present state; return the current recovery."""
    return begin_by_trusted_clock(store, lambda: now, origin, lambda: None)


def begin_by_trusted_clock(
    store: Store, clock: Clock, origin: str, assert_trusted: Callable[[], object]
) -> Recovery | None:
    """Begin a recovery as `begin_if_rolled_back`, once its time is certainly right: settling counts from there.

    Raises as ``assert_trusted``; it is called only if a recovery is to begin.
    """
    forgetting = store.recovery.forgetting()
    if forgetting is not None:
        assert_trusted()
        now = clock()
        _begin(store, forgetting, _noticed(forgetting, now, origin), now)
        store.recovery.forgetting()
    return current(store.recovery)


def declare(store: Store, act: OperatorAction, origin: str) -> Recovery:
    """Begin a recovery on a person's statement that the store was restored. Raises ``recovery.moved``."""
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
    """Return the last recovery that ended while a now admitted row was refused; None if there is none.

    Before the loss the row may have been a notice. The recovery did not inquire about it, since there was none.
    """
    ended = [each for each in recoveries if each.ended_at is not None and each.covers(refused_since)]
    return ended[-1] if ended else None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenEnds:
    """Obstacles to the end of a recovery: notices without an inquiry, sources not fully collected since."""

    unasked: int
    uncollected: tuple[str, ...]

    def __str__(self) -> str:
        told = [f"{self.unasked} notices not asked about"] if self.unasked else []
        told += [f"not all rows taken in: {', '.join(self.uncollected)}"] if self.uncollected else []
        return "; ".join(told)


def open_ends(store: Store, recovery: Recovery, sources: Sequence[str]) -> OpenEnds:
    """Return the remaining obstacles in all ``sources``."""
    return OpenEnds(
        unasked=store.tallies.counts()["unasked"],
        uncollected=tuple(name for name in sources if not _is_whole(store, name, recovery)),
    )


def _is_whole(store: Store, source: str, recovery: Recovery) -> bool:
    listing = last_listing(store.rows, source, recovery)
    return listing is not None and listing.is_whole


def refused_rows(store: RefusalStore, sources: Sequence[str]) -> Iterator[Refusal]:
    """Yield the refusals of rows that may become notices without a change of the row.

    They do not delay the end of a recovery: an inquiry precedes the sending of such a notice (`ended_since`).
    """
    for source in sources:
        after = None
        while page := store.row_keys(source, LOOKED_AT_AGAIN, 1000, after):
            standing = store.of_rows(source, page)
            yield from (standing[key].refusal for key in page if key in standing)
            after = page[-1]


def end(
    store: Store,
    act: OperatorAction,
    origin: str,
    sources: Sequence[str],
    *,
    although: bool,
    brought_again: bool = False,
) -> Recovery:
    """End the current recovery: later notices are new, and are sent without an inquiry.

    Rows that others bring are new once a person says that all were ``brought_again``, or `BROUGHT_AGAIN` later, and
    their source was taken in once more (`gateway.store.source_listing`). That may also be said of a recovery that
    has ended. Raises ``recovery.none`` or ``recovery.stated``, and ``recovery.open-ends`` unless ``although``. Either
    way, an existing notice is not sent before its inquiry.
    """
    recovery = current(store.recovery)
    if recovery is None:
        return _state(store, act, origin, brought_again=brought_again)
    left = str(open_ends(store, recovery, sources))
    if left and not although:
        raise GatewayError("recovery.open-ends", where=f"since {timestamp(recovery.since)}", detail=left)
    _assert_covered(store, act.at)
    stated = {"brought_again": "all"} if brought_again else {}
    record, payload = act.record(recovery.epoch, origin=origin, outcome="ended", open_ends=left or "none", **stated)
    ended = replace(recovery, ended_at=_after_all(store, act.at), ended_by=record.id)
    cursors = {STATED: recovery.epoch} if brought_again else {}
    store.commit(Changes(recovery=ended, cursors=cursors, evidence=[record], payloads=[payload]))
    return ended


def _assert_covered(store: Store, now: datetime) -> None:
    """Raise `GatewayError` ``recovery.open-ends`` if an unasked notice would count as admitted after the end.

    A clock that was ahead admitted it. The next rescue pass puts it in doubt, and then its time is no matter.
    """
    ahead = [e for e in store.recovery.unasked(_LOOKED_AT) if e.admitted_at > now + CLOCKS_DIFFER]
    if ahead:
        detail = f"{len(ahead)} notices not asked about that were admitted by a clock that was ahead"
        raise GatewayError("recovery.open-ends", where=ahead[0].reference, detail=detail)


def _state(store: Store, act: OperatorAction, origin: str, *, brought_again: bool) -> Recovery:
    """Record that all rows were brought again after the last recovery, whenever that is.

    Raises ``recovery.none`` if there was none, and ``recovery.stated`` if that is said already.
    """
    recoveries = store.recovery.all()
    if not brought_again or not recoveries:
        raise GatewayError("recovery.none")
    ended = recoveries[-1]
    if is_stated(store.rows, ended):
        raise GatewayError("recovery.stated", where=f"since {timestamp(ended.since)}")
    record, payload = act.record(ended.epoch, origin=origin, outcome="brought again", brought_again="all")
    store.commit(Changes(cursors={STATED: ended.epoch}, evidence=[record], payloads=[payload]))
    return ended


def first_number(recoveries: Sequence[Recovery]) -> int:
    """Return the offset of step numbers shown to case databases.

    A row may show a step that is forgotten here, and accepts only later ones. Seconds grow faster than the steps of any
    notice, and the sum fits into 32 bits until the year 2094.
    """
    return max(first_numbers(recoveries))


def first_numbers(recoveries: Sequence[Recovery]) -> frozenset[int]:
    """Return every past `first_number`: a row that was written before a recovery shows an earlier one."""
    return frozenset({0, *(int((r.since - _NUMBERS_BEGIN).total_seconds()) for r in recoveries)})


def _begin(store: Store, forgetting: Forgetting, evidence: tuple[EvidenceRecord, Payload], now: datetime) -> bool:
    """Begin a recovery; return False if another process has begun one already.

    It begins after all that the store holds, also if this machine's clock is behind: what the store knows of a notice
    may be older than a sending that it has forgotten. Times that are further ahead than clocks may differ are wrong,
    and the store drops them where they could say that a notice was asked about since (`RecoveryStore`).
    """
    record, payload = evidence
    recovery = Recovery(
        epoch=random_hex(16),
        replaced=forgetting.epoch,
        remembered=forgetting.remembered if forgetting.remembered != forgetting.epoch else None,
        since=max([_after_all(store, now), *(each.since + APART for each in store.recovery.all())]),
        cause=forgetting.cause,
        evidence_id=record.id,
    )
    return not store.commit(Changes(recovery=recovery, evidence=[record], payloads=[payload], all_or_nothing=True))


def _after_all(store: Store, now: datetime) -> datetime:
    latest = store.recovery.latest(now + CLOCKS_DIFFER)
    return now if latest is None else max(now, latest + timedelta.resolution)


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
