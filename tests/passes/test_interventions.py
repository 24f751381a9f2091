"""A person intervenes in a notice; passes and judiciary go on from there."""

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
from gateway.sending.dispatch import dispatch_due
from gateway.sending.dispatch_policy import DispatchPolicy
from gateway.store.stored import Changes

from .conftest import LEASE, SETTLE, Passes

ARRIVAL = datetime(2026, 2, 3, 9, tzinfo=UTC)


def decide(verdict: DoubtDecision, **fields: bool) -> Decision:
    return Decision(verdict=verdict, settle_after=SETTLE, **fields)


@pytest.fixture
def queued(passes: Passes) -> OutboxEntry:
    """A notice that nobody tried to send yet."""
    return passes.admit("1")[0]


@pytest.fixture
def buried(passes: Passes, queued: OutboxEntry) -> OutboxEntry:
    """A dead letter."""
    passes.clock.advance(days=15)
    passes.rescue()
    return passes.entry(queued.reference)


@pytest.fixture
def doubtful(passes: Passes, queued: OutboxEntry) -> OutboxEntry:
    """A notice whose answer was lost."""
    passes.judiciary.answers = False
    passes.dispatch()
    passes.judiciary.answers = True
    return passes.entry(queued.reference)


@pytest.fixture
def undecided(passes: Passes, doubtful: OutboxEntry) -> OutboxEntry:
    """A notice whose absence is proven, and which waits for a person."""
    passes.requeue = False
    for _ in range(3):
        passes.clock.advance(hours=1)
        passes.rescue()
    return passes.entry(doubtful.reference)


def refused(passes: Passes, entry: OutboxEntry, action: object) -> GatewayError:
    """The error of an act that is refused, after which nothing is changed or recorded."""
    before = passes.store.notices.entries([entry.reference]), passes.store.evidence.of_notice(entry.reference)
    with pytest.raises(GatewayError) as refusal:
        passes.intervene(entry.reference, action)  # type: ignore[arg-type]
    assert (passes.store.notices.entries([entry.reference]), passes.store.evidence.of_notice(entry.reference)) == before
    return refusal.value


def test_a_dead_letter_that_is_tried_again_is_not_buried_again(passes: Passes, buried: OutboxEntry) -> None:
    assert buried.state is DeliveryState.DEAD_LETTER
    assert passes.intervene(buried.reference, retry).outcome == "requeued"
    passes.rescue()
    assert passes.entry(buried.reference).state is DeliveryState.QUEUED
    assert passes.dispatch().counts["accepted"] == 1
    assert passes.events(buried.reference)[-3] is DeliveryEvent.REQUEUE


def test_a_deferred_notice_is_sent_at_once(passes: Passes, queued: OutboxEntry) -> None:
    passes.judiciary.outcome = lambda _: Deferred(code="busy")
    passes.dispatch()
    passes.judiciary.outcome = lambda reference: Accepted(tracking_number=f"T-{reference[-6:]}")
    assert passes.dispatch().idle
    assert passes.intervene(queued.reference, retry).changed
    assert not passes.intervene(queued.reference, retry).changed
    passes.dispatch()
    assert passes.entry(queued.reference).state is DeliveryState.SUBMITTED


def test_a_doubtful_notice_is_asked_about_and_not_sent(passes: Passes, undecided: OutboxEntry) -> None:
    assert (undecided.state, undecided.due_at, undecided.code) == (DeliveryState.IN_DOUBT, None, "doubt.absent")
    passes.judiciary.standing = known
    asked = len(passes.judiciary.asked)
    assert passes.rescue().idle
    assert passes.intervene(undecided.reference, retry).outcome == "asked"
    passes.dispatch()
    passes.rescue()
    assert passes.entry(undecided.reference).state is DeliveryState.SUBMITTED
    assert (len(passes.judiciary.received), len(passes.judiciary.asked)) == (1, asked + 1)


def known(reference: str) -> Standing:
    return Accepted(tracking_number=f"T-{reference[-6:]}")


def test_a_held_notice_waits_until_it_is_released(passes: Passes, queued: OutboxEntry) -> None:
    assert passes.intervene(queued.reference, hold_notice).changed
    assert not passes.intervene(queued.reference, hold_notice).changed
    assert passes.dispatch().idle
    passes.intervene(queued.reference, retry)
    assert passes.dispatch().idle, "to be due is not to be released"
    assert passes.intervene(queued.reference, release_notice).changed
    assert not passes.intervene(queued.reference, release_notice).changed
    passes.dispatch()
    assert passes.judiciary.received == [queued.reference]


def test_what_is_held_while_it_is_sent_arrives_and_is_not_sent_again(passes: Passes) -> None:
    arrives, comes_back = passes.admit("1", "2")

    def hold_both() -> None:
        for entry in (arrives, comes_back):
            assert passes.intervene(entry.reference, hold_notice).entry.state is DeliveryState.SENDING

    passes.judiciary.during_submit = hold_both
    usual = passes.judiciary.outcome
    passes.judiciary.outcome = lambda ref: usual(ref) if ref == arrives.reference else Deferred(code="busy")
    passes.dispatch()
    passes.clock.advance(days=1)
    assert passes.dispatch().idle
    assert passes.entry(arrives.reference).state is DeliveryState.SUBMITTED
    assert passes.entry(comes_back.reference).state is DeliveryState.QUEUED
    assert passes.intervene(arrives.reference, release_notice).changed


def test_a_hold_does_not_lengthen_a_lifetime_and_outlasts_it(passes: Passes, queued: OutboxEntry) -> None:
    passes.intervene(queued.reference, hold_notice)
    passes.clock.advance(days=15)
    passes.rescue()
    assert passes.entry(queued.reference).state is DeliveryState.DEAD_LETTER
    passes.intervene(queued.reference, retry)
    assert passes.dispatch().idle
    passes.intervene(queued.reference, release_notice)
    assert passes.dispatch().counts["accepted"] == 1


def test_what_was_never_sent_is_withdrawn_and_never_sent(passes: Passes, queued: OutboxEntry) -> None:
    assert passes.intervene(queued.reference, withdraw).outcome == "withdrawn"
    assert not passes.intervene(queued.reference, withdraw).changed
    assert passes.dispatch().idle
    passes.write_back()
    assert passes.cases.results["1"].state == "WITHDRAWN"


def test_a_dead_letter_is_withdrawn(passes: Passes, buried: OutboxEntry) -> None:
    assert passes.intervene(buried.reference, withdraw).entry.state is DeliveryState.WITHDRAWN


def test_what_may_have_arrived_is_not_withdrawn(passes: Passes, doubtful: OutboxEntry) -> None:
    reason = refused(passes, doubtful, withdraw).detail
    assert "may have arrived" in reason
    assert "queue decide" in reason
    passes.judiciary.standing = known
    passes.rescue()
    assert "only the judiciary" in refused(passes, doubtful, withdraw).detail


def test_a_revision_follows_a_withdrawn_notice(passes: Passes, queued: OutboxEntry) -> None:
    passes.intervene(queued.reference, withdraw)
    passes.clock.advance(minutes=1)
    passes.cases.put("1", revision=2)
    passes.collect()
    assert [known.state for known in passes.store.notices.known_rows("cases", ["1"])["1"]] == ["WITHDRAWN", "QUEUED"]


def test_a_doubt_is_decided_only_when_the_first_message_can_no_longer_arrive(
    passes: Passes, doubtful: OutboxEntry
) -> None:
    for verdict in (DoubtDecision.QUEUED, DoubtDecision.WITHDRAWN):
        error = refused(passes, doubtful, decide(verdict))
        assert (error.code, error.detail) == ("queue.unsettled", "until 2026-02-03T08:30:00.000000Z")
    passes.clock.advance(minutes=30)
    assert passes.intervene(doubtful.reference, decide(DoubtDecision.QUEUED)).outcome == "queued"
    passes.dispatch()
    assert passes.judiciary.received == [doubtful.reference] * 2


def test_a_person_may_decide_earlier_and_that_is_on_record(passes: Passes, doubtful: OutboxEntry) -> None:
    passes.intervene(doubtful.reference, decide(DoubtDecision.WITHDRAWN, although_it_may_arrive=True))
    act = json.loads(
        passes.store.evidence.payload(passes.store.evidence.of_notice(doubtful.reference)[-1].payload_digest)
    )
    assert act["settled"] == "no: the first message may still arrive"
    assert (act["account"], act["reason"], act["state"], act["outcome"]) == (
        "clerk", "گواهی ثبت شد", "IN_DOUBT", "withdrawn",
    )  # fmt: skip
    assert act["authentication"] == "not authenticated by the gateway"


def test_a_number_that_a_person_was_told_is_recorded_and_not_believed(passes: Passes, doubtful: OutboxEntry) -> None:
    decision = replace(decide(DoubtDecision.SUBMITTED), tracking_number="T-MISHEARD")
    assert passes.intervene(doubtful.reference, decision).entry.tracking_number is None
    act = json.loads(
        passes.store.evidence.payload(passes.store.evidence.of_notice(doubtful.reference)[-1].payload_digest)
    )
    assert act["tracking_number_as_told"] == "T-MISHEARD"
    passes.judiciary.issue("ContentConsignment", doubtful.reference, doubtful.seal_digest, ARRIVAL)
    passes.receive()
    entry = passes.entry(doubtful.reference)
    assert (entry.state, entry.tracking_number) == (DeliveryState.DELIVERED, f"T-{doubtful.reference[-6:]}")


@pytest.mark.parametrize("verdict", list(DoubtDecision))
def test_a_receipt_corrects_what_a_person_decided(
    passes: Passes, undecided: OutboxEntry, verdict: DoubtDecision
) -> None:
    passes.intervene(undecided.reference, decide(verdict))
    passes.judiciary.issue("ContentConsignment", undecided.reference, undecided.seal_digest, ARRIVAL)
    report = passes.receive()
    entry = passes.entry(undecided.reference)
    assert (entry.state, entry.delivered_at) == (DeliveryState.DELIVERED, ARRIVAL)
    assert passes.store.tallies.counts()["quarantined"] == 0
    reported = ["receipt.withdrawn"] if verdict is DoubtDecision.WITHDRAWN else []
    assert [error.code for error in report.errors] == reported
    assert passes.dispatch().idle
    passes.write_back()
    assert passes.cases.results["1"].state == "DELIVERED"


def test_a_notice_without_an_account_goes_another_way(passes: Passes, queued: OutboxEntry) -> None:
    assert refused(passes, queued, switch_channel).code == "queue.state"
    passes.judiciary.outcome = lambda _: NoAccount()
    passes.dispatch()
    entry = passes.intervene(queued.reference, switch_channel).entry
    assert (entry.state, entry.code) == (DeliveryState.OTHER_CHANNEL, "NO_ACCOUNT")
    assert not passes.intervene(queued.reference, switch_channel).changed


def test_an_act_on_what_moved_meanwhile_changes_nothing(passes: Passes, queued: OutboxEntry) -> None:
    def late(entry: OutboxEntry, now: datetime) -> Change:
        change = withdraw(entry, now)
        passes.store.commit(Changes(steps=[advance(entry, DeliveryEvent.LIFETIME_OVER, now=now)]))
        return change

    with pytest.raises(GatewayError, match="QUEUED when looked at, now DEAD_LETTER") as refusal:
        passes.intervene(queued.reference, late)
    assert refusal.value.code == "queue.moved"
    assert [row.kind for row in passes.store.evidence.of_notice(queued.reference)] == ["SEALED_NOTICE"]


def test_what_arrived_while_a_person_looked_is_not_held(passes: Passes, queued: OutboxEntry) -> None:
    def late(entry: OutboxEntry, now: datetime) -> Change:
        change = hold_notice(entry, now)
        passes.dispatch()
        return change

    with pytest.raises(GatewayError, match="QUEUED when looked at, now SUBMITTED") as refusal:
        passes.intervene(queued.reference, late)
    assert refusal.value.code == "queue.moved"
    assert not passes.entry(queued.reference).held
    assert "PERSON_ACT" not in [row.kind for row in passes.store.evidence.of_notice(queued.reference)]


def test_each_act_is_evidence_of_its_notice_and_proof_of_its_step(passes: Passes, queued: OutboxEntry) -> None:
    passes.intervene(queued.reference, hold_notice)
    passes.clock.advance(minutes=1)
    passes.intervene(queued.reference, withdraw)
    held, withdrawn = (row for row in passes.store.evidence.of_notice(queued.reference) if row.kind == "PERSON_ACT")
    assert passes.store.notices.history(queued.reference)[-1].evidence_id == withdrawn.id != held.id


def test_an_unknown_notice_is_told(passes: Passes) -> None:
    with pytest.raises(GatewayError, match=r"queue\.unknown"):
        passes.intervene("EB-NOTHING", hold_notice)


def test_what_is_over_cannot_be_held(passes: Passes, queued: OutboxEntry) -> None:
    passes.intervene(queued.reference, withdraw)
    assert refused(passes, queued, hold_notice).code == "queue.state"
    assert refused(passes, queued, retry).code == "queue.state"
    assert DeliveryState.WITHDRAWN not in SENDABLE


def test_everything_is_stopped_and_goes_on(passes: Passes) -> None:
    assert_running(passes.store)
    assert throw_switch(passes.store, passes.act("stop-everything"), "city", stopped=True)
    with pytest.raises(GatewayError, match=r"service\.stopped"):
        assert_running(passes.store)
    passes.clock.advance(minutes=5)
    assert not throw_switch(passes.store, passes.act("stop-everything"), "city", stopped=True)
    switch = passes.store.switch()
    assert switch is not None
    record = passes.store.evidence.record(switch.evidence_id)
    assert record is not None
    assert json.loads(passes.store.evidence.payload(record.payload_digest))["reason"] == "گواهی ثبت شد"
    assert throw_switch(passes.store, passes.act("resume"), "city", stopped=False)
    assert_running(passes.store)


def test_a_stop_ends_a_pass_between_two_batches(passes: Passes) -> None:
    references = [entry.reference for entry in passes.admit("1", "2", "3")]
    passes.judiciary.during_submit = lambda: throw_switch(
        passes.store, passes.act("stop-everything"), "city", stopped=True
    )
    policy = DispatchPolicy(owner="one", origin="city", lease=LEASE, pace=Pace(), batch_notices=1)
    dispatch_due(passes.store, passes.judiciary, passes.clock, policy, lambda: running(passes.store))
    assert len(passes.judiciary.received) == 1
    states = [passes.entry(reference).state for reference in references]
    assert sorted(states) == ["QUEUED", "QUEUED", "SUBMITTED"], "what was under way was finished"
