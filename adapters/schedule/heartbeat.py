"""Heartbeat: a process that runs passes writes every few seconds that it lives, so that `status` can show it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from threading import Event, Thread
from typing import Protocol, TypeVar

import structlog

from gateway.judiciary.call_durations import CallDurations, CallMeter, hour_of
from gateway.judiciary.pass_statistics import PassStats
from gateway.runtime.clock import Clock
from gateway.runtime.errors import GatewayError
from gateway.store.stored import Process

BEAT_SECONDS = 10.0

T = TypeVar("T")

_log = structlog.get_logger(__name__)


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

        ``also`` is called with each beat, and may raise errors, too. ``measured``: while this process runs, the
        gateway has no outage (`gateway.store.outage`).
        """
        self._also, self._measured, self._broken = also, measured, set[str]()
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
        if (parts := self._attempt("parts", self._parts)) is not None:
            self._attempt("calls", lambda: self._note_calls(parts))
            self._attempt("end", lambda: parts.processes.ended(self._owner))

    def _run(self) -> None:
        while True:
            self._beat()
            if self._over.wait(BEAT_SECONDS):
                return

    def _beat(self) -> None:
        """Attempt each step once: `status` must show this process although another step fails."""
        if (parts := self._attempt("parts", self._parts)) is not None:
            self._attempt("process", lambda: parts.processes.note(self._present(), measured=self._measured))
            self._attempt("calls", lambda: self._note_calls(parts))
        self._attempt("also", self._also)

    def _attempt(self, step: str, work: Callable[[], T]) -> T | None:
        """Return the result of a step, or None after an error. A defect is logged once until the step succeeds."""
        try:
            done = work()
        except GatewayError:
            return None  # passes that need the store raise the alarm if it is away
        except Exception as error:
            if step not in self._broken:
                self._broken.add(step)
                with suppress(Exception):  # without memory, the log fails as well
                    _log.error("heartbeat broken", step=step, exc_info=error)
            return None
        self._broken.discard(step)
        return done

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
