"""An endpoint that does not answer rests, longer each time; one call finds out whether it is back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from gateway.runtime.circuit_breaker import (
    FAILURES_THAT_OPEN,
    LONGEST_REST,
    REST,
    SHORTEST_REST,
    CircuitBreaker,
    Failure,
    Permit,
)
from gateway.runtime.clock import CLOCKS_DIFFER, Pace

NOW = datetime(2026, 2, 3, 8, tzinfo=UTC)
CLOSED = CircuitBreaker(destination="court")


def after(failures: int, retry_after: timedelta | None = None) -> CircuitBreaker:
    breaker = CLOSED
    for _ in range(failures):
        failure = Failure(code="courier.no-answer", retry_after=retry_after)
        breaker = breaker.failed(failure, breaker.rests_until or NOW)
    return breaker


@pytest.mark.parametrize("failures", range(FAILURES_THAT_OPEN))
def test_few_failures_leave_it_closed(failures: int) -> None:
    assert after(failures).permit(NOW) is Permit.CLOSED


@pytest.mark.parametrize(("further", "rest"), list(enumerate((*REST, REST[-1], REST[-1]))))
def test_each_further_failure_rests_longer(further: int, rest: timedelta) -> None:
    began = after(FAILURES_THAT_OPEN + further - 1).rests_until or NOW
    breaker = after(FAILURES_THAT_OPEN + further)
    assert breaker.permit(began + rest - timedelta(microseconds=1)) is Permit.OPEN
    assert breaker.permit(began + rest) is Permit.PROBE
    assert (breaker.since, breaker.code, breaker.alarmed) == (NOW, "courier.no-answer", True)


def test_an_answer_closes_it() -> None:
    assert after(9).succeeded() == CLOSED


@pytest.mark.parametrize(
    ("before", "asked", "rests"),
    [
        (0, timedelta(seconds=7), timedelta(seconds=7)),
        (FAILURES_THAT_OPEN - 1, timedelta(seconds=7), REST[0]),
        (FAILURES_THAT_OPEN - 1, timedelta(hours=2), timedelta(hours=2)),
        (0, timedelta(days=400), LONGEST_REST),
    ],
)
def test_what_the_other_side_asks_for_is_obeyed(before: int, asked: timedelta, rests: timedelta) -> None:
    breaker = after(before).failed(Failure(code="courier.http-status", retry_after=asked), NOW)
    assert breaker.rests_until == NOW + rests


def test_a_short_wait_that_is_asked_for_wakes_nobody_and_a_long_one_does() -> None:
    assert not after(1, timedelta(minutes=1)).alarmed
    assert after(1, REST[-1]).alarmed


def test_calls_that_were_under_way_when_it_opened_say_nothing_new() -> None:
    opened = after(FAILURES_THAT_OPEN)
    for _ in range(8):
        assert opened.failed(Failure(code="courier.no-answer"), NOW) == opened
    asked = opened.failed(Failure(code="courier.http-status", retry_after=timedelta(hours=1)), NOW)
    assert (asked.failures, asked.rests_until) == (FAILURES_THAT_OPEN, NOW + timedelta(hours=1))


def test_a_probe_that_fails_counts_though_nothing_else_may_be_sent_meanwhile() -> None:
    opened = after(FAILURES_THAT_OPEN)
    assert opened.rests_until is not None
    then = opened.rests_until
    probed = opened.probed(then + timedelta(minutes=1))
    assert probed.permit(then) is Permit.OPEN
    failed = probed.failed(Failure(code="courier.no-answer"), then, probe=True)
    assert (failed.failures, failed.rests_until) == (FAILURES_THAT_OPEN + 1, then + REST[1])


def test_a_compressed_day_shortens_our_rests_and_not_what_is_asked_for() -> None:
    pace, breaker = Pace(timedelta(days=1) / 60), after(FAILURES_THAT_OPEN - 1)
    assert breaker.failed(Failure(code="courier.no-answer"), NOW, pace=pace).rests_until == NOW + SHORTEST_REST
    asked = Failure(code="courier.http-status", retry_after=timedelta(minutes=2))
    assert breaker.failed(asked, NOW, pace=pace).rests_until == NOW + timedelta(minutes=2)


def test_a_rest_that_no_wait_explains_is_not_believed() -> None:
    """A clock that was forty days ahead wrote it: one call finds out, and a failure makes it rest as usual."""
    ahead = NOW + timedelta(days=40)
    breaker = CLOSED
    for _ in range(FAILURES_THAT_OPEN):
        breaker = breaker.failed(Failure(code="courier.no-answer"), ahead)
    assert breaker.permit(NOW) is Permit.PROBE
    assert breaker.failed(Failure(code="courier.no-answer"), NOW).rests_until == NOW + REST[1]
    asked = Failure(code="courier.http-status", retry_after=LONGEST_REST)
    assert CLOSED.failed(asked, NOW + CLOCKS_DIFFER).permit(NOW) is Permit.OPEN
