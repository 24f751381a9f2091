"""Single runs of tasks, as a command does them beside a service."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

from adapters.schedule.task import Task, together
from gateway.runtime.may_continue import MayContinue, always
from gateway.runtime.pass_report import PassReport


def test_a_task_that_another_process_does_is_reported_and_stops_no_other() -> None:
    done: list[str] = []

    def task(source: str, *, parallel: bool = False) -> Task:
        def run(_: MayContinue) -> PassReport:
            done.append(source)
            return PassReport("work")

        return Task(kind="work", source=source, run=run, parallel=parallel)

    def hold(duty: str) -> AbstractContextManager[bool]:
        return nullcontext(duty == "work:free")

    report = together("work", [task("busy"), task("free"), task("many", parallel=True)], always, hold)
    assert done == ["free", "many"]
    assert [(error.code, error.where) for error in report.errors] == [("pass.at-work", "work:busy")]
