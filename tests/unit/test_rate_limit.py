"""A rate limit holds in any order of its callers, and holds back no more than it says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from gateway.runtime.clock import CLOCKS_DIFFER
from gateway.runtime.rate_limit import RateLimit

NOW = datetime(2026, 2, 3, 8, tzinfo=UTC)


def test_after_a_rest_a_burst_goes_at_once_and_then_one_at_a_time() -> None:
    rate_limit = RateLimit(per_minute=60, burst=10)
    given_now, taken = rate_limit.take(50, None, NOW)
    assert given_now == 10
    assert rate_limit.take(1, taken, NOW)[0] == 0
    assert rate_limit.take(5, taken, NOW + timedelta(seconds=1))[0] == 1
    assert rate_limit.take(50, taken, NOW + timedelta(hours=1))[0] == 10


@given(
    st.integers(1, 6000),
    st.integers(1, 500),
    st.lists(st.tuples(st.integers(0, 500), st.integers(0, 60_000)), max_size=60),
)
def test_no_stretch_of_time_sees_more_than_its_rate_limit(
    per_minute: int, burst: int, calls: list[tuple[int, int]]
) -> None:
    rate_limit, taken, now = RateLimit(per_minute=per_minute, burst=burst), None, NOW
    times: list[tuple[datetime, int]] = []
    for wanted, wait in calls:
        now += timedelta(milliseconds=wait)
        given_now, taken = rate_limit.take(wanted, taken, now)
        assert given_now <= wanted
        times.append((now, given_now))
    for start, (begin, _) in enumerate(times):
        total = 0
        for moment, number in times[start:]:
            total += number
            assert total <= burst + (moment - begin) / rate_limit.interval + 1e-3


@given(st.integers(1, 6000), st.integers(1, 500), st.integers(1, 500))
def test_nothing_is_held_back_for_ever(per_minute: int, burst: int, wanted: int) -> None:
    rate_limit, taken, now, gone = RateLimit(per_minute=per_minute, burst=burst), None, NOW, 0
    while gone < wanted:
        given_now, taken = rate_limit.take(wanted - gone, taken, now)
        gone, now = gone + given_now, now + rate_limit.interval
    assert now <= NOW + (wanted + 1) * rate_limit.interval


def test_what_a_clock_that_was_ahead_took_holds_nobody_back() -> None:
    rate_limit = RateLimit(per_minute=60, burst=10)
    _, taken = rate_limit.take(10, None, NOW + timedelta(hours=3, minutes=30))
    assert (rate_limit.used(taken, NOW), rate_limit.take(50, taken, NOW)[0]) == (0, 10)
    _, taken = rate_limit.take(10, None, NOW + CLOCKS_DIFFER)
    assert (rate_limit.used(taken, NOW), rate_limit.take(50, taken, NOW)[0]) == (1, 0)
