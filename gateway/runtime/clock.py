"""Time is passed in: a clock tells it, a pace stretches or shortens waits. No compressed time is ever written down."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

Clock = Callable[[], datetime]
"""Returns the present as an aware UTC datetime."""

TEHRAN = timezone(timedelta(hours=3, minutes=30), "Asia/Tehran")
"""+03:30 all year since 1401."""


def system_clock() -> datetime:
    return datetime.now(UTC)


def steady_clock() -> float:
    """Seconds since the machine's start, its sleep with them; nobody sets this clock."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


@dataclass(frozen=True, slots=True)
class Pace:
    """How long one day of waiting takes. ``Pace(day=1 second)`` lets a demo wait seconds where a city waits days."""

    day: timedelta = timedelta(days=1)

    def wait(self, period: timedelta) -> timedelta:
        """Return the real time that waiting for ``period`` takes."""
        return period * (self.day / timedelta(days=1))


REAL = Pace()
"""A day takes a day."""


def timestamp(moment: datetime) -> str:
    """Return RFC 3339 in UTC with microseconds and ``Z``: the one form in which times are stored."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def parse_timestamp(text: str) -> datetime:
    """Return the aware UTC datetime of an RFC 3339 text; raise ``ValueError`` where it is none with an offset."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time without an offset")
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("a time beyond the calendar") from error
