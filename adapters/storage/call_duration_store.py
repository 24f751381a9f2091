"""Durations of the calls of all processes, by endpoint, operation and hour."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, delete, select

from adapters.storage.engine.dialects import insert
from adapters.storage.engine.engine import Database
from adapters.storage.schema.endpoint_tables import call_duration
from gateway.judiciary.call_durations import CallDurations

KEPT_FOR: Final = timedelta(days=7)


class SqlCallDurations:
    """Each method is one transaction. Raises `GatewayError` ``store.*``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note(self, owner: str, began_at: datetime, counted: Sequence[CallDurations], now: datetime) -> None:
        """Store the counts of a process from ``began_at`` on, in the place of its earlier ones; delete old hours."""
        rows = [
            {
                "owner": owner,
                "began_at": began_at,
                "destination": each.destination,
                "operation": each.operation,
                "hour": each.hour,
                "answered": json.dumps(each.answered),
                "unanswered": each.unanswered,
            }
            for each in counted
        ]

        def work(connection: Connection) -> None:
            statement = insert(connection, call_duration)
            counts = {name: statement.excluded[name] for name in ("answered", "unanswered")}
            connection.execute(
                statement.on_conflict_do_update(index_elements=list(call_duration.primary_key), set_=counts), rows
            )
            connection.execute(delete(call_duration).where(call_duration.c.hour < now - KEPT_FOR))

        self._database.write(work)

    def since(self, hour: datetime) -> list[CallDurations]:
        """Return the counts of the hours from ``hour`` on."""
        query = select(call_duration).where(call_duration.c.hour >= hour)
        return [
            CallDurations(
                destination=row.destination,
                operation=row.operation,
                hour=row.hour,
                answered={int(number): count for number, count in json.loads(row.answered).items()},
                unanswered=row.unanswered,
            )
            for row in self._database.read(lambda c: c.execute(query).all())
        ]
