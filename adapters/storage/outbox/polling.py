"""Which notices may still get receipts, where a judiciary gives them to who names the notice."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, select, text

from adapters.storage.schema.rows import entry_of
from adapters.storage.schema.tables import POLLED, outbox
from gateway.notice.delivery import DeliveryState
from gateway.notice.outbox import OutboxEntry


def pollable(
    connection: Connection, destination: str, doubtful: bool, since: datetime, after: str, limit: int
) -> list[OutboxEntry]:
    wanted: list[ColumnElement[bool]] = [
        outbox.c.destination == destination,
        outbox.c.reference > after,
        outbox.c.state_since >= since,
    ]
    if not doubtful:
        wanted.append(outbox.c.state != DeliveryState.IN_DOUBT)
    # To the letter: only so is its index used.
    query = select(outbox).where(text(f"({POLLED})"), *wanted).order_by(outbox.c.reference).limit(limit)
    return [entry_of(row) for row in connection.execute(query)]
