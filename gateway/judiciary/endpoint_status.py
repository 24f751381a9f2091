"""Status of endpoints, for people: closed, half-open, open or in maintenance, with times and cause."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.judiciary.endpoint_policy import EndpointPolicy
from gateway.judiciary.maintenance_window import end_of
from gateway.runtime.circuit_breaker import CircuitBreaker, Permit
from gateway.runtime.errors import CATALOGUE, Actor
from gateway.store.stored import EndpointState

MAINTENANCE = "maintenance"
STATES = (*(permit.value for permit in Permit), MAINTENANCE)
"""Possible states of an endpoint."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointView:
    """Status of an endpoint; ``state`` is one of `STATES`.

    ``until`` is the time of the next call, if none is possible now. ``ration_used`` is the used share of the rate
    limit's burst (None: there is no limit).
    """

    state: str
    breaker: CircuitBreaker
    until: datetime | None
    ration_used: float | None

    @property
    def actor(self) -> Actor | None:
        """Return the actor who must act, if any."""
        code = self.breaker.code
        return CATALOGUE[code].actor if self.breaker.alarmed and code and self.state != MAINTENANCE else None


def views(
    found: Sequence[EndpointState], destination: str, endpoint_policy: EndpointPolicy, now: datetime
) -> list[EndpointView]:
    """Return the status of ``destination`` by its policy, and then of any other endpoint that the store knows."""
    known = {state.breaker.destination: state for state in found}
    ours = known.pop(destination, EndpointState(breaker=CircuitBreaker(destination=destination)))
    return [_view(ours, endpoint_policy, now), *(_view(state, EndpointPolicy(), now) for state in known.values())]


def _view(state: EndpointState, endpoint_policy: EndpointPolicy, now: datetime) -> EndpointView:
    breaker, maintained_until = state.breaker, end_of(endpoint_policy.maintenance, now)
    permit, rate_limit = breaker.permit(now), endpoint_policy.rate_limit
    return EndpointView(
        state=MAINTENANCE if maintained_until else permit.value,
        breaker=breaker,
        until=maintained_until or (breaker.rests_until if permit is Permit.OPEN else None),
        ration_used=None if rate_limit is None else rate_limit.used(state.taken_until, now),
    )
