"""Endpoints: one row each, shared by all processes. A change locks the row until the end of the transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select, update

from adapters.storage.engine.dialects import insert_new
from adapters.storage.engine.engine import Database
from adapters.storage.records.outages import note_breaker
from adapters.storage.schema.endpoint_tables import endpoint
from adapters.storage.schema.row_conversion import values_of
from gateway.runtime.circuit_breaker import CircuitBreaker
from gateway.runtime.rate_limit import RateLimit
from gateway.store.stored import EndpointState

_ENDPOINT = select(endpoint).where(endpoint.c.destination == bindparam("of"))
_HELD = _ENDPOINT.with_for_update()
_ENDPOINTS = select(endpoint).order_by(endpoint.c.destination)

_BREAKER = [f.name for f in fields(CircuitBreaker)]
_WRITTEN = (
    update(endpoint)
    .where(endpoint.c.destination == bindparam("of"))
    .values({name: bindparam(f"new_{name}") for name in _BREAKER})
)


class SqlEndpointStore:
    """Implement `gateway.store.ports.endpoint_store.EndpointStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def breaker(self, destination: str) -> CircuitBreaker:
        row = self._database.read(lambda c: c.execute(_ENDPOINT, {"of": destination}).one_or_none())
        return CircuitBreaker(destination=destination) if row is None else _breaker_of(row)

    def update_breaker(
        self, destination: str, change: Callable[[CircuitBreaker], CircuitBreaker], at: datetime
    ) -> tuple[CircuitBreaker, CircuitBreaker]:
        def work(connection: Connection) -> tuple[CircuitBreaker, CircuitBreaker]:
            before = held(connection, destination).breaker
            after = change(before)
            if after != before:
                _write(connection, after)
                note_breaker(connection, before, after, at)
            return before, after

        return self._database.write(work)

    def take_from_rate_limit(self, destination: str, rate_limit: RateLimit, wanted: int, now: datetime) -> int:
        def take(connection: Connection) -> int:
            given, until = rate_limit.take(wanted, held(connection, destination).taken_until, now)
            if given:
                take_from_rate_limit(connection, destination, until)
            return given

        return self._database.write(take)

    def states(self) -> list[EndpointState]:
        return self._database.read(lambda c: [_state_of(row) for row in c.execute(_ENDPOINTS)])


def wake(connection: Connection, breaker_wakeups: Mapping[str, datetime]) -> None:
    for destination, at in sorted(breaker_wakeups.items()):
        rests = endpoint.c.destination == destination, endpoint.c.rests_until > at
        connection.execute(update(endpoint).where(*rests).values(rests_until=at))


def held(connection: Connection, destination: str) -> EndpointState:
    """Return an endpoint; lock its row until this transaction ends."""
    insert_new(connection, endpoint, [values_of(CircuitBreaker(destination=destination), endpoint, taken_until=None)])
    return _state_of(connection.execute(_HELD, {"of": destination}).one())


def take_from_rate_limit(connection: Connection, destination: str, until: datetime | None) -> None:
    """Write the end of the used-up rate limit of an endpoint whose row this transaction has locked."""
    connection.execute(update(endpoint).where(endpoint.c.destination == destination).values(taken_until=until))


def _write(connection: Connection, breaker: CircuitBreaker) -> None:
    changed = {f"new_{name}": getattr(breaker, name) for name in _BREAKER}
    connection.execute(_WRITTEN, {"of": breaker.destination, **changed})


def _state_of(row: Row[Any]) -> EndpointState:
    return EndpointState(breaker=_breaker_of(row), taken_until=row.taken_until)


def _breaker_of(row: Row[Any]) -> CircuitBreaker:
    return CircuitBreaker(**{name: getattr(row, name) for name in _BREAKER})
