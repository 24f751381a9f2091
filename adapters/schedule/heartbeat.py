"""Heartbeat: a process that runs passes writes every few seconds that it lives, so that `status` can show it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from threading import Event, Thread
from typing import Protocol

from gateway.judiciary.pass_statistics import PassStats
from gateway.runtime.clock import Clock
from gateway.runtime.errors import GatewayError
from gateway.store.stored import Process

BEAT_SECONDS = 10.0


class Noted(Protocol):
    """Store of the heartbeat. Raises `GatewayError` ``store.*``."""

    def note(self, process: Process) -> None: ...

    def ended(self, owner: str) -> None: ...


class Heartbeat:
    """Heartbeat in a thread of its own: a store that does not answer must hold back neither passes nor signals."""

    def __init__(
        self,
        store: Callable[[], Noted],
        owner: str,
        pass_stats: PassStats,
        clock: Clock,
        also: Callable[[], None] = lambda: None,
    ) -> None:
        """Take the process's statistics; ``store`` returns the one that is open now, or raises `GatewayError`.

        ``also`` is called with each beat, and may raise `GatewayError`, too.
        """
        self._also = also
        self._store, self._owner, self._pass_stats, self._clock = store, owner, pass_stats, clock
        self._began_at, self._over = clock(), Event()
        self._thread = Thread(target=self._run, name="heartbeat", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Write that the process ends, if the store answers."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join(timeout=BEAT_SECONDS)
        with suppress(GatewayError):
            self._store().ended(self._owner)

    def _run(self) -> None:
        while True:
            # Passes that need the store raise the alarm if it is away.
            with suppress(GatewayError):
                self._store().note(self._present())
                self._also()
            if self._over.wait(BEAT_SECONDS):
                return

    def _present(self) -> Process:
        return Process(
            owner=self._owner, began_at=self._began_at, seen_at=self._clock(), passed_at=last_pass(self._pass_stats)
        )


def last_pass(pass_stats: PassStats) -> datetime | None:
    """Return the time at which the last pass ended, well or not."""
    ends = [at for record in pass_stats.records() for at in (record.succeeded_at, record.failed_at) if at is not None]
    return max(ends, default=None)
