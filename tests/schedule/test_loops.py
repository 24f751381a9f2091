"""A schedule: no task overlaps itself, one that fails goes on, and a turn that is another process's is left."""

from __future__ import annotations

import errno
import json
import os
import threading
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import count
from threading import Event

import pytest
from structlog.testing import capture_logs

from adapters.schedule.task import Task
from gateway.runtime.errors import GatewayError
from gateway.runtime.may_continue import MayContinue
from gateway.runtime.pass_report import PassReport, Wait

from .conftest import OFTEN, PATIENCE, Stage, nothing, until


def test_a_clock_that_was_put_back_stops_a_schedule_until_it_is_woken(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    back = timedelta()

    class Wall(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Wall:
            return super().now(tz) - back

    for module in ("apscheduler.schedulers.base", "adapters.schedule.loops"):
        monkeypatch.setattr(f"{module}.datetime", Wall)
    runs: list[None] = []

    def run(_may_continue: MayContinue) -> PassReport:
        runs.append(None)
        return nothing()

    loops = stage.play(Task(kind="rescue", run=run))
    until(lambda: len(runs) > 2)
    back = timedelta(hours=1)

    def waits() -> bool:
        job = loops._scheduler.get_job("rescue")
        return bool(job.next_run_time - Wall.now(UTC) > timedelta(minutes=59)) and not loops.wait(0)

    until(waits)
    seen = len(runs)
    loops.wake()
    until(lambda: len(runs) > seen + 2)


def test_a_task_that_takes_longer_than_its_interval_never_overlaps_itself(stage: Stage) -> None:
    running, most, done = 0, 0, threading.Semaphore(0)
    lock = threading.Lock()

    def slow(_: MayContinue) -> PassReport:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        Event().wait(OFTEN.total_seconds() * 4)
        with lock:
            running -= 1
        done.release()
        return nothing()

    stage.play(Task(kind="rescue", run=slow))
    assert all(done.acquire(timeout=PATIENCE) for _ in range(5))
    assert most == 1


def test_a_slow_task_keeps_no_other_waiting(stage: Stage) -> None:
    release, other = Event(), threading.Semaphore(0)

    def stuck(_: MayContinue) -> PassReport:
        release.wait(PATIENCE)
        return nothing("collect")

    def quick(_: MayContinue) -> PassReport:
        other.release()
        return nothing()

    stage.play(Task(kind="collect", run=stuck), Task(kind="rescue", run=quick))
    assert all(other.acquire(timeout=PATIENCE) for _ in range(5))
    release.set()


def test_a_turn_in_which_nothing_is_due_is_left(stage: Stage) -> None:
    ran, is_due = Event(), Event()

    def run(_: MayContinue) -> PassReport:
        ran.set()
        return nothing("reconcile")

    stage.play(Task(kind="reconcile", run=run, due=is_due.is_set))
    until(lambda: stage.record("reconcile").left > 2)
    assert (stage.record("reconcile").runs, ran.is_set()) == (0, False)
    is_due.set()
    assert ran.wait(PATIENCE)


def test_a_store_that_cannot_say_what_is_due_is_a_failure(stage: Stage) -> None:
    def due() -> bool:
        raise GatewayError("store.unavailable", where="gateway.db")

    stage.play(Task(kind="reconcile", run=lambda _: nothing("reconcile"), due=due))
    until(lambda: stage.record("reconcile").failures > 0)
    assert stage.record("reconcile").errors[0].code == "store.unavailable"


def test_a_task_that_fails_is_told_counted_and_run_again(stage: Stage) -> None:
    turns = iter([GatewayError("source.unavailable", where="cases"), ValueError("علی 0012345678"), None])
    ended = Event()

    def fails_twice(_: MayContinue) -> PassReport:
        problem = next(turns, None)
        if problem is not None:
            raise problem
        ended.set()
        return nothing("collect")

    with capture_logs() as logs:
        stage.play(Task(kind="collect", source="cases", run=fails_twice))
        assert ended.wait(PATIENCE)
        until(lambda: stage.record("collect:cases").succeeded_at is not None)
    record = stage.record("collect:cases")
    assert (record.failures, record.failed_in_a_row) == (2, 0)
    assert stage.pass_stats.errors() == {"source.unavailable": 1, "pass.broken": 1}
    reported = [line["code"] for line in logs if line["event"] == "pass failed"]
    assert reported == ["source.unavailable", "pass.broken"]
    assert "0012345678" not in json.dumps([line for line in logs if "exc_info" not in line], default=str)


def test_a_duty_that_another_process_holds_is_left_without_a_word(stage: Stage) -> None:
    ran = Event()

    def run(_: MayContinue) -> PassReport:
        ran.set()
        return nothing()

    stage.hall.taken.add("rescue")
    with capture_logs() as logs:
        stage.play(Task(kind="rescue", run=run))
        until(lambda: stage.record("rescue").left > 2)
        assert not ran.is_set()
        assert logs == []
        stage.hall.taken.clear()
        assert ran.wait(PATIENCE)


def test_a_parallel_task_asks_for_no_duty(stage: Stage) -> None:
    ran = Event()
    stage.hall.taken.add("dispatch")

    def run(_: MayContinue) -> PassReport:
        ran.set()
        return nothing("dispatch")

    stage.play(Task(kind="dispatch", run=run, parallel=True))
    assert ran.wait(PATIENCE)


def test_nothing_begins_without_leave_and_all_goes_on_with_it(stage: Stage) -> None:
    ran, may_continue = Event(), Event()

    def run(_: MayContinue) -> PassReport:
        ran.set()
        return nothing()

    stage.play(Task(kind="rescue", run=run), may_continue=may_continue.is_set)
    until(lambda: stage.record("rescue").left > 2)
    assert not ran.is_set()
    may_continue.set()
    assert ran.wait(PATIENCE)


def test_a_stop_ends_a_run_between_two_batches_and_begins_no_other(stage: Stage) -> None:
    batches, begun = 0, Event()

    def endless(may_continue: MayContinue) -> PassReport:
        nonlocal batches
        while may_continue():
            batches += 1
            begun.set()
        return nothing("dispatch")

    loops = stage.play(Task(kind="dispatch", run=endless, parallel=True))
    assert begun.wait(PATIENCE)
    assert loops.wait(0) == ["dispatch"]
    loops.stop()
    assert loops.wait(PATIENCE) == []
    assert stage.record("dispatch").runs == 1
    assert loops.moves


def test_a_stop_does_not_wait_for_ever(stage: Stage) -> None:
    release, begun = Event(), Event()

    def stuck(_: MayContinue) -> PassReport:
        begun.set()
        release.wait(PATIENCE)
        return nothing()

    loops = stage.play(Task(kind="rescue", run=stuck))
    assert begun.wait(PATIENCE)
    loops.stop()
    assert loops.wait(0.01) == ["rescue"]
    release.set()


def test_a_scheduler_that_is_stuck_is_noticed(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    loops = stage.play(Task(kind="rescue", run=lambda _: nothing()))
    until(lambda: stage.record("rescue").runs > 0)
    assert loops.moves
    loops._scheduler.pause()
    monkeypatch.setattr("adapters.schedule.loops.STILL_SECONDS", 0.05)
    until(lambda: not loops.moves)


def test_times_of_a_record_are_told_in_utc(stage: Stage) -> None:
    stage.play(Task(kind="rescue", run=lambda _: nothing()))
    until(lambda: stage.record("rescue").succeeded_at is not None)
    succeeded = stage.record("rescue").succeeded_at
    assert succeeded is not None
    assert succeeded.tzinfo is UTC
    assert succeeded <= datetime.now(UTC)


def test_a_turn_that_leaves_the_other_side_in_peace_is_neither_a_success_nor_a_failure(stage: Stage) -> None:
    stage.play(Task(kind="dispatch", run=lambda _: PassReport("dispatch", waits=Wait.RESTING)))
    until(lambda: stage.record("dispatch").left > 1)
    record = stage.record("dispatch")
    assert (record.runs, record.succeeded_at, record.failing_since) == (0, None, None)


def test_an_alarm_that_a_pass_met_is_told_with_who_must_act_and_so_is_its_end(stage: Stage) -> None:
    error = GatewayError("endpoint.resting", where="court", detail="courier.no-answer")
    reports = iter([
        PassReport("dispatch", Counter(sent=1), alarms=[error]),
        PassReport("dispatch", Counter(sent=1), over=[error]),
    ])  # fmt: skip
    with capture_logs() as logs:
        stage.play(Task(kind="dispatch", run=lambda _: next(reports, nothing("dispatch"))))
        until(lambda: stage.record("dispatch").runs > 2)
    reported = [(line["event"], line["task"], line["code"]) for line in logs if line["event"].startswith("alarm")]
    assert reported == [("alarm", "endpoint:court", error.code), ("alarm over", "endpoint:court", error.code)]
    assert {line["who_must_act"] for line in logs if line["event"] == "alarm"} == {"judiciary"}


def test_repeated_failures_are_lines_with_a_count_that_come_ever_more_seldom(stage: Stage) -> None:
    over = Event()
    turns = count(1)

    def fails(_: MayContinue) -> PassReport:
        if next(turns) > 9:
            over.set()
        return PassReport("collect", errors=[GatewayError("source.unavailable", where="cases")] * 2)

    with capture_logs() as logs:
        stage.play(Task(kind="collect", source="cases", run=fails))
        assert over.wait(PATIENCE)
    reported = [(line["failed_in_a_row"], line["times"]) for line in logs if line["event"] == "pass failed"]
    assert reported[:4] == [(1, 2), (2, 2), (4, 2), (8, 2)]


def test_a_singleton_job_that_cannot_get_its_lock_says_so_until_it_can(stage: Stage) -> None:
    stage.hall.trouble = GatewayError("store.read-only", where="gateway.db-duties")
    tasks = Task(kind="rescue", run=lambda _: nothing()), Task(kind="dispatch", run=lambda _: nothing(), parallel=True)
    stage.play(*tasks)
    until(lambda: stage.record("rescue").failures > 1 and stage.record("dispatch").runs > 1)
    assert stage.pass_stats.without_lock is stage.hall.trouble
    stage.hall.trouble = None
    until(lambda: stage.record("rescue").succeeded_at is not None)
    assert stage.pass_stats.without_lock is None


def refused_by_the_system() -> PassReport:
    raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))


def without_memory() -> PassReport:
    raise MemoryError


def reported_as_something_else() -> PassReport:
    try:
        return refused_by_the_system()
    except OSError as error:
        refused = GatewayError("key.unreadable", where="seal.pem")
        refused.__cause__ = error
        return PassReport("rescue", errors=[refused])


@pytest.mark.parametrize(
    ("work", "code"),
    [
        (refused_by_the_system, "machine.files"),
        (reported_as_something_else, "machine.files"),
        (without_memory, "machine.memory"),
    ],
)
def test_files_and_memory_that_ran_out_have_names_of_their_own(
    stage: Stage, work: Callable[[], PassReport], code: str
) -> None:
    stage.play(Task(kind="rescue", run=lambda _: work()))
    until(lambda: stage.record("rescue").failures > 1)
    assert [error.code for error in stage.record("rescue").errors] == [code]
    assert stage.pass_stats.exhausted is not None
    assert stage.pass_stats.exhausted.code == code
