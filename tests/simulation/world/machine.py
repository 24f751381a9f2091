"""A machine: its two clocks, which drift, and one of which is set now and then; and what it remembers of the store."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from ..trace import HasNow

BEGIN: Final = datetime(2026, 2, 3, 4, tzinfo=UTC)
"""True time at the beginning of every run: a Tuesday morning in Tehran."""


def true_time(seconds: float) -> datetime:
    """Return the true time so many seconds after the beginning."""
    return BEGIN + timedelta(seconds=seconds)


def seconds_at(time: datetime) -> float:
    """Return the seconds from the beginning to a time."""
    return (time - BEGIN).total_seconds()


@dataclass(slots=True)
class MachineClock:
    """Clocks of one machine. ``time`` knows the true seconds since the run began.

    ``drift`` is that of the steady clock, relative. ``offset`` is the error in seconds of the other one, which is kept
    right by a server of times, or is set by somebody.
    """

    time: HasNow
    drift: float = 0.0
    offset: float = 0.0
    _shown: tuple[float, datetime] = (0.0, BEGIN)

    def wall(self) -> datetime:
        seconds = self.time.now + self.offset
        if self._shown[0] != seconds:
            self._shown = seconds, BEGIN + timedelta(seconds=seconds)
        return self._shown[1]

    def steady(self) -> float:
        return self.time.now * (1 + self.drift)
