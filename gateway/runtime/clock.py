"""Time as an argument: a clock returns it, a pace stretches or shortens waits. Compressed time is never stored."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import Final

Clock = Callable[[], datetime]
"""Function that returns the present as an aware UTC datetime."""

TEHRAN = timezone(timedelta(hours=3, minutes=30), "Asia/Tehran")
"""Time zone of Tehran: +03:30 all year since 1401."""

CLOCKS_DIFFER: Final = timedelta(minutes=10)
"""More than the clocks of two gateways differ by: each keeps within `gateway.clock_tolerance_seconds`."""


def system_clock() -> datetime:
    return datetime.now(UTC)


def steady_clock() -> float:
    """Return the seconds since the machine's start, including its sleep; nobody sets this clock."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


@dataclass(frozen=True, slots=True)
class Pace:
    """Real duration of one day of waiting: ``Pace(day=1 second)`` lets a demo wait seconds instead of days."""

    day: timedelta = timedelta(days=1)

    def wait(self, period: timedelta) -> timedelta:
        """Return the real duration of a wait for ``period``."""
        return period * (self.day / timedelta(days=1))


REAL = Pace()
"""Pace without compression."""


def timestamp(moment: datetime) -> str:
    """Format a time as RFC 3339 in UTC with microseconds and ``Z``, the only stored form of times.

    Raises ``ValueError`` for a time without an offset: the machine's own zone must not decide which moment it is.
    """
    return _text_of(moment)


def parse_timestamp(text: str) -> datetime:
    """Parse an RFC 3339 text to an aware UTC datetime. Raises ``ValueError``, also without an offset."""
    return _moment_of(text)


_YEARS: Final = range(623, 9999)
"""Years of which every day has a name in both calendars, in any time zone."""


def parse_recorded(text: str) -> datetime:
    """Parse a time in the only stored form (`timestamp`). Raises ``ValueError`` for any other.

    Years before 623 and after 9998 are refused: one of the two calendars has no name for their days.
    """
    moment = _moment_of(text)
    if moment.year not in _YEARS or _text_of(moment) != text:
        raise ValueError("not a recorded time")
    return moment


# A batch writes and reads the same few times again and again. A function with a cache has no types for its caller.
@lru_cache(maxsize=4096)
def _text_of(moment: datetime) -> str:
    if moment.utcoffset() is None:
        raise ValueError("a time without an offset")
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


@lru_cache(maxsize=4096)
def _moment_of(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time without an offset")
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("a time beyond the calendar") from error
