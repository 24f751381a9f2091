"""The gate before each batch: closed while a person has stopped everything, nothing can be recorded, or another
program's version has taken the store over.

It detects a store that was rolled back. A recovery begins only once this machine's clock was compared with one outside:
a machine that was restored may boot with a wrong one.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from threading import Lock
from typing import Any

import structlog

from gateway.operations.recovery import begin_by_trusted_clock
from gateway.runtime.clock import Clock, steady_clock, timestamp
from gateway.runtime.timekeeping import Steady
from gateway.store.store import Store
from gateway.store.store_fingerprint import Recovery
from gateway.store.stored import Switch

LOOK_SECONDS = 0.5
"""Oldest usable answer about the switch, in seconds: many batches a second then need one query."""

_log = structlog.get_logger(__name__)


class ServiceGate:
    """Gate (`gateway.runtime.may_continue.MayContinue`) for any number of threads.

    If a store does not answer, or takes neither the last write nor a trial, its error is raised.
    """

    def __init__(
        self,
        store: Callable[[], Store],
        clock: Clock,
        origin: str,
        steady: Steady = steady_clock,
        new_lock: Callable[[], AbstractContextManager[Any]] = Lock,
        assert_clock: Callable[[], object] = lambda: None,
    ) -> None:
        """Take the store; ``store`` returns the one that is open now. ``origin`` names the gateway in evidence.

        ``assert_clock`` raises `gateway.runtime.errors.GatewayError` ``clock.*`` until this machine's clock is trusted.
        """
        self._store, self._clock, self._origin = store, clock, origin
        self._steady, self._lock, self._assert_clock = steady, new_lock(), assert_clock
        self._looked_at = float("-inf")
        self._switch: Switch | None = None
        self._recovery: Recovery | None = None

    def __call__(self) -> bool:
        """Return True if another batch may begin.

        Raises `gateway.runtime.errors.GatewayError` ``store.*``, ``recovery.memory``, and ``clock.*`` while the store
        was rolled back and no recovery can begin.
        """
        with self._lock:
            if self._steady() - self._looked_at >= LOOK_SECONDS:
                store = self._store()
                store.assert_version()
                self._note(store.switch())
                self._tell(begin_by_trusted_clock(store, self._clock, self._origin, self._assert_clock))
                self._looked_at = self._steady()
            self._store().assert_writable()
            return not _stopped(self._switch)

    def _note(self, switch: Switch | None) -> None:
        """Log a change of the switch, once."""
        if _stopped(switch) != _stopped(self._switch) and switch is not None:
            event = "stopped by a person" if switch.stopped else "released by a person"
            _log.warning(event, code="service.stopped", since=timestamp(switch.since), evidence=switch.evidence_id)
        self._switch = switch

    def _tell(self, recovery: Recovery | None) -> None:
        """Log that a recovery is on, or is over, once."""
        if recovery is not None and recovery != self._recovery:
            since, cause = timestamp(recovery.since), recovery.cause.value
            _log.warning("recovery", code="recovery.on", since=since, cause=cause, evidence=recovery.evidence_id)
        elif recovery is None and self._recovery is not None:
            _log.warning("recovery over", since=timestamp(self._recovery.since))
        self._recovery = recovery


def _stopped(switch: Switch | None) -> bool:
    return switch is not None and switch.stopped
