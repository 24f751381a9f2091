"""Outages are measured by heartbeats and by calls, on every database; what was not measured is not claimed."""

from __future__ import annotations

from datetime import datetime

from adapters.storage.sql_store import SqlStore
from gateway.runtime.circuit_breaker import FAILURES_THAT_OPEN, Failure
from gateway.store.outage import EndpointOutage, outages
from gateway.store.stored import Process

from .builders import NOW, at

SILENT = Failure(code="courier.no-answer")


def beat(store: SqlStore, *moments: float, owner: str = "here/1", began: float = 0) -> None:
    """Write a process's heartbeats, in minutes."""
    for minute in moments:
        store.processes.note(
            Process(owner=owner, began_at=at(minutes=began), seen_at=at(minutes=minute), passed_at=None)
        )


def gaps(store: SqlStore, begin: float = 0, end: float = 60, now: float = 60) -> list[tuple[datetime, datetime | None]]:
    found = outages(store.outages, "court", at(minutes=begin), at(minutes=end), at(minutes=now))
    return [(gap.since, gap.until) for gap in found.gaps]


def test_nothing_is_claimed_of_a_time_that_was_not_measured(store: SqlStore) -> None:
    assert gaps(store) == []
    assert outages(store.outages, "court", NOW, at(hours=1), at(hours=1)).measured_since is None
    beat(store, 30, 30.5)
    found = outages(store.outages, "court", NOW, at(minutes=31), at(minutes=31))
    assert (found.measured_since, found.gaps) == (at(minutes=30), [])
    assert gaps(store, end=20, now=31) == []


def test_a_time_without_a_heartbeat_of_any_process_is_a_gap(store: SqlStore) -> None:
    beat(store, 0, 0.5, 1)
    beat(store, 0.8, 1.5, owner="here/2")
    beat(store, 5, 5.9, owner="there/1", began=5)
    # The same process, which could not write for a while.
    beat(store, 10, 10.5, owner="there/1", began=5)
    first, second = (at(minutes=1.5), at(minutes=5)), (at(minutes=5.9), at(minutes=10))
    assert gaps(store, end=10.5, now=10.6) == [first, second]
    assert gaps(store, now=60) == [first, second, (at(minutes=10.5), None)]
    # A gap that only touches the time is told as a whole.
    assert gaps(store, begin=2, end=3, now=60) == [first]
    assert gaps(store, begin=20, end=30, now=60) == [(at(minutes=10.5), None)]
    beat(store, 40, owner="here/3", began=40)
    assert gaps(store, begin=20, end=30, now=60) == [(at(minutes=10.5), at(minutes=40))]
    assert gaps(store, begin=5.1, end=5.2, now=60) == []


def test_a_gap_before_a_restore_proves_nothing(store: SqlStore) -> None:
    """A restored store has lost the heartbeats since its backup."""
    beat(store, 0, 1)
    beat(store, 30, 31, owner="here/2", began=30)
    beat(store, 3000, 3001, owner="here/3", began=3000)
    found = outages(store.outages, "court", NOW, at(minutes=3001), at(minutes=3001), [at(minutes=32)])
    assert [gap.restored for gap in found.gaps] == [True, True]
    found = outages(store.outages, "court", NOW, at(minutes=3001), at(minutes=3001), [at(minutes=3002)])
    assert [gap.restored for gap in found.gaps] == [False, True]


def test_a_process_that_neither_sends_nor_receives_does_not_count(store: SqlStore) -> None:
    beat(store, 0)
    console = Process(owner="here/9", began_at=NOW, seen_at=at(minutes=2), passed_at=None)
    store.processes.note(console, measured=False)
    assert console in store.processes.known()
    assert gaps(store, end=2, now=2) == [(NOW, None)]


def test_an_ended_process_leaves_its_running_time(store: SqlStore) -> None:
    beat(store, 0, 1)
    store.processes.ended("here/1")
    beat(store, 4, 5, owner="here/2", began=4)
    assert gaps(store, end=5, now=5) == [(at(minutes=1), at(minutes=4))]


def test_a_clock_that_went_back_takes_nothing_away(store: SqlStore) -> None:
    beat(store, 0, 1, 2, 0.5, 2.5)
    assert gaps(store, end=2.5, now=2.5) == []
    assert [run.seen_at for run in store.outages.runs(NOW, at(hours=1))] == [at(minutes=2.5)]


def test_a_clock_that_was_ahead_for_one_heartbeat_hides_no_later_one(store: SqlStore) -> None:
    beat(store, 0, 1, 2, 300, *range(3, 60))
    assert gaps(store, end=59, now=59) == []
    assert gaps(store, end=65, now=65) == [(at(minutes=59), None)], "a heartbeat of a time to come ends no gap"
    beat(store, *range(60, 303))
    assert gaps(store, end=302, now=302) == []


def test_a_process_that_began_by_a_clock_ahead_has_one_running_time_afterwards(store: SqlStore) -> None:
    beat(store, 300, 0, 1, 2, 3, began=300)
    assert [(run.began_at, run.seen_at) for run in store.outages.runs(NOW, at(minutes=10))] == [(NOW, at(minutes=3))]


def test_an_endpoint_has_an_outage_from_its_first_failed_call_to_its_first_answer(store: SqlStore) -> None:
    for minute in range(FAILURES_THAT_OPEN + 1):
        fail(store, minute)
    wanted = EndpointOutage(
        destination="court",
        since=NOW,
        failed_at=at(minutes=FAILURES_THAT_OPEN),
        failures=FAILURES_THAT_OPEN + 1,
        code="courier.no-answer",
        over_at=None,
    )
    assert store.outages.endpoints("court", at(minutes=30), at(hours=1)) == [wanted]
    answer(store, 40)
    [over] = store.outages.endpoints("court", at(minutes=30), at(hours=1))
    assert over.over_at == at(minutes=40)
    answer(store, 45)
    assert store.outages.endpoints("court", at(minutes=30), at(hours=1)) == [over]
    assert store.outages.endpoints("court", at(minutes=41), at(hours=1)) == []
    assert store.outages.endpoints("another", NOW, at(hours=1)) == []
    for minute in range(50, 50 + FAILURES_THAT_OPEN):
        fail(store, minute)
    assert [each.since for each in store.outages.endpoints("court", NOW, at(hours=1))] == [NOW, at(minutes=50)]


def test_few_failed_calls_are_no_outage(store: SqlStore) -> None:
    for minute in range(FAILURES_THAT_OPEN - 1):
        fail(store, minute)
    answer(store, 5)
    assert store.outages.endpoints("court", NOW, at(hours=1)) == []


def fail(store: SqlStore, minute: float) -> None:
    now = at(minutes=minute)
    # Each call is a probe: the breaker lets one through when its rest is over.
    store.endpoints.update_breaker("court", lambda breaker: breaker.failed(SILENT, now, probe=True), now)


def answer(store: SqlStore, minute: float) -> None:
    store.endpoints.update_breaker("court", lambda breaker: breaker.succeeded(), at(minutes=minute))
