"""Deadlines of blocks of code: one thread for all of a process acts where a block takes too long.

A thread for each block costs as much as half of a call on a kept connection.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import inf
from typing import Final


class Deadlines:
    """Blocks that run now, each with the time by which it must have ended, by the monotonic clock."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._running: dict[object, tuple[float, Callable[[], None]]] = {}
        self._wakes = inf
        self._thread: threading.Thread | None = None

    @contextmanager
    def act_after(self, seconds: float, act: Callable[[], None]) -> Iterator[None]:
        """Call ``act`` once, in another thread, if the block takes longer; never after its end. It must not wait."""
        block, due = object(), time.monotonic() + seconds
        try:
            with self._changed:
                self._running[block] = due, act
                if due < self._wakes:
                    self._wake()
            yield
        finally:
            with self._changed:
                self._running.pop(block, None)

    def _wake(self) -> None:
        if self._thread is None:
            thread = threading.Thread(target=self._watch, name="deadlines", daemon=True)
            thread.start()  # raises where the machine gives no thread; the next block tries again
            self._thread = thread
        self._changed.notify()

    def _watch(self) -> None:
        with self._changed:
            while True:
                now = time.monotonic()
                for block, (_, act) in [each for each in self._running.items() if each[1][0] <= now]:
                    del self._running[block]
                    try:
                        act()
                    except Exception:  # the deadlines of all other blocks depend on this thread
                        threading.excepthook(threading.ExceptHookArgs((*sys.exc_info(), self._thread)))
                self._wakes = min((due for due, _ in self._running.values()), default=inf)
                self._changed.wait(None if self._wakes == inf else self._wakes - now)


DEADLINES: Final = Deadlines()
# The thread does not exist in a forked process, and its lock may have been held.
os.register_at_fork(after_in_child=DEADLINES.__init__)  # type: ignore[misc]
