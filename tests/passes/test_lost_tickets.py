"""A ticket is the judiciary's word that it has the notice: if it leads nowhere, a person is told, and decides."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import count

import pytest

from gateway.judiciary.capabilities import Capabilities, InquiryWay
from gateway.judiciary.courier import Accepted, Deferred, NotKnown, Pending, Rejected, Standing, TicketStanding, Unknown
from gateway.judiciary.endpoint_policy import EndpointPolicy
from gateway.notice.delivery_state import DeliveryEvent, DeliveryState
from gateway.notice.outbox import OutboxEntry
from gateway.operations.recovery import declare
from gateway.runtime.rate_limit import RateLimit
from gateway.sending.ticket_issue import Tickets

from .conftest import AGAIN, SETTLE, Passes

EVERY, TOO_LONG, UNANSWERED = timedelta(minutes=5), timedelta(hours=6), timedelta(hours=4)
_S, _E = DeliveryState, DeliveryEvent


@pytest.fixture
def pending(passes: Passes) -> OutboxEntry:
    """A notice that the judiciary took for processing."""
    passes.tickets = Tickets(every=EVERY, give_up_after=TOO_LONG)
    passes.judiciary.outcome = lambda _: Pending(ticket="K-1")
    (entry,) = passes.admit("1")
    passes.dispatch()
    return passes.entry(entry.reference)


def run(passes: Passes, period: timedelta, step: timedelta = EVERY) -> None:
    end = passes.clock() + period
    while passes.clock() < end:
        passes.clock.now += step
        passes.rescue()
        passes.dispatch()


def unknown(passes: Passes) -> None:
    passes.judiciary.progress = lambda _: NotKnown()


def gone(passes: Passes) -> None:
    passes.tickets = None


@pytest.mark.parametrize("lose", [unknown, gone])
def test_a_lost_ticket_is_asked_about_by_reference_and_then_a_person_decides(
    passes: Passes, pending: OutboxEntry, lose: Callable[[Passes], None]
) -> None:
    lose(passes)
    passes.clock.now += EVERY
    passes.rescue()
    asked = passes.entry(pending.reference)
    assert (asked.state, asked.code) == (_S.IN_DOUBT, "doubt.ticket-unknown")
    assert passes.store.tallies.counts()["undecided"] == 0, "the inquiry may settle it"
    run(passes, timedelta(hours=2))
    absent = passes.entry(pending.reference)
    assert (absent.state, absent.code, absent.due_at) == (_S.IN_DOUBT, "doubt.ticket-late", None)
    assert passes.store.tallies.counts()["undecided"] == 1
    assert passes.judiciary.received == [pending.reference]


def test_after_a_restore_a_notice_with_a_ticket_is_not_sent_again(passes: Passes, pending: OutboxEntry) -> None:
    passes.clock.now += timedelta(seconds=1)
    declare(passes.store, passes.act("recovery.declare"), "city")
    run(passes, timedelta(hours=2))
    absent = passes.entry(pending.reference)
    assert (absent.state, absent.code, absent.due_at) == (_S.IN_DOUBT, "doubt.ticket-late", None)
    assert passes.judiciary.received == [pending.reference]


@pytest.mark.parametrize(
    ("standing", "state"), [(Accepted(tracking_number="T-1"), _S.SUBMITTED), (Rejected(code="R-1"), _S.REJECTED)]
)
def test_an_inquiry_still_settles_it(
    passes: Passes, pending: OutboxEntry, standing: Standing, state: DeliveryState
) -> None:
    unknown(passes)
    passes.clock.now += EVERY
    passes.rescue()
    passes.judiciary.standing = lambda _: standing
    passes.rescue()
    assert passes.entry(pending.reference).state is state


def test_without_inquiries_a_person_is_told_after_the_settling_time(passes: Passes, pending: OutboxEntry) -> None:
    passes.capabilities = Capabilities(inquiry=InquiryWay.NONE)
    unknown(passes)
    run(passes, SETTLE + 2 * EVERY)
    told = passes.entry(pending.reference)
    assert (told.state, told.code, told.due_at) == (_S.IN_DOUBT, "doubt.ticket-late", None)


def test_inquiries_without_an_answer_tell_a_person_too(passes: Passes, pending: OutboxEntry) -> None:
    unknown(passes)
    passes.judiciary.standing = lambda _: Unknown(code="courier.fault")
    run(passes, UNANSWERED + timedelta(hours=1))
    assert passes.entry(pending.reference).code == "doubt.ticket-late"
    passes.judiciary.standing = lambda _: NotKnown()
    run(passes, timedelta(hours=3))
    assert passes.entry(pending.reference).state is _S.IN_DOUBT
    assert passes.judiciary.received == [pending.reference]


@pytest.mark.parametrize(
    ("progress", "code"), [(NotKnown(), "doubt.ticket-late"), (Deferred(code="overload"), "doubt.unanswered")]
)
def test_an_inquiry_that_tells_the_ticket_that_failed_says_nothing(
    passes: Passes, pending: OutboxEntry, progress: TicketStanding, code: str
) -> None:
    """They turned in a circle: each question began another wait, and no person was told."""
    passes.judiciary.progress = lambda _: progress
    passes.judiciary.standing = lambda _: Pending(ticket="K-1")
    run(passes, UNANSWERED + timedelta(hours=1))
    told = passes.entry(pending.reference)
    assert (told.state, told.code) == (_S.IN_DOUBT, code)
    assert passes.store.tallies.counts()["undecided"] == 1
    assert passes.judiciary.tickets_asked == ["K-1"]
    assert len(passes.judiciary.asked) <= (UNANSWERED + timedelta(hours=1)) / AGAIN


def test_under_a_profile_without_tickets_it_turns_in_no_circle_either(passes: Passes, pending: OutboxEntry) -> None:
    passes.judiciary.standing = lambda _: Pending(ticket="K-1")
    gone(passes)
    run(passes, timedelta(hours=1))
    assert passes.events(pending.reference).count(_E.TICKET_FAILURE) == 1
    assert len(passes.judiciary.asked) <= timedelta(hours=1) / AGAIN + 1


def test_the_time_of_a_doubt_counts_for_each_new_ticket(passes: Passes, pending: OutboxEntry) -> None:
    """Each inquiry tells another ticket, and each of them fails."""
    numbers = count(2)
    passes.judiciary.progress = lambda _: Deferred(code="overload")
    passes.judiciary.standing = lambda _: Pending(ticket=f"K-{next(numbers)}")
    run(passes, TOO_LONG / 2)
    assert passes.entry(pending.reference).code != "doubt.ticket-late"
    run(passes, TOO_LONG)
    assert passes.entry(pending.reference).code == "doubt.ticket-late"
    passes.judiciary.standing = lambda _: NotKnown()
    run(passes, timedelta(hours=2))
    told = passes.entry(pending.reference)
    assert (told.state, told.code) == (_S.IN_DOUBT, "doubt.ticket-late")
    assert passes.judiciary.received == [pending.reference]


def test_a_ticket_that_is_found_late_is_asked_about_and_given_up_at_once(passes: Passes) -> None:
    passes.tickets = Tickets(every=EVERY, give_up_after=TOO_LONG)
    (entry,) = passes.admit("1")
    passes.judiciary.answers = False
    passes.dispatch()
    passes.judiciary.answers = True
    passes.clock.now += TOO_LONG
    passes.judiciary.standing = lambda _: Pending(ticket="K-1")
    passes.rescue()
    assert passes.entry(entry.reference).state is _S.PENDING
    run(passes, EVERY)
    late = passes.entry(entry.reference)
    assert (late.state, late.code) == (_S.IN_DOUBT, "doubt.ticket-late")
    assert passes.judiciary.tickets_asked == ["K-1"]
    passes.judiciary.progress = lambda _: Accepted(tracking_number="T-1")
    run(passes, 2 * EVERY)
    assert passes.entry(entry.reference).state is _S.SUBMITTED, "it is followed still"


def test_inquiries_that_use_up_the_rate_limit_keep_no_ticket_from_being_asked_about(passes: Passes) -> None:
    """Of both kinds the notice that is due for the longest time is asked about first."""
    passes.tickets = Tickets(every=EVERY, give_up_after=TOO_LONG)
    passes.judiciary.answers = False
    passes.admit(*map(str, range(8)))
    passes.dispatch()
    passes.judiciary.answers = True
    passes.judiciary.outcome = lambda _: Pending(ticket="K-1")
    (ticketed,) = passes.admit("ticket")
    passes.dispatch()
    passes.judiciary.standing = lambda _: Unknown(code="courier.incomplete-answer")
    passes.judiciary.progress = lambda _: Accepted(tracking_number="T-1")
    passes.endpoint_policy = EndpointPolicy(rate_limit=RateLimit(per_minute=1, burst=1))
    run(passes, TOO_LONG + timedelta(hours=1), AGAIN)
    assert passes.judiciary.tickets_asked == ["K-1"]
    assert passes.entry(ticketed.reference).state is _S.SUBMITTED


def test_a_ticket_is_given_up_only_once_it_was_asked_about_after_its_time(passes: Passes, pending: OutboxEntry) -> None:
    passes.endpoint_policy = EndpointPolicy(rate_limit=RateLimit(per_minute=1, burst=1))
    passes.store.endpoints.take_from_rate_limit("court", RateLimit(per_minute=1, burst=1), 1, passes.clock() + TOO_LONG)
    passes.clock.now += TOO_LONG
    passes.rescue()
    assert passes.entry(pending.reference).state is _S.PENDING, "nobody could be asked"
    passes.clock.now += EVERY
    passes.rescue()
    assert passes.entry(pending.reference).code == "doubt.ticket-late"
    assert passes.judiciary.tickets_asked == ["K-1"]


def test_a_ticket_about_which_no_question_can_be_made_is_given_up_at_its_time(
    passes: Passes, pending: OutboxEntry
) -> None:
    passes.judiciary.unaskable.add(pending.reference)
    passes.clock.now += TOO_LONG
    assert passes.rescue().counts["tickets_given_up"] == 1
    assert passes.entry(pending.reference).code == "doubt.ticket-late"
