"""Alarms: a pass that has failed, or has not moved, for too long is logged at error level, with the person who must
act.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta

import structlog

from gateway.judiciary.pass_statistics import PassStats
from gateway.runtime.errors import GatewayError

_log = structlog.get_logger(__name__)


class Alarms:
    """Logs each alarm when it begins, when its reason changes, and when it is over."""

    def __init__(
        self, pass_stats: PassStats, after: timedelta, others: Callable[[], Mapping[str, GatewayError]] = dict
    ) -> None:
        """Take the statistics of passes; ``others`` returns alarms that belong to no pass, by their name."""
        self._pass_stats, self.after, self._others = pass_stats, after, others
        self._told: dict[str, str] = {}
        self._present: Mapping[str, GatewayError] = {}

    @property
    def present(self) -> Mapping[str, GatewayError]:
        """Alarms at the last look, by their name; any thread may read it."""
        return self._present

    def look(self) -> None:
        """Compare every pass with the logged alarms. One thread calls this repeatedly."""
        now = {**self._pass_stats.alarms(self.after), **self._others()}
        for name in self._told.keys() - now.keys():
            tell_over(name, self._told[name])
        new = [(name, error) for name, error in now.items() if self._told.get(name) != error.code]
        for names, error in _same(new):
            tell(", ".join(names), error, len(names))
        self._told = {name: error.code for name, error in now.items()}
        self._present = now


def _same(alarms: Sequence[tuple[str, GatewayError]]) -> Iterator[tuple[list[str], GatewayError]]:
    """Yield alarms together that report the same error: a full disk ends every pass, and is one problem."""
    names: dict[tuple[str, str], list[str]] = {}
    first: dict[tuple[str, str], GatewayError] = {}
    for name, error in alarms:
        # An alarm without a place is about its own task.
        about = error.code, error.where or name
        names.setdefault(about, []).append(name)
        first.setdefault(about, error)
    for about, error in first.items():
        yield names[about], error


def tell(name: str, error: GatewayError, times: int = 1) -> None:
    """Log that an alarm began, for so many tasks."""
    _log.error(
        "alarm",
        task=name,
        times=times,
        code=error.code,
        where=error.where,
        detail=error.detail,
        meaning=error.entry.en,
        who_must_act=error.entry.actor.value,
        remedy=error.entry.remedy,
    )


def tell_over(name: str, code: str) -> None:
    """Log that an alarm is over."""
    _log.warning("alarm over", task=name, code=code)
