"""A task: one pass over what it has to do alone, such as one source; what a schedule runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from gateway.runtime.errors import GatewayError
from gateway.runtime.may_continue import MayContinue, always
from gateway.runtime.pass_report import PassReport


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """``kind`` is the pass; ``source`` the one source that it is about, where there is one. A ``parallel`` task may run
    in any number of processes at a time, any other in one. A schedule runs it when it is ``due``: what one process did,
    another need not do again."""

    kind: str
    run: Callable[[MayContinue], PassReport]
    source: str = ""
    parallel: bool = False
    due: Callable[[], bool] = always

    @property
    def name(self) -> str:
        """``collect:cases``; the name of its duty, too."""
        return f"{self.kind}:{self.source}" if self.source else self.kind


def together(kind: str, tasks: Iterable[Task], may_continue: MayContinue) -> PassReport:
    """Run the tasks of one pass, one after the other; one that fails stops none of the others."""
    total = PassReport(kind)
    for task in tasks:
        if task.kind == kind:
            try:
                report = task.run(may_continue)
            except GatewayError as error:
                total.errors.append(error)
            else:
                total.add(report)
    return total
