"""Period of an audit: civil days in Tehran."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from gateway.runtime.clock import TEHRAN, timestamp


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Period from ``since`` until ``until`` (exclusive), both aware UTC."""

    since: datetime
    until: datetime

    @classmethod
    def of(cls, first: date, last: date) -> Period:
        """Return the period of the days ``first`` to ``last``, both included.

        Raises ``ValueError`` if ``last`` is earlier.
        """
        if last < first:
            raise ValueError("it ends before it begins")
        return cls(since=_midnight(first), until=_midnight(last + timedelta(days=1)))

    def holds(self, moment: datetime) -> bool:
        return self.since <= moment < self.until


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamped:
    """Checkpoint of ``size`` records that existed by ``time``, by a time authority's clock.

    ``after`` is the earliest time, in the form of a header, that a record behind it can have been recorded at.
    """

    size: int
    time: datetime
    after: str

    def contradicted(self, recorded_at: str) -> str | None:
        """Return the reason if a record behind this checkpoint cannot have been recorded at that time."""
        if recorded_at >= self.after:
            return None
        return (
            f"says that it was recorded at {recorded_at}, before the checkpoint of {self.size} records was time-stamped"
            f" at {timestamp(self.time)}, and stands behind it: somebody put it there later, or a clock was wrong"
        )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), TEHRAN).astimezone(UTC)
