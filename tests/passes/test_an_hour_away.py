"""The judiciary is away for an hour: the queue stays whole, its breaker is open, one alert is told, and what waited
goes out by the rate limit."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

import pytest

from gateway.judiciary.endpoint_policy import EndpointPolicy
from gateway.notice.delivery_state import DeliveryState
from gateway.runtime.circuit_breaker import Failure, Permit
from gateway.runtime.pass_report import PassReport
from gateway.runtime.rate_limit import RateLimit

from .conftest import Passes

pytestmark = pytest.mark.long

NOTICES = 60
RATE_LIMIT = RateLimit(per_minute=30, burst=10)
PERIOD = timedelta(seconds=10)


class Afternoon:
    """Passes on their schedules, all by one clock: what they told, what was called, and what was sent when."""

    def __init__(self, passes: Passes) -> None:
        self.passes = passes
        self.alarms: Counter[str] = Counter()
        self.over: Counter[str] = Counter()
        self.failed = 0
        self.sent: list[tuple[datetime, int]] = []

    def turn(self, number: int) -> None:
        self._note(self.passes.dispatch(batch=10))
        if number % 6 == 0:
            self._note(self.passes.rescue())
            self._note(self.passes.receive())
        self.passes.clock.now += PERIOD

    def _note(self, report: PassReport) -> None:
        self.alarms.update(alarm.code for alarm in report.alarms)
        self.over.update(alarm.code for alarm in report.over)
        self.failed += bool(report.errors)
        if report.name == "dispatch" and report.counts["sent"]:
            self.sent.append((self.passes.clock.now, report.counts["sent"]))

    def assert_within_rate_limit(self) -> None:
        for first, (begin, _) in enumerate(self.sent):
            total = 0
            for moment, number in self.sent[first:]:
                total += number
                assert total <= RATE_LIMIT.burst + (moment - begin) / RATE_LIMIT.interval


def states(passes: Passes) -> Counter[DeliveryState]:
    return Counter(found.entry.state for found in passes.store.notices.find(state=None, limit=500, after=None))


@pytest.mark.parametrize("code", ["courier.not-connected", "courier.no-answer"])
def test_an_hour_away_leaves_the_queue_whole_and_is_made_up_for_by_the_rate_limit(passes: Passes, code: str) -> None:
    passes.endpoint_policy = EndpointPolicy(rate_limit=RATE_LIMIT)
    passes.admit(*map(str, range(NOTICES)))
    began, afternoon = passes.clock.now, Afternoon(passes)
    passes.judiciary.away = Failure(code=code)
    for number in range(int(timedelta(hours=1) / PERIOD)):
        afternoon.turn(number)

    assert afternoon.alarms == {"endpoint.resting": 1}
    assert afternoon.over == {}
    breaker = passes.store.endpoints.breaker("court")
    assert (breaker.permit(passes.clock()), breaker.since) == (Permit.OPEN, began)
    waiting = states(passes)
    assert waiting.total() == NOTICES
    assert set(waiting) <= {DeliveryState.QUEUED, DeliveryState.IN_DOUBT}
    # Three calls open it; then it rests 30 seconds, a minute, five and fifteen: one call at the end of each rest.
    assert passes.judiciary.calls <= 3 + 6
    assert afternoon.failed <= 3 + 6
    # Where the connection was made, what went out is in doubt: three batches, and one notice for each probe.
    assert waiting[DeliveryState.IN_DOUBT] <= (0 if code == "courier.not-connected" else 3 * 10 + 6)

    passes.judiciary.away = None
    afternoon.sent.clear()
    back, number = passes.clock.now, 0
    while states(passes).keys() != {DeliveryState.SUBMITTED}:
        afternoon.turn(number)
        number += 1
        assert passes.clock.now - back < timedelta(hours=3), "it never caught up"

    assert afternoon.alarms == afternoon.over == {"endpoint.resting": 1}
    assert sum(number for _, number in afternoon.sent) == NOTICES
    afternoon.assert_within_rate_limit()
    arrived = Counter(passes.judiciary.received)
    assert len(arrived) == NOTICES
    if code == "courier.not-connected":
        assert set(arrived.values()) == {1}
