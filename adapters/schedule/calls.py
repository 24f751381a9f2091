"""How many calls are under way at a time, of all processes: each holds one of so many duties."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from gateway.runtime.advisory_lock import AdvisoryLocks

LOOK_AGAIN_SECONDS = 0.05
GIVE_WAY_SECONDS = 0.2
"""Longer than it takes who waits to look again: else who sends one batch after the other would never let anybody in."""


class LimitedCalls:
    """`gateway.runtime.advisory_lock.Calls` of at most ``most`` at a time to ``destination``.

    Who waits for ``patience_seconds`` looks for a free call again and again. Who has no patience, since there will
    always be more to send, lets others go first and then takes a free call or none.
    """

    def __init__(self, locks: AdvisoryLocks, destination: str, most: int, patience_seconds: float = 0) -> None:
        self._duties, self._patience = locks, patience_seconds
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
                if attempt.enter_context(self._duties.attempt(name)):
                    held.enter_context(attempt.pop_all())
                    return True
        return False
