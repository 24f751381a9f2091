"""A notice that was taken for processing is followed by its ticket, and is never sent again from there by itself."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gateway.judiciary.courier import (
    Accepted,
    Deferred,
    NoAccount,
    NotKnown,
    Pending,
    Rejected,
    SealRefused,
    TicketStanding,
    Unknown,
)
from gateway.notice.delivery_state import DeliveryEvent, DeliveryState
from gateway.notice.outbox import BACKOFF, JITTER, OutboxEntry
from gateway.operations.intervention import retry, withdraw
from gateway.operations.recovery import declare
from gateway.reconciliation.standing import disagreement
from gateway.record.evidence_record import EvidenceKind
from gateway.runtime.circuit_breaker import Failure
from gateway.runtime.errors import GatewayError
from gateway.sending.ticket_issue import Tickets

from .conftest import AGAIN, SETTLE, Passes

EVERY, TOO_LONG = timedelta(minutes=5), timedelta(hours=6)
_S = DeliveryState


def ticketed(reference: str) -> Pending:
    return Pending(ticket=f"K-{reference[-6:]}")


@pytest.fixture
def pending(passes: Passes) -> OutboxEntry:
    """A notice that the judiciary took for processing."""
    passes.tickets = Tickets(every=EVERY, give_up_after=TOO_LONG)
    passes.judiciary.outcome = ticketed
    (entry,) = passes.admit("1")
    passes.dispatch()
    return passes.entry(entry.reference)


def followed(passes: Passes, entry: OutboxEntry, told: TicketStanding) -> OutboxEntry:
    passes.judiciary.progress = lambda _: told
    passes.clock.now += EVERY
    passes.rescue()
    return passes.entry(entry.reference)


def test_a_ticket_alone_is_kept_followed_and_shown(passes: Passes, pending: OutboxEntry) -> None:
    assert (pending.state, pending.ticket) == (_S.PENDING, f"K-{pending.reference[-6:]}")
    assert pending.due_at == passes.clock() + EVERY
    passes.write_back()
    assert passes.cases.results["1"].state == "PENDING"
    assert passes.rescue().idle, "not before its interval"
    records = len(passes.store.evidence.of_notice(pending.reference))
    still = followed(passes, pending, Pending())
    assert (still.seq, still.due_at) == (pending.seq, passes.clock() + EVERY), "only the next time changes"
    assert len(passes.store.evidence.of_notice(pending.reference)) == records
    assert passes.judiciary.tickets_asked == [pending.ticket]
    ended = followed(passes, pending, Accepted(tracking_number="T-9"))
    assert (ended.state, ended.tracking_number, ended.doubt_since) == (_S.SUBMITTED, "T-9", None)
    assert passes.judiciary.received == [pending.reference]
    rows = {row.id: row.kind for row in passes.store.evidence.of_notice(pending.reference)}
    proof = passes.store.notices.history(pending.reference)[-1].evidence_id
    assert proof is not None
    asked = proof.replace("answer:", "sent:")
    assert (rows[proof], rows[asked]) == (EvidenceKind.MESSAGE_RECEIVED, EvidenceKind.MESSAGE_SENT)


def test_no_notice_with_a_ticket_is_sent_even_when_it_is_due(passes: Passes, pending: OutboxEntry) -> None:
    passes.clock.now += EVERY
    (other,) = passes.admit("2")
    assert passes.dispatch().counts["sent"] == 1
    assert passes.judiciary.received == [pending.reference, other.reference]
    assert passes.entry(pending.reference) == pending


@pytest.mark.long
@pytest.mark.parametrize(
    ("told", "state", "code"),
    [
        (Rejected(code="R-1", text="no such case"), _S.REJECTED, "R-1"),
        (NoAccount(), _S.NO_ACCOUNT, "NO_ACCOUNT"),
        (NotKnown(), _S.IN_DOUBT, "doubt.ticket-unknown"),
        (Deferred(code="overload"), _S.IN_DOUBT, "overload"),
        (SealRefused(code="verify.signature"), _S.IN_DOUBT, "verify.signature"),
        (Unknown(code="courier.incomplete-answer"), _S.PENDING, None),
    ],
)
def test_each_answer_about_a_ticket(
    passes: Passes, pending: OutboxEntry, told: TicketStanding, state: DeliveryState, code: str | None
) -> None:
    entry = followed(passes, pending, told)
    assert (entry.state, entry.code) == (state, code)
    passes.judiciary.standing = lambda reference: Accepted(tracking_number="T-1")
    passes.dispatch()
    assert passes.judiciary.received == [pending.reference], "no answer leads to another submission"
    if state is _S.IN_DOUBT:
        passes.rescue()
        assert passes.entry(pending.reference).state is _S.SUBMITTED
        assert passes.judiciary.asked == [pending.reference]


def test_submit_again_is_believed_where_the_profile_says_so(passes: Passes, pending: OutboxEntry) -> None:
    passes.tickets = Tickets(every=EVERY, submit_again=True)
    entry = followed(passes, pending, Deferred(code="overload"))
    assert (entry.state, entry.code) == (_S.QUEUED, "overload")
    assert entry.due_at is not None
    assert entry.due_at - passes.clock() >= BACKOFF[0] * (1 - JITTER)
    passes.clock.now += BACKOFF[0] * (1 + JITTER)
    passes.dispatch()
    assert passes.judiciary.received == [pending.reference] * 2
    assert passes.entry(pending.reference).state is _S.PENDING


def test_slow_inquiries_keep_no_ticket_waiting(passes: Passes, pending: OutboxEntry) -> None:
    """Each answer comes so late that another notice in doubt is due again by then."""
    doubtful = passes.admit("2", "3")
    passes.judiciary.answers = False
    passes.dispatch()
    passes.judiciary.answers = True

    def slow(_: str) -> Unknown:
        assert len(passes.judiciary.asked) < 10, "the pass comes to no end"
        passes.clock.now += 2 * AGAIN
        return Unknown(code="courier.incomplete-answer")

    passes.clock.now += EVERY
    passes.judiciary.standing = slow
    passes.judiciary.progress = lambda _: Accepted(tracking_number="T-9")
    passes.rescue(inquiry_batch=1)
    assert sorted(passes.judiciary.asked) == sorted(each.reference for each in doubtful), "each once"
    assert passes.entry(pending.reference).state is _S.SUBMITTED


def test_an_inquiry_after_a_lost_answer_finds_the_ticket(passes: Passes) -> None:
    """Then "submit again" may be about an earlier copy: the notice is asked about by its reference."""
    passes.tickets = Tickets(every=EVERY, submit_again=True)
    (entry,) = passes.admit("1")
    passes.judiciary.answers = False
    passes.dispatch()
    passes.judiciary.answers = True
    passes.judiciary.standing = ticketed
    passes.rescue()
    found = passes.entry(entry.reference)
    assert (found.state, found.ticket, found.absences) == (_S.PENDING, f"K-{entry.reference[-6:]}", 0)
    doubtful = followed(passes, found, Deferred(code="overload"))
    assert (doubtful.state, doubtful.doubt_since) == (_S.IN_DOUBT, found.doubt_since)
    assert passes.judiciary.received == [entry.reference]


def test_a_ticket_without_an_outcome_is_given_up_and_a_person_decides(passes: Passes, pending: OutboxEntry) -> None:
    passes.judiciary.away = Failure(code="courier.no-answer")
    passes.clock.now += TOO_LONG
    assert passes.rescue().counts["tickets_given_up"] == 1, "even if nobody can be asked"
    assert (late := passes.entry(pending.reference)).state is _S.IN_DOUBT
    assert late.code == "doubt.ticket-late"
    assert passes.store.tallies.counts()["undecided"] == 1
    passes.judiciary.away = None
    # The judiciary said that it has it: that it is not found proves nothing, and it is not sent again by itself.
    for _ in range(4):
        passes.clock.now += max(SETTLE, AGAIN)
        passes.rescue()
    absent = passes.entry(pending.reference)
    assert (absent.state, absent.code, absent.due_at) == (_S.IN_DOUBT, "doubt.ticket-late", None)
    assert passes.dispatch().idle


@pytest.mark.parametrize(
    ("told", "state", "code"),
    [
        (Accepted(tracking_number="T-1"), _S.SUBMITTED, None),
        (NotKnown(), _S.IN_DOUBT, "doubt.ticket-late"),
        (Deferred(code="overload"), _S.IN_DOUBT, "doubt.ticket-late"),
    ],
)
def test_a_ticket_that_is_found_again_stays_late(
    passes: Passes, pending: OutboxEntry, told: TicketStanding, state: DeliveryState, code: str | None
) -> None:
    passes.judiciary.standing = ticketed
    passes.clock.now += TOO_LONG
    passes.rescue()
    passes.rescue()
    again = passes.entry(pending.reference)
    assert (again.state, again.code) == (_S.PENDING, "doubt.ticket-late")
    entry = followed(passes, again, told)
    assert (entry.state, entry.code) == (state, code)


def test_a_profile_without_tickets_leaves_doubt(passes: Passes, pending: OutboxEntry) -> None:
    passes.tickets = None
    passes.clock.now += timedelta(seconds=1)
    passes.rescue()
    entry = passes.entry(pending.reference)
    assert (entry.state, entry.code) == (_S.IN_DOUBT, "doubt.ticket-unknown")


def test_after_a_restore_it_is_in_doubt(passes: Passes, pending: OutboxEntry) -> None:
    """No ticket is asked about whose notice may have been sent again since the backup."""
    passes.clock.now += timedelta(seconds=1)
    declare(passes.store, passes.act("recovery.declare"), "city")
    assert passes.store.tallies.counts()["unasked"] == 1
    due = passes.store.outbox.pending(destination=pending.destination, now=passes.clock() + TOO_LONG, limit=9)
    assert due == []
    entry = followed(passes, pending, Deferred(code="overload"))
    assert (entry.state, entry.code) == (_S.IN_DOUBT, "doubt.ticket-unknown")
    assert passes.judiciary.tickets_asked == []


def test_a_ticket_that_is_found_after_a_restore_is_followed(passes: Passes, pending: OutboxEntry) -> None:
    passes.clock.now += timedelta(seconds=1)
    declare(passes.store, passes.act("recovery.declare"), "city")
    passes.judiciary.standing = ticketed
    passes.rescue()
    found = passes.entry(pending.reference)
    assert found.state is _S.PENDING
    assert passes.store.tallies.counts()["unasked"] == 0
    assert followed(passes, found, Accepted(tracking_number="T-1")).state is _S.SUBMITTED
    assert passes.judiciary.asked == [pending.reference], "once is enough"


def test_a_late_ticket_waits_for_a_person_after_a_restore_too(passes: Passes, pending: OutboxEntry) -> None:
    passes.clock.now += TOO_LONG
    passes.judiciary.standing = lambda _: Unknown(code="courier.fault")
    passes.rescue()
    assert passes.entry(pending.reference).code == "doubt.ticket-late"
    passes.clock.now += timedelta(seconds=1)
    declare(passes.store, passes.act("recovery.declare"), "city")
    passes.judiciary.standing = lambda _: NotKnown()
    for _ in range(4):
        passes.clock.now += max(SETTLE, AGAIN)
        passes.rescue()
    absent = passes.entry(pending.reference)
    assert (absent.state, absent.code, absent.due_at) == (_S.IN_DOUBT, "doubt.ticket-late", None)
    assert passes.dispatch().idle


def test_a_refused_seal_after_a_restore_may_be_that_of_a_forgotten_submission(
    passes: Passes, pending: OutboxEntry
) -> None:
    passes.clock.now += timedelta(seconds=1)
    declare(passes.store, passes.act("recovery.declare"), "city")
    passes.judiciary.standing = ticketed
    passes.rescue()
    found = passes.entry(pending.reference)
    assert (found.state, found.attempts) == (_S.PENDING, 1)
    refused = SealRefused(code="verify.signature")
    passes.judiciary.standing = lambda _: refused
    assert followed(passes, found, refused).state is _S.IN_DOUBT
    passes.clock.now += AGAIN
    passes.rescue()
    assert passes.entry(pending.reference).state is _S.IN_DOUBT
    assert passes.dispatch().idle


@pytest.mark.parametrize(
    ("first", "second", "state"),
    [
        (Accepted(tracking_number="T-1"), Accepted(tracking_number="T-1"), _S.SUBMITTED),
        (Accepted(tracking_number="T-1"), Pending(retry_after=timedelta(hours=9)), _S.SUBMITTED),
        (Deferred(code="overload"), Deferred(code="overload"), _S.QUEUED),
        (NotKnown(), Deferred(code="overload"), _S.IN_DOUBT),
    ],
)
def test_two_processes_that_ask_about_one_ticket_at_once_move_it_once(
    passes: Passes, pending: OutboxEntry, first: TicketStanding, second: TicketStanding, state: DeliveryState
) -> None:
    """The second one asks before, and hears after, the first one's answer is written."""
    passes.tickets = Tickets(every=EVERY, submit_again=True)

    def asked_by_both(_: str) -> TicketStanding:
        passes.judiciary.progress = lambda _: first
        passes.rescue()
        return second

    passes.judiciary.progress = asked_by_both
    passes.clock.now += EVERY
    passes.rescue()
    steps = [step.state for step in passes.store.notices.history(pending.reference)]
    assert steps == [_S.QUEUED, _S.SENDING, _S.PENDING, state]
    assert passes.entry(pending.reference).state is state
    assert len(passes.judiciary.tickets_asked) == 2
    assert passes.judiciary.received == [pending.reference]


def test_a_receipt_proves_acceptance(passes: Passes, pending: OutboxEntry) -> None:
    passes.clock.now += timedelta(minutes=1)
    passes.judiciary.issue("ContentConsignment", pending.reference, pending.seal_digest, passes.clock())
    passes.receive()
    assert passes.entry(pending.reference).state is _S.DELIVERED
    assert passes.events(pending.reference)[-2:] == [
        DeliveryEvent.SUBMISSION_ACCEPTANCE,
        DeliveryEvent.CONTENT_CONSIGNMENT,
    ]


def test_a_failing_service_is_left_alone_and_other_tickets_are_asked_about(passes: Passes) -> None:
    passes.tickets = Tickets(every=EVERY)
    passes.judiciary.outcome = ticketed
    entries = passes.admit("1", "2", "3")
    passes.dispatch()
    passes.clock.now += EVERY
    passes.judiciary.unaskable.add(entries[0].reference)
    passes.judiciary.progress = lambda reference: Accepted(tracking_number=f"T-{reference[-6:]}")
    report = passes.rescue(batch=1)
    assert [error.code for error in report.errors] == ["mapped.message"]
    states = [passes.entry(entry.reference).state for entry in entries]
    assert states == [_S.PENDING, _S.SUBMITTED, _S.SUBMITTED]


def test_a_person_asks_at_once_and_cannot_withdraw(passes: Passes, pending: OutboxEntry) -> None:
    assert passes.intervene(pending.reference, retry).outcome == "asked"
    passes.judiciary.progress = lambda _: Accepted(tracking_number="T-1")
    with pytest.raises(GatewayError, match=r"queue\.state"):
        passes.intervene(pending.reference, withdraw)
    passes.rescue()
    assert passes.entry(pending.reference).state is _S.SUBMITTED


def test_reconciliation_leaves_it_to_the_ticket_and_finds_one_of_a_waiting_notice(
    passes: Passes, pending: OutboxEntry
) -> None:
    told = Accepted(tracking_number="T-1"), Rejected(code="R-1"), NotKnown()
    assert [disagreement(pending, each) for each in told] == [None] * 3
    (waiting,) = passes.admit("2")
    found = disagreement(waiting, ticketed(waiting.reference))
    assert found is not None
    assert found.code == "reconcile.sent-already"
