"""Calls that overlap in one thread: which of them end, and in which order, is drawn from a seed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from gateway.judiciary.call_pool import Call, Ended
from gateway.judiciary.courier import Courier


class Shuffled:
    """Half of the calls reach the judiciary when they begin, the others when they end. Each takes ``seconds``."""

    def __init__(self, courier: Courier, seed: int = 0, seconds: float = 1.0) -> None:
        self._courier, self._random, self._seconds = courier, Random(seed), seconds
        self._begun: list[Ended] = []
        self.ready = self.most_under_way = 0
        self.rested = False
        self.groups: list[int] = []
        """Number of calls whose answers came together, each time."""

    def make_ready(self, calls: int) -> None:
        self.ready = calls

    def begin(self, number: int, call: Call) -> None:
        assert len(self._begun) < self.ready
        early = self._made(call) if self._random.random() < 0.5 else None
        take = early or (lambda: self._made(call)())
        self._begun.append(Ended(number=number, take=take, seconds=self._seconds))
        self.most_under_way = max(self.most_under_way, len(self._begun))

    def ended(self) -> Sequence[Ended]:
        self._random.shuffle(self._begun)
        ended = self._random.randint(1, len(self._begun))
        came, self._begun = self._begun[:ended], self._begun[ended:]
        self.groups.append(ended)
        return came

    def rest(self) -> None:
        assert not self._begun, "a pass ended before its calls"
        self.rested = True

    def _made(self, call: Call) -> Callable[[], Any]:
        try:
            answer = call(self._courier)
        except Exception as error:
            raised = error
        else:
            return lambda: answer

        def fail() -> Any:
            raise raised

        return fail
