"""The gate before each batch: closed while a person has stopped everything, or nothing can be recorded."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock

import structlog

from gateway.clock import timestamp
from gateway.store import Store, Switch

LOOK_SECONDS = 0.5
"""How old an answer about the switch may be: so many batches a second need one query between them."""

_log = structlog.get_logger(__name__)


class Gate:
    """A `gateway.leave.Leave` for any number of threads. A store that does not answer, or that takes neither the last
    write nor a trial, gives no leave: its error is raised."""

    def __init__(self, store: Callable[[], Store]) -> None:
        """``store`` returns the store that is open now."""
        self._store, self._lock = store, Lock()
        self._looked_at = -LOOK_SECONDS
        self._switch: Switch | None = None

    def __call__(self) -> bool:
        """Whether another batch may be begun. Raises `gateway.errors.GatewayError` ``store.*``."""
        with self._lock:
            if time.monotonic() - self._looked_at >= LOOK_SECONDS:
                self._note(self._store().switch())
                self._looked_at = time.monotonic()
            self._store().assert_writable()
            return not _stopped(self._switch)

    def _note(self, switch: Switch | None) -> None:
        """Log a change, once."""
        if _stopped(switch) != _stopped(self._switch) and switch is not None:
            event = "stopped by a person" if switch.stopped else "released by a person"
            _log.warning(event, code="service.stopped", since=timestamp(switch.since), evidence=switch.evidence_id)
        self._switch = switch


def _stopped(switch: Switch | None) -> bool:
    return switch is not None and switch.stopped
