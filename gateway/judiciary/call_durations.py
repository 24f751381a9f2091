"""Durations of calls to an endpoint: counts by classes of duration, so that a percentile costs nothing to keep.

Classes grow by a tenth: a percentile is at most a tenth too large. Counts of several processes and hours can be added.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import Final

from gateway.runtime.clock import Clock

_GROWTH: Final = math.log(1.1)
_SHORTEST: Final = 0.001
MOST_CLASS: Final = 160
"""Class of everything longer than an hour."""


def class_of(seconds: float) -> int:
    """Return the class of a duration; class 0 is up to a millisecond."""
    if seconds <= _SHORTEST:
        return 0
    return min(MOST_CLASS, math.ceil(math.log(seconds / _SHORTEST) / _GROWTH - 1e-9))


def longest_of(number: int) -> timedelta:
    """Return the longest duration of a class."""
    return timedelta(seconds=_SHORTEST * math.exp(number * _GROWTH))


@dataclass(frozen=True, slots=True, kw_only=True)
class CallDurations:
    """Calls of an ``operation`` to a ``destination`` in the hour that begins at ``hour`` (aware, UTC).

    ``answered`` counts the calls with a response, by class of duration, whatever it said; ``unanswered`` the others.
    """

    destination: str
    operation: str
    hour: datetime
    answered: Mapping[int, int] = field(default_factory=dict)
    unanswered: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CallSpeed:
    """Speed of an endpoint: half of the ``calls`` were answered within ``p50``, 95 of 100 within ``p95``.

    Both are None if no call was answered.
    """

    calls: int
    unanswered: int
    p50: timedelta | None
    p95: timedelta | None


def speed_of(counted: Iterable[CallDurations]) -> CallSpeed:
    """Return the speed over all of ``counted``."""
    answered: Counter[int] = Counter()
    unanswered = 0
    for each in counted:
        answered.update(each.answered)
        unanswered += each.unanswered
    return CallSpeed(
        calls=answered.total() + unanswered,
        unanswered=unanswered,
        p50=_percentile(answered, 50),
        p95=_percentile(answered, 95),
    )


def _percentile(answered: Counter[int], hundredth: int) -> timedelta | None:
    """Return the duration within which so many of a hundred calls were answered (nearest rank)."""
    rank = math.ceil(answered.total() * hundredth / 100)
    for number in sorted(answered):
        rank -= answered[number]
        if rank <= 0:
            return longest_of(number)
    return None


def hour_of(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)


class CallMeter:
    """Counter of a process's calls, safe for threads. It counts from ``began_at`` on."""

    def __init__(self, clock: Clock) -> None:
        self.began_at = clock()
        self._clock, self._lock = clock, Lock()
        self._answered: dict[tuple[str, str, datetime], Counter[int]] = {}
        self._unanswered: Counter[tuple[str, str, datetime]] = Counter()

    def count(self, destination: str, operation: str, seconds: float, *, answered: bool) -> None:
        """Count a call that took ``seconds``."""
        key = destination, operation, hour_of(self._clock())
        with self._lock:
            counts = self._answered.setdefault(key, Counter())
            if answered:
                counts[class_of(seconds)] += 1
            else:
                self._unanswered[key] += 1

    def counted(self) -> list[CallDurations]:
        """Return all counts, each from the beginning of its hour: storing them twice changes nothing."""
        with self._lock:
            return [
                CallDurations(
                    destination=destination,
                    operation=operation,
                    hour=hour,
                    answered=dict(counts),
                    unanswered=self._unanswered[destination, operation, hour],
                )
                for (destination, operation, hour), counts in self._answered.items()
            ]

    def forget_before(self, hour: datetime) -> None:
        """Drop the counts of hours before ``hour``, once they are stored."""
        with self._lock:
            for key in [key for key in self._answered if key[2] < hour]:
                del self._answered[key], self._unanswered[key]
