"""The outbox: notices that passes process next, by the event that they wait for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from gateway.notice.delivery_state import DeliveryEvent, DeliveryState
from gateway.notice.outbox import OutboxEntry, advance
from gateway.runtime.rate_limit import RateLimit
from gateway.store.stored import Admission

from ..database import SimulatedDatabase
from ..session import Session, noted, reading
from .claiming import chosen, within
from .endpoints import held, take_from_rate_limit
from .receipts import receipt_waits
from .recoveries import MachineMemory, assert_remembers, forgotten
from .steps import never_sent, write_step

_S = DeliveryState


class SimulatedOutbox:
    """Implement `gateway.store.ports.outbox_store.OutboxStore`."""

    port = "outbox"

    def __init__(self, session: Session, memory: MachineMemory | None) -> None:
        self.session, self._memory, self._database = session, memory, session.database

    @noted
    def claim(
        self,
        *,
        destination: str,
        owner: str,
        now: datetime,
        due_by: datetime,
        lease: timedelta,
        limit: int,
        max_bytes: int,
        rate_limit: RateLimit | None = None,
        body: str | None = None,
        without_bodies: frozenset[str] = frozenset(),
    ) -> list[OutboxEntry]:
        database = self._database
        assert_remembers(database, self._memory)
        most, taken_until = limit, None
        if rate_limit is not None:
            taken_until = held(database, destination).taken_until
            most, _ = rate_limit.take(limit, taken_until, now)
        queued = database.outbox.find("queued", destination)
        due = [entry for entry in queued if _is_due(database, entry, due_by)]
        if body is not None or without_bodies:
            due = [entry for entry in due if _is_of(database, entry, body, without_bodies)]
        claimed = []
        wanted = chosen(due, {entry.source for entry in queued}, most, self.session.random)
        for entry in within(wanted, max_bytes):
            step = advance(
                entry,
                DeliveryEvent.CLAIM,
                now=now,
                attempts=entry.attempts + 1,
                lease_owner=owner,
                lease_until=now + lease,
            )
            write_step(database, step, entry)
            claimed.append(step.after)
        if rate_limit is not None and claimed:
            _, until = rate_limit.take(len(claimed), taken_until, now)
            take_from_rate_limit(database, destination, until)
        return claimed

    @reading
    def expired(self, *, now: datetime, limit: int) -> list[OutboxEntry]:
        over = [e for e in self._in(_S.SENDING) if e.lease_until is not None and e.lease_until <= now]
        return _first(over, lambda entry: entry.lease_until, limit)

    @reading
    def overdue(self, *, waiting_before: datetime, limit: int) -> list[OutboxEntry]:
        waiting = [e for e in self._in(_S.QUEUED) if e.waiting_since < waiting_before]
        return _first(waiting, lambda entry: entry.waiting_since, limit)

    @reading
    def doubtful(self, *, destination: str, now: datetime, limit: int) -> list[OutboxEntry]:
        doubted = self._database.outbox.find("in_doubt", destination)
        due = [e for e in doubted if e.due_at is not None and e.due_at <= now]
        return _first(due, lambda entry: entry.due_at, limit)

    @reading
    def pending(
        self, *, destination: str, now: datetime, limit: int, since_before: datetime | None = None
    ) -> list[OutboxEntry]:
        def place(entry: OutboxEntry) -> datetime | None:
            return entry.due_at if since_before is None else entry.state_since

        until = since_before or now
        due = [
            entry
            for entry in self._database.outbox.find("pending", destination)
            if (at := place(entry)) is not None and at <= until and not forgotten(self._database, entry)
        ]
        return _first(due, place, limit)

    @reading
    def pollable(
        self, *, destination: str, doubtful: bool, since: datetime, after: str, limit: int
    ) -> list[OutboxEntry]:
        polled = [
            entry
            for entry in self._database.outbox.find("polled", destination)
            if entry.reference > after
            and self._last_step(entry) >= since
            and (doubtful or entry.state is not _S.IN_DOUBT or entry.due_at is None)
        ]
        return sorted(polled, key=lambda entry: entry.reference)[:limit]

    @reading
    def sealed_ahead(self, *, since: datetime, limit: int, after: tuple[datetime, str] | None) -> list[Admission]:
        ahead = [
            entry
            for entry in self._database.outbox.find("unmoved", True)
            if entry.admitted_at >= since
            and entry.doubt_since is None
            and (after is None or (entry.admitted_at, entry.reference) > after)
            and never_sent(self._database, entry)
        ]
        found = _first(ahead, lambda entry: entry.admitted_at, limit)
        return [replace(self._database.notice.rows[entry.reference], entry=entry) for entry in found]

    @reading
    def unwritten(self, source: str, limit: int, after: tuple[datetime, str] | None = None) -> list[OutboxEntry]:
        behind = [
            entry
            for entry in self._database.outbox.find("unwritten", source)
            if after is None or (entry.state_since, entry.reference) > after
        ]
        return _first(behind, lambda entry: entry.state_since, limit)

    @reading
    def unwritten_since(self, references: Sequence[str]) -> dict[str, datetime]:
        found = {}
        for reference in dict.fromkeys(references):
            entry = self._database.outbox.get(reference)
            if entry is not None and entry.written_seq < entry.seq:
                found[reference] = unwritten_since(self._database, entry)
        return found

    @noted
    def mark_written(self, written: Sequence[OutboxEntry], epoch: str | None = None) -> None:
        if epoch is not None and self._database.epoch != epoch:
            return
        for shown in written:
            entry = self._database.outbox.get(shown.reference)
            if entry is not None and entry.written_seq < shown.seq:
                self._database.outbox.put(entry.reference, replace(entry, written_seq=shown.seq))
            # A row that shows its notice shows its refusal no more.
            row = shown.source, shown.row_key
            refusal = self._database.refusal.get(row)
            if refusal is not None and refusal.written:
                self._database.refusal.put(row, replace(refusal, written=False))

    def _last_step(self, entry: OutboxEntry) -> datetime:
        """Return the time of a notice's last step, which may have left it in its state."""
        return self._database.history.rows[entry.reference][-1].learned_at

    def _in(self, state: DeliveryState) -> list[OutboxEntry]:
        return self._database.outbox.find("state", state)


def unwritten_since(database: SimulatedDatabase, entry: OutboxEntry) -> datetime:
    """Return the time since which the row of an unwritten notice does not show it."""
    events = database.history.rows[entry.reference]
    first = min(event.learned_at for event in events if event.seq > entry.written_seq)
    return first if entry.rewrite_since is None else max(first, entry.rewrite_since)


def _first(
    entries: Iterable[OutboxEntry], place: Callable[[OutboxEntry], datetime | None], limit: int
) -> list[OutboxEntry]:
    return sorted(entries, key=lambda entry: (place(entry), entry.reference))[:limit]


def _is_due(database: SimulatedDatabase, entry: OutboxEntry, due_by: datetime) -> bool:
    return (
        (entry.due_at is None or entry.due_at <= due_by)
        # A seal with a future time would be rejected for good, also if a person made the notice due.
        and entry.admitted_at <= due_by
        and not entry.held
        and not database.receipt.has("waiting", entry.reference)
        and not receipt_waits(database, entry)
        and not forgotten(database, entry)
    )


def _is_of(database: SimulatedDatabase, entry: OutboxEntry, body: str | None, without: frozenset[str]) -> bool:
    issued_by = database.notice.rows[entry.reference].body
    return (body is None or issued_by == body) and issued_by not in without
