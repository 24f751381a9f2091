"""The ordered list of gates before a pass and before each of its batches."""

from __future__ import annotations

from dataclasses import dataclass, field

from adapters.schedule.gates import behind
from gateway.runtime.errors import GatewayError
from gateway.runtime.may_continue import MayContinue, always
from gateway.runtime.pass_report import PassReport, Wait


@dataclass
class Asked:
    """A gate that notes in ``asked`` when it is asked; ``batches`` is how many may begin before it closes."""

    name: str
    asked: list[str]
    waits: Wait | None = None
    batches: int = 1000

    def begin(self, report: PassReport) -> bool:
        self.asked.append(f"begin {self.name}")
        report.waits = report.waits or self.waits
        return self.waits is None

    def open(self) -> bool:
        self.asked.append(self.name)
        if not self.batches:
            raise GatewayError("clock.off", where=self.name)
        self.batches -= 1
        return True


@dataclass
class Batches:
    """A pass of ``number`` batches."""

    number: int
    done: int = field(default=0, init=False)

    def __call__(self, may_continue: MayContinue) -> PassReport:
        report = PassReport("dispatch")
        while self.done < self.number and may_continue():
            self.done += 1
            report.counts["sent"] += 1
        return report


def test_gates_are_asked_in_their_order_before_the_pass_and_before_each_batch() -> None:
    asked: list[str] = []
    report = behind("dispatch", [Asked("clock", asked), Asked("proof", asked)], Batches(2))(always)
    assert asked == ["begin clock", "begin proof", "clock", "proof", "clock", "proof"]
    assert report.counts == {"sent": 2}


def test_a_pass_that_waits_begins_no_batch_and_asks_no_later_gate() -> None:
    asked: list[str] = []
    waits, run = Asked("clock", asked, waits=Wait.MAINTENANCE), Batches(1)
    report = behind("dispatch", [waits, Asked("proof", asked)], run)(always)
    assert (asked, report.waits, report.errors, run.done) == (["begin clock"], Wait.MAINTENANCE, [], 0)


def test_a_gate_that_closes_between_two_batches_ends_the_pass_with_its_error() -> None:
    asked: list[str] = []
    run = Batches(5)
    report = behind("dispatch", [Asked("clock", asked, batches=2), Asked("proof", asked)], run)(always)
    assert run.done == 2
    assert [error.where for error in report.errors] == ["clock"]


def test_the_service_is_asked_last() -> None:
    asked: list[str] = []

    def service() -> bool:
        asked.append("service")
        return False

    behind("dispatch", [Asked("clock", asked)], Batches(1))(service)
    assert asked == ["begin clock", "clock", "service"]
