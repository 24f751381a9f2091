"""The port to the endpoints that all processes share: circuit breakers and rate limits."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from gateway.runtime.circuit_breaker import CircuitBreaker
from gateway.runtime.rate_limit import RateLimit
from gateway.store.stored import EndpointState


class EndpointStore(Protocol):
    """Keep one row for each endpoint. Raises `gateway.runtime.errors.GatewayError` with ``store.*``."""

    def breaker(self, destination: str) -> CircuitBreaker:
        """Return the circuit breaker of an endpoint; it is closed if no call of it ever failed."""
        ...

    def update_breaker(
        self, destination: str, change: Callable[[CircuitBreaker], CircuitBreaker], at: datetime
    ) -> tuple[CircuitBreaker, CircuitBreaker]:
        """Replace the circuit breaker by ``change`` of it, in one transaction; return it before and after.

        An outage that begins, goes on or ends by that is recorded, as of ``at``.

        If a broken connection leaves the commit unknown, ``change`` is applied once more: a failure may count twice."""
        ...

    def take_from_rate_limit(self, destination: str, rate_limit: RateLimit, wanted: int, now: datetime) -> int:
        """Take up to ``wanted`` notices of an endpoint's rate limit, in one transaction; return how many may go now."""
        ...

    def states(self) -> list[EndpointState]:
        """Return every endpoint that has a failed call or a rate limit, by destination."""
        ...
