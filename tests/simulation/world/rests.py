"""Rests of passes: when each one looks again. Something concerns it, a notice is due, or days have passed.

A gateway looks at its intervals, mostly in vain. Here a pass that found nothing rests until a look could find
something.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Final

from ..plan import DAY, HOUR
from ..raw_rows import LONG
from .machine import true_time

if TYPE_CHECKING:
    from ..process import Process
    from ..scheduler import Task
    from .world import World

LONGEST: Final = 9 * DAY
"""Some pass of each kind looks at least so often, whatever is known to wait for it."""

_POLLING: Final = 4 * DAY
"""The same for receipts that are asked for by name: no list tells what the judiciary has."""

_RECOVERING: Final = 8 * DAY
"""Time after a restore in which passes of these kinds look each day: no list tells what a store forgot."""

_OF_RECOVERIES: Final = frozenset({"rescue", "receipts"})

TELLING: Final = 1.8 * DAY
"""Seconds between two looks at time limits."""

_HOURS: Final[Mapping[str, float]] = {"archive": 20.0, "witness": 40.0}
"""Hours within which a pass looks at new records, or a new checkpoint."""

_KNOWING: Final = frozenset({"dispatch", "rescue", "writeback"})
"""Passes for which rows of the store tell whether something waits."""

_SHARE: Final[Mapping[str, float]] = {"dispatch": 0.25}
"""Share of the other gateways that look as well; of passes that exclude each other, most would find the lock taken."""

_AT_ONCE: Final[Mapping[str, float]] = {"writeback": 0.1, "collect": 0.2}
"""Share of the events at which a pass looks at once, as if its interval were just over."""


@dataclass(eq=False, slots=True)
class Rests:
    """Passes that rest, by kind; one look of each kind is planned."""

    world: World
    random: Random
    every: dict[str, float] = field(default_factory=dict)
    """Kind of a pass -> its interval in seconds."""
    _resting: dict[str, dict[Task, None]] = field(default_factory=dict)
    _failed: dict[str, dict[Task, None]] = field(default_factory=dict)
    _planned: dict[str, float] = field(default_factory=dict)
    _in_vain: dict[str, float] = field(default_factory=dict)
    _told: Counter[str] = field(default_factory=Counter)
    _looked: dict[str, float] = field(default_factory=dict)
    """Time of the last planned look."""

    def begin(self, every: Mapping[str, float]) -> None:
        """Take the intervals of a process that begins."""
        for kind, seconds in every.items():
            self.every[kind] = seconds
            self._plan(kind, self.world.scheduler.now + self._longest(kind))

    # What happens.

    def news(self, *kinds: str) -> None:
        """Let passes of these kinds look soon: something happened that concerns them."""
        for kind in kinds:
            self._in_vain.pop(kind, None)
            self._told[kind] += 1
            if 0 < (due := self._due(kind)) < LONG:
                wait = due + self.random.uniform(1, 15)
            else:
                wait = 0.0 if self.random.random() < _AT_ONCE.get(kind, 0.4) else self._soon(kind)
            self._plan(kind, self.world.scheduler.now + wait)

    def look(self, kind: str) -> None:
        """Let a pass of this kind look now, whatever the store's rows tell."""
        if resting := [task for task in self._resting.get(kind, ()) if task.is_waiting]:
            self._wake(kind, resting)

    def came(self, kind: str) -> None:
        """Let a pass look within hours: there is something new to prove or to hand over."""
        if self._planned.get(kind, LONG) > self.world.scheduler.now + _HOURS[kind] * HOUR:
            self._plan(kind, self.world.scheduler.now + self._due(kind))

    def fault_is_over(self, *kinds: str) -> None:
        """Let passes try again that failed; without any kind, all of them."""
        for kind in kinds or tuple(self._failed):
            for task in tuple(self._failed.get(kind, ())):
                self.world.scheduler.wake(task)

    def wake_all(self, owner: str) -> None:
        """Let every pass of a process look at once."""
        for resting in (*self._resting.values(), *self._failed.values()):
            for task in tuple(resting):
                if task.owner == owner:
                    self.world.scheduler.wake(task)

    # Rests.

    def told(self, kind: str) -> int:
        """Count the news for passes of a kind."""
        return self._told[kind]

    def rest(self, process: Process, kind: str, *, knew: int | None, came_far: bool = False) -> None:
        """Let a pass rest until something concerns it.

        ``knew`` is the number of news when it began, None if it could not begin: then another one runs. ``came_far`` if
        it did something.
        """
        now, due = self.world.scheduler.now, self._due(kind)
        if knew is None:
            pass
        elif due > 0:
            is_old = knew != self._told[kind] and due == LONG
            self._plan(kind, now + (self._soon(kind) if is_old else due + self.random.uniform(1, 15)))
        elif came_far:
            self._plan(kind, now + self._soon(kind))
        else:
            nap = self._in_vain.get(kind, self.every[kind])
            self._in_vain[kind] = min(nap * 6, DAY)
            self._plan(kind, now + nap)
        self._wait(process, self._resting.setdefault(kind, {}), LONG)

    def rest_failed(self, process: Process, kind: str, seconds: float) -> None:
        """Let a pass rest that failed, until the fault is over, or for so many seconds."""
        self._wait(process, self._failed.setdefault(kind, {}), seconds)

    def _wait(self, process: Process, among: dict[Task, None], seconds: float) -> None:
        task = self.world.scheduler.current
        assert task is not None
        among[task] = None
        try:
            if seconds < LONG:
                process.sleep(seconds)
            else:
                process.wait()
        finally:
            among.pop(task, None)

    def _due(self, kind: str) -> float:
        """Return the seconds until something is known to wait for passes of a kind; 0 if it waits already."""
        world = self.world
        match kind:
            case "archive":
                if world.database.record_count() > world.database.checkpoint_size():
                    return self.random.uniform(0.2, _HOURS[kind]) * HOUR
                segments = world.archive.segments
                is_archived = world.database.tree_size() == (segments[-1].end if segments else 0)
                return LONG if is_archived else self.random.uniform(8, 24) * HOUR
            case "witness":
                held, size = world.witnesses["first"].notes[-1:], world.database.checkpoint_size()
                is_held = size == (int(held[0].split(b"\n", 2)[1]) if held else 0)
                return LONG if is_held else self.random.uniform(0.2, _HOURS[kind]) * HOUR
            case "collect" | "overdue":
                return LONG
            case _:
                due: float = world.database.next_due(kind, true_time(world.scheduler.now))
                return due

    # Looks.

    def _soon(self, kind: str) -> float:
        return self.random.uniform(0, self.every.get(kind, HOUR))

    def _longest(self, kind: str) -> float:
        if kind == "overdue":
            return TELLING
        if kind in _OF_RECOVERIES and self._recovers:
            return DAY
        return _POLLING if kind == "receipts" and self.world.plan.polls else LONGEST

    @property
    def _recovers(self) -> bool:
        restored = self.world.restored_at
        return bool(restored) and self.world.scheduler.now < restored[-1] + _RECOVERING

    def _plan(self, kind: str, at: float) -> None:
        """Look at this time, unless an earlier look is planned."""
        if at < self._planned.get(kind, LONG):
            self._planned[kind] = at
            self.world.scheduler.at(at, lambda: self._look(kind, at))

    def _look(self, kind: str, at: float) -> None:
        if self._planned.get(kind) != at:
            return  # an earlier look was planned since
        del self._planned[kind]
        longest = self._looked.get(kind, 0.0) + self._longest(kind)
        if kind in _KNOWING and not self._recovers and at < longest and (due := self._due(kind)) > 0:
            # Whatever it was planned for is done already.
            self._plan(kind, min(at + due + self.random.uniform(1, 15), longest))
            return
        self._looked[kind] = at
        resting = [task for task in self._resting.get(kind, ()) if task.is_waiting]
        if resting:
            self._wake(kind, resting)
            self._plan(kind, at + self._longest(kind))
        elif self._failed.get(kind):
            self._plan(kind, at + self._longest(kind))  # those that failed try again by themselves
        else:
            self._plan(kind, at + self.every[kind])

    def _wake(self, kind: str, resting: list[Task]) -> None:
        first, share = self.random.randrange(len(resting)), _SHARE.get(kind, 0.1)
        for number, task in enumerate(resting):
            if number == first or self.random.random() < share:
                self.world.scheduler.wake(task)
