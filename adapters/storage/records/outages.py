"""`gateway.store.outage.OutageStore` on SQL, and what is written with heartbeats and circuit breakers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, or_, select, update

from adapters.storage.engine.dialects import insert_new
from adapters.storage.engine.engine import Database
from adapters.storage.schema.outage_tables import endpoint_outage, service_run
from gateway.runtime.circuit_breaker import CircuitBreaker
from gateway.store.outage import SILENT_AFTER, EndpointOutage, RunInterval
from gateway.store.stored import Process

_RUN, _OUTAGE = service_run.c, endpoint_outage.c


class SqlOutageStore:
    """Each method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def first_run(self) -> datetime | None:
        return self._moment(select(func.min(_RUN.began_at, type_=_RUN.began_at.type)))

    def runs(self, begin: datetime, end: datetime) -> list[RunInterval]:
        query = select(service_run).where(_RUN.seen_at >= begin, _RUN.began_at <= end)
        rows = self._database.read(lambda c: c.execute(query.order_by(_RUN.began_at, _RUN.owner)).all())
        return [RunInterval(**row._mapping) for row in rows]

    def last_before(self, begin: datetime) -> datetime | None:
        return self._moment(select(func.max(_RUN.seen_at, type_=_RUN.seen_at.type)).where(_RUN.seen_at < begin))

    def first_after(self, end: datetime) -> datetime | None:
        return self._moment(select(func.min(_RUN.began_at, type_=_RUN.began_at.type)).where(_RUN.began_at > end))

    def endpoints(self, destination: str, begin: datetime, end: datetime) -> list[EndpointOutage]:
        lasts = or_(_OUTAGE.over_at.is_(None), _OUTAGE.over_at >= begin)
        query = select(endpoint_outage).where(_OUTAGE.destination == destination, _OUTAGE.since <= end, lasts)
        rows = self._database.read(lambda c: c.execute(query.order_by(_OUTAGE.since)).all())
        return [EndpointOutage(**row._mapping) for row in rows]

    def _moment(self, query: Select[Any]) -> datetime | None:
        found: datetime | None = self._database.read(lambda c: c.scalar(query))
        return found


def note_heartbeat(connection: Connection, process: Process) -> None:
    """Make a process's running time last until its present heartbeat, or begin another one after a gap.

    A running time that begins later is of a clock that was ahead: it stays as it is.
    """
    mine = _RUN.owner == process.owner, _RUN.began_at <= process.seen_at
    last = connection.execute(
        select(_RUN.began_at, _RUN.seen_at).where(*mine).order_by(_RUN.began_at.desc()).limit(1)
    ).one_or_none()
    if last is None or process.seen_at - last.seen_at > SILENT_AFTER:
        row = {"owner": process.owner, "began_at": process.seen_at, "seen_at": process.seen_at}
        insert_new(connection, service_run, [row])
    elif process.seen_at > last.seen_at:
        here = _RUN.owner == process.owner, _RUN.began_at == last.began_at
        connection.execute(update(service_run).where(*here).values(seen_at=process.seen_at))


def note_breaker(connection: Connection, before: CircuitBreaker, after: CircuitBreaker, at: datetime) -> None:
    """Record the outage of a breaker that is open, or its end. A repetition changes nothing."""
    if after.alarmed and after.since is not None and (after.failures > before.failures or not before.alarmed):
        told = {"failed_at": at, "failures": after.failures, "code": after.code or ""}
        row = {"destination": after.destination, "since": after.since, **told}
        insert_new(connection, endpoint_outage, [row])
        connection.execute(update(endpoint_outage).where(*_of(after)).values(told))
    if before.alarmed and before.since is not None and after.since != before.since:
        query = update(endpoint_outage).where(*_of(before), _OUTAGE.over_at.is_(None))
        connection.execute(query.values(over_at=at))


def _of(breaker: CircuitBreaker) -> tuple[ColumnElement[bool], ...]:
    return _OUTAGE.destination == breaker.destination, _OUTAGE.since == breaker.since
