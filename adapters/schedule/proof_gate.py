"""The gate of sending: closed while what happened has been without proof for too long, unless a person lets it be."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock

from gateway.clock import Clock
from gateway.errors import GatewayError
from gateway.proof import Proof, ProofPolicy, alarms, lapse
from gateway.store import Store

LOOK_SECONDS = 5.0
"""How old an answer of the store may be: it is about hours."""


class ProofGate:
    """A `gateway.leave.Leave` for any number of threads, which raises ``archive.unproven``."""

    def __init__(self, store: Callable[[], Store], clock: Clock, policy: ProofPolicy | None) -> None:
        """``store`` returns the store that is open now. Without a policy there is no archive, and the gate is open."""
        self._store, self._clock, self._policy, self._lock = store, clock, policy, Lock()
        self._looked_at = -LOOK_SECONDS
        self._proof = Proof()

    def __call__(self) -> bool:
        self.look()
        lapsed = lapse(self._proof, self._policy, self._clock()) if self._policy else None
        if lapsed is not None and lapsed.code == "archive.unproven":
            raise lapsed
        return True

    def look(self) -> None:
        """Ask the store, if that was not done just now. Raises `GatewayError` ``store.*``."""
        with self._lock:
            if self._policy is not None and time.monotonic() - self._looked_at >= LOOK_SECONDS:
                self._proof = self._store().proof()
                self._looked_at = time.monotonic()

    def alarms(self) -> dict[str, GatewayError]:
        """What somebody must act on, by what was seen last; nothing is asked for it."""
        return alarms(self._proof, self._policy, self._clock()) if self._policy else {}
