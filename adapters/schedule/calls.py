"""Limit of concurrent calls, across all processes: each holds one of so many advisory locks."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext

from gateway.runtime.advisory_lock import AdvisoryLocks
from gateway.runtime.clock import steady_clock
from gateway.runtime.timekeeping import Steady

PATIENCE_SECONDS = 10.0
LOOK_AGAIN_SECONDS = 0.05
GIVE_WAY_SECONDS = 0.2
"""Longer than a waiting process needs to poll again: otherwise a process that sends batch after batch would keep all
others out.
"""


class AskingCalls:
    """`gateway.runtime.advisory_lock.Calls` of a pass of questions or receipts: at most ``most`` to ``destination``.

    It polls for a free call until ``patience_seconds`` have passed. A ``further`` call is a free one or none, and never
    the last one, so that such passes do not wait for each other.
    """

    def __init__(
        self,
        locks: AdvisoryLocks,
        destination: str,
        most: int,
        steady: Steady = steady_clock,
        sleep: Callable[[float], None] = time.sleep,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        self._free, self._names = _FreeCalls(locks), _names(destination, most)
        self._steady, self._sleep, self._patience = steady, sleep, patience_seconds

    @contextmanager
    def take(self, *, further: bool = False) -> Iterator[bool]:
        # The last one first: it is left to these passes.
        names = self._names[:-1] if further else self._names[::-1]
        until = self._steady() + (0 if further else self._patience)
        while (call := self._free.attempt(names)) is None and self._steady() < until:
            self._sleep(LOOK_AGAIN_SECONDS)
        with call or nullcontext():
            yield call is not None

    def rest(self) -> None:
        """Do nothing: nothing is kept."""


class SendingCalls:
    """`gateway.runtime.advisory_lock.Calls` of the pass that sends: at most ``most`` to ``destination``.

    It always has more to send. So it waits for no call, never takes the last one, and keeps its calls for the next
    messages until `rest`. Where there is one call only, it pauses for others first and keeps nothing.
    """

    def __init__(
        self, locks: AdvisoryLocks, destination: str, most: int, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._free, self._sleep = _FreeCalls(locks), sleep
        names = _names(destination, most)
        self._names, self._is_alone = names[:-1] or names, most == 1
        self._kept: list[ExitStack] = []

    @contextmanager
    def take(self, *, further: bool = False) -> Iterator[bool]:  # noqa: ARG002 - it waits for none
        if self._is_alone:
            self._sleep(GIVE_WAY_SECONDS)
        call = self._kept.pop() if self._kept else self._free.attempt(self._names)
        try:
            yield call is not None
        finally:
            if call is not None:
                self._kept.append(call)
                if self._is_alone:
                    self.rest()

    def rest(self) -> None:
        while self._kept:
            self._kept.pop().close()


class _FreeCalls:
    """Calls that are free. One that this pass holds is free for nobody, whatever its lock would say."""

    def __init__(self, locks: AdvisoryLocks) -> None:
        self._locks = locks
        self._held: set[str] = set()

    def attempt(self, names: Sequence[str]) -> ExitStack | None:
        """Hold the first of these calls that is free, until what is returned is closed."""
        for name in names:
            if name in self._held:
                continue
            with ExitStack() as attempt:
                if attempt.enter_context(self._locks.attempt(name)):
                    self._held.add(name)
                    attempt.callback(self._held.discard, name)
                    return attempt.pop_all()
        return None


def _names(destination: str, most: int) -> list[str]:
    return [f"call:{destination}:{number}" for number in range(most)]
