"""Calls of one pass that overlap, as tasks in virtual time instead of threads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gateway.judiciary.call_pool import Call, Ended
from gateway.judiciary.courier import Courier

if TYPE_CHECKING:
    from .process import Process
    from .scheduler import Task


@dataclass(slots=True)
class CooperativeCalls:
    """`gateway.judiciary.call_pool.CallPool`: each call is a task with a courier of its own."""

    process: Process
    make_courier: Callable[[], Courier]
    first: Courier
    _couriers: int = 1
    _free: list[Courier] = field(default_factory=list)
    _came: list[Ended] = field(default_factory=list)
    _waiting: Task | None = None

    def __post_init__(self) -> None:
        self._free.append(self.first)

    def make_ready(self, calls: int) -> None:
        while self._couriers < calls:
            self._free.append(self.make_courier())
            self._couriers += 1

    def begin(self, number: int, call: Call) -> None:
        from .process import Crash

        courier, steady = self._free.pop(), self.process.installation.steady
        began, scheduler = steady(), self.process.world.scheduler

        def run() -> None:
            take: Callable[[], Any]
            try:
                answer = call(courier)
                take = lambda: answer  # noqa: E731
            except Crash:
                return
            except Exception as error:
                take = _raising(error)
            self._free.append(courier)
            self._came.append(Ended(number=number, take=take, seconds=steady() - began))
            if self._waiting is not None:
                scheduler.wake(self._waiting)

        scheduler.spawn(f"{self.process.name} call", run, owner=self.process.name)

    def ended(self) -> Sequence[Ended]:
        scheduler = self.process.world.scheduler
        self.process.at("calls.ended")
        while not self._came:
            self._waiting = scheduler.current
            scheduler.wait()
            self._waiting = None
            self.process.at("calls.woken")
        came, self._came = self._came, []
        return came

    def rest(self) -> None:
        """Do nothing: no thread is kept."""


def _raising(error: Exception) -> Callable[[], Any]:
    def take() -> Any:
        raise error

    return take
