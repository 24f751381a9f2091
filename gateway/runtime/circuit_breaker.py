"""Circuit breaker of one endpoint: it opens after failures in a row, then one call probes the endpoint.

A failure is a call without a verified answer, or with one that only says that the other side is busy. All processes
share the breaker through the store, which changes it in a transaction, so that each failure counts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from gateway.runtime.clock import CLOCKS_DIFFER, REAL, Pace

MINUTE = timedelta(minutes=1)

FAILURES_THAT_OPEN = 3
"""Number of failures in a row that opens the circuit."""

REST = (MINUTE / 2, MINUTE, 5 * MINUTE, 15 * MINUTE)
"""Times for which the circuit is open after that many failures, one more, and so on; the last one repeats."""

SHORTEST_REST = timedelta(seconds=1)
"""Lower bound of our own waits, whatever compressed time says."""

LONGEST_REST = timedelta(days=1)
"""Upper bound of a wait, whatever the other side asks for."""


class Permit(StrEnum):
    """Permission to send."""

    CLOSED = "closed"
    """All calls: the circuit is closed, the normal state."""
    PROBE = "half-open"
    """One call, to probe the endpoint."""
    OPEN = "open"
    """No call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Cause of a failed call: a code of the error catalogue.

    ``retry_after`` is the wait that the other side asks for. Nobody signed it, so it may delay us but proves nothing
    about a notice.
    """

    code: str
    retry_after: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CircuitBreaker:
    """State of a breaker: ``failures`` in a row since ``since``, the last of them for ``code``.

    Nothing is sent before ``rests_until``. ``alarmed``: an alarm was raised, and is not over.
    """

    destination: str
    failures: int = 0
    since: datetime | None = None
    rests_until: datetime | None = None
    code: str | None = None
    alarmed: bool = False

    def permit(self, now: datetime) -> Permit:
        """Return the permission to send at ``now``.

        A rest that ends later than any wait lasts was written by a clock that was ahead: it is not believed.
        """
        if self.rests_until is None:
            return Permit.CLOSED
        is_on = timedelta() < self.rests_until - now <= LONGEST_REST + CLOCKS_DIFFER
        return Permit.OPEN if is_on else Permit.PROBE

    def probed(self, until: datetime) -> CircuitBreaker:
        """Return the breaker during a probe: no other call is made until then, or until the probe ends."""
        return replace(self, rests_until=until)

    def failed(
        self,
        failure: Failure,
        now: datetime,
        *,
        probe: bool = False,
        pace: Pace = REAL,
        opens_after: int = FAILURES_THAT_OPEN,
    ) -> CircuitBreaker:
        """Return the breaker after a failed call. A wait that the other side asks for applies at once.

        Calls that were in progress when the circuit opened do not count: many at a time must not cause one long wait.
        ``pace`` may compress our own waits, but not the requested one.
        """
        asked = None if failure.retry_after is None else now + min(failure.retry_after, LONGEST_REST)
        if self.permit(now) is Permit.OPEN and not probe:
            rests_until = _later(self.rests_until, asked)
            return replace(self, rests_until=rests_until, alarmed=self.alarmed or _is_long(rests_until, now))
        failures = self.failures + 1
        own = None
        if failures >= opens_after:
            rest = REST[min(failures - opens_after, len(REST) - 1)]
            own = now + max(pace.wait(rest), SHORTEST_REST)
        rests_until = _later(own, asked)
        return replace(
            self,
            failures=failures,
            since=self.since or now,
            rests_until=rests_until,
            code=failure.code,
            alarmed=self.alarmed or own is not None or _is_long(rests_until, now),
        )

    def succeeded(self) -> CircuitBreaker:
        """Return the breaker after an answered call."""
        return CircuitBreaker(destination=self.destination)


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return max((each for each in (one, other) if each is not None), default=None)


def _is_long(until: datetime | None, now: datetime) -> bool:
    """Return True for a wait as long as our longest; a shorter one that the other side asks for needs no alarm."""
    return until is not None and until - now >= REST[-1]
