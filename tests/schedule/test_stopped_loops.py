"""A schedule that was stopped goes on, if the reload for which it stopped is refused."""

from __future__ import annotations

from threading import Event, Semaphore

from adapters.schedule.task import Task
from gateway.runtime.may_continue import MayContinue
from gateway.runtime.pass_report import PassReport

from .conftest import Stage, nothing, until


def test_a_stopped_schedule_that_goes_on_begins_no_task_beside_its_own_run(stage: Stage) -> None:
    began, ends, others = Semaphore(0), Event(), Semaphore(0)

    def hangs(_: MayContinue) -> PassReport:
        began.release()
        ends.wait()
        return nothing()

    def works(_: MayContinue) -> PassReport:
        others.release()
        return nothing("acts")

    loops = stage.play(Task(kind="rescue", run=hangs, parallel=True), Task(kind="acts", run=works))
    try:
        began.acquire()
        loops.stop()
        until(lambda: loops.wait(0) == ["rescue"])
        while others.acquire(blocking=False):
            pass
        loops.go_on()
        for _ in range(5):
            others.acquire()
        assert not began.acquire(blocking=False)
    finally:
        ends.set()
    began.acquire()
