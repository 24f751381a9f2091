"""Processes that stand still between an answer and its commit, while leases end and others go on.

About some notices whose answer is held up so, a person says by mistake that they may be sent again. The answer is
committed as another process claims the notice, if it is not earlier. Or the person holds the notice before, and the
answer is committed after its time in the queue is over.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Final

from gateway.judiciary.courier import Operation

from ..judiciary.signed import opened
from ..plan import DAY, HOUR

if TYPE_CHECKING:
    from ..process import Process
    from ..scheduler import Task
    from .world import World

KIND: Final = "stalled"
"""The fault of `..plan` that lets a process stand still."""

LONG: Final = (400.0, HOUR / 2, 2 * HOUR)
"""Seconds: more than a lease, and about as long as the settling time, and more than that."""

_GOES_ON: Final = {"Requeue": 0.3, "Claim": 0.8, "LifetimeOver": 0.8}
"""Event of a notice -> share of the processes that go on then with an answer about it."""

_PASS_OF: Final = {
    Operation.SUBMIT: "dispatch",
    Operation.INQUIRE_STATUS: "rescue",
    Operation.INQUIRE_TICKET: "rescue",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stall:
    """A task that stands still with an answer about ``references``. ``outlives`` their time in the queue."""

    references: frozenset[str]
    outlives: bool


@dataclass(slots=True)
class Stalls:
    """Answers of ``world`` that were heard and are not committed yet."""

    world: World
    random: Random
    _heard: dict[tuple[Process, str], set[str]] = field(default_factory=dict)
    _stalled: dict[Task, Stall] = field(default_factory=dict)

    def heard(self, process: Process, request: bytes) -> None:
        """Take the request of an answer that a process has heard."""
        _, told, _ = opened(request)
        if (kind := _PASS_OF.get(told["op"])) is not None:
            self._heard.setdefault((process, kind), set()).update(told["content"]["references"])

    def strike(self, process: Process, label: str) -> None:
        """Let a process stand still before the commit of what it has heard."""
        if label != "commit" or (task := self.world.scheduler.current) is None:
            return
        kind = next((kind for kind in ("dispatch", "rescue") if task.name.startswith(f"{process.name} {kind}")), "")
        heard = self._heard.pop((process, kind), set())
        if not heard or self.random.random() < 0.3:
            return
        self.world.coverage.faults[KIND, label] += 1
        self.world.trace.note(process.name, f"{kind} stands still with an answer about {', '.join(sorted(heard))}")
        plan = self.world.plan
        outlives = kind == "dispatch" and plan.tickets and plan.lifetime_days < 1 and self.random.random() < 0.7
        self._stalled[task] = stall = Stall(references=frozenset(heard), outlives=outlives)
        for reference in sorted(heard):
            self._let_err(reference, stall)
        seconds = plan.lifetime_days * DAY + 4 * HOUR if outlives else self.random.choice(LONG)
        self.world.slow.append((self.world.scheduler.now, seconds))
        try:
            process.sleep(seconds)
        finally:
            del self._stalled[task]

    def doubted(self, reference: str) -> None:
        """Take a new doubt."""
        for stall in self._of(reference).values():
            self._let_err(reference, stall)

    def moved(self, reference: str, event: str) -> None:
        """Let what was held up about a notice go on as it is queued again, or as it is claimed."""
        for task, stall in self._of(reference).items():
            if stall.outlives == (event == "LifetimeOver") and self.random.random() < _GOES_ON.get(event, 0.0):
                self.world.scheduler.wake(task)

    def _of(self, reference: str) -> dict[Task, Stall]:
        return {task: stall for task, stall in self._stalled.items() if reference in stall.references}

    def _let_err(self, reference: str, stall: Stall) -> None:
        if self.random.random() < 0.6:
            after = self.random.uniform(5, 60)
            self.world.later(after, lambda: self.world.err_at_once(reference, holds=stall.outlives), "dispatch")
            if stall.outlives:
                self.world.later(self.world.plan.lifetime_days * DAY + HOUR, lambda: self.world.rests.look("rescue"))
