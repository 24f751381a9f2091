"""A gateway's process: the product's tasks behind its gates, run in virtual time, until it crashes and begins anew.

After a crash each of its ports refuses, since Python still runs what stands in ``finally``.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum, auto
from functools import cache
from typing import TYPE_CHECKING, Final

from adapters.composition.pass_gates import Gates
from adapters.composition.passes.pass_names import PASSES
from adapters.composition.tasks import intervals, tasks
from adapters.schedule.task import Task
from gateway.runtime.errors import GatewayError
from gateway.runtime.may_continue import MayContinue
from gateway.runtime.pass_report import PassReport, Wait

from .installation import simulated_installation
from .plan import DAY

if TYPE_CHECKING:
    from .world.world import World

LONGEST_NAP: Final = 24 * 3600.0
"""A pass that failed tries again at least once a day."""

_UNCHANGING: Final = frozenset({"versions.activations", "switch", "locks.attempt"})
_OF_RECOVERIES: Final = frozenset({"recovery.all", "recovery.compared"})


class Place(Enum):
    """Position of a process at a port."""

    CALL = auto()
    APPLIED = auto()
    """Between COMMIT and its answer."""
    ANSWERED = auto()
    UNCHANGING = auto()
    """Before it reads what nobody changes in a run, or takes the lock of a pass that begins: it makes no difference who
    goes first."""
    RECOVERIES = auto()
    """Before it reads what nobody changes before the first restore."""


@cache
def place_of(label: str) -> Place:
    """Return the place that a port call's label names."""
    if label.endswith(" answered"):
        return Place.ANSWERED
    if label.endswith(" applied"):
        return Place.APPLIED
    if label in _UNCHANGING:
        return Place.UNCHANGING
    return Place.RECOVERIES if label in _OF_RECOVERIES else Place.CALL


class Crash(BaseException):
    """End of a process: nothing of it may go on."""


@dataclass(eq=False)
class Process:
    """One process of gateway ``number``."""

    world: World
    number: int
    began: float = 0.0
    """Time of its start."""
    dead: bool = False
    crash_in: int | None = None
    """Number of port calls until it crashes; None: it does not."""
    restart_after: float = 60.0
    _starved: dict[str, float] = field(default_factory=dict)
    """Pass -> time since which it has found no call free."""

    def __post_init__(self) -> None:
        self.name = f"gateway {self.number + 1}"

    # Ports.

    def at(self, label: str) -> None:
        """Stand at a port: others may go first; the process may end, or meet a fault, here."""
        if self.dead:
            raise Crash
        if self.world.awaited:
            self.world.worked(self, label)
        if self.crash_in is not None:
            self.crash_in -= 1
            if self.crash_in <= 0:
                self.world.crash(self, label)
                raise Crash
        place, world = place_of(label), self.world
        if place is Place.ANSWERED:
            return  # nothing of this gateway runs before its next call, at which others may go first
        if place is Place.APPLIED:
            world.trace.step(self.name, label)
            world.store_changed()
        elif place is Place.CALL or (place is Place.RECOVERIES and world.restored_at):
            world.trace.step(self.name, label)
            world.scheduler.pause()
            if self.dead:
                raise Crash
        if world.active:
            world.strike(self, label)

    def sleep(self, seconds: float) -> None:
        self.world.scheduler.sleep(seconds)
        if self.dead:
            raise Crash

    def wait(self) -> None:
        """Let others run until one wakes this task."""
        self.world.scheduler.wait()
        if self.dead:
            raise Crash

    # Life.

    def start(self) -> None:
        """Begin as a new process does: open the store, build gates and tasks, run each in a loop."""
        self.world.scheduler.spawn(f"{self.name} starts", self._begin, owner=self.name)

    def _begin(self) -> None:
        try:
            self._build()
        except Crash:
            return
        except GatewayError as error:
            self.world.trace.note(self.name, f"cannot start: {error.code}")
            if not self.dead:
                self.world.scheduler.spawn(f"{self.name} starts", self._begin, owner=self.name, after=300.0)

    def _build(self) -> None:
        self.installation = simulated_installation(self)
        self._gates, self._gate = Gates(self.installation), self.installation.gate()
        kinds = [kind for kind in PASSES if kind not in ("revocation", "acts")]
        made = tasks(self.installation, [*kinds, "overdue"], gates=self._gates)
        every = intervals(self.installation)
        self.world.rests.begin({task.kind: every[task.kind].total_seconds() * self.world.plan.rhythm for task in made})
        for number, task in enumerate(made):

            def loop(task: Task = task) -> None:
                self._loop(task)

            after = number * 0.1
            if task.kind in ("archive", "witness"):
                after = max(after, self.world.archives_from - self.world.scheduler.now)
            self.world.scheduler.spawn(f"{self.name} {task.name}", loop, owner=self.name, after=after)

    def _loop(self, task: Task) -> None:
        rests = self.world.rests
        before, nap = PassReport(task.kind), rests.every[task.kind]
        try:
            while not self.dead:
                knew = rests.told(task.kind)
                report = self._attempt(task)
                if report is not None:
                    self._note(task, report)
                if report is not None and (report.errors or report.waits) and task.kind != "overdue":
                    rests.rest_failed(self, task.kind, nap)
                    nap = min(nap * 6, LONGEST_NAP)
                    continue
                nap = rests.every[task.kind]
                changed = report is not None and report.counts != before.counts
                rests.rest(self, task.kind, knew=None if report is None else knew, came_far=changed)
                before = report or before
        except Crash:
            return

    def _attempt(self, task: Task) -> PassReport | None:
        """Run a task as `adapters.schedule.loops.Loops` does; any error but the catalogue's is a finding."""
        try:
            with self._duty(task) as ours:
                if not (ours and self._gate() and task.due()):
                    return None
                self.world.trace.note(self.name, f"{task.name} begins")
                return task.run(self._may_go_on)
        except GatewayError as error:
            return PassReport(task.kind, errors=[error])

    @property
    def _may_go_on(self) -> MayContinue:
        return lambda: not self.dead and self._gate()

    @contextmanager
    def _duty(self, task: Task) -> Iterator[bool]:
        if task.parallel:
            yield True
            return
        with self.installation.call_locks.attempt(task.name) as ours:
            yield ours

    def _note(self, task: Task, report: PassReport) -> None:
        world = self.world
        if report.waits is not Wait.NO_CALL_FREE:
            self._starved.pop(task.name, None)
        elif world.scheduler.now - self._starved.setdefault(task.name, world.scheduler.now) > 2 * DAY and world.checks:
            world.checks.fail("calls-are-shared", f"{self.name} has no call for {task.name}")
        for error in [*report.errors, *report.alarms]:
            self.world.coverage.codes[error.code] += 1
            self.world.told[error.code] = (self.world.scheduler.now, error.detail)
            self.world.trace.note(self.name, f"{task.name}: {error.code} {error.where} {error.detail}")
        if report.counts:
            counts = ", ".join(f"{name} {count}" for name, count in sorted(report.counts.items()))
            self.world.trace.note(self.name, f"{task.name}: {counts}")
