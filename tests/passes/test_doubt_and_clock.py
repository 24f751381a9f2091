"""A clock that is set during a call makes no settling time shorter."""

from __future__ import annotations

from datetime import timedelta

from gateway.judiciary.courier import NotKnown, Pending, TicketStanding
from gateway.notice.delivery_state import DeliveryState
from gateway.notice.outbox import OutboxEntry
from gateway.sending.forgotten_sendings import doubted_from
from gateway.sending.ticket_issue import Tickets

from .conftest import AGAIN, SETTLE, Passes

_S = DeliveryState
BACK = timedelta(hours=2)


def _lose(passes: Passes, reference: str) -> OutboxEntry:
    """Send a notice; the answer is lost, and the clock is set back before the time-out."""

    def set_back() -> None:
        passes.clock.now -= BACK

    passes.judiciary.during_submit, passes.judiciary.answers = set_back, False
    passes.dispatch()
    passes.clock.now += BACK + timedelta(minutes=1)
    passes.judiciary.during_submit, passes.judiciary.answers = lambda: None, True
    return passes.entry(reference)


def test_a_clock_that_is_set_back_during_a_call_begins_no_doubt_before_the_message(passes: Passes) -> None:
    [entry] = passes.admit("1")
    sent_at = passes.clock()
    doubtful = _lose(passes, entry.reference)
    assert doubtful.doubt_since is not None
    assert doubtful.doubt_since >= sent_at


def test_answers_within_the_settling_time_still_prove_nothing(passes: Passes) -> None:
    [entry] = passes.admit("1")
    _lose(passes, entry.reference)
    for _ in range(2):
        passes.rescue()
        passes.clock.advance(minutes=12)
    now = passes.entry(entry.reference)
    assert (now.state, now.absences) == (_S.IN_DOUBT, 0)
    for _ in range(3):
        passes.clock.now += SETTLE
        passes.rescue()
    assert passes.entry(entry.reference).state is _S.QUEUED


def test_a_doubt_after_a_ticket_does_not_begin_before_the_ticket(passes: Passes) -> None:
    [entry] = passes.admit("1")
    passes.tickets = Tickets(every=AGAIN, give_up_after=timedelta(days=1), submit_again=False)
    passes.judiciary.outcome = lambda _: Pending(ticket="K-1")
    passes.dispatch()
    got_at = passes.clock()

    def lose(_: str) -> TicketStanding:
        passes.clock.now -= BACK
        return NotKnown()

    passes.judiciary.progress = lose
    passes.clock.now += AGAIN
    passes.rescue()
    doubtful = passes.entry(entry.reference)
    assert doubtful.state is _S.IN_DOUBT
    assert doubtful.doubt_since is not None
    assert doubtful.doubt_since >= got_at


def test_a_doubt_that_a_clock_ahead_began_counts_from_no_earlier_time(passes: Passes) -> None:
    [entry] = passes.admit("1")
    passes.clock.now += timedelta(days=1)

    def set_ahead() -> None:
        passes.clock.now += BACK

    passes.judiciary.during_submit, passes.judiciary.answers = set_ahead, False
    passes.dispatch()
    passes.clock.now -= BACK
    doubtful = passes.entry(entry.reference)
    assert doubtful.doubt_since is not None
    assert doubted_from(doubtful, passes.clock(), passes.store) == doubtful.doubt_since
