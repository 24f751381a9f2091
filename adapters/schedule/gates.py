"""Gates in order: all are asked before a pass begins, and again before each of its batches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from gateway.runtime.errors import GatewayError
from gateway.runtime.may_continue import MayContinue
from gateway.runtime.pass_report import PassReport

Run = Callable[[MayContinue], PassReport]


class Gate(Protocol):
    """A condition under which a pass may work."""

    def begin(self, report: PassReport) -> bool:
        """Learn the facts of the gate, and add changes to ``report``.

        Return False if the pass waits; the report has the reason. Raises `GatewayError` if the gate is closed.
        """
        ...

    def open(self) -> bool:
        """Return True if another batch may begin. Raises `GatewayError` if the gate is closed."""
        ...


def behind(kind: str, gates: Sequence[Gate], run: Run) -> Run:
    """Return ``run`` behind ``gates``, which are asked in their order. A closed gate is an error of the report."""

    def gated(may_continue: MayContinue) -> PassReport:
        report = PassReport(kind)
        try:
            if all(gate.begin(report) for gate in gates):
                report.add(run(lambda: all(gate.open() for gate in gates) and may_continue()))
        except GatewayError as error:
            report.errors.append(error)
        return report

    return gated
