"""Endpoints: one row each, shared by all gateways; and the outages that circuit breakers measure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from gateway.runtime.circuit_breaker import CircuitBreaker
from gateway.runtime.rate_limit import RateLimit
from gateway.store.outage import EndpointOutage
from gateway.store.stored import EndpointState

from ..database import SimulatedDatabase
from ..session import Session, reading, writing


class SimulatedEndpoints:
    """Implement `gateway.store.ports.endpoint_store.EndpointStore`."""

    port = "endpoints"

    def __init__(self, session: Session) -> None:
        self.session, self._database = session, session.database

    @reading
    def breaker(self, destination: str) -> CircuitBreaker:
        found = self._database.endpoint.get(destination)
        return CircuitBreaker(destination=destination) if found is None else found.breaker

    @writing
    def update_breaker(
        self, destination: str, change: Callable[[CircuitBreaker], CircuitBreaker], at: datetime
    ) -> tuple[CircuitBreaker, CircuitBreaker]:
        state = held(self._database, destination)
        before, after = state.breaker, change(state.breaker)
        if after != before:
            self._database.endpoint.put(destination, replace(state, breaker=after))
            _note(self._database, before, after, at)
        return before, after

    @writing
    def take_from_rate_limit(self, destination: str, rate_limit: RateLimit, wanted: int, now: datetime) -> int:
        given, until = rate_limit.take(wanted, held(self._database, destination).taken_until, now)
        if given:
            take_from_rate_limit(self._database, destination, until)
        return given

    @reading
    def states(self) -> list[EndpointState]:
        return [self._database.endpoint.rows[destination] for destination in self._database.endpoint.ordered()]


def held(database: SimulatedDatabase, destination: str) -> EndpointState:
    """Return an endpoint's row, which is made if it is not there."""
    database.endpoint.insert(destination, EndpointState(breaker=CircuitBreaker(destination=destination)))
    return database.endpoint.rows[destination]


def take_from_rate_limit(database: SimulatedDatabase, destination: str, until: datetime | None) -> None:
    """Write the end of the used-up rate limit."""
    database.endpoint.put(destination, replace(database.endpoint.rows[destination], taken_until=until))


def wake(database: SimulatedDatabase, breaker_wakeups: Mapping[str, datetime]) -> None:
    for destination, at in breaker_wakeups.items():
        state = database.endpoint.get(destination)
        if state is not None and state.breaker.rests_until is not None and state.breaker.rests_until > at:
            database.endpoint.put(destination, replace(state, breaker=replace(state.breaker, rests_until=at)))


def _note(database: SimulatedDatabase, before: CircuitBreaker, after: CircuitBreaker, at: datetime) -> None:
    """Record the outage of a breaker that is open, or its end."""
    if after.alarmed and after.since is not None and (after.failures > before.failures or not before.alarmed):
        key = after.destination, after.since
        known = database.outage.get(key)
        outage = EndpointOutage(
            destination=after.destination,
            since=after.since,
            failed_at=at,
            failures=after.failures,
            code=after.code or "",
            over_at=None if known is None else known.over_at,
        )
        database.outage.put(key, outage)
    if before.alarmed and before.since is not None and after.since != before.since:
        key = before.destination, before.since
        known = database.outage.get(key)
        if known is not None and known.over_at is None:
            database.outage.put(key, replace(known, over_at=at))
