"""The times of a machine whose clock is off stop the calls of no other machine."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gateway.judiciary.called_endpoint import CalledEndpoint
from gateway.judiciary.endpoint_policy import USUAL, EndpointPolicy
from gateway.notice.delivery_state import DeliveryState
from gateway.runtime.circuit_breaker import FAILURES_THAT_OPEN, CircuitBreaker, Failure
from gateway.runtime.errors import GatewayError
from gateway.runtime.pass_report import PassReport, Wait
from gateway.runtime.rate_limit import RateLimit

from .conftest import Passes

AHEAD = timedelta(hours=3, minutes=30)
OFF = EndpointPolicy(clock_is_off=lambda: True)
STALE = Failure(code="verify.stale")


def fail(passes: Passes, policy: EndpointPolicy) -> None:
    """Have the endpoint fail until it rests."""
    passes.judiciary.away, passes.endpoint_policy = STALE, policy
    for _ in range(FAILURES_THAT_OPEN):
        passes.receive()


def test_failures_by_a_clock_that_is_off_do_not_count(passes: Passes) -> None:
    passes.admit("1")
    passes.clock.now += AHEAD
    fail(passes, OFF)
    passes.clock.now -= AHEAD
    assert passes.store.endpoints.states() == []
    passes.judiciary.away, passes.endpoint_policy = None, USUAL
    assert passes.dispatch().counts["accepted"] == 1


def test_a_clock_that_is_off_probes_nothing_but_for_the_time(passes: Passes) -> None:
    fail(passes, USUAL)
    rests = passes.store.endpoints.breaker("court")
    passes.clock.now += AHEAD
    passes.endpoint_policy = OFF
    calls = passes.judiciary.calls
    assert (passes.receive().waits, passes.judiciary.calls) == (Wait.RESTING, calls)
    report = PassReport("clock")
    question = CalledEndpoint(
        destination="court", store=passes.store, clock=passes.clock, policy=OFF, report=report, asks_time=True
    )
    with question.acquire() as permit:
        assert permit is not None
        permit.heard(STALE)
    assert (passes.store.endpoints.breaker("court"), report.waits) == (rests, None)
    with question.acquire() as permit:
        assert permit is not None
        permit.heard(None)
    assert passes.store.endpoints.breaker("court") == CircuitBreaker(destination="court")


def test_a_pass_whose_failure_did_not_count_makes_no_other_call(passes: Passes) -> None:
    passes.admit("1", "2", "3")
    passes.dispatch()
    passes.clock.now += AHEAD
    passes.judiciary.doubtful, passes.endpoint_policy = b"<stale/>", OFF
    before = passes.judiciary.calls
    report = passes.poll()
    assert (report.waits, passes.judiciary.calls - before) == (Wait.RESTING, 1)
    passes.judiciary.doubtful = None
    assert passes.poll().counts["asked"] == 2, "the first one has its turn in the next round"


def test_a_clock_that_is_off_takes_nothing_from_the_rate_limit(passes: Passes) -> None:
    limited = EndpointPolicy(rate_limit=RateLimit(per_minute=60, burst=10), clock_is_off=lambda: True)
    endpoint = CalledEndpoint(
        destination="court", store=passes.store, clock=passes.clock, policy=limited, report=PassReport("reconcile")
    )
    assert (endpoint.grant(5), passes.store.endpoints.states()) == (0, [])


def test_nothing_is_signed_once_the_clock_is_off_although_the_gate_was_open(passes: Passes) -> None:
    """The store, or the whole machine, may stand still between the gate and the signature."""
    [entry] = passes.admit("1")
    passes.endpoint_policy = OFF
    with pytest.raises(GatewayError, match=r"clock\.off"):
        passes.dispatch()
    assert passes.judiciary.received == []
    waiting = passes.entry(entry.reference)
    assert (waiting.state, waiting.attempts) == (DeliveryState.QUEUED, 0)
    passes.endpoint_policy = USUAL
    passes.clock.advance(minutes=5)
    assert passes.dispatch().counts["accepted"] == 1
