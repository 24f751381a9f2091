"""Rate limit: a number of notices per time, shared by every process that sends to an endpoint.

It is the generic cell rate algorithm in its virtual scheduling form (ITU-T I.371). One stored time represents all that
was taken. Each notice advances it by the interval; while it is ahead of now by more than a burst, nothing more is
granted. A stored time that is further ahead than a burst allows was written by a clock that was ahead: it is not
believed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.runtime.clock import CLOCKS_DIFFER


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimit:
    """Limit of ``per_minute`` notices in the long run, and ``burst`` at once after a pause."""

    per_minute: int
    burst: int

    @property
    def interval(self) -> timedelta:
        return timedelta(minutes=1) / self.per_minute

    def used(self, taken_until: datetime | None, now: datetime) -> float:
        """Return the used share of a burst; 1 means that nothing more may be sent now."""
        return min((self._start(taken_until, now) - now) / (self.interval * self.burst), 1.0)

    def take(self, wanted: int, taken_until: datetime | None, now: datetime) -> tuple[int, datetime]:
        """Return the number of ``wanted`` that may be sent now, and the new stored time."""
        start = self._start(taken_until, now)
        room = self.burst - (start - now) / self.interval
        given = max(0, min(wanted, int(room + 1e-9)))
        return given, start + given * self.interval

    def _start(self, taken_until: datetime | None, now: datetime) -> datetime:
        if taken_until is None or taken_until - now > self.interval * self.burst + CLOCKS_DIFFER:
            return now
        return max(taken_until, now)
