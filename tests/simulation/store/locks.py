"""Advisory locks in memory: one holder for each duty, across all gateways of a database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from .database import SimulatedDatabase
from .session import ANSWERED, At


class SimulatedLocks:
    """Implement `gateway.runtime.advisory_lock.AdvisoryLocks` for one gateway. ``at`` is as in `simulated_store`, with
    the name ``locks.attempt``."""

    def __init__(self, database: SimulatedDatabase, at: At) -> None:
        self._database, self._at = database, at

    @contextmanager
    def attempt(self, duty: str) -> Iterator[bool]:
        self._at("locks.attempt")
        mine = (self, object())
        # Atomic, also among threads.
        held = self._database.locks.setdefault(duty, mine) is mine
        try:
            self._at(f"locks.attempt{ANSWERED}")
            yield held
        finally:
            # No port call: a holder that crashes loses its locks as well.
            if self._database.locks.get(duty) is mine:
                del self._database.locks[duty]

    def lose(self) -> None:
        """Free everything that this gateway holds: it crashed, or its connections broke."""
        for duty, holder in list(self._database.locks.items()):
            if isinstance(holder, tuple) and holder[0] is self:
                del self._database.locks[duty]

    def close(self) -> None:
        """Do nothing: nothing is open."""
