"""Manners: an endpoint that gives no answer is left in peace, tried with one call, and told of once."""

from __future__ import annotations

import json
from contextlib import AbstractContextManager, nullcontext
from datetime import timedelta

import pytest

from gateway.judiciary.courier import Deferred
from gateway.judiciary.endpoint_policy import EndpointPolicy
from gateway.judiciary.maintenance_window import Once
from gateway.notice.delivery_state import DeliveryState
from gateway.operations.intervention import wake
from gateway.runtime.advisory_lock import Unlimited
from gateway.runtime.circuit_breaker import FAILURES_THAT_OPEN, REST, CircuitBreaker, Failure, Permit
from gateway.runtime.clock import timestamp
from gateway.runtime.errors import GatewayError
from gateway.runtime.pass_report import PassReport, Wait
from gateway.runtime.rate_limit import RateLimit

from .conftest import Passes
from .ports import accept

AWAY = Failure(code="courier.not-connected")
SILENT = Failure(code="courier.no-answer")


def rest(passes: Passes, failure: Failure = AWAY) -> list[PassReport]:
    """Have the endpoint fail until it rests; return the passes that saw it."""
    passes.judiciary.away = failure
    return [passes.receive() for _ in range(FAILURES_THAT_OPEN)]


def test_after_failures_in_a_row_no_pass_calls_and_none_fails(passes: Passes) -> None:
    (doubtful,) = passes.admit("1")
    passes.judiciary.answers = False
    passes.dispatch()
    passes.judiciary.answers = True
    rest(passes)
    passes.admit("2")
    calls = passes.judiciary.calls
    for report in (passes.dispatch(), passes.receive(), passes.rescue()):
        assert (report.waits, report.left, report.errors) == (Wait.RESTING, True, [])
    assert passes.judiciary.calls == calls
    assert passes.entry(doubtful.reference).state is DeliveryState.IN_DOUBT


def test_what_needs_no_call_is_done_while_the_endpoint_rests(passes: Passes) -> None:
    (entry,) = passes.admit("1")
    passes.store.outbox.claim(
        destination="court",
        owner="dead",
        now=passes.clock(),
        due_by=passes.clock(),
        lease=timedelta(),
        limit=1,
        max_bytes=1,
    )
    rest(passes)
    passes.clock.advance(seconds=1)
    report = passes.rescue()
    assert (report.counts["lease_expired"], report.waits, report.left) == (1, Wait.RESTING, False)
    assert passes.entry(entry.reference).state is DeliveryState.IN_DOUBT


def test_one_notice_tries_whether_the_other_side_is_back_and_the_rest_follow(passes: Passes) -> None:
    passes.admit(*"12345")
    rest(passes)
    passes.clock.now += REST[0]
    passes.judiciary.away = None
    report = passes.dispatch()
    assert [wire.count(b"<sealed") for wire in passes.judiciary.wires] == [1, 4]
    assert report.counts["accepted"] == 5
    assert passes.store.endpoints.breaker("court") == CircuitBreaker(destination="court")


def test_a_probe_that_fails_lets_it_rest_longer_with_one_notice_in_doubt(passes: Passes) -> None:
    entries = passes.admit(*"12345")
    rest(passes, SILENT)
    passes.clock.now += REST[0]
    assert passes.dispatch().counts["unknown"] == 1
    assert passes.store.endpoints.breaker("court").rests_until == passes.clock.now + REST[1]
    states = [passes.entry(entry.reference).state for entry in entries]
    assert states.count(DeliveryState.QUEUED) == 4


def test_a_pass_with_nothing_to_send_leaves_the_probe_to_others(passes: Passes) -> None:
    rest(passes)
    passes.clock.now += REST[0]
    passes.judiciary.away = None
    assert passes.dispatch().idle
    assert passes.store.endpoints.breaker("court").permit(passes.clock()) is Permit.PROBE
    assert passes.receive().errors == []
    assert passes.store.endpoints.breaker("court").permit(passes.clock()) is Permit.CLOSED


def test_while_one_tries_no_other_does(passes: Passes) -> None:
    passes.admit("1", "2")
    rest(passes)
    passes.clock.now += REST[0]
    passes.judiciary.away = None
    others: list[PassReport] = []
    passes.judiciary.during_submit = lambda: others.append(passes.receive())
    passes.dispatch(batch=1)
    assert [report.waits for report in others] == [Wait.RESTING, None]


def test_it_is_told_once_that_it_rests_and_once_that_it_is_over(passes: Passes) -> None:
    reports = rest(passes)
    for pause in (*REST, REST[-1]):
        passes.clock.now += pause
        reports.append(passes.receive())
    assert [alarm.code for report in reports for alarm in report.alarms] == ["endpoint.resting"]
    assert "courier.not-connected since 2026-02-03T08:00:00" in str(reports[FAILURES_THAT_OPEN - 1].alarms[0])
    assert [over for report in reports for over in report.over] == []
    passes.clock.now += REST[-1]
    passes.judiciary.away = None
    assert [over.where for over in passes.receive().over] == ["court"]
    assert passes.receive().over == []


def test_few_failures_are_forgotten_with_the_first_answer(passes: Passes) -> None:
    for _ in range(3):
        passes.judiciary.away = AWAY
        for _ in range(FAILURES_THAT_OPEN - 1):
            assert passes.receive().alarms == []
        passes.judiciary.away = None
        assert passes.receive().errors == []


def test_calls_that_are_answered_write_nothing_of_the_endpoint(passes: Passes) -> None:
    passes.admit("1")
    passes.dispatch()
    passes.receive()
    assert passes.store.endpoints.states() == []


@pytest.mark.long
@pytest.mark.parametrize("asked", [timedelta(seconds=40), timedelta(hours=3)])
def test_retry_after_is_obeyed_at_once_and_leaves_what_was_sent_in_doubt(passes: Passes, asked: timedelta) -> None:
    first, second = passes.admit("1", "2")
    passes.judiciary.away = Failure(code="courier.http-status", retry_after=asked)
    passes.dispatch(batch=1)
    assert sorted(passes.entry(e.reference).state for e in (first, second)) == ["IN_DOUBT", "QUEUED"]
    passes.judiciary.away = None
    passes.clock.now += asked - timedelta(seconds=1)
    assert passes.dispatch().waits is Wait.RESTING
    passes.clock.advance(seconds=1)
    assert passes.dispatch().counts["accepted"] == 1


def test_a_store_that_goes_during_the_probe_gives_it_back(passes: Passes) -> None:
    passes.admit("1")
    rest(passes)
    passes.clock.now += REST[0]
    passes.judiciary.away = None
    claim = passes.store.outbox.claim

    def gone(**_: object) -> list[object]:
        raise GatewayError("store.unavailable")

    passes.store.outbox.claim = gone  # type: ignore[method-assign, assignment]
    with pytest.raises(GatewayError, match=r"store\.unavailable"):
        passes.dispatch()
    passes.store.outbox.claim = claim  # type: ignore[method-assign]
    assert passes.dispatch().counts["accepted"] == 1


def test_a_certificate_that_ends_is_no_failure_of_the_endpoint(passes: Passes) -> None:
    passes.admit("1")
    passes.judiciary.ready = False
    for _ in range(FAILURES_THAT_OPEN):
        with pytest.raises(GatewayError, match=r"certificate\.expired"):
            passes.dispatch()
    assert passes.store.endpoints.states() == []


def test_notices_that_are_deferred_one_by_one_are_no_failure_of_the_endpoint(passes: Passes) -> None:
    passes.admit(*"1234")
    passes.judiciary.outcome = lambda reference: Deferred(code="busy")
    passes.dispatch(batch=1)
    assert passes.store.endpoints.states() == []
    passes.judiciary.outcome = accept


FULL = RateLimit(per_minute=60, burst=5)


def test_what_waited_goes_out_by_the_rate_limit(passes: Passes) -> None:
    passes.endpoint_policy = EndpointPolicy(rate_limit=FULL)
    passes.admit(*map(str, range(12)))
    assert passes.dispatch().counts["sent"] == 5
    assert passes.dispatch().idle
    passes.clock.advance(seconds=3)
    assert passes.dispatch().counts["sent"] == 3


def test_in_maintenance_nothing_is_called_and_nobody_is_woken(passes: Passes) -> None:
    begins, ends = passes.clock.now, passes.clock.now + timedelta(hours=2)
    (doubtful,) = passes.admit("1")
    passes.judiciary.answers = False
    passes.dispatch()
    passes.judiciary.answers = True
    passes.admit("2")
    calls = passes.judiciary.calls
    passes.endpoint_policy = EndpointPolicy(maintenance=[Once(begins=begins, ends=ends)])
    for report in (passes.dispatch(), passes.rescue(), passes.receive()):
        assert (report.waits, report.left, report.alarms) == (Wait.MAINTENANCE, True, [])
    assert passes.judiciary.calls == calls
    passes.clock.now = ends
    assert passes.dispatch().counts["sent"] == 1
    assert passes.rescue().counts["asked"] == 1
    assert passes.entry(doubtful.reference).state is DeliveryState.IN_DOUBT


class Occupied(Unlimited):
    """Calls of which none is free."""

    def take(self, *, further: bool = False) -> AbstractContextManager[bool]:
        return nullcontext(False)


def test_who_finds_no_free_call_ends_quietly_and_claims_nothing(passes: Passes) -> None:
    (entry,) = passes.admit("1")
    passes.endpoint_policy = EndpointPolicy(calls=Occupied())
    for report in (passes.dispatch(), passes.receive()):
        assert (report.waits, report.left) == (Wait.NO_CALL_FREE, True)
    assert passes.entry(entry.reference).state is DeliveryState.QUEUED
    assert passes.judiciary.calls == 0


def test_a_person_has_it_tried_at_once_and_everything_goes_on(passes: Passes) -> None:
    passes.admit(*"123")
    rest(passes)
    passes.judiciary.away = None
    assert passes.dispatch().waits is Wait.RESTING
    act = passes.act("endpoint.retry")
    assert wake(passes.store, "court", act, "city")
    record = passes.store.evidence.record(f"act:endpoint.retry:endpoint court:{timestamp(act.at)}")
    assert record is not None
    reported = json.loads(passes.store.evidence.payload(record.payload_digest))
    assert (reported["outcome"], reported["failures"], reported["code"]) == ("half-open", "3", "courier.not-connected")
    report = passes.dispatch()
    assert [wire.count(b"<sealed") for wire in passes.judiciary.wires] == [1, 2]
    assert [over.code for over in report.over] == ["endpoint.resting"]


def test_a_person_who_was_told_wrong_loses_one_call_and_no_second_alarm_is_told(passes: Passes) -> None:
    rest(passes)
    assert wake(passes.store, "court", passes.act("endpoint.retry"), "city")
    report = passes.receive()
    assert (report.alarms, report.over) == ([], [])
    assert passes.store.endpoints.breaker("court").rests_until == passes.clock.now + REST[1]


def test_what_does_not_rest_need_not_be_tried_and_nothing_is_recorded(passes: Passes) -> None:
    act = passes.act("endpoint.retry")
    assert not wake(passes.store, "court", act, "city")
    assert passes.store.evidence.record(f"act:endpoint.retry:endpoint court:{timestamp(act.at)}") is None
