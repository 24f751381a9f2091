"""The outbox: notices that passes process next, by the event that they wait for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, bindparam, or_, select, text, tuple_, update

from adapters.storage.engine.engine import Database
from adapters.storage.engine.keyed_query import KeyedQuery
from adapters.storage.engine.row_statements import execute_rows
from adapters.storage.schema.row_conversion import admission_of, entry_of, in_state
from adapters.storage.schema.tables import POLLED, event, outbox, refusal
from adapters.storage.stores import claiming, endpoints, new_seals, recoveries
from adapters.storage.stores.notices import ADMISSIONS
from adapters.storage.stores.recoveries import FORGOTTEN, SqlRecoveryStore
from adapters.storage.stores.refusals import of_row
from adapters.storage.stores.steps import write_steps
from adapters.storage.unwritten import UNWRITTEN, UNWRITTEN_SINCE
from adapters.storage.writability import Writability
from gateway.notice.delivery_state import DeliveryEvent, DeliveryState
from gateway.notice.outbox import OutboxEntry, advance
from gateway.runtime.rate_limit import RateLimit
from gateway.store.stored import Admission

_UNWRITTEN_SINCE: Final = KeyedQuery(
    select(outbox.c.reference, UNWRITTEN_SINCE.label("at")).where(outbox.c.written_seq < outbox.c.seq),
    outbox.c.reference,
)

_EXPIRED: Final = (
    select(outbox)
    .where(in_state(DeliveryState.SENDING), outbox.c.lease_until <= bindparam("now"))
    .order_by(outbox.c.lease_until)
    .limit(bindparam("most"))
)

_OVERDUE: Final = (
    select(outbox)
    .where(in_state(DeliveryState.QUEUED), outbox.c.waiting_since < bindparam("before"))
    .order_by(outbox.c.waiting_since)
    .limit(bindparam("most"))
)

# A notice in doubt without ``due_at`` waits for a person, not for an answer.
_DOUBTFUL: Final = (
    select(outbox)
    .where(
        in_state(DeliveryState.IN_DOUBT), outbox.c.destination == bindparam("to"), outbox.c.due_at <= bindparam("now")
    )
    .order_by(outbox.c.due_at)
    .limit(bindparam("most"))
)

_PENDING: Final = select(outbox).where(
    in_state(DeliveryState.PENDING), outbox.c.destination == bindparam("to"), ~FORGOTTEN[DeliveryState.PENDING]
)
_PENDING_DUE, _PENDING_SINCE = (
    _PENDING.where(place <= bindparam("until")).order_by(place).limit(bindparam("most"))
    for place in (outbox.c.due_at, outbox.c.state_since)
)

_LAST_STEP: Final = (
    select(event.c.learned_at)
    .where(event.c.reference == outbox.c.reference, event.c.seq == outbox.c.seq)
    .correlate(outbox)
    .scalar_subquery()
)
"""Time of a notice's last step, which may have left it in its state."""

_PLACE: Final = outbox.c.state_since, outbox.c.reference
_UNWRITTEN: Final = (
    select(outbox)
    .where(
        outbox.c.source == bindparam("source"),
        *UNWRITTEN,
    )
    .order_by(*_PLACE)
    .limit(bindparam("most"))
)

_SHOWN: Final = bindparam("shown", type_=outbox.c.written_seq.type)

_WRITTEN: Final = (
    update(outbox)
    .where(outbox.c.reference == bindparam("of"), outbox.c.written_seq < _SHOWN)
    .values(written_seq=_SHOWN)
)

_COVERED: Final = update(refusal).where(of_row(refusal)).values(written=False)
"""A row that shows its notice shows its refusal no more."""


class SqlOutboxStore:
    """Implement `gateway.store.ports.outbox_store.OutboxStore`."""

    def __init__(self, database: Database, writability: Writability, recovery: SqlRecoveryStore) -> None:
        self._database, self._writability, self._recovery = database, writability, recovery

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
        """Claim as the port says. PostgreSQL skips rows that another transaction is claiming; SQLite has one writer at
        a time. One transaction at a time takes from a rate limit."""
        tries, lease_until = count(), now + lease
        wanted = claiming.of_bodies(body, without_bodies)

        def work(connection: Connection) -> list[OutboxEntry]:
            self._recovery.assert_remembers(connection)
            if next(tries) and (before := claiming.claimed(connection, destination, owner, lease_until)):
                return before
            taken_until, most = None, limit
            if rate_limit is not None:
                taken_until = endpoints.held(connection, destination).taken_until
                most, _ = rate_limit.take(limit, taken_until, now)
            due = claiming.shared(connection, destination, due_by, most, wanted)
            steps = [
                advance(
                    entry,
                    DeliveryEvent.CLAIM,
                    now=now,
                    attempts=entry.attempts + 1,
                    lease_owner=owner,
                    lease_until=lease_until,
                )
                for entry in claiming.within(due, max_bytes)
            ]
            write_steps(connection, steps)
            if rate_limit is not None and steps:
                _, taken_until = rate_limit.take(len(steps), taken_until, now)
                endpoints.take_from_rate_limit(connection, destination, taken_until)
            return [step.after for step in steps]

        return self._writability.write(work)

    def expired(self, *, now: datetime, limit: int) -> list[OutboxEntry]:
        return self._entries(_EXPIRED, now=now, most=limit)

    def overdue(self, *, waiting_before: datetime, limit: int) -> list[OutboxEntry]:
        return self._entries(_OVERDUE, before=waiting_before, most=limit)

    def doubtful(self, *, destination: str, now: datetime, limit: int) -> list[OutboxEntry]:
        return self._entries(_DOUBTFUL, to=destination, now=now, most=limit)

    def pending(
        self, *, destination: str, now: datetime, limit: int, since_before: datetime | None = None
    ) -> list[OutboxEntry]:
        query, until = (_PENDING_DUE, now) if since_before is None else (_PENDING_SINCE, since_before)
        return self._entries(query, to=destination, until=until, most=limit)

    def pollable(
        self, *, destination: str, doubtful: bool, since: datetime, after: str, limit: int
    ) -> list[OutboxEntry]:
        wanted: list[ColumnElement[bool]] = [
            outbox.c.destination == destination,
            outbox.c.reference > after,
            since <= _LAST_STEP,
        ]
        if not doubtful:
            wanted.append(or_(outbox.c.state != DeliveryState.IN_DOUBT, outbox.c.due_at.is_(None)))
        # Literally the condition of the index; otherwise the index is not used.
        query = select(outbox).where(text(f"({POLLED})"), *wanted)
        return self._entries(query.order_by(outbox.c.reference).limit(limit))

    def sealed_ahead(self, *, since: datetime, limit: int, after: tuple[datetime, str] | None) -> list[Admission]:
        place = outbox.c.admitted_at, outbox.c.reference
        # A notice that has taken no step is queued or in doubt. By its state alone SQLite would search the whole queue.
        never_sent = outbox.c.admitted_at >= since, outbox.c.doubt_since.is_(None), *new_seals.never_sent()
        query = ADMISSIONS.where(*never_sent)
        if after is not None:
            query = query.where(tuple_(*place) > after)
        query = query.order_by(*place).limit(limit)
        return self._database.read(lambda c: [admission_of(row) for row in c.execute(query).all()])

    def unwritten(self, source: str, limit: int, after: tuple[datetime, str] | None = None) -> list[OutboxEntry]:
        query = _UNWRITTEN if after is None else _UNWRITTEN.where(tuple_(*_PLACE) > after)
        return self._entries(query, source=source, most=limit)

    def unwritten_since(self, references: Sequence[str]) -> dict[str, datetime]:
        found = self._database.read(lambda c: _UNWRITTEN_SINCE.rows(c, references))
        return {row.reference: row.at for row in found if row.at is not None}

    def mark_written(self, written: Sequence[OutboxEntry], epoch: str | None = None) -> None:
        # The same order in every process, so that no two of them wait for each other's rows (deadlock).
        written = sorted(written, key=lambda entry: entry.reference)
        rows = [{"of": entry.reference, "shown": entry.seq} for entry in written]
        of_rows = [{"at": entry.source, "row": entry.row_key} for entry in written]

        def work(connection: Connection) -> None:
            if epoch is not None and recoveries.held_epoch(connection) != epoch:
                return
            execute_rows(connection, _WRITTEN, rows)
            execute_rows(connection, _COVERED, of_rows)

        self._writability.write(work)

    def _entries(self, query: Select[Any], **given: Any) -> list[OutboxEntry]:
        return self._database.read(lambda c: [entry_of(row) for row in c.execute(query, given).all()])
