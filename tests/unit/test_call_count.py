"""The number of calls that may be under way: the rule as a table, and before endpoints of several kinds."""

from __future__ import annotations

import heapq
from random import Random

import pytest

from gateway.judiciary.call_count import LEAST_CALLS, MOST_CALLS, CallCount

FREE = CallCount(most=MOST_CALLS, by_latency=True)


def after(count: CallCount, *seconds: float) -> CallCount:
    for each in seconds:
        count = count.answered(each)
    return count


@pytest.mark.parametrize(
    ("now", "latency", "then"),
    [
        (8, 0.1, 16),
        (8, 0.15, 11),
        (8, 0.2, 8),
        (8, 0.3, 6),
        (16, 0.4, 8),
        (24, 0.1, MOST_CALLS),
        (MOST_CALLS, 0.2, MOST_CALLS),
        (MOST_CALLS, 2.0, LEAST_CALLS),
    ],
)
def test_a_round_of_calls_decides_by_its_latency_beside_the_least_one(now: int, latency: float, then: int) -> None:
    """The least latency of this pass was 0.1 s."""
    count = CallCount(most=MOST_CALLS, by_latency=True, now=now, least=0.1)
    assert after(count, *[latency] * (now - 1)).now == now
    assert after(count, *[latency] * now).now == then


def test_calls_that_began_before_a_change_decide_nothing() -> None:
    count = CallCount(most=MOST_CALLS, by_latency=True, now=8, before=4, least=0.1)
    assert after(count, *[9.0] * 4, *[0.1] * 8).now == 16


@pytest.mark.parametrize("count", [FREE, CallCount(most=47)], ids=["by latency", "configured"])
def test_a_pass_begins_with_one_and_each_answer_lets_one_more(count: CallCount) -> None:
    assert [after(count, *[0.1] * answers).now for answers in range(LEAST_CALLS)] == [1, 2, 3, 4]


def test_a_configured_number_is_reached_whatever_the_latency_is() -> None:
    assert after(CallCount(most=47), 0.1, *[9.0] * 100).now == 47


@pytest.mark.parametrize("count", [FREE, CallCount(most=47)], ids=["by latency", "configured"])
def test_each_answer_of_a_call_counts(count: CallCount) -> None:
    """A call that asks several times one after another decides as much as several calls."""
    assert count.answered(0.1, answers=3).now == 4
    assert count.answered(0.1, answers=40).now == (4 if count.by_latency else 41)
    of_eight = CallCount(most=MOST_CALLS, by_latency=True, now=8, before=1, least=0.1)
    assert of_eight.answered(9.0, answers=8) == of_eight.answered(9.0), "it began before"
    assert of_eight.answered(9.0).answered(0.1, answers=8) == after(of_eight, 9.0, *[0.1] * 8)


def test_it_grows_until_the_latency_or_the_bound_ends_it() -> None:
    count = CallCount(most=MOST_CALLS, by_latency=True, now=8, least=0.1)
    assert count.grows
    assert after(count, *[0.1] * 8).grows
    assert not after(count, *[0.2] * 8).grows, "half of their time is waiting"
    assert after(count, *[0.2] * 8, *[0.1] * 8).grows
    assert after(count, *[5.0] * 8).grows, "the least latency is measured again"
    assert not after(FREE, *[0.1] * 200).grows
    assert [after(CallCount(most=3), *[9.0] * answers).grows for answers in range(4)] == [True, True, False, False]


@pytest.mark.parametrize("most", [1, 2, 3, 5])
def test_a_lower_bound_than_the_least_holds(most: int) -> None:
    assert after(CallCount(most=most, by_latency=True), *[0.1] * 100).now == most


@pytest.mark.parametrize("count", [FREE, CallCount(most=47)], ids=["by latency", "configured"])
def test_a_failure_reduces_them_to_one(count: CallCount) -> None:
    many = after(count, *[0.1] * 200)
    assert many.now == many.most
    assert many.failed() == count


def test_some_large_messages_change_nothing() -> None:
    drawn = Random(1)
    assert after(FREE, *(5.0 if drawn.random() < 0.2 else 0.1 for _ in range(400))).now == MOST_CALLS


def test_an_endpoint_that_is_slower_for_good_is_measured_again() -> None:
    fast = after(FREE, *[0.02] * 200)
    assert after(fast, *[0.5] * 400).now == MOST_CALLS


class Endpoint:
    """Works on ``at_once`` calls at a time, for ``work`` seconds each, ``network`` seconds away."""

    def __init__(self, at_once: int, work: float, network: float) -> None:
        self._free, self._work, self._network = [0.0] * at_once, work, network

    def ask(self, now: float) -> float:
        """Return the time of the answer to a call that begins now."""
        end = max(heapq.heappop(self._free), now + self._network / 2) + self._work
        heapq.heappush(self._free, end)
        return end + self._network / 2


def run(endpoint: Endpoint, answers: int) -> tuple[list[int], float]:
    """Return the number of calls after each answer, and the answers a second, of a pass that has always more."""
    count, now = FREE, 0.0
    under_way: list[tuple[float, float]] = []
    counts: list[int] = []
    for _ in range(answers):
        while len(under_way) < count.now:
            heapq.heappush(under_way, (endpoint.ask(now), now))
        now, began = heapq.heappop(under_way)
        count = count.answered(now - began)
        counts.append(count.now)
    return counts, answers / now


@pytest.mark.parametrize("latency", [0.02, 0.1, 0.5, 3.0])
def test_an_endpoint_that_is_only_far_away_gets_as_many_as_there_may_be(latency: float) -> None:
    counts, rate = run(Endpoint(1000, 0.001, latency), 1000)
    assert set(counts[200:]) == {MOST_CALLS}
    assert rate > 0.75 * MOST_CALLS / latency


@pytest.mark.parametrize("network", [0.0, 0.05])
@pytest.mark.parametrize("at_once", [1, 2, 4, 8])
def test_an_endpoint_that_works_on_few_at_a_time_gets_few_more(at_once: int, network: float) -> None:
    """Throughput is what it can do; the number of calls is about twice what that needs."""
    counts, rate = run(Endpoint(at_once, 0.1, network), 600)
    needed = at_once * (0.1 + network) / 0.1
    assert max(counts[200:]) <= max(2 * LEAST_CALLS, 2 * needed) + 5
    assert rate > 0.9 * at_once / 0.1
