"""A task: one pass over its own part of the work, such as one source. A schedule runs tasks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from gateway.runtime.errors import GatewayError
from gateway.runtime.may_continue import MayContinue, always
from gateway.runtime.pass_report import PassReport


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Task of a schedule.

    ``kind`` is the pass; ``source`` its one source, if it has one. A ``parallel`` task may run in any number of
    processes at a time, any other in one. A schedule runs it when it is ``due``, since another process may have done it
    already. A task that does acts of persons runs ``though_stopped``: a person who stopped everything still acts.
    """

    kind: str
    run: Callable[[MayContinue], PassReport]
    source: str = ""
    parallel: bool = False
    due: Callable[[], bool] = always
    though_stopped: bool = False

    @property
    def name(self) -> str:
        """Name of the task, such as ``collect:cases``; also the name of its advisory lock."""
        return f"{self.kind}:{self.source}" if self.source else self.kind


def together(
    kind: str, tasks: Iterable[Task], may_continue: MayContinue, hold: Callable[[str], AbstractContextManager[bool]]
) -> PassReport:
    """Run the tasks of one pass, one after the other; a failure stops none of the others.

    ``hold`` holds the advisory lock of a task's name, as `gateway.runtime.advisory_lock.AdvisoryLocks.attempt`.
    A task that another process does just now is an error of the report.
    """
    total = PassReport(kind)
    for task in tasks:
        if task.kind == kind:
            try:
                with nullcontext(True) if task.parallel else hold(task.name) as ours:
                    if not ours:
                        raise GatewayError("pass.at-work", where=task.name)
                    report = task.run(may_continue)
            except GatewayError as error:
                total.errors.append(error)
            else:
                total.add(report)
    return total
