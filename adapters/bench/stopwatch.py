"""CPU time by stage. Stages nest; time belongs to the innermost one."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar, cast

from gateway.store.store import NARROW_STORES

T = TypeVar("T")

_END = object()


class Stopwatch:
    """Stopwatch: ``seconds`` of CPU time of this process, by stage; ``other`` is all the rest.

    ``calls`` counts how often each stage began.
    """

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self.calls: Counter[str] = Counter()
        self._stack = ["other"]
        self.restart()

    def restart(self) -> None:
        """Forget all that was measured; the present stage goes on from now."""
        self.seconds.clear()
        self.calls.clear()
        self._since = time.process_time()

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time the block as ``name``."""
        self._charge()
        self._stack.append(name)
        self.calls[name] += 1
        try:
            yield
        finally:
            self._charge()
            self._stack.pop()

    def instrument(self, watched: T, stage: str | None = None, **stages: str) -> T:
        """Return a stand-in whose methods are timed: all as ``stage``, or those named in ``stages`` as theirs."""
        return cast("T", _Watched(self, watched, stage, stages))

    def each(self, stage: str, items: Iterator[T]) -> Iterator[T]:
        """Time the making of each item as ``stage``."""
        while True:
            with self.stage(stage):
                item = next(items, _END)
            if item is _END:
                return
            yield cast("T", item)

    def _charge(self) -> None:
        now = time.process_time()
        self.seconds[self._stack[-1]] += now - self._since
        self._since = now


class _Watched:
    def __init__(self, stopwatch: Stopwatch, watched: object, stage: str | None, stages: dict[str, str]) -> None:
        self._stopwatch, self._watched, self._stage, self._stages = stopwatch, watched, stage, stages

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self._watched, name)
        stage = self._stages.get(name, self._stage)
        if name in NARROW_STORES and not callable(attribute):
            return _Watched(self._stopwatch, attribute, stage, self._stages)
        if stage is None or not callable(attribute):
            return attribute

        def timed(*arguments: Any, **named: Any) -> Any:
            with self._stopwatch.stage(stage):
                result = attribute(*arguments, **named)
            return self._stopwatch.each(stage, result) if isinstance(result, Iterator) else result

        return timed
