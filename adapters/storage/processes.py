"""Processes that run passes, and time authorities that gave no answer, shared by every process on the store."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, select

from adapters.storage.engine.dialects import insert
from adapters.storage.engine.engine import Database
from adapters.storage.records.outages import note_heartbeat
from adapters.storage.schema.archive_tables import time_authority
from adapters.storage.schema.row_conversion import values_of
from adapters.storage.schema.tables import service
from gateway.runtime.errors import GatewayError
from gateway.store.stored import AuthorityState, Process

FORGOTTEN_AFTER = timedelta(days=1)
"""A process that has written nothing for so long is forgotten."""


class SqlProcesses:
    """Each method is one transaction. Raises `GatewayError` ``store.*``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note(self, process: Process, *, measured: bool = True) -> None:
        """Record that a process lives, and, if it is measured, its running time; delete those that ended long ago."""
        row = values_of(process, service)

        def work(connection: Connection) -> None:
            statement = insert(connection, service).values(row)
            connection.execute(statement.on_conflict_do_update(index_elements=[service.c.owner], set_=row))
            if measured:
                note_heartbeat(connection, process)
            connection.execute(delete(service).where(service.c.seen_at < process.seen_at - FORGOTTEN_AFTER))

        self._database.write(work)

    def ended(self, owner: str) -> None:
        """Record that a process has ended."""
        self._database.write(lambda c: c.execute(delete(service).where(service.c.owner == owner)))

    def known(self) -> list[Process]:
        """Return the processes that have not reported their end, the most recently seen first."""
        query = select(service).order_by(service.c.seen_at.desc(), service.c.owner)
        return [Process(**row._mapping) for row in self._database.read(lambda c: c.execute(query).all())]

    def authority(self, name: str, failure: GatewayError | None, now: datetime) -> None:
        """Record the answer of a time authority. A success is written only after a failure."""
        known = {state.name: state for state in self.silent()}.get(name)
        if failure is None:
            if known is not None:
                self._database.write(lambda c: c.execute(delete(time_authority).where(time_authority.c.name == name)))
            return
        failures, since = (known.failures, known.since) if known else (0, now)
        row = {"name": name, "failures": failures + 1, "since": since, "code": failure.code}

        def work(connection: Connection) -> None:
            statement = insert(connection, time_authority).values(row)
            connection.execute(statement.on_conflict_do_update(index_elements=[time_authority.c.name], set_=row))

        self._database.write(work)

    def silent(self) -> list[AuthorityState]:
        """Return the time authorities that gave no time-stamp at the last request, by name."""
        query = select(time_authority).order_by(time_authority.c.name)
        return [AuthorityState(**row._mapping) for row in self._database.read(lambda c: c.execute(query).all())]
