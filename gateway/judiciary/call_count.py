"""Number of calls of a pass that may be under way at a time.

A pass begins with one call. Each answer lets one more be under way; a failure reduces them to one: an endpoint that is
away costs one call, not many notices in doubt.

Without a configured number, the measured latency decides from `LEAST_CALLS` on. By Little's law, throughput × latency
calls are under way. The throughput that was measured, at the least latency of this pass, needs

    calls × least latency ÷ latency

of them: fewer than there are, if calls wait for each other at the endpoint, on the network or here. Twice as many may
be under way. So they double while more of them cost no latency, and stay where half of their time is waiting.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from statistics import median_low
from typing import Final

MOST_CALLS: Final = 32
"""Upper bound where nothing is configured."""

LEAST_CALLS: Final = 4
"""Latency reduces them no further: so few do no harm, and of fewer answers the latency cannot be told."""

ROOM: Final = 2
"""So many times what the throughput needs may be under way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallCount:
    """``now`` calls may be under way, and never more than ``most``.

    ``by_latency``: the latency decides. ``round`` are the durations, in seconds, of calls that began since ``now``
    changed; ``before`` so many calls began before, and are not answered yet. ``least`` is the least median of a round.
    ``is_enough``: the last round wanted no more calls.
    """

    most: int = 1
    by_latency: bool = False
    now: int = 1
    before: int = 0
    round: tuple[float, ...] = ()
    least: float | None = None
    is_enough: bool = False

    @property
    def grows(self) -> bool:
        """Return True if the next answers may let more calls be under way."""
        return self.now < self.most and not self.is_enough

    def answered(self, seconds: float, answers: int = 1) -> CallCount:
        """Return the count after a call that brought so many ``answers``, each after ``seconds``."""
        if not self.by_latency or self.now < LEAST_CALLS:
            most = min(self.most, LEAST_CALLS) if self.by_latency else self.most
            return replace(self, now=min(self.now + answers, most), before=self.now)
        if self.before:
            return replace(self, before=self.before - 1)
        durations = (*self.round, *[seconds] * answers)
        if len(durations) < self.now:
            return replace(self, round=durations)
        latency = median_low(durations)  # some large messages do not change it
        least = latency if self.least is None else min(self.least, latency)
        wanted = math.ceil(ROOM * self.now * least / latency)
        if wanted <= LEAST_CALLS:
            # The least latency may be that of another hour, or of smaller messages: it is measured again.
            now = min(LEAST_CALLS, self.most)
            return replace(self, now=now, before=self.now, round=(), least=None, is_enough=False)
        now, is_enough = min(wanted, self.most), wanted <= self.now
        before = 0 if now == self.now else self.now
        return replace(self, now=now, before=before, round=(), least=least, is_enough=is_enough)

    def failed(self) -> CallCount:
        """Return the count after a call without an answer, or one that says that the endpoint is busy."""
        return CallCount(most=self.most, by_latency=self.by_latency)


ONE_BY_ONE: Final = CallCount()
