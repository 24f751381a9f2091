"""Endpoint policy: limits for the calls of an endpoint (`gateway.judiciary.called_endpoint`)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from gateway.judiciary.courier import CREDENTIALS, SEAL_NOT_ACCEPTED
from gateway.judiciary.maintenance_window import Window
from gateway.runtime.advisory_lock import UNLIMITED, Calls
from gateway.runtime.circuit_breaker import FAILURES_THAT_OPEN, CircuitBreaker
from gateway.runtime.clock import REAL, Pace, timestamp
from gateway.runtime.errors import GatewayError
from gateway.runtime.rate_limit import RateLimit


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointPolicy:
    """Limits for calls to an endpoint.

    ``probe`` is the time for which one probing call keeps others from probing: a call's time-out. ``rate_limit`` counts
    notices; None means no limit. ``pace`` compresses our own waits.
    After ``refusals`` refusals of our credentials in a row, the endpoint's breaker opens; for refusals of a body's
    seal, that body's.
    All machines share breakers and rate limit, with times. So nothing is written to them while ``clock_is_off`` is
    true, that is, while this machine's clock is known to be off; an answered call still closes a breaker.
    """

    probe: timedelta = timedelta(minutes=1)
    pace: Pace = REAL
    rate_limit: RateLimit | None = None
    refusals: int = FAILURES_THAT_OPEN
    maintenance: Sequence[Window] = ()
    calls: Calls = field(default=UNLIMITED, compare=False)
    clock_is_off: Callable[[], bool] = field(default=lambda: False, compare=False)


USUAL = EndpointPolicy()
"""Default policy: a circuit breaker, and no limit."""


def resting(breaker: CircuitBreaker) -> GatewayError:
    """Return the error for an open breaker of an endpoint, or of a body whose seal is refused.

    Refused credentials have a code of their own, since we must correct them.
    """
    since = f" since {timestamp(breaker.since)}" if breaker.since else ""
    code = breaker.code if breaker.code in (CREDENTIALS, SEAL_NOT_ACCEPTED) else "endpoint.resting"
    return GatewayError(code, where=breaker.destination, detail=f"{breaker.code}{since}")
