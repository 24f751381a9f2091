"""Limit of concurrent calls, across all processes: each holds one of so many advisory locks."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from gateway.runtime.advisory_lock import AdvisoryLocks

LOOK_AGAIN_SECONDS = 0.05
GIVE_WAY_SECONDS = 0.2
"""Longer than a waiting process needs to poll again: otherwise a process that sends batch after batch would keep all
others out.
"""


class LimitedCalls:
    """Limit of calls (`gateway.runtime.advisory_lock.Calls`): at most ``most`` at a time to ``destination``.

    A caller with ``patience_seconds`` polls for a free slot until then. A caller without it always has more to send: it
    pauses for others first, then takes a free slot or none.
    """

    def __init__(self, locks: AdvisoryLocks, destination: str, most: int, patience_seconds: float = 0) -> None:
        self._locks, self._patience = locks, patience_seconds
        self._names = [f"call:{destination}:{number}" for number in range(most)]

    @contextmanager
    def take(self) -> Iterator[bool]:
        if not self._patience:
            time.sleep(GIVE_WAY_SECONDS)
        until = time.monotonic() + self._patience
        with ExitStack() as held:
            while not (free := self._attempt(held)) and time.monotonic() < until:
                time.sleep(LOOK_AGAIN_SECONDS)
            yield free

    def _attempt(self, held: ExitStack) -> bool:
        for name in self._names:
            with ExitStack() as attempt:
                if attempt.enter_context(self._locks.attempt(name)):
                    held.enter_context(attempt.pop_all())
                    return True
        return False
