"""Tell whether this node's clock can be trusted: compare it with other clocks, which are heard now and then.

Between two hearings time passes by a steady clock, which nobody sets; so a clock of ours that is set shows at once as
an offset to every other one. No clock is ever corrected here: an offset beyond the tolerance ends the work that times
rest on, on this node alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

from gateway.runtime.clock import Clock
from gateway.runtime.errors import GatewayError

Steady = Callable[[], float]
"""Seconds since some moment, while the machine sleeps too; never set."""

STORE, JUDICIARY, TIME_AUTHORITY = "store", "judiciary", "time-authority"
"""Clocks that are heard, by their owners."""

OUTSIDE = (JUDICIARY, TIME_AUTHORITY)
"""Those that are not ours. The database's clock is none of them: it is the municipality's own, on the same network and
often the same machine, and whatever sets ours wrong sets it wrong, too."""

DRIFT = 0.0002
"""Part of the time that passed, by which two steady clocks may differ."""

HEARD_AGAIN_AFTER = 60.0
"""Seconds after which a clock that seems to be off is worth hearing again before it is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offset:
    """By how much another clock is ahead of ours: at least ``low``, at most ``high``."""

    low: timedelta
    high: timedelta

    @property
    def estimate(self) -> timedelta:
        return (self.low + self.high) / 2

    def beyond(self, tolerance: timedelta) -> bool:
        """Return whether the clocks certainly differ by more."""
        return self.low > tolerance or self.high < -tolerance


@dataclass(frozen=True, slots=True, kw_only=True)
class _Heard:
    """Keep the time that another clock showed at the moment ``at`` of the steady one."""

    at: float
    low: datetime
    high: datetime


class Timekeeper:
    """Used by any number of threads. ``tolerance`` is how far a clock may be from ours."""

    def __init__(self, clock: Clock, steady: Steady, tolerance: timedelta) -> None:
        self.steady = steady
        self._clock, self._tolerance, self._lock = clock, tolerance, Lock()
        self._heard: dict[str, _Heard] = {}
        self._before = steady(), clock()

    def heard(self, of: str, theirs: datetime, since: float, resolution: timedelta = timedelta()) -> None:
        """Another clock showed ``theirs`` at some moment after ``since`` (by the steady clock) and before now. It shows
        steps of ``resolution``."""
        at = self.steady()
        with self._lock:
            self._heard[of] = _Heard(at=at, low=theirs, high=theirs + resolution + timedelta(seconds=at - since))

    def offsets(self) -> Mapping[str, Offset]:
        """By how much each clock that was heard is ahead of ours now."""
        with self._lock:
            at, now = self.steady(), self._clock()
            return {of: _offset(heard, at, now) for of, heard in self._heard.items()}

    @property
    def heard_outside_at(self) -> float | None:
        """Return when, by the steady clock, one of `OUTSIDE` was heard last; None where none was since this began."""
        with self._lock:
            return max((heard.at for of, heard in self._heard.items() if of in OUTSIDE), default=None)

    def off(self) -> GatewayError | None:
        """Return what somebody must act on: ``clock.off`` for the first clock that ours disagrees with. A time
        authority's counts while the judiciary's was not heard: it is the judiciary that judges our times."""
        offsets = self.offsets()
        for of, offset in sorted(offsets.items()):
            if of == TIME_AUTHORITY and JUDICIARY in offsets:
                continue
            if offset.beyond(self._tolerance):
                ahead = -offset.estimate.total_seconds()
                return GatewayError("clock.off", where=of, detail=f"ours is {ahead:+.1f} s from it")
        return None

    def must_hear(self, of: str) -> bool:
        """Return whether a clock seems to be off and was not heard for a while: it may be the one that was set
        right."""
        heard = self._heard.get(of)
        offset = self.offsets().get(of)
        if heard is None or offset is None or not offset.beyond(self._tolerance):
            return False
        return self.steady() - heard.at > HEARD_AGAIN_AFTER

    @property
    def must_ask(self) -> bool:
        """Return whether a clock of `OUTSIDE` must be heard: none was yet, or one seems to be off."""
        return self.heard_outside_at is None or any(map(self.must_hear, OUTSIDE))

    def jumped(self) -> GatewayError | None:
        """Return ``clock.jumped`` where our clock was set since this was asked last: it is told once."""
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
