"""Percentiles of call durations against a sorted list of all of them."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from gateway.judiciary.call_durations import CallMeter, class_of, hour_of, longest_of, speed_of

NOW = datetime(2026, 11, 28, 10, 30, tzinfo=UTC)
SECONDS = st.floats(min_value=0, max_value=3600, allow_nan=False)


def counted(*seconds: float, unanswered: int = 0) -> CallMeter:
    meter = CallMeter(lambda: NOW)
    for each in seconds:
        meter.count("court", "SubmitNotices", each, answered=True)
    for _ in range(unanswered):
        meter.count("court", "SubmitNotices", 30, answered=False)
    return meter


@given(SECONDS)
def test_a_class_is_at_most_a_tenth_too_long(seconds: float) -> None:
    longest = longest_of(class_of(seconds)).total_seconds()
    assert longest >= seconds - 2e-6
    assert seconds <= 0.001 or longest <= seconds * 1.1 + 2e-6


@given(st.lists(SECONDS, min_size=1, max_size=300))
def test_percentiles_are_those_of_the_sorted_durations(seconds: list[float]) -> None:
    speed, ordered = speed_of(counted(*seconds).counted()), sorted(seconds)
    for told, hundredth in ((speed.p50, 50), (speed.p95, 95)):
        exact = ordered[math.ceil(len(ordered) * hundredth / 100) - 1]
        assert told is not None
        assert max(exact, 0.001) - 2e-6 <= told.total_seconds() <= max(exact * 1.1, 0.001) + 2e-6


def test_calls_without_an_answer_count_and_have_no_duration() -> None:
    speed = speed_of(counted(0.1, unanswered=2).counted())
    assert (speed.calls, speed.unanswered) == (3, 2)
    assert speed.p95 is not None
    assert speed.p95 < timedelta(seconds=1)
    silent = speed_of(counted(unanswered=1).counted())
    assert (silent.calls, silent.p50, silent.p95) == (1, None, None)


def test_each_hour_counts_for_itself_and_stored_hours_are_forgotten() -> None:
    times = [NOW, NOW, NOW + timedelta(hours=1)]
    meter = CallMeter(lambda: times.pop(0))
    for _ in range(2):
        meter.count("court", "FetchReceipts", 0.01, answered=True)
    assert [each.hour for each in meter.counted()] == [hour_of(NOW), hour_of(NOW + timedelta(hours=1))]
    meter.forget_before(hour_of(NOW + timedelta(hours=1)))
    assert [each.hour for each in meter.counted()] == [hour_of(NOW + timedelta(hours=1))]
