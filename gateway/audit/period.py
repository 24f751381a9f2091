"""A period that an auditor asks about: civil days in Tehran."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from gateway.runtime.clock import TEHRAN


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """From ``since`` until ``until`` (exclusive), both aware UTC."""

    since: datetime
    until: datetime

    @classmethod
    def of(cls, first: date, last: date) -> Period:
        """The days from ``first`` to ``last``, both included. Raises ``ValueError`` where the last one is earlier."""
        if last < first:
            raise ValueError("it ends before it begins")
        return cls(since=_midnight(first), until=_midnight(last + timedelta(days=1)))

    def holds(self, moment: datetime) -> bool:
        return self.since <= moment < self.until


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamped:
    """A checkpoint of ``size`` records that was there by ``time``, by a time authority's clock."""

    size: int
    time: datetime


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), TEHRAN).astimezone(UTC)
