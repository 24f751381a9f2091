"""Duties: one process at a time, and the next one when it ends, in whatever way."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection

import pytest

from adapters.storage.engine.advisory_locks import duties_of
from adapters.storage.engine.engine import Database
from gateway.runtime.advisory_lock import AdvisoryLocks
from gateway.runtime.errors import GatewayError
from tests.databases import server

from .conftest import Place

pytestmark = pytest.mark.long

DUTY = "collect:پرونده‌ها/1"


@pytest.fixture
def locks(place: Place) -> Iterator[AdvisoryLocks]:
    opened = place.locks()
    yield opened
    opened.close()


@pytest.fixture
def others(place: Place) -> Iterator[AdvisoryLocks]:
    """Those of another process."""
    opened = place.locks()
    yield opened
    opened.close()


def is_free(locks: AdvisoryLocks, duty: str = DUTY) -> bool:
    with locks.attempt(duty) as held:
        return held


def wait_until_free(locks: AdvisoryLocks) -> None:
    deadline = time.monotonic() + 600
    while not is_free(locks):
        assert time.monotonic() < deadline, "the duty was never taken over"
        time.sleep(0.01)


def test_one_at_a_time_holds_a_duty_until_its_block_ends(locks: AdvisoryLocks, others: AdvisoryLocks) -> None:
    with locks.attempt(DUTY) as held:
        assert held
        assert not is_free(others)
        assert not is_free(locks), "a duty does not overlap itself either"
        assert not is_free(others), "an attempt that failed takes nothing away"
    assert is_free(others)
    assert is_free(locks)


def test_duties_do_not_wait_for_each_other(locks: AdvisoryLocks, others: AdvisoryLocks) -> None:
    with locks.attempt("collect:cases"):
        assert is_free(others, "collect:permits")
        assert is_free(others, "rescue")
        assert not is_free(others, "collect:cases")


def test_a_duty_that_fails_is_free_again(locks: AdvisoryLocks, others: AdvisoryLocks) -> None:
    with pytest.raises(ValueError, match="broken"), locks.attempt(DUTY):
        raise ValueError("broken")
    assert is_free(others)


def test_among_threads_one_at_a_time_holds_it(locks: AdvisoryLocks) -> None:
    at_work: list[int] = []
    most: list[int] = []

    def work(number: int) -> bool:
        with locks.attempt(DUTY) as held:
            if held:
                at_work.append(number)
                time.sleep(0.001)  # room for another one to break in
                most.append(len(at_work))
                at_work.remove(number)
            return held

    with ThreadPoolExecutor(4) as threads:
        done = list(threads.map(work, range(40)))
    assert any(done)
    assert set(most) == {1}


def hold(url: str, to_parent: Connection) -> None:
    """Hold the duty until the end of this process."""
    with duties_of(url).attempt(DUTY) as held:
        to_parent.send(held)
        to_parent.recv()


def test_the_duty_of_a_process_that_is_killed_is_taken_over(place: Place, locks: AdvisoryLocks) -> None:
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    holder = context.Process(target=hold, args=(place.where, there))
    holder.start()
    assert here.poll(600)
    assert here.recv() is True
    assert not is_free(locks)
    holder.kill()
    holder.join()
    wait_until_free(locks)


@pytest.mark.parametrize("place", ["postgresql"], indirect=True)
def test_a_holder_that_loses_its_connection_loses_the_duty_and_may_end_in_peace(
    place: Place, locks: AdvisoryLocks, others: AdvisoryLocks
) -> None:
    database = Database(place.where)
    end_all = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"
    with locks.attempt(DUTY) as held:
        assert held
        assert not is_free(others)
        database.write(lambda c: c.exec_driver_sql(end_all))
        wait_until_free(others)
    database.close()
    assert is_free(locks)


@pytest.mark.parametrize("url", ["sqlite:////nowhere/gateway.db", "postgresql"])
def test_a_database_that_is_not_there_is_named(url: str) -> None:
    locks = duties_of(server().url("nowhere") if url == "postgresql" else url)
    with pytest.raises(GatewayError, match="nowhere") as error, locks.attempt(DUTY):
        pass
    assert error.value.code == "store.unavailable"
