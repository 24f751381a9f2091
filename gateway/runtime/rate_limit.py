"""A ration: so many notices in so much time, shared by every process that sends to an endpoint.

The generic cell rate algorithm in its virtual scheduling form (ITU-T I.371): one moment says all that was taken. Each
notice moves it on by the interval; while it is further ahead of now than a burst allows, nothing more is given.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimit:
    """``per_minute`` notices on the long run, and ``burst`` at once after a rest."""

    per_minute: int
    burst: int

    @property
    def interval(self) -> timedelta:
        return timedelta(minutes=1) / self.per_minute

    def used(self, taken_until: datetime | None, now: datetime) -> float:
        """Return the share of a burst that is taken: 1 where nothing more may go now."""
        ahead = timedelta() if taken_until is None else max(taken_until - now, timedelta())
        return min(ahead / (self.interval * self.burst), 1.0)

    def take(self, wanted: int, taken_until: datetime | None, now: datetime) -> tuple[int, datetime]:
        """Return how many of ``wanted`` may go now, and the moment until which the ration is taken then."""
        start = now if taken_until is None else max(taken_until, now)
        room = self.burst - (start - now) / self.interval
        given = max(0, min(wanted, int(room + 1e-9)))
        return given, start + given * self.interval
