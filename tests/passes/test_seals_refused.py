"""A seal or certificate that the judiciary does not accept holds its body, or the endpoint, and ends no notice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from gateway.judiciary.courier import CREDENTIALS, Accepted, Outcome, Rejected, SealRefused, Standing
from gateway.judiciary.endpoint_policy import EndpointPolicy
from gateway.mapping import BodyConfig
from gateway.notice.delivery_state import DeliveryEvent, DeliveryState
from gateway.notice.outbox import OutboxEntry
from gateway.operations.intervention import Decision, DoubtDecision, wake
from gateway.operations.recovery import declare, end
from gateway.runtime.circuit_breaker import REST, Failure, Permit
from gateway.runtime.clock import timestamp

from .conftest import SETTLE, Passes
from .ports import accept

UNKNOWN = SealRefused(code="verify.unknown-certificate", text="no such certificate")
LINE = "court/article-100"


@pytest.fixture
def refusing(passes: Passes) -> Passes:
    """Passes whose seal the judiciary does not know."""
    passes.judiciary.outcome = lambda reference: UNKNOWN
    return passes


def states(passes: Passes, entries: list[OutboxEntry]) -> set[DeliveryState]:
    return {passes.entry(entry.reference).state for entry in entries}


def test_a_certificate_that_the_judiciary_does_not_know_rejects_no_notice(refusing: Passes) -> None:
    """The whole queue ended REJECTED within seconds, each notice needing a new revision."""
    entries = refusing.admit(*map(str, range(15)))
    report = refusing.dispatch(batch=5)
    assert states(refusing, entries) == {DeliveryState.QUEUED}
    assert len(refusing.judiciary.received) == 5, "the first batch tells, the others are not sent"
    assert [alarm.code for alarm in report.alarms] == ["seal.not-accepted"]
    assert report.alarms[0].where == LINE
    assert refusing.store.endpoints.breaker(LINE).permit(refusing.clock()) is Permit.OPEN
    reported = refusing.store.notices.history(refusing.judiciary.received[0])[-1]
    assert reported.event is DeliveryEvent.DEFERRAL
    assert reported.evidence_id in {row.id for row in refusing.store.evidence.of_notice(refusing.judiciary.received[0])}
    assert refusing.entry(refusing.judiciary.received[0]).code == UNKNOWN.code


def test_what_is_collected_later_of_a_held_body_is_not_sent_either(refusing: Passes) -> None:
    refusing.admit(*"123")
    refusing.dispatch()
    refusing.admit("later")
    sent = len(refusing.judiciary.received)
    refusing.clock.advance(seconds=5)
    assert refusing.dispatch().counts["sent"] == 0
    assert len(refusing.judiciary.received) == sent


def test_a_trial_of_one_notice_releases_the_body_and_the_rest_follow(refusing: Passes) -> None:
    entries = refusing.admit(*"12345")
    refusing.dispatch()
    refusing.judiciary.wires.clear()
    refusing.judiciary.outcome = accept
    refusing.clock.now += REST[0]
    report = refusing.dispatch()
    assert [wire.count(b"<sealed") for wire in refusing.judiciary.wires] == [1, 4]
    assert [over.code for over in report.over] == ["seal.not-accepted"]
    assert states(refusing, entries) == {DeliveryState.SUBMITTED}


def test_a_trial_that_is_refused_lets_the_body_wait_longer(refusing: Passes) -> None:
    refusing.admit(*"12345")
    refusing.dispatch()
    for rest in (*REST, REST[-1], REST[-1]):
        refusing.judiciary.received.clear()
        refusing.clock.now = refusing.store.endpoints.breaker(LINE).rests_until or refusing.clock.now
        refusing.clock.advance(seconds=2)
        report = refusing.dispatch()
        assert (len(refusing.judiciary.received), report.alarms) == (1, []), rest
    assert refusing.store.tallies.counts()["held"] == 0, "it is the body that is held, and no notice"


def test_a_person_has_a_held_body_tried_at_once(refusing: Passes) -> None:
    refusing.admit(*"123")
    refusing.dispatch()
    refusing.judiciary.outcome = accept
    refusing.clock.advance(seconds=2)
    assert refusing.dispatch().idle
    act = refusing.act("endpoint.retry")
    assert wake(refusing.store, LINE, act, "city")
    assert refusing.store.evidence.record(f"act:endpoint.retry:endpoint {LINE}:{timestamp(act.at)}") is not None
    assert refusing.dispatch().counts["accepted"] == 3


def test_other_bodies_are_sent_meanwhile(refusing: Passes) -> None:
    kinds = {"ruling": "رأی"}
    both = {code: BodyConfig(code=code, title=code, kinds=kinds) for code in ("article-100", "article-77")}
    refusing.bodies = lambda: both  # type: ignore[method-assign]
    for key in ("a", "b", "c"):
        refusing.cases.put(key)
        refusing.cases.put(f"other-{key}", body_code="article-77")
    refusing.collect()
    body_of = refusing.store.notices.bodies(
        [found.entry.reference for found in refusing.store.notices.find(state=None, limit=9, after=None)]
    )
    refusing.judiciary.outcome = lambda ref: UNKNOWN if body_of.get(ref) == "article-100" else accept(ref)
    report = refusing.dispatch()
    assert (report.counts["accepted"], report.counts["sealrefused"]) == (3, 3)
    refusing.cases.put("more", body_code="article-77")
    refusing.collect()
    refusing.clock.advance(seconds=2)
    assert refusing.dispatch().counts == {"sent": 1, "accepted": 1}


def test_the_number_of_refusals_is_the_configurations(refusing: Passes) -> None:
    refusing.endpoint_policy = EndpointPolicy(refusals=4)
    refusing.admit(*"123")
    assert refusing.dispatch().alarms == []
    assert refusing.store.endpoints.breaker(LINE).permit(refusing.clock()) is Permit.CLOSED
    refusing.clock.advance(hours=1)
    assert [alarm.code for alarm in refusing.dispatch().alarms] == ["seal.not-accepted"]


def test_one_bad_seal_among_good_ones_is_held_alone(passes: Passes) -> None:
    bad, *_ = passes.admit("bad", "good")
    passes.judiciary.outcome = lambda ref: UNKNOWN if ref == bad.reference else accept(ref)
    for number in range(9):
        passes.admit(f"good {number}")
        passes.dispatch()
        passes.clock.advance(hours=5)
    held = passes.entry(bad.reference)
    assert (held.state, held.held, held.code) == (DeliveryState.QUEUED, True, "held.refused")
    assert held.reason == f"{UNKNOWN.code}: {UNKNOWN.text}"
    assert passes.store.endpoints.breaker(LINE).permit(passes.clock()) is Permit.CLOSED


def test_a_rejection_of_the_person_is_still_the_end_of_a_notice(passes: Passes) -> None:
    (entry,) = passes.admit("1")
    passes.judiciary.outcome = lambda reference: Rejected(code="R-102", text="deceased")
    passes.dispatch()
    assert passes.entry(entry.reference).state is DeliveryState.REJECTED
    assert passes.store.endpoints.states() == []


def test_an_inquiry_that_tells_of_a_refused_seal_queues_the_notice(passes: Passes) -> None:
    (entry,) = passes.admit("1")
    passes.judiciary.answers = False
    passes.dispatch()
    passes.judiciary.answers = True
    passes.judiciary.standing = lambda reference: UNKNOWN
    passes.rescue()
    assert passes.entry(entry.reference).state is DeliveryState.IN_DOUBT, "the message may arrive still"
    passes.clock.now += SETTLE
    assert passes.rescue().counts["asked"] == 1
    queued = passes.entry(entry.reference)
    assert (queued.state, queued.code, queued.held) == (DeliveryState.QUEUED, UNKNOWN.code, False)


def recovered(passes: Passes) -> OutboxEntry:
    """Return the entry of a queued notice that the store may have forgotten."""
    (entry,) = passes.admit("1")
    passes.clock.advance(seconds=1)
    declare(passes.store, passes.act("recovery.declare"), "city")
    return entry


def admitted_in_doubt(passes: Passes) -> OutboxEntry:
    """Return the entry of a notice whose row was refused when a recovery ended."""
    passes.kinds, kinds = {}, passes.kinds
    passes.cases.put("1")
    passes.collect()
    passes.clock.advance(seconds=1)
    declare(passes.store, passes.act("recovery.declare"), "city")
    end(passes.store, passes.act("recovery.end"), "city", [passes.cases.name], although=True)
    passes.clock.now += timedelta(days=1)
    passes.kinds = kinds
    passes.cases.put("1")
    passes.collect()
    (found,) = passes.store.notices.find(state=DeliveryState.IN_DOUBT, limit=9, after=None)
    return found.entry


@pytest.mark.parametrize("forgotten", [recovered, admitted_in_doubt])
def test_a_refused_seal_may_be_that_of_a_forgotten_submission_in_a_later_doubt_too(
    passes: Passes, forgotten: Callable[[Passes], OutboxEntry]
) -> None:
    """Its seal was refused before the loss. A person registers the certificate, and it is sent anew."""
    entry, first = forgotten(passes), UNKNOWN
    passes.judiciary.standing = lambda reference: first
    passes.rescue()
    passes.clock.now += SETTLE
    passes.intervene(entry.reference, Decision(verdict=DoubtDecision.QUEUED, settle_after=SETTLE))
    passes.judiciary.answers = False
    passes.dispatch()
    passes.judiciary.answers = True
    assert passes.entry(entry.reference).attempts == 1
    for _ in range(3):
        passes.clock.now += SETTLE
        assert passes.rescue().counts["asked"] == 1
        assert passes.dispatch().counts["sent"] == 0
    assert passes.entry(entry.reference).state is DeliveryState.IN_DOUBT
    assert passes.judiciary.received == [entry.reference]


def test_of_a_notice_that_was_sent_twice_a_refused_seal_proves_nothing(passes: Passes) -> None:
    """The judiciary answers with the first submission; the second one was accepted, and its answer lost."""
    (entry,) = passes.admit("1")
    fates: list[Outcome] = [UNKNOWN]
    passes.judiciary.outcome = lambda reference: fates.pop() if fates else accept(reference)
    passes.dispatch()
    passes.clock.advance(hours=1)
    passes.judiciary.answers = False
    passes.dispatch()
    passes.judiciary.answers = True
    first: Standing = UNKNOWN
    passes.judiciary.standing = lambda reference: first
    for _ in range(40):
        passes.clock.advance(hours=1)
        passes.rescue()
        assert passes.dispatch().counts["sent"] == 0
    assert passes.entry(entry.reference).state is DeliveryState.IN_DOUBT
    assert passes.entry(entry.reference).code == "doubt.unanswered"
    passes.judiciary.standing = lambda reference: Accepted(tracking_number="T-2")
    passes.clock.advance(days=2)
    passes.rescue()
    assert passes.entry(entry.reference).state is DeliveryState.SUBMITTED


def test_credentials_that_are_refused_again_and_again_rest_the_endpoint(passes: Passes) -> None:
    entries = passes.admit(*"12345")
    passes.endpoint_policy = EndpointPolicy(refusals=2)
    passes.judiciary.away = Failure(code=CREDENTIALS)
    reports = [passes.dispatch(batch=1)]
    assert [alarm.code for alarm in reports[0].alarms] == [CREDENTIALS]
    assert passes.store.endpoints.breaker("court").permit(passes.clock()) is Permit.OPEN
    passes.clock.advance(seconds=1)
    assert states(passes, entries) == {DeliveryState.QUEUED, DeliveryState.IN_DOUBT}
    assert sum(passes.entry(entry.reference).state is DeliveryState.IN_DOUBT for entry in entries) == 2
    passes.judiciary.away = None
    passes.clock.now += timedelta(minutes=1)
    assert [over.code for over in passes.receive().over] == [CREDENTIALS]
