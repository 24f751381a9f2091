"""Proof of absence as it must be: two answers "not known" to questions that were asked after the settling time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from ..raw_rows import Step
from ..world.machine import seconds_at

SETTLE: Final = timedelta(minutes=30)
"""As the configuration has it."""

_CLOCKS: Final = 120.0
"""Seconds by which the clocks of two gateways, and one that was set a moment ago, may differ."""

_WRITTEN: Final = timedelta(seconds=1)
"""Precision of the times that are written."""

_ENOUGH: Final = 2


@dataclass(frozen=True, slots=True)
class _Moment:
    """Time in seconds of the run, and as a gateway wrote it; the latter is None for the beginning of a doubt that
    follows a restore."""

    true: float
    written: datetime | None

    def settles(self, later: _Moment) -> bool:
        """Return True if another moment is after the settling time that begins at this one."""
        if later.true < self.true + SETTLE.total_seconds() - _CLOCKS:
            return False
        return self.written is None or later.written is None or later.written >= self.written + SETTLE - _WRITTEN


@dataclass(slots=True)
class Absence:
    """Times of each question by its message, and of the beginning of each doubt by its notice."""

    requeue: bool
    """False: a person decides on what is absent, unless the judiciary answered with a fault that says enough."""
    repeats: bool = False
    """The steps of a restored store are read again: they were judged before, and each doubt will begin anew."""
    _asked: dict[str, _Moment] = field(default_factory=dict)
    _doubted: dict[str, _Moment] = field(default_factory=dict)
    _settled: dict[str, int] = field(default_factory=dict)
    """Answers "not known" to each notice in doubt whose question was asked after the settling time."""

    _answered: dict[str, bool] = field(default_factory=dict)
    """Tells of each doubt if it began with an answer."""

    def asks(self, message: str, now: float, signed_at: datetime) -> None:
        """Take a message that may be a question."""
        self._asked[message] = _Moment(now, signed_at)

    def wrong(
        self, steps: Sequence[Step], number: int, now: float, restored_at: float | None, slowed: float
    ) -> str | None:
        """Take a step of a notice; return what is wrong with it if it believes in an absence that is not proven.

        It may have been decided ``slowed`` seconds before it was committed.
        """
        step = steps[number]
        at = _Moment(seconds_at(step.at) if self.repeats else now, step.at)
        began = _Moment(min(at.true, max(seconds_at(step.at), at.true - slowed)), step.at)
        if self._is_late_ticket(steps, number):
            self._doubted[step.reference], self._settled[step.reference] = began, 0
        wrong = self._take(step, at, began, restored_at)
        return None if self.repeats else wrong

    def _is_late_ticket(self, steps: Sequence[Step], number: int) -> bool:
        """Return True for a ticket of an earlier message than the last one: a doubt begins with it."""
        step, before = steps[number], steps[number - 1]
        if step.event != "TicketIssue" or before.state not in ("QUEUED", "DEAD_LETTER", "SENDING"):
            return False
        asked = self._asked.get((step.evidence or "").removeprefix("answer:"))
        is_of_claim = before.state == "SENDING" and asked is not None and (asked.written or before.at) >= before.at
        return not is_of_claim

    def _take(self, step: Step, at: _Moment, began: _Moment, restored_at: float | None) -> str | None:
        reference, doubted = step.reference, self._doubted.get(step.reference)
        if step.state == "IN_DOUBT" and (doubted is None or step.event == "Recovery"):
            forgotten = step.event in ("Recovery", "Admission") and restored_at is not None
            self._doubted[reference] = _Moment(restored_at, None) if forgotten and restored_at is not None else began
            self._settled[reference] = 0
            self._answered[reference] = step.event == "LostAnswer" and step.evidence is not None
        elif step.state not in ("IN_DOUBT", "PENDING") and doubted is not None:
            del self._doubted[reference]
        if step.event in ("Requeue", "Withdrawal") and doubted is not None and not doubted.settles(at):
            return f"{reference} is said to be absent too early"
        if step.event not in ("UnknownToPeer", "AbsenceProof"):
            return None
        if step.event == "AbsenceProof" and not self.requeue and not self._answered.get(reference, False):
            return f"{reference} is queued again, and a person was to decide"
        asked = self._asked.get((step.evidence or "").removeprefix("answer:"))
        if asked is not None and doubted is not None and doubted.settles(asked):
            self._settled[reference] += 1
        if step.event == "AbsenceProof" and (count := self._settled.get(reference, 0)) < _ENOUGH:
            return f"{reference} is queued again after {count} answers that count"
        return None
