"""A schedule over tasks of a test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Event

import pytest

from adapters.schedule.loops import Loops
from adapters.schedule.task import Task
from gateway.judiciary.pass_statistics import PassStats, Record
from gateway.runtime.clock import system_clock
from gateway.runtime.errors import GatewayError
from gateway.runtime.may_continue import MayContinue, always
from gateway.runtime.pass_report import PassReport

OFTEN = timedelta(milliseconds=10)
PATIENCE = 600.0


class Hall:
    """Duties in memory: those in ``taken`` are held by somebody else. With a ``trouble`` nobody can tell."""

    def __init__(self, *taken: str) -> None:
        self.taken = set(taken)
        self.trouble: GatewayError | None = None

    @contextmanager
    def attempt(self, duty: str) -> Iterator[bool]:
        if self.trouble is not None:
            raise self.trouble
        yield duty not in self.taken

    def close(self) -> None:
        self.taken.clear()


class Stage:
    """A schedule over tasks of this test, closed at its end."""

    def __init__(self) -> None:
        self.pass_stats, self.hall = PassStats(system_clock), Hall()
        self.opened: list[Loops] = []

    def play(self, *tasks: Task, may_continue: MayContinue = always) -> Loops:
        every = {task.kind: OFTEN for task in tasks}
        loops = Loops(tasks, every, locks=self.hall, may_continue=may_continue, pass_stats=self.pass_stats)
        self.opened.append(loops)
        loops.start()
        return loops

    def record(self, name: str) -> Record:
        return next(record for record in self.pass_stats.records() if record.name == name)


@pytest.fixture
def stage() -> Iterator[Stage]:
    made = Stage()
    yield made
    for loops in made.opened:
        loops.close()


def until(true: Callable[[], bool]) -> None:
    pause = Event()
    for _ in range(int(PATIENCE / 0.01)):
        if true():
            return
        pause.wait(0.01)
    pytest.fail("it never came to be")


def nothing(kind: str = "rescue") -> PassReport:
    return PassReport(kind)
