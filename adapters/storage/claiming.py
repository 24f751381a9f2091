"""Claiming: due notices go to one dispatcher under a lease, whatever other processes claim at the same time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, exists, literal, or_, select

from adapters.storage.rows import entry_of
from adapters.storage.steps import write_steps
from adapters.storage.tables import outbox, receipt
from gateway.delivery import DeliveryEvent, DeliveryState
from gateway.outbox import OutboxEntry, advance


def in_state(state: DeliveryState) -> ColumnElement[bool]:
    """A condition on ``outbox`` with the state as a literal, which the planner must see to use a partial index."""
    return outbox.c.state == literal(state, outbox.c.state.type, literal_execute=True)


def claim(
    connection: Connection,
    *,
    destination: str,
    owner: str,
    now: datetime,
    due_by: datetime,
    lease: timedelta,
    limit: int,
    max_bytes: int,
) -> list[OutboxEntry]:
    """Move due notices to `SENDING` and return them. PostgreSQL skips rows that another transaction is claiming;
    SQLite has one writer at a time."""
    query = (
        select(outbox)
        .where(
            in_state(DeliveryState.QUEUED),
            outbox.c.destination == destination,
            or_(outbox.c.due_at.is_(None), outbox.c.due_at <= due_by),
            outbox.c.held.is_(False),
            ~exists().where(receipt.c.reference == outbox.c.reference, receipt.c.applied_at.is_(None)),
        )
        .order_by(outbox.c.due_at.nulls_first(), outbox.c.admitted_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    due = [entry_of(row) for row in connection.execute(query)]
    steps = [
        advance(
            entry,
            DeliveryEvent.CLAIM,
            now=now,
            attempts=entry.attempts + 1,
            lease_owner=owner,
            lease_until=now + lease,
        )
        for entry in _within(due, max_bytes)
    ]
    write_steps(connection, steps)
    return [step.after for step in steps]


def claimed(connection: Connection, *, destination: str, owner: str, lease_until: datetime) -> list[OutboxEntry]:
    """Return what a claim has given ``owner`` whose answer was lost: no other claim ends its leases at that moment."""
    query = select(outbox).where(
        in_state(DeliveryState.SENDING),
        outbox.c.destination == destination,
        outbox.c.lease_owner == owner,
        outbox.c.lease_until == lease_until,
    )
    return [entry_of(row) for row in connection.execute(query)]


def _within(entries: list[OutboxEntry], max_bytes: int) -> Iterator[OutboxEntry]:
    total = 0
    for position, entry in enumerate(entries):
        total += entry.size
        if position and total > max_bytes:
            return
        yield entry
