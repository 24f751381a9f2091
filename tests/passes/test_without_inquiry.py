"""A judiciary that cannot be asked where a notice stands: silence proves nothing, and a doubt is a person's."""

from __future__ import annotations

import pytest

from gateway.judiciary.capabilities import Capabilities, InquiryWay
from gateway.judiciary.courier import NotKnown, Pending, Unknown
from gateway.notice.delivery_state import DeliveryEvent, DeliveryState
from gateway.notice.outbox import OutboxEntry
from gateway.operations.intervention import Decision, DoubtDecision
from gateway.operations.recovery import declare
from gateway.sending.ticket_issue import Tickets

from .conftest import SETTLE, Passes


@pytest.fixture
def mute(passes: Passes) -> Passes:
    passes.capabilities = Capabilities(inquiry=InquiryWay.NONE)
    return passes


@pytest.fixture
def doubtful(mute: Passes) -> OutboxEntry:
    (entry,) = mute.admit("1")
    mute.judiciary.answers = False
    mute.dispatch()
    mute.judiciary.answers = True
    return mute.entry(entry.reference)


def test_a_doubt_waits_for_a_receipt_and_then_for_a_person(mute: Passes, doubtful: OutboxEntry) -> None:
    assert mute.rescue().counts["unaskable"] == 1
    entry = mute.entry(doubtful.reference)
    assert (entry.state, entry.due_at) == (DeliveryState.IN_DOUBT, doubtful.doubt_since + SETTLE)
    assert mute.rescue().idle, "not before the first message can no longer arrive"
    mute.clock.advance(minutes=31)
    mute.rescue()
    entry = mute.entry(doubtful.reference)
    assert (entry.state, entry.due_at, entry.code) == (DeliveryState.IN_DOUBT, None, "doubt.unaskable")
    assert mute.judiciary.asked == []


def test_absence_is_never_proven_however_long_it_is_silent(mute: Passes, doubtful: OutboxEntry) -> None:
    for _ in range(20):
        mute.clock.advance(days=1)
        mute.rescue()
        mute.dispatch()
    entry = mute.entry(doubtful.reference)
    assert (entry.state, entry.absences) == (DeliveryState.IN_DOUBT, 0)
    assert DeliveryEvent.ABSENCE_PROOF not in mute.events(entry.reference)
    assert len(mute.judiciary.wires) == 1, "nothing was sent again"
    assert mute.judiciary.asked == []


def test_it_is_counted_among_those_that_wait_for_a_person(mute: Passes, doubtful: OutboxEntry) -> None:
    mute.clock.advance(minutes=31)
    mute.rescue()
    assert mute.store.tallies.counts()["undecided"] == 1


@pytest.mark.parametrize(
    ("verdict", "state"),
    [(DoubtDecision.QUEUED, DeliveryState.QUEUED), (DoubtDecision.SUBMITTED, DeliveryState.SUBMITTED)],
)
def test_a_person_decides(mute: Passes, doubtful: OutboxEntry, verdict: DoubtDecision, state: DeliveryState) -> None:
    mute.clock.advance(minutes=31)
    mute.rescue()
    done = mute.intervene(doubtful.reference, Decision(verdict=verdict, settle_after=SETTLE))
    assert done.outcome == verdict
    assert mute.entry(doubtful.reference).state is state


def test_a_receipt_still_ends_the_doubt(mute: Passes, doubtful: OutboxEntry) -> None:
    mute.clock.advance(minutes=31)
    mute.rescue()
    mute.judiciary.issue("ContentConsignment", doubtful.reference, doubtful.seal_digest, mute.clock())
    mute.receive()
    entry = mute.entry(doubtful.reference)
    assert (entry.state, entry.code) == (DeliveryState.DELIVERED, None)


def test_what_a_restored_store_may_have_forgotten_is_a_persons_too(mute: Passes) -> None:
    (entry,) = mute.admit("1")
    declare(mute.store, mute.act("recovery.begin"), "city")
    for _ in range(3):
        mute.rescue()
        mute.dispatch()
        mute.clock.advance(minutes=31)
    found = mute.entry(entry.reference)
    assert (found.state, found.code, found.due_at) == (DeliveryState.IN_DOUBT, "doubt.unaskable", None)
    assert (mute.judiciary.wires, mute.judiciary.asked) == ([], [])


def test_it_is_asked_about_once_a_profile_with_inquiries_is_in_force(mute: Passes, doubtful: OutboxEntry) -> None:
    mute.clock.advance(minutes=31)
    mute.rescue()
    assert mute.entry(doubtful.reference).due_at is None
    mute.capabilities = Capabilities()
    mute.judiciary.standing = lambda _: Unknown(code="courier.fault")
    assert mute.rescue().counts["asked"] == 1
    asked = mute.entry(doubtful.reference)
    assert asked.due_at is not None
    assert mute.store.tallies.counts()["undecided"] == 0
    mute.judiciary.standing = lambda _: NotKnown()
    for _ in range(2):
        mute.clock.now += SETTLE
        assert mute.rescue(batch=1).counts["asked"] == 1
    assert mute.entry(doubtful.reference).state is DeliveryState.QUEUED


def test_a_late_ticket_is_asked_about_then_too_and_a_proven_absence_is_not(mute: Passes) -> None:
    mute.tickets = Tickets()
    mute.judiciary.outcome = lambda _: Pending(ticket="K-1")
    entries = mute.admit("1", "2", "3")
    mute.dispatch()
    mute.clock.advance(days=2)
    for _ in range(2):
        mute.rescue()
        mute.clock.advance(minutes=31)
    mute.rescue()
    assert {mute.entry(each.reference).code for each in entries} == {"doubt.ticket-late"}
    assert {mute.entry(each.reference).due_at for each in entries} == {None}
    mute.capabilities = Capabilities()
    for _ in range(4):
        mute.rescue(batch=1)
        mute.clock.now += SETTLE
    assert sorted(mute.judiciary.asked) == sorted(2 * [each.reference for each in entries])
    assert {mute.entry(each.reference).due_at for each in entries} == {None}
    assert mute.store.tallies.counts()["undecided"] == 3
