"""Limit of concurrent calls, across all processes: each holds one of so many advisory locks."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager

from gateway.runtime.advisory_lock import AdvisoryLocks
from gateway.runtime.clock import steady_clock
from gateway.runtime.timekeeping import Steady

LOOK_AGAIN_SECONDS = 0.05
GIVE_WAY_SECONDS = 0.2
"""Longer than a waiting process needs to poll again: otherwise a process that sends batch after batch would keep all
others out.
"""


class LimitedCalls:
    """Limit of calls (`gateway.runtime.advisory_lock.Calls`): at most ``most`` at a time to ``destination``.

    A caller with ``patience_seconds`` polls for a free slot until then; for a ``further`` call it takes a free slot or
    none, and never the last one, so that passes of questions and receipts do not wait for each other. A caller without
    patience always has more to send: it never takes the last slot, and keeps its slots for the next calls until `rest`.
    Where there is one slot only, it pauses for others first and keeps nothing.
    """

    def __init__(
        self,
        locks: AdvisoryLocks,
        destination: str,
        most: int,
        patience_seconds: float = 0,
        steady: Steady = steady_clock,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._locks, self._patience = locks, patience_seconds
        self._steady, self._sleep = steady, sleep
        names = [f"call:{destination}:{number}" for number in range(most)]
        self._further = names[:-1]
        self._names = names[::-1] if patience_seconds else names[:-1] or names
        self._gives_way = not patience_seconds and most == 1
        self._keeps = not patience_seconds and most > 1
        self._held: set[str] = set()
        self._kept: list[_Slot] = []

    @contextmanager
    def take(self, *, further: bool = False) -> Iterator[bool]:
        if self._gives_way:
            self._sleep(GIVE_WAY_SECONDS)
        names = self._further if further else self._names
        until = self._steady() + (0 if further else self._patience)
        while (slot := self._slot(names)) is None and self._steady() < until:
            self._sleep(LOOK_AGAIN_SECONDS)
        try:
            yield slot is not None
        finally:
            if slot is not None:
                self._kept.append(slot)
                if not self._keeps:
                    self.rest()

    def rest(self) -> None:
        while self._kept:
            name, lock = self._kept.pop()
            self._held.discard(name)
            lock.close()

    def _slot(self, names: Sequence[str]) -> _Slot | None:
        if self._kept:
            return self._kept.pop()
        for name in names:
            if name in self._held:
                continue
            with ExitStack() as attempt:
                if attempt.enter_context(self._locks.attempt(name)):
                    self._held.add(name)
                    return name, attempt.pop_all()
        return None


_Slot = tuple[str, ExitStack]
"""Name of a slot, and its lock."""
