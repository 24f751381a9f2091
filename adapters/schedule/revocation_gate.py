"""The gate of passes that believe what the judiciary says: closed while a list that is required is not in force.

Without it, messages would go out whose answers nobody may believe, and their notices would all be in doubt.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from gateway.clock import Clock
from gateway.errors import GatewayError
from gateway.revocation_refresh import KnownLists, Watched, concerns
from gateway.timekeeping import Steady

FIRST_SECONDS: Final = 30.0
"""How long a process that just began waits quietly for its first lists."""


class RevocationGate:
    """A `gateway.leave.Leave` for any number of threads, which raises ``revocation.stale``."""

    def __init__(
        self, known: Callable[[], KnownLists], watched: Callable[[], list[Watched]], clock: Clock, steady: Steady
    ) -> None:
        self._known, self._watched, self._clock, self._steady = known, watched, clock, steady
        self._began = steady()

    def __call__(self) -> bool:
        stale = self.stale()
        if stale is not None and self._steady() - self._began >= FIRST_SECONDS:
            raise stale
        return stale is None

    def stale(self) -> GatewayError | None:
        """The first list that is missing or has ended."""
        found = concerns(self._known()(), self._watched(), self._clock())
        return next((error for error in found if error.code == "revocation.stale"), None)
