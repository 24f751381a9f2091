"""An endpoint that does not answer rests, longer each time; one call finds out whether it is back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from gateway.breaker import FAILURES_THAT_OPEN, LONGEST_REST, REST, Breaker, Permit

NOW = datetime(2026, 2, 3, 8, tzinfo=UTC)
CLOSED = Breaker(destination="court")


def after(failures: int, retry_after: timedelta | None = None) -> Breaker:
    breaker = CLOSED
    for _ in range(failures):
        breaker = breaker.failed("courier.no-answer", NOW, retry_after)
    return breaker


@pytest.mark.parametrize("failures", range(FAILURES_THAT_OPEN))
def test_few_failures_leave_it_closed(failures: int) -> None:
    assert after(failures).permit(NOW) is Permit.CLOSED


@pytest.mark.parametrize(("further", "rest"), list(enumerate((*REST, REST[-1], REST[-1]))))
def test_each_further_failure_rests_longer(further: int, rest: timedelta) -> None:
    breaker = after(FAILURES_THAT_OPEN + further)
    assert breaker.permit(NOW + rest - timedelta(microseconds=1)) is Permit.OPEN
    assert breaker.permit(NOW + rest) is Permit.PROBE
    assert (breaker.since, breaker.code) == (NOW, "courier.no-answer")


def test_an_answer_closes_it() -> None:
    assert after(9).succeeded() == CLOSED


@pytest.mark.parametrize(
    ("failures", "asked", "rests"),
    [
        (1, timedelta(seconds=7), timedelta(seconds=7)),
        (FAILURES_THAT_OPEN, timedelta(seconds=7), REST[0]),
        (FAILURES_THAT_OPEN, timedelta(hours=2), timedelta(hours=2)),
        (1, timedelta(days=400), LONGEST_REST),
    ],
)
def test_what_the_other_side_asks_for_is_obeyed(failures: int, asked: timedelta, rests: timedelta) -> None:
    assert after(failures, asked).rests_until == NOW + rests
