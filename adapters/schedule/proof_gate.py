"""The gate of sending: closed while events have been without proof for too long, unless a person overrides it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from threading import Lock
from typing import Any

from gateway.runtime.clock import Clock, steady_clock
from gateway.runtime.errors import GatewayError
from gateway.runtime.pass_report import PassReport
from gateway.runtime.timekeeping import Steady
from gateway.store.proof_reach import ProofPolicy, ProofReach, alarms, lapse, stops
from gateway.store.store import Store

LOOK_SECONDS = 5.0
"""Oldest usable answer of the store, in seconds: its limits are hours."""


class ProofGate:
    """Gate (`adapters.schedule.gates.Gate`) for any number of threads.

    Raises ``archive.unproven`` and ``archive.forked``.
    """

    def __init__(
        self,
        store: Callable[[], Store],
        clock: Clock,
        policy: ProofPolicy | None,
        compare: Callable[[], object] = lambda: None,
        steady: Steady = steady_clock,
        new_lock: Callable[[], AbstractContextManager[Any]] = Lock,
    ) -> None:
        """Take the store and the limits; ``store`` returns the one that is open now.

        Without a policy there is no archive, and the gate is open. ``compare`` compares the store with its archive and
        witnesses: once, before anything is sent.
        """
        self._store, self._clock, self._policy = store, clock, policy
        self._steady, self._lock = steady, new_lock()
        self._compare, self._compared = compare, False
        self._looked_at = float("-inf")
        self._proof = ProofReach()

    def begin(self, report: PassReport) -> bool:  # noqa: ARG002 - a `Gate`
        return True

    def open(self) -> bool:
        self._compare_once()
        self.look()
        lapsed = lapse(self._proof, self._policy, self._clock()) if self._policy else None
        if lapsed is not None and stops(lapsed):
            raise lapsed
        return True

    def _compare_once(self) -> None:
        """Compare once: only the outside shows that a machine was rolled back as a whole, its memory file included."""
        with self._lock:
            if self._policy is not None and not self._compared:
                self._compare()
                self._compared = True

    def look(self) -> None:
        """Ask the store, if that was not done just now. Raises `GatewayError` ``store.*``."""
        with self._lock:
            if self._policy is not None and self._steady() - self._looked_at >= LOOK_SECONDS:
                self._proof = self._store().evidence.proof()
                self._looked_at = self._steady()

    def alarms(self) -> dict[str, GatewayError]:
        """Return the errors that a person must act on, by the last look; the store is not asked."""
        return alarms(self._proof, self._policy, self._clock()) if self._policy else {}
