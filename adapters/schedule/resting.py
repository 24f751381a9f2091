"""Pause of failing work: if a person must remove the reason, it is not tried in every run, but still reports its
errors.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from gateway.runtime.clock import Clock
from gateway.runtime.errors import GatewayError
from gateway.runtime.may_continue import MayContinue
from gateway.runtime.pass_report import PassReport

REST = timedelta(minutes=10)
"""Soon enough to see a repair, and seldom enough for work that reads whole files."""


class Resting:
    """Runner of ``work``. After errors it pauses for a while, in which it reports the same errors."""

    def __init__(
        self, work: Callable[[datetime, MayContinue], PassReport], clock: Clock, rest: timedelta = REST
    ) -> None:
        self._work, self._clock, self._rest = work, clock, rest
        self._errors: list[GatewayError] = []
        self._since: datetime | None = None

    def __call__(self, may_continue: MayContinue) -> PassReport:
        now = self._clock()
        if self._since is not None and timedelta() <= now - self._since < self._rest:
            return PassReport("resting", errors=list(self._errors))
        report = self._work(now, may_continue)
        self._errors, self._since = list(report.errors), now if report.errors else None
        return report
