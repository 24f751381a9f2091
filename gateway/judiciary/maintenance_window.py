"""Maintenance windows: announced times in which an endpoint is not called."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum

from gateway.runtime.clock import TEHRAN

DAY = timedelta(days=1)


class Weekday(StrEnum):
    """Days of the week in the order of `datetime.weekday`."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


_DAYS = tuple(Weekday)


@dataclass(frozen=True, slots=True, kw_only=True)
class Weekly:
    """Weekly window on these ``days``, from ``begins`` until ``ends`` in Tehran.

    It ends on the next day if ``ends`` is not later than ``begins``.
    """

    days: frozenset[Weekday]
    begins: time
    ends: time

    def end(self, now: datetime) -> datetime | None:
        """Return the end of the window that contains ``now``; None if it is outside."""
        today = now.astimezone(TEHRAN).date()
        for day in (today, today - DAY):
            begins = datetime.combine(day, self.begins, TEHRAN)
            ends = datetime.combine(day, self.ends, TEHRAN)
            ends += DAY if ends <= begins else timedelta()
            if _DAYS[day.weekday()] in self.days and begins <= now < ends:
                return ends
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Once:
    """Single window from ``begins`` until ``ends``, both aware."""

    begins: datetime
    ends: datetime

    def end(self, now: datetime) -> datetime | None:
        """Return the end of the window if it contains ``now``; None otherwise."""
        return self.ends if self.begins <= now < self.ends else None


Window = Weekly | Once


def end_of(windows: Iterable[Window], now: datetime) -> datetime | None:
    """Return the end of maintenance, or None if ``now`` is in no window.

    Windows that overlap or follow each other at once count as one.
    """
    windows, until, end = tuple(windows), None, now
    while True:
        ends = [found for window in windows if (found := window.end(end)) is not None]
        if not ends or max(ends) - now > 7 * DAY:
            # A week without a gap means an endpoint that is never called; the search stops.
            return max(ends, default=until)
        until = end = max(ends)
