"""A ticket that comes when its notice has moved on counts: the judiciary has the notice, and it is not sent again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from gateway.judiciary.capabilities import Capabilities, InquiryWay
from gateway.judiciary.courier import Accepted, Deferred, NoAccount, NotKnown, Outcome, Pending, Rejected, Standing
from gateway.notice.delivery_state import DeliveryEvent, DeliveryState
from gateway.notice.outbox import OutboxEntry
from gateway.operations.intervention import Decision, DoubtDecision
from gateway.operations.recovery import declare
from gateway.sending.ticket_issue import Tickets
from gateway.store.stored import Changes

from .conftest import AGAIN, LEASE, SETTLE, Passes

_S, _E = DeliveryState, DeliveryEvent
EVERY = timedelta(minutes=5)


@pytest.fixture(autouse=True)
def _with_tickets(passes: Passes) -> None:
    passes.tickets = Tickets(every=EVERY, give_up_after=timedelta(days=1), submit_again=True)
    passes.judiciary.outcome = lambda _: Pending(ticket="K-1")


def slow(passes: Passes, meanwhile: Callable[[OutboxEntry], None], key: str = "1") -> OutboxEntry:
    """Send a notice; its answer comes after the end of the lease, and after that happened ``meanwhile``."""
    (entry,) = passes.admit(key)

    def during() -> None:
        passes.judiciary.during_submit = lambda: None
        passes.clock.now += LEASE + timedelta(seconds=1)
        passes.rescue()
        meanwhile(passes.entry(entry.reference))

    passes.judiciary.during_submit = during
    passes.dispatch()
    return passes.entry(entry.reference)


def nothing(_: OutboxEntry) -> None:
    pass


def queue(passes: Passes, entry: OutboxEntry) -> None:
    decision = Decision(verdict=DoubtDecision.QUEUED, settle_after=SETTLE, although_it_may_arrive=True)
    passes.intervene(entry.reference, decision)


def lose(passes: Passes, entry: OutboxEntry) -> None:
    queue(passes, entry)
    passes.clock.now += timedelta(days=15)
    passes.rescue()


def claim(passes: Passes, entry: OutboxEntry) -> None:
    queue(passes, entry)
    now = passes.clock()
    assert passes.store.outbox.claim(
        destination="court", owner="another", now=now, due_by=now, lease=LEASE, limit=9, max_bytes=10_000
    )


def live(passes: Passes, period: timedelta) -> None:
    end = passes.clock() + period
    while passes.clock() < end:
        passes.clock.now += AGAIN
        passes.rescue()
        passes.dispatch()


def test_a_ticket_after_the_end_of_the_lease_is_followed(passes: Passes) -> None:
    entry = slow(passes, nothing)
    assert (entry.state, entry.ticket) == (_S.PENDING, "K-1")
    # An inquiry that does not know it would have proven its absence.
    live(passes, timedelta(hours=3))
    assert passes.judiciary.received == [entry.reference]
    passes.judiciary.progress = lambda _: Accepted(tracking_number="T-1")
    live(passes, AGAIN)
    assert passes.entry(entry.reference).state is _S.SUBMITTED
    proof = next(s.evidence_id for s in passes.store.notices.history(entry.reference) if s.event is _E.TICKET_ISSUE)
    assert proof in [row.id for row in passes.store.evidence.of_notice(entry.reference)]


def test_without_inquiries_too(passes: Passes) -> None:
    passes.capabilities = Capabilities(inquiry=InquiryWay.NONE)
    passes.judiciary.progress = lambda _: Accepted(tracking_number="T-1")
    entry = slow(passes, nothing)
    live(passes, AGAIN)
    assert passes.entry(entry.reference).state is _S.SUBMITTED
    assert passes.judiciary.tickets_asked == ["K-1"]


@pytest.mark.parametrize(
    ("act", "state"), [(queue, _S.QUEUED), (lose, _S.DEAD_LETTER), (claim, _S.SENDING)], ids=["queue", "lose", "claim"]
)
def test_what_waits_to_be_sent_again_is_followed_and_not_sent(
    passes: Passes, act: Callable[[Passes, OutboxEntry], None], state: DeliveryState
) -> None:
    entry = slow(passes, lambda entry: act(passes, entry))
    history = passes.store.notices.history(entry.reference)
    assert [step.state for step in history[-2:]] == [state, _S.PENDING]
    assert (entry.ticket, entry.lease_owner) == ("K-1", None)
    # "Submit again" may be about another submission: it leads to doubt.
    passes.judiciary.progress = lambda _: Deferred(code="overload")
    passes.clock.now += EVERY
    passes.rescue()
    assert passes.entry(entry.reference).state is _S.IN_DOUBT
    passes.dispatch()
    assert passes.judiciary.received == [entry.reference]


@pytest.mark.parametrize("act", [queue, lose, claim])
def test_a_late_ticket_and_its_step_are_one_transaction(
    passes: Passes, monkeypatch: pytest.MonkeyPatch, act: Callable[[Passes, OutboxEntry], None]
) -> None:
    """A process that ends between two commits would leave a ticket on record, and a notice that is sent again."""
    passes.capabilities = Capabilities(inquiry=InquiryWay.NONE)  # so there is one answer only
    commit, recorded = passes.store.commit, list[DeliveryState]()

    def watched(changes: Changes) -> frozenset[str]:
        stale = commit(changes)
        for reference in passes.judiciary.received:
            if any(row.id.startswith("answer:") for row in passes.store.evidence.of_notice(reference)):
                recorded.append(passes.entry(reference).state)
        return stale

    monkeypatch.setattr(passes.store, "commit", watched)
    slow(passes, lambda entry: act(passes, entry))
    assert recorded
    assert set(recorded) == {_S.PENDING}


def test_a_ticket_of_a_withdrawn_notice_is_told_until_a_person_has_dealt_with_it(passes: Passes) -> None:
    def withdraw(entry: OutboxEntry) -> None:
        decision = Decision(verdict=DoubtDecision.WITHDRAWN, settle_after=SETTLE, although_it_may_arrive=True)
        passes.intervene(entry.reference, decision)

    entry = slow(passes, withdraw)
    assert entry.state is _S.WITHDRAWN
    [item] = passes.quarantine()
    assert item.code == "courier.contradicted"
    assert entry.reference in item.detail
    assert "K-1" in item.detail


def test_a_ticket_of_a_notice_that_was_taken_again_is_told(passes: Passes) -> None:
    """The second submission, too, is with the judiciary."""

    def send_again(entry: OutboxEntry) -> None:
        queue(passes, entry)
        passes.judiciary.outcome = lambda _: Accepted(tracking_number="T-2")
        passes.dispatch(owner="two")
        passes.judiciary.outcome = lambda _: Pending(ticket="K-1")

    entry = slow(passes, send_again)
    assert (entry.state, entry.tracking_number) == (_S.SUBMITTED, "T-2")
    [item] = passes.quarantine()
    assert "taken with the ticket K-1; here it is SUBMITTED as T-2" in item.detail


def test_a_ticket_of_a_notice_whose_outcome_is_known_by_now_is_no_news(passes: Passes) -> None:
    def settled(_: OutboxEntry) -> None:
        passes.judiciary.standing = lambda _: Accepted(tracking_number="T-1")
        passes.clock.now += AGAIN + SETTLE
        passes.rescue()

    entry = slow(passes, settled)
    assert (entry.state, passes.quarantine()) == (_S.SUBMITTED, [])


def test_a_late_inquiry_begins_no_ticket_anew_that_has_ended(passes: Passes) -> None:
    entry = slow(passes, nothing)
    passes.tickets = Tickets(every=EVERY, submit_again=False)
    passes.judiciary.progress = lambda _: NotKnown()
    passes.clock.now += EVERY
    passes.rescue()
    assert passes.entry(entry.reference).code == "doubt.ticket-unknown"

    def asked(_: str) -> Standing:
        passes.judiciary.standing = lambda _: NotKnown()
        passes.clock.now += AGAIN
        passes.rescue()
        return Pending(ticket="K-1")

    passes.judiciary.standing = asked
    passes.clock.now += AGAIN
    passes.rescue()
    assert passes.entry(entry.reference).state is _S.IN_DOUBT


@pytest.mark.parametrize(
    ("outcome", "state"), [(Rejected(code="R-1", text="no such case"), _S.REJECTED), (NoAccount(), _S.NO_ACCOUNT)]
)
def test_a_rejection_of_the_only_submission_counts_after_the_end_of_the_lease(
    passes: Passes, outcome: Outcome, state: DeliveryState
) -> None:
    passes.capabilities = Capabilities(inquiry=InquiryWay.NONE)
    passes.judiciary.outcome = lambda _: outcome
    assert slow(passes, nothing).state is state


def test_a_rejection_of_an_earlier_submission_says_nothing_of_the_last_one(passes: Passes) -> None:
    passes.capabilities = Capabilities(inquiry=InquiryWay.NONE)
    passes.judiciary.outcome = lambda _: Rejected(code="R-1")

    def lost_again(entry: OutboxEntry) -> None:
        queue(passes, entry)
        passes.judiciary.answers = False
        passes.dispatch(owner="two")
        passes.judiciary.answers = True

    assert slow(passes, lost_again).state is _S.IN_DOUBT


def test_after_a_restore_a_late_rejection_says_nothing(passes: Passes) -> None:
    """The store may have forgotten a later submission."""
    passes.judiciary.outcome = lambda _: Rejected(code="R-1")

    def recover(_: OutboxEntry) -> None:
        passes.clock.now += timedelta(seconds=1)
        declare(passes.store, passes.act("recovery.declare"), "city")

    assert slow(passes, recover).state is _S.IN_DOUBT
