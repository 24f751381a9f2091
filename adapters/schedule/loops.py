"""Scheduler of tasks, in threads of one process; no task overlaps itself.

It is the one place that may swallow an error: it logs it, counts it and continues, so that a case database that is away
does not stop receipts.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from threading import Condition

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger

from adapters.schedule.alarms import tell, tell_over
from adapters.schedule.task import Task
from gateway.judiciary.pass_statistics import PassStats
from gateway.runtime.advisory_lock import AdvisoryLocks
from gateway.runtime.errors import GatewayError
from gateway.runtime.exhaustion import exhausted, named
from gateway.runtime.may_continue import MayContinue
from gateway.runtime.pass_report import PassReport
from gateway.runtime.plain_words import words_of

BEAT_SECONDS = 1.0
STILL_SECONDS = 30.0
"""Seconds without a beat after which the scheduler counts as stuck."""

_log = structlog.get_logger(__name__)

# A pass that takes longer than its interval skips a run: that is the design, and no warning.
logging.getLogger("apscheduler").setLevel(logging.ERROR)


class Loops:
    """Schedule. `stop` lets runs end between two batches, and begins none until `go_on`; `close` ends its threads."""

    def __init__(
        self,
        tasks: Sequence[Task],
        every: Mapping[str, timedelta],
        *,
        locks: AdvisoryLocks,
        may_continue: MayContinue,
        pass_stats: PassStats,
        beat: Callable[[], None] = lambda: None,
    ) -> None:
        """Take tasks, and the interval of each kind in ``every``. ``beat`` is called each second, and must be quick."""
        self._locks, self._may_continue, self._pass_stats, self._on_beat = locks, may_continue, pass_stats, beat
        self._stopping, self._running = False, set[str]()
        self._changed = Condition()
        self._beaten_at = time.monotonic()
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(len(tasks) + 1)},
            job_defaults={"max_instances": 1, "coalesce": True, "misfire_grace_time": None},
        )
        pass_stats.keep((task.name, task.kind, task.source) for task in tasks)
        self._add("beat", self._beat, timedelta(seconds=BEAT_SECONDS))
        self._tasks, self._every = tasks, every
        self._add_tasks()

    def start(self) -> None:
        self._scheduler.start()

    def wake(self) -> None:
        """Run each task now, and again after its interval.

        The schedule waits for times of the system's clock; after that was put back, they are far away.
        """
        for job in self._scheduler.get_jobs():
            job.modify(next_run_time=datetime.now(UTC))

    def stop(self) -> None:
        """Begin no other run, and no other batch of a current run. The schedule still beats."""
        self._stopping = True
        for job in self._scheduler.get_jobs():
            if job.id != "beat":
                job.remove()

    def go_on(self) -> None:
        """Begin runs again after a `stop`. A run that has not ended goes on, and its task is not begun beside it."""
        if self._stopping:
            self._stopping = False
            self._add_tasks()

    def wait(self, seconds: float | None = None) -> list[str]:
        """Wait until no task runs; return the names of those that still run after ``seconds``."""
        with self._changed:
            self._changed.wait_for(lambda: not self._running, seconds)
            return sorted(self._running)

    def close(self) -> None:
        """Stop, wait for current runs, and end every thread."""
        self.stop()
        self.wait()
        self._scheduler.shutdown(wait=True)

    @property
    def moves(self) -> bool:
        """True if the scheduler's threads move."""
        return time.monotonic() - self._beaten_at < STILL_SECONDS

    def _add_tasks(self) -> None:
        for task in self._tasks:
            self._add(task.name, self._run_task, self._every[task.kind], task)

    def _add(self, name: str, run: Callable[..., None], every: timedelta, *arguments: object) -> None:
        self._scheduler.add_job(
            run,
            _Every(every),
            args=arguments,
            id=name,
            next_run_time=datetime.now(UTC),
        )

    def _beat(self) -> None:
        self._beaten_at = time.monotonic()
        self._on_beat()

    def _run_task(self, task: Task) -> None:
        with self._changed:
            # Runs for which no thread could be started wait in the pool, and the scheduler counts none of them.
            if self._stopping or task.name in self._running:
                return
            self._running.add(task.name)
        self._pass_stats.began(task.name)
        try:
            with structlog.contextvars.bound_contextvars(run=task.kind, **_source(task)):
                self._note(task, self._attempt(task))
        finally:
            with self._changed:
                self._running.discard(task.name)
                self._changed.notify_all()

    def _attempt(self, task: Task) -> PassReport | None:
        """Run a task; return its report, or None if its advisory lock is not ours or it is not due."""
        try:
            with self._duty(task) as ours:
                if not (ours and self._is_open(task) and task.due()):
                    return None
                _log.debug("pass began")
                try:
                    return task.run(lambda: self._may_go_on(task))
                finally:
                    # Before the lock is released, so that the logs of all processes show that no run overlaps another.
                    _log.debug("pass ended")
        except GatewayError as error:
            return PassReport(task.kind, errors=[error])
        except Exception as error:
            if (code := exhausted(error)) is not None:
                return PassReport(task.kind, errors=[GatewayError(code, where=task.name, detail=words_of(error))])
            _log.error("pass broken", exc_info=error)
            broken = GatewayError("pass.broken", where=task.name, detail=words_of(error))
            return PassReport(task.kind, errors=[broken])

    @contextmanager
    def _duty(self, task: Task) -> Iterator[bool]:
        """Yield True if the task's advisory lock is ours; note in the statistics if the lock could not be tried."""
        if task.parallel:
            yield True
            return
        with ExitStack() as held:
            try:
                ours = held.enter_context(self._locks.attempt(task.name))
            except GatewayError as error:
                self._pass_stats.without_lock = error
                raise
            self._pass_stats.without_lock = None
            yield ours

    def _may_go_on(self, task: Task) -> bool:
        self._pass_stats.moved(task.name)
        return not self._stopping and self._is_open(task)

    def _is_open(self, task: Task) -> bool:
        """Ask the service's gate, which raises its errors for every task."""
        return self._may_continue() or task.though_stopped

    def _note(self, task: Task, report: PassReport | None) -> None:
        if report is None or report.left:
            self._pass_stats.left(task.name)
            return
        before = self._pass_stats.record(task.name)
        report.errors = [named(error) for error in report.errors]
        self._pass_stats.ended(task.name, report)
        about = task.source if task.kind == "overdue" else "endpoint"
        for alarm in report.alarms:
            tell(f"{about}:{alarm.where}", alarm)
        for alarm in report.over:
            tell_over(f"{about}:{alarm.where}", alarm.code)
        times = self._pass_stats.record(task.name).failed_in_a_row
        for problem, alike in _counted(report.errors):
            if not _is_news(problem, before.errors, times):
                continue
            _log.warning(
                "pass failed",
                failed_in_a_row=times,
                times=alike,
                code=problem.code,
                where=problem.where,
                detail=problem.detail,
                meaning=problem.entry.en,
                who_must_act=problem.entry.actor.value,
            )
        if not report.idle:
            _log.info("pass done", **report.counts)


class _Every(BaseTrigger):  # type: ignore[misc]
    """Trigger of a run after each interval.

    The scheduler lists all missed times before it runs the last of them: millions, after the clock went ahead a month.
    Here they are one.
    """

    def __init__(self, interval: timedelta) -> None:
        self._interval = interval

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        following = (previous_fire_time or now) + self._interval
        return following if following > now else now + self._interval


def _counted(problems: Sequence[GatewayError]) -> list[tuple[GatewayError, int]]:
    """Return each problem of a run once, with its number of occurrences."""
    first: dict[tuple[str, str, str], GatewayError] = {}
    for problem in problems:
        first.setdefault((problem.code, problem.where, problem.detail), problem)
    met = Counter((problem.code, problem.where, problem.detail) for problem in problems)
    return [(problem, met[about]) for about, problem in first.items()]


def _is_news(problem: GatewayError, before: Sequence[GatewayError], times: int) -> bool:
    """Return False for a problem that the last run ended with as well, unless ``times`` is 1, 2, 4, 8, ….

    A pass that fails every ten seconds writes ten lines in three hours, each with its count.
    """
    again = any((each.code, each.where) == (problem.code, problem.where) for each in before)
    return not again or times & (times - 1) == 0


def _source(task: Task) -> dict[str, str]:
    return {"source": task.source} if task.source else {}
