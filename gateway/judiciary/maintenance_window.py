"""Maintenance windows: times in which an endpoint is not called, since everybody knows that it does not answer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum

from gateway.runtime.clock import TEHRAN

DAY = timedelta(days=1)


class Weekday(StrEnum):
    """In the order of `datetime.weekday`."""

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
    """Every week on these ``days``, from ``begins`` until ``ends`` in Tehran: on the next day, where that is not
    later."""

    days: frozenset[Weekday]
    begins: time
    ends: time

    def end(self, now: datetime) -> datetime | None:
        """Return when the window that ``now`` is in ends, or None."""
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
    """From ``begins`` until ``ends``, both aware."""

    begins: datetime
    ends: datetime

    def end(self, now: datetime) -> datetime | None:
        """Return when the window ends if ``now`` is in it, or None."""
        return self.ends if self.begins <= now < self.ends else None


Window = Weekly | Once


def end_of(windows: Iterable[Window], now: datetime) -> datetime | None:
    """Return until when nothing is called, or None where ``now`` is in no window. Windows that overlap, or follow
    each other at once, are one."""
    windows, until, end = tuple(windows), None, now
    while True:
        ends = [found for window in windows if (found := window.end(end)) is not None]
        if not ends or max(ends) - now > 7 * DAY:
            # A week without a gap is an endpoint that is never called; there is no end to look for.
            return max(ends, default=until)
        until = end = max(ends)
