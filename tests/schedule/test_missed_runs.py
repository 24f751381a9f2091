"""Runs that could not begin in time, as no thread was free or the clock was set: none overlaps another afterwards."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta, tzinfo
from threading import Event

import pytest
from apscheduler.job import Job

from adapters.schedule.task import Task
from gateway.runtime.may_continue import MayContinue
from gateway.runtime.pass_report import PassReport

from .conftest import OFTEN, PATIENCE, Stage, nothing, until


def test_a_task_does_not_overlap_itself_after_a_time_without_threads(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pool keeps each run for which it could start no thread, and begins them together once there are threads."""
    start, refused, is_refusing = threading.Thread.start, 0, True
    running, most, done = 0, 0, threading.Semaphore(0)
    lock = threading.Lock()

    def scarce(thread: threading.Thread) -> None:
        nonlocal refused
        if is_refusing and "ThreadPoolExecutor" in thread.name:
            refused += 1
            raise RuntimeError("can't start new thread")
        start(thread)

    def slow(_: MayContinue) -> PassReport:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        Event().wait(OFTEN.total_seconds() * 10)
        with lock:
            running -= 1
        done.release()
        return nothing("dispatch")

    monkeypatch.setattr(threading.Thread, "start", scarce)
    quick = [Task(kind="collect", source=str(number), run=lambda _: nothing("collect")) for number in range(6)]
    stage.play(Task(kind="dispatch", run=slow, parallel=True), *quick)
    until(lambda: refused > 50)
    is_refusing = False
    assert all(done.acquire(timeout=PATIENCE) for _ in range(5))
    assert most == 1


def test_a_clock_that_goes_ahead_makes_one_run_of_all_that_were_missed(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A list of every missed time would need memory, and the scheduler would stand still while it is made."""
    ahead = timedelta()

    class Wall(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Wall:
            return super().now(tz) + ahead

    listed: list[int] = []
    times_of = Job._get_run_times

    def counted(job: Job, now: datetime) -> list[datetime]:
        times: list[datetime] = times_of(job, now)
        listed.append(len(times))
        return times

    monkeypatch.setattr("apscheduler.schedulers.base.datetime", Wall)
    monkeypatch.setattr(Job, "_get_run_times", counted)
    runs: list[None] = []

    def run(_: MayContinue) -> PassReport:
        runs.append(None)
        return nothing()

    stage.play(Task(kind="rescue", run=run))
    until(lambda: len(runs) > 2)
    ahead, seen = timedelta(minutes=10), len(runs)
    until(lambda: len(runs) > seen + 2)
    assert max(listed) == 1
