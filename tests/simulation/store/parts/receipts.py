"""Receipts, verified and applied to their notices once; and the quarantine of rejected input."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from gateway.notice.delivery_state import DeliveryState
from gateway.notice.outbox import OutboxEntry
from gateway.store.stored import Changes, Ending, Quarantined, QuarantineKind, StoredReceipt
from gateway.store.waiting_receipt import EARLY, SIGNED, WAITING

from ..database import SimulatedDatabase
from ..session import Session, reading

_S = DeliveryState


class SimulatedReceipts:
    """Implement `gateway.store.ports.receipt_store.ReceiptStore`."""

    port = "receipts"

    def __init__(self, session: Session) -> None:
        self.session, self._database = session, session.database

    @reading
    def digests(self, ids: Sequence[str]) -> dict[str, str]:
        rows = self._database.receipt.rows
        return {id: rows[id].payload_digest for id in dict.fromkeys(ids) if id in rows}

    @reading
    def unapplied(self, limit: int, after: tuple[datetime, str] | None = None) -> list[StoredReceipt]:
        waiting = self._database.receipt.find("unapplied", True)
        behind = [each for each in waiting if after is None or (each.event_time, each.receipt_id) > after]
        return sorted(behind, key=lambda each: (each.event_time, each.receipt_id))[:limit]


def write(database: SimulatedDatabase, changes: Changes, stale: frozenset[str]) -> None:
    """Write receipts, and mark applied ones with the time of the steps or else of their reception. A receipt whose
    notice moved on meanwhile is not applied, since its event would be lost."""
    for new in changes.receipts:
        if new.receipt_id not in database.receipt:
            database.need(database.notice, new.reference)
            database.need(database.evidence, new.evidence_id)
            database.receipt.put(new.receipt_id, replace(new, applied_at=None) if new.reference in stale else new)
    learned_at = max((step.learned_at for step in changes.steps), default=None)
    for id in changes.applied:
        here = database.receipt.get(id)
        if here is not None and here.applied_at is None and here.reference not in stale:
            database.receipt.put(id, replace(here, applied_at=learned_at or here.received_at))
    for id in changes.reopened:
        here = database.receipt.get(id)
        if here is not None:
            database.receipt.put(id, replace(here, applied_at=None))


class SimulatedQuarantine:
    """Implement `gateway.store.ports.quarantine_store.QuarantineStore`."""

    port = "quarantine"

    def __init__(self, session: Session) -> None:
        self.session, self._database = session, session.database

    @reading
    def items(self, digest: str) -> list[Quarantined]:
        return _in_order(self._database.quarantine.find("digest", digest))

    @reading
    def about(self, references: Sequence[str]) -> list[Quarantined]:
        found = (self._database.quarantine.find("notice", reference) for reference in dict.fromkeys(references))
        return _in_order(item for some in found for item in some)

    @reading
    def page(self, *, code: str | None, limit: int, after: tuple[str, str] | None) -> list[Quarantined]:
        open_ones = [item for item in self._open() if code is None or item.code == code]
        return _in_order(item for item in open_ones if after is None or (item.payload_digest, item.code) > after)[
            :limit
        ]

    @reading
    def size(self, kind: QuarantineKind) -> int:
        return sum(item.kind is kind for item in self._open())

    @reading
    def known_by_now(self, limit: int) -> list[Quarantined]:
        waiting = [item for item in self._open() if item.code in WAITING and self._can_be_judged(item)]
        return _in_order(waiting, lambda item: item.notice or "")[:limit]

    @reading
    def named_in_queue(self, limit: int) -> list[OutboxEntry]:
        queued = self._database.outbox.find("state", _S.QUEUED)
        found = [entry for entry in queued if receipt_waits(self._database, entry)]
        return sorted(found, key=lambda entry: entry.reference)[:limit]

    def _open(self) -> list[Quarantined]:
        return self._database.quarantine.find("open", True)

    def _can_be_judged(self, item: Quarantined) -> bool:
        """A receipt that came too early to be judged waits for the tracking number, any other for the notice alone."""
        entry = self._database.outbox.get(item.notice or "")
        if entry is None or item.code != EARLY:
            return entry is not None
        nobody_asks = entry.state is _S.IN_DOUBT and entry.due_at is None and not entry.absences
        decided = entry.state in (_S.SUBMITTED, _S.WITHDRAWN) or nobody_asks
        unanswered = entry.attempts > 0 and entry.state is not _S.SENDING
        return entry.tracking_number is not None or decided or unanswered


def _in_order(items: Iterable[Quarantined], first: Callable[[Quarantined], str] = lambda _: "") -> list[Quarantined]:
    return sorted(items, key=lambda item: (first(item), item.payload_digest, item.code))


def receipt_waits(database: SimulatedDatabase, entry: OutboxEntry) -> bool:
    """Return True if a believed receipt in quarantine names the notice: it may have been sent."""
    items = database.quarantine.find("notice", entry.reference)
    return any(item.ended_at is None and item.code in SIGNED for item in items)


def count_open(database: SimulatedDatabase) -> int:
    return len(database.quarantine.keys("open", True))


def end(database: SimulatedDatabase, endings: Sequence[Ending]) -> None:
    for ending in endings:
        key = ending.payload_digest, ending.code
        item = database.quarantine.get(key)
        if item is not None and (item.ended_at is None or item.ended_at < ending.ended_at):
            database.need(database.evidence, ending.ended_by)
            ended = replace(item, ended_at=ending.ended_at, ended_as=ending.ended_as, ended_by=ending.ended_by)
            database.quarantine.put(key, ended)


def set_aside(database: SimulatedDatabase, items: Sequence[Quarantined]) -> None:
    """Write new items, and open again ended ones that came once more: a repeated commit has the same time. An item
    that names no notice gets the one with which it comes again."""
    for new in items:
        key = new.payload_digest, new.code
        item = database.quarantine.get(key)
        if item is None or (item.ended_at is not None and item.received_at != new.received_at):
            database.need(database.evidence, new.ended_by)
            database.quarantine.put(key, new)
        elif item.notice is None and new.notice is not None:
            database.quarantine.put(key, replace(item, notice=new.notice))
