"""Timekeeping: decide if this node's clock can be trusted, by comparison with other clocks.

Between two readings a steady clock, which nobody sets, measures time. So a change of our clock appears at once as an
offset to all others.
No clock is ever corrected here: an offset beyond the tolerance stops the work that depends on times, on this node
alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

from gateway.runtime.clock import Clock
from gateway.runtime.errors import GatewayError

Steady = Callable[[], float]
"""Function that returns seconds since a fixed time, including the machine's sleep; never set."""

STORE, JUDICIARY, TIME_AUTHORITY = "store", "judiciary", "time-authority"
"""Names of other clocks, by their owners."""

OUTSIDE = (JUDICIARY, TIME_AUTHORITY)
"""Clocks outside the municipality.

The database's clock is not one. It is on the same network and often the same machine; a cause that sets our clock wrong
affects it, too.
"""

DRIFT = 0.0002
"""Relative drift by which two steady clocks may differ."""

HEARD_AGAIN_AFTER = 60.0
"""Seconds after which a clock that seems to be off is read again before an alarm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offset:
    """Interval of another clock's lead over ours: at least ``low``, at most ``high``."""

    low: timedelta
    high: timedelta

    @property
    def estimate(self) -> timedelta:
        return (self.low + self.high) / 2

    def beyond(self, tolerance: timedelta) -> bool:
        """Return True if the clocks certainly differ by more."""
        return self.low > tolerance or self.high < -tolerance


@dataclass(frozen=True, slots=True, kw_only=True)
class _Heard:
    """Reading of another clock at the time ``at`` of the steady one."""

    at: float
    low: datetime
    high: datetime


class Timekeeper:
    """Comparison of clocks, safe for threads. ``tolerance`` is the allowed offset."""

    def __init__(self, clock: Clock, steady: Steady, tolerance: timedelta) -> None:
        self.steady = steady
        self._clock, self._tolerance, self._lock = clock, tolerance, Lock()
        self._heard: dict[str, _Heard] = {}
        self.heard_outside_at: float | None = None
        """Steady time of the last reading of `OUTSIDE`; None without any."""
        self._before = steady(), clock()

    def heard(self, of: str, theirs: datetime, since: float, resolution: timedelta = timedelta()) -> None:
        """Record that another clock showed ``theirs`` after ``since`` (steady clock) and before now.

        The other clock shows steps of ``resolution``.
        """
        at = self.steady()
        with self._lock:
            self._heard[of] = _Heard(at=at, low=theirs, high=theirs + resolution + timedelta(seconds=at - since))
            if of in OUTSIDE:
                self.heard_outside_at = at

    def offsets(self) -> Mapping[str, Offset]:
        """Return the present lead of each clock over ours."""
        with self._lock:
            at, now = self.steady(), self._clock()
            return {of: _offset(heard, at, now) for of, heard in self._heard.items()}

    def off(self) -> GatewayError | None:
        """Return ``clock.off`` for the first clock that ours disagrees with, or None.

        A time authority counts only without a reading of the judiciary, which judges our times.
        """
        with self._lock:
            at, now = self.steady(), self._clock()
            heard = sorted(self._heard.items())
        for of, reading in heard:
            if of == TIME_AUTHORITY and JUDICIARY in self._heard:
                continue
            offset = _offset(reading, at, now)
            if offset.beyond(self._tolerance):
                ahead = -offset.estimate.total_seconds()
                return GatewayError("clock.off", where=of, detail=f"ours is {ahead:+.1f} s from it")
        return None

    def must_hear(self, of: str) -> bool:
        """Return True if a clock seems to be off and its last reading is old: it may have been corrected since."""
        heard = self._heard.get(of)
        if heard is None or self.steady() - heard.at <= HEARD_AGAIN_AFTER:
            return False
        return self.offsets()[of].beyond(self._tolerance)

    @property
    def must_ask(self) -> bool:
        """Return True if a reading of `OUTSIDE` is needed: there is none, or a clock seems to be off."""
        return self.heard_outside_at is None or any(map(self.must_hear, OUTSIDE))

    def jumped(self) -> GatewayError | None:
        """Return ``clock.jumped`` if our clock was set since the last call; each jump is reported once."""
        with self._lock:
            (steady, wall), self._before = self._before, (self.steady(), self._clock())
            jump = self._before[1] - wall - timedelta(seconds=self._before[0] - steady)
        if abs(jump) <= self._tolerance:
            return None
        return GatewayError("clock.jumped", detail=f"by {jump.total_seconds():+.1f} s")


def _offset(heard: _Heard, at: float, now: datetime) -> Offset:
    passed = at - heard.at
    low = heard.low + timedelta(seconds=passed * (1 - DRIFT))
    return Offset(low=low - now, high=heard.high + timedelta(seconds=passed * (1 + DRIFT)) - now)
