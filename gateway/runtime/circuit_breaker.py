"""The circuit breaker of one endpoint: after failures in a row it rests, then one call tries whether it is back.

A failure is a call without a believed answer, or with one that says no more than that the other side is busy. The
breaker is a value that all processes share through the store, which changes it in a transaction, so that each counts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from gateway.runtime.clock import REAL, Pace

MINUTE = timedelta(minutes=1)

FAILURES_THAT_OPEN = 3
"""Calls in a row without a believed answer after which an endpoint rests."""

REST = (MINUTE / 2, MINUTE, 5 * MINUTE, 15 * MINUTE)
"""How long it rests after that many failures, after one more, and so on; the last one repeats."""

SHORTEST_REST = timedelta(seconds=1)
"""No rest of ours is shorter, however a compressed day would have it."""

LONGEST_REST = timedelta(days=1)
"""Whatever the other side asks for, an endpoint is tried again after that."""


class Permit(StrEnum):
    """What may be sent now."""

    CLOSED = "closed"
    """Everything: the circuit is closed, as it should be."""
    PROBE = "half-open"
    """One call, to see whether the other side is back."""
    OPEN = "open"
    """Nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why a call is one: a code of the error catalogue. ``retry_after`` is what the other side asks for; nobody signed
    it, so it may delay us and say nothing of any notice."""

    code: str
    retry_after: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CircuitBreaker:
    """``failures`` in a row, the last of them for ``code``; ``since`` the first of them; nothing is sent before
    ``rests_until``. ``alarmed``: somebody was told, and not yet that it is over."""

    destination: str
    failures: int = 0
    since: datetime | None = None
    rests_until: datetime | None = None
    code: str | None = None
    alarmed: bool = False

    def permit(self, now: datetime) -> Permit:
        """Return what may be sent at ``now``."""
        if self.rests_until is None:
            return Permit.CLOSED
        return Permit.OPEN if now < self.rests_until else Permit.PROBE

    def probed(self, until: datetime) -> CircuitBreaker:
        """Return the breaker while one call tries the endpoint: until then, or until its end, there is no other."""
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
        """Return the breaker after a call that failed. What the other side asks for is obeyed at once.

        Calls that were under way when it opened say nothing new: many at a time must not make one long rest. Our own
        rests are waits, which ``pace`` may compress; what the other side asks for is not.
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
        """Return the breaker after a call that was answered."""
        return CircuitBreaker(destination=self.destination)


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return max((each for each in (one, other) if each is not None), default=None)


def _is_long(until: datetime | None, now: datetime) -> bool:
    """A short wait that the other side asks for is no reason to wake anybody; one as long as our longest is."""
    return until is not None and until - now >= REST[-1]
