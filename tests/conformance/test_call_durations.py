"""Counts of calls are added over processes, and may be stored again and again."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from adapters.storage.call_duration_store import KEPT_FOR
from adapters.storage.sql_store import SqlStore
from gateway.judiciary.call_durations import CallDurations, hour_of, speed_of

from .builders import NOW, at

HOUR = hour_of(NOW)


def calls(number: int, *, hour: timedelta = timedelta()) -> CallDurations:
    return CallDurations(
        destination="court", operation="SubmitNotices", hour=HOUR + hour, answered={7: number}, unanswered=1
    )


def test_later_counts_of_a_process_replace_its_earlier_ones(store: SqlStore) -> None:
    for number in (1, 5, 5):
        store.call_durations.note("host/1", NOW, [calls(number)], NOW)
    assert store.call_durations.since(HOUR) == [calls(5)]


def test_processes_add_up_and_so_does_one_that_began_again(store: SqlStore) -> None:
    store.call_durations.note("host/1", NOW, [calls(5)], NOW)
    store.call_durations.note("host/2", NOW, [calls(2)], NOW)
    store.call_durations.note("host/1", at(minutes=5), [calls(1)], NOW)
    speed = speed_of(store.call_durations.since(HOUR))
    assert (speed.calls, speed.unanswered) == (11, 3)


def test_old_hours_are_left_out_and_later_deleted(store: SqlStore) -> None:
    store.call_durations.note("host/1", NOW, [calls(1), calls(2, hour=-timedelta(hours=3))], NOW)
    assert store.call_durations.since(HOUR - timedelta(hours=1)) == [calls(1)]
    assert len(store.call_durations.since(HOUR - KEPT_FOR)) == 2
    store.call_durations.note("host/1", NOW, [calls(3, hour=KEPT_FOR)], HOUR + KEPT_FOR + timedelta(minutes=1))
    assert Counter(each.answered[7] for each in store.call_durations.since(HOUR - 2 * KEPT_FOR)) == {3: 1}
