"""The gate of the passes whose times are signed or counted: closed while this node's clock is off."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from threading import Lock

from gateway.errors import GatewayError
from gateway.store import Store
from gateway.timekeeping import JUDICIARY, STORE, Timekeeper

LOOK_SECONDS = 30.0
"""How old a comparison with the store's clock may be."""


class ClockGate:
    """A `gateway.leave.Leave` for any number of threads, which raises ``clock.off``."""

    def __init__(self, store: Callable[[], Store], timekeeper: Timekeeper) -> None:
        """``store`` returns the store that is open now."""
        self._store, self._timekeeper, self._lock = store, timekeeper, Lock()
        self._looked_at = -LOOK_SECONDS

    def __call__(self) -> bool:
        self.compare()
        if (off := self._timekeeper.off()) is not None:
            raise off
        return True

    def compare(self) -> None:
        """Hear the store's clock, if it has one of its own and was not heard just now. Raises `GatewayError`."""
        with self._lock:
            began = self._timekeeper.steady()
            if began - self._looked_at < LOOK_SECONDS:
                return
            theirs = self._store().now()
            if theirs is not None:
                self._timekeeper.heard(STORE, theirs, began)
            self._looked_at = began

    def hear(self, ask: Callable[[], object]) -> None:
        """Have the judiciary asked something, if that is what tells whether its clock was set right."""
        if self._timekeeper.must_hear(JUDICIARY):
            with suppress(GatewayError):  # an answer that is not fresh tells the time as well
                ask()
