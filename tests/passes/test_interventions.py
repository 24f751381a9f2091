"""What a person does with a notice, and what the passes and the judiciary make of it afterwards."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from gateway.judiciary.courier import Accepted, Deferred, NoAccount, Standing
from gateway.notice.delivery_state import DeliveryEvent, DeliveryState
from gateway.notice.outbox import SENDABLE, OutboxEntry, advance
from gateway.operations.intervention import (
    Change,
    Decision,
    DoubtDecision,
    assert_running,
    hold_notice,
    release_notice,
    retry,
    running,
    switch_channel,
    throw_switch,
    withdraw,
)
from gateway.runtime.clock import Pace
from gateway.runtime.errors import GatewayError
from gateway.sending.dispatch import DispatchPolicy, dispatch_due
from gateway.store.stored import Changes

from .conftest import LEASE, SETTLE, City

ARRIVAL = datetime(2026, 2, 3, 9, tzinfo=UTC)


def decide(verdict: DoubtDecision, **fields: bool) -> Decision:
    return Decision(verdict=verdict, settle_after=SETTLE, **fields)


@pytest.fixture
def queued(city: City) -> OutboxEntry:
    """A notice that nobody tried to send yet."""
    return city.admit("1")[0]


@pytest.fixture
def buried(city: City, queued: OutboxEntry) -> OutboxEntry:
    """A dead letter."""
    city.clock.pass_(days=15)
    city.rescue()
    return city.entry(queued.reference)


@pytest.fixture
def doubtful(city: City, queued: OutboxEntry) -> OutboxEntry:
    """A notice whose answer was lost."""
    city.court.answers = False
    city.dispatch()
    city.court.answers = True
    return city.entry(queued.reference)


@pytest.fixture
def undecided(city: City, doubtful: OutboxEntry) -> OutboxEntry:
    """A notice whose absence is proven, and which waits for a person."""
    city.requeue = False
    for _ in range(3):
        city.clock.pass_(hours=1)
        city.rescue()
    return city.entry(doubtful.reference)


def refused(city: City, entry: OutboxEntry, deed: object) -> GatewayError:
    """The error of an act that is refused, after which nothing is changed or recorded."""
    before = city.store.notices.entries([entry.reference]), city.store.evidence.of_notice(entry.reference)
    with pytest.raises(GatewayError) as refusal:
        city.intervene(entry.reference, deed)  # type: ignore[arg-type]
    assert (city.store.notices.entries([entry.reference]), city.store.evidence.of_notice(entry.reference)) == before
    return refusal.value


def test_a_dead_letter_that_is_tried_again_is_not_buried_again(city: City, buried: OutboxEntry) -> None:
    assert buried.state is DeliveryState.DEAD_LETTER
    assert city.intervene(buried.reference, retry).outcome == "requeued"
    city.rescue()
    assert city.entry(buried.reference).state is DeliveryState.QUEUED
    assert city.dispatch().counts["accepted"] == 1
    assert city.events(buried.reference)[-3] is DeliveryEvent.REQUEUE


def test_a_deferred_notice_is_sent_at_once(city: City, queued: OutboxEntry) -> None:
    city.court.outcome = lambda _: Deferred(code="busy")
    city.dispatch()
    city.court.outcome = lambda reference: Accepted(tracking_number=f"T-{reference[-6:]}")
    assert city.dispatch().idle
    assert city.intervene(queued.reference, retry).changed
    assert not city.intervene(queued.reference, retry).changed
    city.dispatch()
    assert city.entry(queued.reference).state is DeliveryState.SUBMITTED


def test_a_doubtful_notice_is_asked_about_and_not_sent(city: City, undecided: OutboxEntry) -> None:
    assert (undecided.state, undecided.due_at, undecided.code) == (DeliveryState.IN_DOUBT, None, "doubt.absent")
    city.court.standing = known
    asked = len(city.court.asked)
    assert city.rescue().idle
    assert city.intervene(undecided.reference, retry).outcome == "asked"
    city.dispatch()
    city.rescue()
    assert city.entry(undecided.reference).state is DeliveryState.SUBMITTED
    assert (len(city.court.received), len(city.court.asked)) == (1, asked + 1)


def known(reference: str) -> Standing:
    return Accepted(tracking_number=f"T-{reference[-6:]}")


def test_a_held_notice_waits_until_it_is_released(city: City, queued: OutboxEntry) -> None:
    assert city.intervene(queued.reference, hold_notice).changed
    assert not city.intervene(queued.reference, hold_notice).changed
    assert city.dispatch().idle
    city.intervene(queued.reference, retry)
    assert city.dispatch().idle, "to be due is not to be released"
    assert city.intervene(queued.reference, release_notice).changed
    assert not city.intervene(queued.reference, release_notice).changed
    city.dispatch()
    assert city.court.received == [queued.reference]


def test_what_is_held_while_it_is_sent_arrives_and_is_not_sent_again(city: City) -> None:
    arrives, comes_back = city.admit("1", "2")

    def hold_both() -> None:
        for entry in (arrives, comes_back):
            assert city.intervene(entry.reference, hold_notice).entry.state is DeliveryState.SENDING

    city.court.during_submit = hold_both
    usual = city.court.outcome
    city.court.outcome = lambda ref: usual(ref) if ref == arrives.reference else Deferred(code="busy")
    city.dispatch()
    city.clock.pass_(days=1)
    assert city.dispatch().idle
    assert city.entry(arrives.reference).state is DeliveryState.SUBMITTED
    assert city.entry(comes_back.reference).state is DeliveryState.QUEUED
    assert city.intervene(arrives.reference, release_notice).changed


def test_a_hold_does_not_lengthen_a_lifetime_and_outlasts_it(city: City, queued: OutboxEntry) -> None:
    city.intervene(queued.reference, hold_notice)
    city.clock.pass_(days=15)
    city.rescue()
    assert city.entry(queued.reference).state is DeliveryState.DEAD_LETTER
    city.intervene(queued.reference, retry)
    assert city.dispatch().idle
    city.intervene(queued.reference, release_notice)
    assert city.dispatch().counts["accepted"] == 1


def test_what_was_never_sent_is_withdrawn_and_never_sent(city: City, queued: OutboxEntry) -> None:
    assert city.intervene(queued.reference, withdraw).outcome == "withdrawn"
    assert not city.intervene(queued.reference, withdraw).changed
    assert city.dispatch().idle
    city.write_back()
    assert city.cases.results["1"].state == "WITHDRAWN"


def test_a_dead_letter_is_withdrawn(city: City, buried: OutboxEntry) -> None:
    assert city.intervene(buried.reference, withdraw).entry.state is DeliveryState.WITHDRAWN


def test_what_may_have_arrived_is_not_withdrawn(city: City, doubtful: OutboxEntry) -> None:
    assert "may have arrived" in refused(city, doubtful, withdraw).detail
    city.court.standing = known
    city.rescue()
    assert "only the judiciary" in refused(city, doubtful, withdraw).detail


def test_a_revision_follows_a_withdrawn_notice(city: City, queued: OutboxEntry) -> None:
    city.intervene(queued.reference, withdraw)
    city.clock.pass_(minutes=1)
    city.cases.put("1", revision=2)
    city.collect()
    assert [known.state for known in city.store.notices.known_rows("cases", ["1"])["1"]] == ["WITHDRAWN", "QUEUED"]


def test_a_doubt_is_decided_only_when_the_first_message_can_no_longer_arrive(city: City, doubtful: OutboxEntry) -> None:
    for verdict in (DoubtDecision.QUEUED, DoubtDecision.WITHDRAWN):
        error = refused(city, doubtful, decide(verdict))
        assert (error.code, error.detail) == ("queue.unsettled", "until 2026-02-03T08:30:00.000000Z")
    city.clock.pass_(minutes=30)
    assert city.intervene(doubtful.reference, decide(DoubtDecision.QUEUED)).outcome == "queued"
    city.dispatch()
    assert city.court.received == [doubtful.reference] * 2


def test_a_person_may_decide_earlier_and_that_is_on_record(city: City, doubtful: OutboxEntry) -> None:
    city.intervene(doubtful.reference, decide(DoubtDecision.WITHDRAWN, although_it_may_arrive=True))
    act = json.loads(city.store.evidence.payload(city.store.evidence.of_notice(doubtful.reference)[-1].payload_digest))
    assert act["settled"] == "no: the first message may still arrive"
    assert (act["account"], act["reason"], act["state"], act["outcome"]) == (
        "clerk", "گواهی ثبت شد", "IN_DOUBT", "withdrawn",
    )  # fmt: skip
    assert act["authentication"] == "not authenticated by the gateway"


def test_a_number_that_a_person_was_told_is_recorded_and_not_believed(city: City, doubtful: OutboxEntry) -> None:
    decision = replace(decide(DoubtDecision.SUBMITTED), tracking_number="T-MISHEARD")
    assert city.intervene(doubtful.reference, decision).entry.tracking_number is None
    act = json.loads(city.store.evidence.payload(city.store.evidence.of_notice(doubtful.reference)[-1].payload_digest))
    assert act["tracking_number_as_told"] == "T-MISHEARD"
    city.court.issue("ContentConsignment", doubtful.reference, doubtful.seal_digest, ARRIVAL)
    city.receive()
    entry = city.entry(doubtful.reference)
    assert (entry.state, entry.tracking_number) == (DeliveryState.DELIVERED, f"T-{doubtful.reference[-6:]}")


@pytest.mark.parametrize("verdict", list(DoubtDecision))
def test_a_receipt_corrects_what_a_person_decided(city: City, undecided: OutboxEntry, verdict: DoubtDecision) -> None:
    city.intervene(undecided.reference, decide(verdict))
    city.court.issue("ContentConsignment", undecided.reference, undecided.seal_digest, ARRIVAL)
    report = city.receive()
    entry = city.entry(undecided.reference)
    assert (entry.state, entry.delivered_at) == (DeliveryState.DELIVERED, ARRIVAL)
    assert city.store.tallies.counts()["quarantined"] == 0
    told = ["receipt.withdrawn"] if verdict is DoubtDecision.WITHDRAWN else []
    assert [error.code for error in report.errors] == told
    assert city.dispatch().idle
    city.write_back()
    assert city.cases.results["1"].state == "DELIVERED"


def test_a_notice_without_an_account_goes_another_way(city: City, queued: OutboxEntry) -> None:
    assert refused(city, queued, switch_channel).code == "queue.state"
    city.court.outcome = lambda _: NoAccount()
    city.dispatch()
    entry = city.intervene(queued.reference, switch_channel).entry
    assert (entry.state, entry.code) == (DeliveryState.OTHER_CHANNEL, "NO_ACCOUNT")
    assert not city.intervene(queued.reference, switch_channel).changed


def test_an_act_on_what_moved_meanwhile_changes_nothing(city: City, queued: OutboxEntry) -> None:
    def late(entry: OutboxEntry, now: datetime) -> Change:
        change = withdraw(entry, now)
        city.store.commit(Changes(steps=[advance(entry, DeliveryEvent.LIFETIME_OVER, now=now)]))
        return change

    with pytest.raises(GatewayError, match="QUEUED when looked at, now DEAD_LETTER") as refusal:
        city.intervene(queued.reference, late)
    assert refusal.value.code == "queue.moved"
    assert [row.kind for row in city.store.evidence.of_notice(queued.reference)] == ["SEALED_NOTICE"]


def test_what_arrived_while_a_person_looked_is_not_held(city: City, queued: OutboxEntry) -> None:
    def late(entry: OutboxEntry, now: datetime) -> Change:
        change = hold_notice(entry, now)
        city.dispatch()
        return change

    with pytest.raises(GatewayError, match="QUEUED when looked at, now SUBMITTED") as refusal:
        city.intervene(queued.reference, late)
    assert refusal.value.code == "queue.moved"
    assert not city.entry(queued.reference).held
    assert "PERSON_ACT" not in [row.kind for row in city.store.evidence.of_notice(queued.reference)]


def test_each_act_is_evidence_of_its_notice_and_proof_of_its_step(city: City, queued: OutboxEntry) -> None:
    city.intervene(queued.reference, hold_notice)
    city.clock.pass_(minutes=1)
    city.intervene(queued.reference, withdraw)
    held, withdrawn = (row for row in city.store.evidence.of_notice(queued.reference) if row.kind == "PERSON_ACT")
    assert city.store.notices.history(queued.reference)[-1].evidence_id == withdrawn.id != held.id


def test_an_unknown_notice_is_told(city: City) -> None:
    with pytest.raises(GatewayError, match=r"queue\.unknown"):
        city.intervene("EB-NOTHING", hold_notice)


def test_what_is_over_cannot_be_held(city: City, queued: OutboxEntry) -> None:
    city.intervene(queued.reference, withdraw)
    assert refused(city, queued, hold_notice).code == "queue.state"
    assert refused(city, queued, retry).code == "queue.state"
    assert DeliveryState.WITHDRAWN not in SENDABLE


def test_everything_is_stopped_and_goes_on(city: City) -> None:
    assert_running(city.store)
    assert throw_switch(city.store, city.act("stop-everything"), "city", stopped=True)
    with pytest.raises(GatewayError, match=r"service\.stopped"):
        assert_running(city.store)
    city.clock.pass_(minutes=5)
    assert not throw_switch(city.store, city.act("stop-everything"), "city", stopped=True)
    switch = city.store.switch()
    assert switch is not None
    record = city.store.evidence.record(switch.evidence_id)
    assert record is not None
    assert json.loads(city.store.evidence.payload(record.payload_digest))["reason"] == "گواهی ثبت شد"
    assert throw_switch(city.store, city.act("resume"), "city", stopped=False)
    assert_running(city.store)


def test_a_stop_ends_a_pass_between_two_batches(city: City) -> None:
    references = [entry.reference for entry in city.admit("1", "2", "3")]
    city.court.during_submit = lambda: throw_switch(city.store, city.act("stop-everything"), "city", stopped=True)
    policy = DispatchPolicy(owner="one", origin="city", lease=LEASE, pace=Pace(), batch_notices=1)
    dispatch_due(city.store, city.court, city.clock, policy, lambda: running(city.store))
    assert len(city.court.received) == 1
    states = [city.entry(reference).state for reference in references]
    assert sorted(states) == ["QUEUED", "QUEUED", "SUBMITTED"], "what was under way was finished"
