"""Scheduler in virtual time: many tasks in one thread, of which exactly one runs; the seed decides which.

A task runs until it pauses, sleeps or waits; then another one runs. If none is ready, time jumps to the next one that
is due.
"""

from __future__ import annotations

import contextvars
import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from greenlet import GreenletExit, getcurrent, greenlet


class RunsForEver(AssertionError):
    """More steps than any run needs: a pass that does not end."""


@dataclass(eq=False, slots=True)
class Task:
    """Function that runs beside others; ``owner`` names the machine that it ends with."""

    name: str
    owner: str
    run: Callable[[], object]
    thread: greenlet | None = None
    is_waiting: bool = False
    alarm: int = 0
    """Number of the time that it sleeps until; 0 without one."""
    ended: bool = False
    is_event: bool = False
    """True for a function that neither pauses nor waits: it needs no thread."""


@dataclass(slots=True)
class Scheduler:
    """``now`` are seconds since the run began. ``after_step`` is called whenever a task has given up control."""

    random: Random
    after_step: Callable[[], None] = lambda: None
    most_steps: int = 200_000
    now: float = 0.0
    steps: int = 0
    current: Task | None = None
    _ready: list[Task] = field(default_factory=list)
    _due: list[tuple[float, int, Task]] = field(default_factory=list)
    _count: int = 0
    _begun: list[Task] = field(default_factory=list)
    _is_over: bool = False
    _alive: dict[str, list[Task]] = field(default_factory=dict)
    _failure: BaseException | None = None
    _hub: greenlet = field(default_factory=getcurrent)

    def spawn(self, name: str, run: Callable[[], object], *, owner: str = "world", after: float = 0.0) -> Task:
        """Run a function as a task of ``owner``, ``after`` so many seconds."""
        task = Task(name, owner, run)
        if owner != "world":
            self._alive.setdefault(owner, []).append(task)
        self._wake_at(self.now + after, task)
        return task

    def at(self, moment: float, run: Callable[[], object]) -> None:
        """Run a function at this time that neither pauses nor waits."""
        self._wake_at(moment, Task("event", "world", run, is_event=True))

    def pause(self) -> None:
        """Let any other task that is ready run first. Outside of tasks nothing happens."""
        if (task := self.current) is None:
            return
        if self._ready or self._is_over or (self._due and self._due[0][0] <= self.now):
            self._ready.append(task)
            self._switch()
            return
        try:
            self._count_step()
            self.after_step()
        except BaseException as error:
            self._failure = error  # it is the run's, and none of the product may catch it
            self._switch()

    def sleep(self, seconds: float) -> None:
        """Let time pass for this task, or until `wake`."""
        if self._is_over:
            raise GreenletExit
        task = self.current
        assert task is not None
        task.is_waiting = True
        self._wake_at(self.now + max(seconds, 0.0), task)
        self._switch()

    def wait(self) -> None:
        """Let others run until one calls `wake` for this task."""
        if self._is_over:
            raise GreenletExit
        task = self.current
        assert task is not None
        task.is_waiting = True
        self._switch()

    def wake(self, task: Task) -> None:
        """Make a task ready that sleeps or waits; others are not changed."""
        if task.is_waiting:
            task.is_waiting, task.alarm = False, 0
            self._ready.append(task)

    def wake_all(self, owner: str) -> None:
        """Wake every task of an owner, whatever it waits for."""
        for task in self._alive.pop(owner, []):
            if not task.ended:
                self.wake(task)

    def _switch(self) -> None:
        if self._is_over:
            raise GreenletExit
        self._hub.switch()

    def run(self, until: float) -> None:
        """Run tasks until this time, or until none is left."""
        self._hub = getcurrent()
        while True:
            self._take_due()
            if not self._ready:
                if not self._due or self._due[0][0] > until:
                    self.now = max(self.now, until)
                    return
                self.now = self._due[0][0]
                continue
            self._count_step()
            number = self.random.randrange(len(self._ready)) if len(self._ready) > 1 else 0
            self._ready[number], self._ready[-1] = self._ready[-1], self._ready[number]
            self._step(self._ready.pop())

    def end(self) -> None:
        """End every task that has begun, as the end of the process would; none runs on afterwards."""
        self._is_over = True
        for task in self._begun:
            if task.thread is not None and not task.thread.dead:
                task.thread.throw()

    def _count_step(self) -> None:
        self.steps += 1
        if self.steps > self.most_steps:
            raise RunsForEver(f"{self.steps} steps")

    def _step(self, task: Task) -> None:
        if task.is_event:
            task.run()
            self.after_step()
            return
        if task.thread is None:
            task.thread = greenlet(task.run)
            self._begun.append(task)
            task.thread.gr_context = contextvars.copy_context()
        self.current = task
        task.thread.switch()
        self.current = None
        if task.thread.dead:
            task.ended = True
            self._begun.remove(task)
        if self._failure is not None:
            raise self._failure
        self.after_step()

    def _wake_at(self, at: float, task: Task) -> None:
        self._count += 1
        task.is_waiting, task.alarm = True, self._count
        heapq.heappush(self._due, (at, self._count, task))

    def _take_due(self) -> None:
        while self._due and self._due[0][0] <= self.now:
            _, number, task = heapq.heappop(self._due)
            if task.alarm == number and not task.ended:
                self.wake(task)


@dataclass(slots=True)
class Lock:
    """Lock among tasks, as a context manager; whoever waits for it lets others run."""

    scheduler: Scheduler
    _holder: Task | None = None
    _waiting: list[Task] = field(default_factory=list)

    def __enter__(self) -> Lock:
        while self._holder is not None and not self._holder.ended:
            assert self.scheduler.current is not None, "a lock is taken outside of tasks"
            self._waiting.append(self.scheduler.current)
            self.scheduler.wait()
        self._holder = self.scheduler.current
        return self

    def __exit__(self, *raised: object) -> None:
        self._holder = None
        if self._waiting:
            waiting, self._waiting = self._waiting, []
            for task in waiting:
                self.scheduler.wake(task)
