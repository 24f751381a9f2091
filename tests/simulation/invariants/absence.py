"""Proof of absence as it must be: two answers "not known" to questions that were asked after the settling time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from ..raw_rows import Step

SETTLE: Final = 1800.0
"""Seconds, as the configuration has it."""

_CLOCKS: Final = 120.0
"""Seconds by which the clocks of two gateways, and one that was set a moment ago, may differ."""

_ENOUGH: Final = 2


@dataclass(slots=True)
class Absence:
    """Times, in seconds of the run: of each question by its message, and of the beginning of each doubt."""

    asked: dict[str, float] = field(default_factory=dict)
    doubted: dict[str, float] = field(default_factory=dict)
    settled: dict[str, int] = field(default_factory=dict)
    """Answers "not known" to each notice in doubt whose question was asked after the settling time."""
    repeats: bool = False
    """The steps of a restored store are read again: they were judged before, and each doubt will begin anew."""

    def wrong(self, steps: Sequence[Step], number: int, now: float, restored_at: float | None) -> str | None:
        """Take a step of a notice; return what is wrong with it if it believes in an absence that is not proven."""
        if self.repeats:
            return None
        step = steps[number]
        reference, before = step.reference, steps[number - 1].state if number else ""
        if step.state == "IN_DOUBT" and (before not in ("IN_DOUBT", "PENDING") or step.event == "Recovery"):
            forgotten = step.event in ("Recovery", "Admission") and restored_at is not None
            self.doubted[reference] = restored_at if forgotten and restored_at is not None else now
            self.settled[reference] = 0
        if step.event not in ("UnknownToPeer", "AbsenceProof"):
            return None
        asked = self.asked.get((step.evidence or "").removeprefix("answer:"))
        if asked is not None and asked >= self.doubted.get(reference, now) + SETTLE - _CLOCKS:
            self.settled[reference] = self.settled.get(reference, 0) + 1
        if step.event == "AbsenceProof" and (count := self.settled.get(reference, 0)) < _ENOUGH:
            return f"{reference} is queued again after {count} answers that count"
        return None
