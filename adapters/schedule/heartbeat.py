"""Heartbeat: a process that runs passes writes every few seconds that it lives, so that `status` can show it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from threading import Event, Thread
from typing import Protocol

from gateway.judiciary.call_durations import CallDurations, CallMeter, hour_of
from gateway.judiciary.pass_statistics import PassStats
from gateway.runtime.clock import Clock
from gateway.runtime.errors import GatewayError
from gateway.store.stored import Process

BEAT_SECONDS = 10.0


class Noted(Protocol):
    """Store of the heartbeat. Raises `GatewayError` ``store.*``."""

    def note(self, process: Process, *, measured: bool) -> None: ...

    def ended(self, owner: str) -> None: ...


class NotedCalls(Protocol):
    """Store of counted calls. Raises `GatewayError` ``store.*``."""

    def note(self, owner: str, began_at: datetime, counted: Sequence[CallDurations], now: datetime) -> None: ...


@dataclass(frozen=True, slots=True)
class Beat:
    """Parts that are open now: the stores of the heartbeat, and the counter of calls."""

    processes: Noted
    calls: NotedCalls
    meter: CallMeter


class Heartbeat:
    """Heartbeat in a thread of its own: a store that does not answer must hold back neither passes nor signals."""

    def __init__(
        self,
        parts: Callable[[], Beat],
        owner: str,
        pass_stats: PassStats,
        clock: Clock,
        also: Callable[[], None] = lambda: None,
        *,
        measured: bool = True,
    ) -> None:
        """Take the process's statistics; ``parts`` returns those that are open now, or raises `GatewayError`.

        ``also`` is called with each beat, and may raise `GatewayError`, too. ``measured``: while this process runs, the
        gateway has no outage (`gateway.store.outage`).
        """
        self._also, self._measured = also, measured
        self._parts, self._owner, self._pass_stats, self._clock = parts, owner, pass_stats, clock
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
            parts = self._parts()
            self._note_calls(parts)
            parts.processes.ended(self._owner)

    def _run(self) -> None:
        while True:
            # Passes that need the store raise the alarm if it is away.
            with suppress(GatewayError):
                parts = self._parts()
                parts.processes.note(self._present(), measured=self._measured)
                self._note_calls(parts)
                self._also()
            if self._over.wait(BEAT_SECONDS):
                return

    def _note_calls(self, parts: Beat) -> None:
        counted, now = parts.meter.counted(), self._clock()
        if counted:
            parts.calls.note(self._owner, parts.meter.began_at, counted, now)
            parts.meter.forget_before(hour_of(now))

    def _present(self) -> Process:
        return Process(
            owner=self._owner, began_at=self._began_at, seen_at=self._clock(), passed_at=last_pass(self._pass_stats)
        )


def last_pass(pass_stats: PassStats) -> datetime | None:
    """Return the time at which the last pass ended, well or not."""
    ends = [at for record in pass_stats.records() for at in (record.succeeded_at, record.failed_at) if at is not None]
    return max(ends, default=None)
