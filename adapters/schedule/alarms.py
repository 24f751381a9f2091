"""Alarms: a pass that has failed, or has not moved, for too long is told at error level, with who must act."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

import structlog

from gateway.errors import GatewayError
from gateway.journal import Journal

_log = structlog.get_logger(__name__)


class Alarms:
    """Tells each alarm when it begins, when its reason changes, and when it is over."""

    def __init__(
        self, journal: Journal, after: timedelta, others: Callable[[], Mapping[str, GatewayError]] = dict
    ) -> None:
        """``others`` are alarms that are no matter of one pass, by a name for each."""
        self._journal, self.after, self._others = journal, after, others
        self._told: dict[str, str] = {}

    def look(self) -> None:
        """Look at every pass. Called again and again, by one thread."""
        now = {**self._journal.alarms(self.after), **self._others()}
        for name in self._told.keys() - now.keys():
            tell_over(name, self._told[name])
        for name, error in now.items():
            if self._told.get(name) != error.code:
                tell(name, error)
        self._told = {name: error.code for name, error in now.items()}


def tell(name: str, error: GatewayError) -> None:
    """Log that an alarm began."""
    _log.error(
        "alarm",
        task=name,
        code=error.code,
        where=error.where,
        detail=error.detail,
        meaning=error.entry.en,
        who_must_act=error.entry.actor.value,
        remedy=error.entry.remedy,
    )


def tell_over(name: str, code: str) -> None:
    """Log that it is over."""
    _log.warning("alarm over", task=name, code=code)
