"""The circuit breaker of one endpoint: after failures in a row it rests, then one call tries whether it is back.

A failure is a call without a believed answer. The breaker is a value that all processes share through the store; two
that fail at once may count one failure, which delays its opening by one call and does no harm.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

MINUTE = timedelta(minutes=1)

FAILURES_THAT_OPEN = 3
"""Calls in a row without a believed answer after which an endpoint rests."""

REST = (MINUTE / 2, MINUTE, 5 * MINUTE, 15 * MINUTE)
"""How long it rests after that many failures, after one more, and so on; the last one repeats."""

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
class Breaker:
    """``failures`` in a row, the last of them for ``code``; ``since`` the first of them; nothing is sent before
    ``rests_until``."""

    destination: str
    failures: int = 0
    since: datetime | None = None
    rests_until: datetime | None = None
    code: str | None = None

    def permit(self, now: datetime) -> Permit:
        """Return what may be sent at ``now``."""
        if self.rests_until is None:
            return Permit.CLOSED
        return Permit.OPEN if now < self.rests_until else Permit.PROBE

    def failed(self, code: str, now: datetime, retry_after: timedelta | None = None) -> Breaker:
        """Return the breaker after a call that failed. A ``retry_after`` of the other side is obeyed at once."""
        failures = self.failures + 1
        rest = retry_after
        if failures >= FAILURES_THAT_OPEN:
            own = REST[min(failures - FAILURES_THAT_OPEN, len(REST) - 1)]
            rest = own if rest is None else max(own, rest)
        return replace(
            self,
            failures=failures,
            since=self.since or now,
            rests_until=None if rest is None else now + min(rest, LONGEST_REST),
            code=code,
        )

    def succeeded(self) -> Breaker:
        """Return the breaker after a call that was answered."""
        return Breaker(destination=self.destination)
