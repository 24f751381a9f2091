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
from gateway.runtime.circuit_breaker import FAILURES_THAT_OPEN, REST, CircuitBreaker, Failure, Permit
from gateway.runtime.clock import timestamp
from gateway.runtime.errors import GatewayError
from gateway.runtime.pass_report import PassReport, Wait
from gateway.runtime.rate_limit import RateLimit

from .conftest import City
from .ports import accept

AWAY = Failure(code="courier.not-connected")
SILENT = Failure(code="courier.no-answer")


def rest(city: City, failure: Failure = AWAY) -> list[PassReport]:
    """Have the endpoint fail until it rests; return the passes that saw it."""
    city.court.away = failure
    return [city.receive() for _ in range(FAILURES_THAT_OPEN)]


def test_after_failures_in_a_row_no_pass_calls_and_none_fails(city: City) -> None:
    (doubtful,) = city.admit("1")
    city.court.answers = False
    city.dispatch()
    city.court.answers = True
    rest(city)
    city.admit("2")
    calls = city.court.calls
    for report in (city.dispatch(), city.receive(), city.rescue()):
        assert (report.waits, report.left, report.errors) == (Wait.RESTING, True, [])
    assert city.court.calls == calls
    assert city.entry(doubtful.reference).state is DeliveryState.IN_DOUBT


def test_what_needs_no_call_is_done_while_the_endpoint_rests(city: City) -> None:
    (entry,) = city.admit("1")
    city.store.outbox.claim(
        destination="court",
        owner="dead",
        now=city.clock(),
        due_by=city.clock(),
        lease=timedelta(),
        limit=1,
        max_bytes=1,
    )
    rest(city)
    city.clock.pass_(seconds=1)
    report = city.rescue()
    assert (report.counts["lease_expired"], report.waits, report.left) == (1, Wait.RESTING, False)
    assert city.entry(entry.reference).state is DeliveryState.IN_DOUBT


def test_one_notice_tries_whether_the_other_side_is_back_and_the_rest_follow(city: City) -> None:
    city.admit(*"12345")
    rest(city)
    city.clock.now += REST[0]
    city.court.away = None
    report = city.dispatch()
    assert [wire.count(b"<sealed") for wire in city.court.wires] == [1, 4]
    assert report.counts["accepted"] == 5
    assert city.store.endpoints.breaker("court") == CircuitBreaker(destination="court")


def test_a_probe_that_fails_lets_it_rest_longer_with_one_notice_in_doubt(city: City) -> None:
    entries = city.admit(*"12345")
    rest(city, SILENT)
    city.clock.now += REST[0]
    assert city.dispatch().counts["unknown"] == 1
    assert city.store.endpoints.breaker("court").rests_until == city.clock.now + REST[1]
    states = [city.entry(entry.reference).state for entry in entries]
    assert states.count(DeliveryState.QUEUED) == 4


def test_a_pass_with_nothing_to_send_leaves_the_probe_to_others(city: City) -> None:
    rest(city)
    city.clock.now += REST[0]
    city.court.away = None
    assert city.dispatch().idle
    assert city.store.endpoints.breaker("court").permit(city.clock()) is Permit.PROBE
    assert city.receive().errors == []
    assert city.store.endpoints.breaker("court").permit(city.clock()) is Permit.CLOSED


def test_while_one_tries_no_other_does(city: City) -> None:
    city.admit("1", "2")
    rest(city)
    city.clock.now += REST[0]
    city.court.away = None
    others: list[PassReport] = []
    city.court.during_submit = lambda: others.append(city.receive())
    city.dispatch(batch=1)
    assert [report.waits for report in others] == [Wait.RESTING, None]


def test_it_is_told_once_that_it_rests_and_once_that_it_is_over(city: City) -> None:
    reports = rest(city)
    for pause in (*REST, REST[-1]):
        city.clock.now += pause
        reports.append(city.receive())
    assert [alarm.code for report in reports for alarm in report.alarms] == ["endpoint.resting"]
    assert "courier.not-connected since 2026-02-03T08:00:00" in str(reports[FAILURES_THAT_OPEN - 1].alarms[0])
    assert [over for report in reports for over in report.over] == []
    city.clock.now += REST[-1]
    city.court.away = None
    assert [over.where for over in city.receive().over] == ["court"]
    assert city.receive().over == []


def test_few_failures_are_forgotten_with_the_first_answer(city: City) -> None:
    for _ in range(3):
        city.court.away = AWAY
        for _ in range(FAILURES_THAT_OPEN - 1):
            assert city.receive().alarms == []
        city.court.away = None
        assert city.receive().errors == []


def test_calls_that_are_answered_write_nothing_of_the_endpoint(city: City) -> None:
    city.admit("1")
    city.dispatch()
    city.receive()
    assert city.store.endpoints.states() == []


@pytest.mark.parametrize("asked", [timedelta(seconds=40), timedelta(hours=3)])
def test_retry_after_is_obeyed_at_once_and_leaves_what_was_sent_in_doubt(city: City, asked: timedelta) -> None:
    first, second = city.admit("1", "2")
    city.court.away = Failure(code="courier.http-status", retry_after=asked)
    city.dispatch(batch=1)
    assert sorted(city.entry(e.reference).state for e in (first, second)) == ["IN_DOUBT", "QUEUED"]
    city.court.away = None
    city.clock.now += asked - timedelta(seconds=1)
    assert city.dispatch().waits is Wait.RESTING
    city.clock.pass_(seconds=1)
    assert city.dispatch().counts["accepted"] == 1


def test_a_store_that_goes_during_the_probe_gives_it_back(city: City) -> None:
    city.admit("1")
    rest(city)
    city.clock.now += REST[0]
    city.court.away = None
    claim = city.store.outbox.claim

    def gone(**_: object) -> list[object]:
        raise GatewayError("store.unavailable")

    city.store.outbox.claim = gone  # type: ignore[method-assign, assignment]
    with pytest.raises(GatewayError, match=r"store\.unavailable"):
        city.dispatch()
    city.store.outbox.claim = claim  # type: ignore[method-assign]
    assert city.dispatch().counts["accepted"] == 1


def test_a_certificate_that_ends_is_no_failure_of_the_endpoint(city: City) -> None:
    city.admit("1")
    city.court.ready = False
    for _ in range(FAILURES_THAT_OPEN):
        with pytest.raises(GatewayError, match=r"certificate\.expired"):
            city.dispatch()
    assert city.store.endpoints.states() == []


def test_notices_that_are_deferred_one_by_one_are_no_failure_of_the_endpoint(city: City) -> None:
    city.admit(*"1234")
    city.court.outcome = lambda reference: Deferred(code="busy")
    city.dispatch(batch=1)
    assert city.store.endpoints.states() == []
    city.court.outcome = accept


FULL = RateLimit(per_minute=60, burst=5)


def test_what_waited_goes_out_by_the_ration(city: City) -> None:
    city.endpoint_policy = EndpointPolicy(rate_limit=FULL)
    city.admit(*map(str, range(12)))
    assert city.dispatch().counts["sent"] == 5
    assert city.dispatch().idle
    city.clock.pass_(seconds=3)
    assert city.dispatch().counts["sent"] == 3


def test_in_maintenance_nothing_is_called_and_nobody_is_woken(city: City) -> None:
    begins, ends = city.clock.now, city.clock.now + timedelta(hours=2)
    (doubtful,) = city.admit("1")
    city.court.answers = False
    city.dispatch()
    city.court.answers = True
    city.admit("2")
    calls = city.court.calls
    city.endpoint_policy = EndpointPolicy(maintenance=[Once(begins=begins, ends=ends)])
    for report in (city.dispatch(), city.rescue(), city.receive()):
        assert (report.waits, report.left, report.alarms) == (Wait.MAINTENANCE, True, [])
    assert city.court.calls == calls
    city.clock.now = ends
    assert city.dispatch().counts["sent"] == 1
    assert city.rescue().counts["asked"] == 1
    assert city.entry(doubtful.reference).state is DeliveryState.IN_DOUBT


class Taken:
    """Calls of which none is free."""

    def take(self) -> AbstractContextManager[bool]:
        return nullcontext(False)


def test_who_finds_no_free_call_ends_quietly_and_claims_nothing(city: City) -> None:
    (entry,) = city.admit("1")
    city.endpoint_policy = EndpointPolicy(calls=Taken())
    for report in (city.dispatch(), city.receive()):
        assert (report.waits, report.left) == (Wait.NO_CALL_FREE, True)
    assert city.entry(entry.reference).state is DeliveryState.QUEUED
    assert city.court.calls == 0


def test_a_person_has_it_tried_at_once_and_everything_goes_on(city: City) -> None:
    city.admit(*"123")
    rest(city)
    city.court.away = None
    assert city.dispatch().waits is Wait.RESTING
    act = city.act("endpoint.retry")
    assert wake(city.store, "court", act, "city")
    record = city.store.evidence.record(f"act:endpoint.retry:endpoint court:{timestamp(act.at)}")
    assert record is not None
    told = json.loads(city.store.evidence.payload(record.payload_digest))
    assert (told["outcome"], told["failures"], told["code"]) == ("half-open", "3", "courier.not-connected")
    report = city.dispatch()
    assert [wire.count(b"<sealed") for wire in city.court.wires] == [1, 2]
    assert [over.code for over in report.over] == ["endpoint.resting"]


def test_a_person_who_was_told_wrong_loses_one_call_and_no_second_alarm_is_told(city: City) -> None:
    rest(city)
    assert wake(city.store, "court", city.act("endpoint.retry"), "city")
    report = city.receive()
    assert (report.alarms, report.over) == ([], [])
    assert city.store.endpoints.breaker("court").rests_until == city.clock.now + REST[1]


def test_what_does_not_rest_need_not_be_tried_and_nothing_is_recorded(city: City) -> None:
    act = city.act("endpoint.retry")
    assert not wake(city.store, "court", act, "city")
    assert city.store.evidence.record(f"act:endpoint.retry:endpoint court:{timestamp(act.at)}") is None
