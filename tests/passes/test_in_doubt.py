"""A notice in doubt is asked about; "not known" proves absence only late, and twice."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from adapters.storage.schema.tables import outbox
from gateway.judiciary.courier import Accepted, Message, NoAccount, NotKnown, Rejected, Standing, Unknown
from gateway.judiciary.endpoint_policy import EndpointPolicy
from gateway.judiciary.outcome_codes import USUAL_CODES
from gateway.notice.delivery_state import DeliveryEvent, DeliveryState
from gateway.notice.outbox import BACKOFF, JITTER, MAX_REQUEUES, OutboxEntry
from gateway.operations.intervention import release_notice
from gateway.runtime.errors import GatewayError
from gateway.runtime.pass_report import Wait
from gateway.runtime.rate_limit import RateLimit
from gateway.store.among import Among

from .conftest import AGAIN, SETTLE, Passes

LEASE_LONG = timedelta(minutes=5)


@pytest.fixture
def doubtful(passes: Passes) -> OutboxEntry:
    """A notice whose answer was lost."""
    (entry,) = passes.admit("1")
    passes.judiciary.answers = False
    passes.dispatch()
    passes.judiciary.answers = True
    return passes.entry(entry.reference)


@pytest.mark.parametrize(
    ("standing", "state"),
    [
        (Accepted(tracking_number="T-1"), DeliveryState.SUBMITTED),
        (Rejected(code="R-1"), DeliveryState.REJECTED),
        (NoAccount(), DeliveryState.NO_ACCOUNT),
    ],
)
def test_an_answer_ends_doubt(passes: Passes, doubtful: OutboxEntry, standing: Standing, state: DeliveryState) -> None:
    passes.judiciary.standing = lambda reference: standing
    assert passes.rescue().counts["asked"] == 1
    entry = passes.entry(doubtful.reference)
    assert (entry.state, entry.doubt_since) == (state, None)
    assert passes.judiciary.received == [doubtful.reference]
    proof = passes.store.notices.history(doubtful.reference)[-1].evidence_id
    assert proof in [row.id for row in passes.store.evidence.of_notice(doubtful.reference)]


def test_not_known_proves_nothing_before_the_settling_time(passes: Passes, doubtful: OutboxEntry) -> None:
    for _ in range(5):
        passes.rescue()
        passes.clock.advance(minutes=5)
    assert len(passes.judiciary.asked) == 1, "asked once, and then not before the settling time"
    assert passes.entry(doubtful.reference).absences == 0


def test_two_late_answers_prove_absence_and_the_same_seal_goes_out_again(passes: Passes, doubtful: OutboxEntry) -> None:
    passes.rescue()
    passes.clock.advance(minutes=30)
    passes.rescue()
    assert passes.entry(doubtful.reference).absences == 1
    assert passes.dispatch().idle
    passes.clock.advance(minutes=10)
    passes.rescue()
    assert passes.entry(doubtful.reference).state is DeliveryState.QUEUED
    passes.dispatch()
    assert passes.entry(doubtful.reference).state is DeliveryState.SUBMITTED
    first, second = passes.judiciary.wires
    assert first == second


def test_without_leave_to_requeue_a_person_decides(passes: Passes, doubtful: OutboxEntry) -> None:
    passes.requeue = False
    for _ in range(4):
        passes.rescue()
        passes.clock.advance(minutes=30)
    entry = passes.entry(doubtful.reference)
    assert (entry.state, entry.code, entry.due_at) == (DeliveryState.IN_DOUBT, "doubt.absent", None)
    assert passes.dispatch().idle
    asked = len(passes.judiciary.asked)
    passes.clock.advance(days=1)
    passes.rescue()
    assert len(passes.judiciary.asked) == asked


@pytest.mark.parametrize("silence", [lambda reference: Unknown(code="courier.fault")])
def test_an_answer_that_says_nothing_leaves_doubt(
    passes: Passes, doubtful: OutboxEntry, silence: Callable[[str], Standing]
) -> None:
    passes.judiciary.standing = silence
    passes.clock.advance(days=2)
    for _ in range(3):
        passes.rescue()
    entry = passes.entry(doubtful.reference)
    assert (entry.state, entry.absences) == (DeliveryState.IN_DOUBT, 0)


def test_an_expired_lease_is_doubt(passes: Passes) -> None:
    (entry,) = passes.admit("1")
    passes.store.outbox.claim(
        destination="court",
        owner="dead",
        now=passes.clock(),
        due_by=passes.clock(),
        lease=passes.clock.now - passes.clock.now,
        limit=1,
        max_bytes=1,
    )
    passes.clock.advance(seconds=1)
    assert passes.rescue().counts["lease_expired"] == 1
    assert passes.entry(entry.reference).state is DeliveryState.IN_DOUBT
    assert DeliveryEvent.LEASE_EXPIRY in passes.events(entry.reference)


def test_a_lease_that_runs_is_left_alone(passes: Passes) -> None:
    (entry,) = passes.admit("1")
    passes.store.outbox.claim(
        destination="court",
        owner="busy",
        now=passes.clock(),
        due_by=passes.clock(),
        lease=LEASE_LONG,
        limit=1,
        max_bytes=1,
    )
    passes.rescue()
    assert passes.entry(entry.reference).state is DeliveryState.SENDING


def test_a_notice_that_waits_too_long_goes_to_a_person(passes: Passes) -> None:
    (entry,) = passes.admit("1")
    passes.clock.advance(days=15)
    assert passes.rescue().counts["dead_letter"] == 1
    assert passes.entry(entry.reference).state is DeliveryState.DEAD_LETTER
    assert passes.dispatch().idle


def test_an_unanswered_inquiry_neither_proves_nor_forgets_absence(passes: Passes, doubtful: OutboxEntry) -> None:
    passes.clock.advance(minutes=30)
    passes.rescue()
    assert passes.entry(doubtful.reference).absences == 1
    passes.judiciary.standing = lambda reference: Unknown(code="courier.fault")
    passes.clock.advance(minutes=10)
    passes.rescue()
    assert passes.entry(doubtful.reference).absences == 1
    assert DeliveryEvent.INQUIRY_UNANSWERED in passes.events(doubtful.reference)
    passes.judiciary.standing = lambda reference: NotKnown()
    passes.rescue()
    assert passes.entry(doubtful.reference).state is DeliveryState.IN_DOUBT, "not asked again at once"
    passes.clock.advance(minutes=10)
    passes.rescue()
    assert passes.entry(doubtful.reference).state is DeliveryState.QUEUED


def test_the_two_kinds_of_doubt_have_codes_and_lists_of_their_own(passes: Passes) -> None:
    absent, unknown, earlier = passes.admit("1", "2", "3")
    passes.requeue, passes.judiciary.answers = False, False
    passes.dispatch()
    passes.judiciary.answers = True
    silent = Unknown(code="courier.incomplete-answer")
    passes.judiciary.standing = lambda reference: silent if reference == unknown.reference else NotKnown()
    for _ in range(30):
        passes.rescue()
        passes.clock.advance(minutes=10)
    assert passes.entry(absent.reference).code == "doubt.absent"
    assert passes.entry(unknown.reference).code == "doubt.unanswered"
    _write_code(passes, earlier.reference, "doubt.person")
    counts = passes.store.tallies.counts()
    assert (counts["undecided"], counts["absent"]) == (3, 2)
    for code in ("doubt.absent", "doubt.person"):
        found = passes.store.notices.find(state=None, limit=9, after=None, among=Among(code=code, undecided=True))
        assert {each.entry.reference for each in found} == {absent.reference, earlier.reference}


def _write_code(passes: Passes, reference: str, code: str) -> None:
    """As an earlier version did."""
    of = outbox.c.reference == reference
    passes.store._database.write(lambda c: c.execute(update(outbox).where(of).values(code=code)))


def _busy(passes: Passes, *keys: str) -> list[OutboxEntry]:
    """Notices whose submission a signed busy answered, which nothing was done for."""
    entries = passes.admit(*keys)
    passes.judiciary.fault = "busy"
    passes.dispatch()
    passes.judiciary.fault = None
    return [passes.entry(entry.reference) for entry in entries]


def _prove_absence(passes: Passes) -> None:
    for wait in (SETTLE, AGAIN):
        passes.clock.now += wait
        passes.rescue()


def test_a_signed_busy_is_doubt_and_its_code_stays_with_it(passes: Passes) -> None:
    (entry,) = _busy(passes, "1")
    assert (entry.state, entry.code, entry.doubt_fault) == (DeliveryState.IN_DOUBT, "busy", "busy")
    reported = json.loads(passes.store.evidence.of_notice(entry.reference)[-1].header)["context"]
    assert reported["fault"] == "busy"
    passes.judiciary.standing = lambda reference: Unknown(code="courier.incomplete-answer")
    passes.clock.advance(hours=5)
    passes.rescue()
    unanswered = passes.entry(entry.reference)
    assert (unanswered.code, unanswered.doubt_fault) == ("doubt.unanswered", "busy")


def test_busy_and_proven_absence_queue_it_after_a_while_and_at_last_hold_it(passes: Passes) -> None:
    """``requeue`` has no say here: the service itself said that it did nothing, and asking agrees."""
    passes.requeue = False
    (entry,) = _busy(passes, "1")
    for times in range(1, MAX_REQUEUES + 1):
        _prove_absence(passes)
        entry = passes.entry(entry.reference)
        assert (entry.state, entry.held, entry.code, entry.doubt_fault) == (DeliveryState.QUEUED, False, "busy", None)
        assert entry.due_at is not None
        assert abs(entry.due_at - passes.clock.now - BACKOFF[min(times, len(BACKOFF)) - 1]) <= JITTER * BACKOFF[-1]
        assert passes.dispatch().idle, "not at once"
        passes.clock.now = entry.due_at
        passes.judiciary.fault = "busy"
        passes.dispatch()
        passes.judiciary.fault = None
    _prove_absence(passes)
    held = passes.entry(entry.reference)
    assert (held.state, held.held, held.code, held.reason) == (DeliveryState.QUEUED, True, "held.faults", "busy")
    assert passes.store.tallies.counts()["held"] == 1
    passes.clock.advance(days=2)
    assert passes.dispatch().idle
    passes.intervene(entry.reference, release_notice)
    assert passes.dispatch().counts["accepted"] == 1


@pytest.mark.parametrize("fault", sorted(USUAL_CODES.expired))
def test_a_message_that_came_too_late_is_sent_again_without_a_person(passes: Passes, fault: str) -> None:
    (entry,) = passes.admit("1")
    passes.write_back()
    passes.judiciary.fault = fault
    passes.dispatch()
    passes.judiciary.fault = None
    _prove_absence(passes)
    entry = passes.entry(entry.reference)
    assert (entry.state, entry.code) == (DeliveryState.QUEUED, fault)
    assert passes.look_at_limits().errors == []
    passes.clock.advance(hours=5)
    assert passes.dispatch().counts["accepted"] == 1


@pytest.mark.parametrize("fault", ["verify.schema", "verify.token-password"])
def test_what_would_be_refused_again_is_held_once_its_absence_is_proven(passes: Passes, fault: str) -> None:
    (entry,) = passes.admit("1")
    passes.judiciary.fault = fault
    passes.dispatch()
    passes.judiciary.fault = None
    _prove_absence(passes)
    held = passes.entry(entry.reference)
    assert (held.state, held.held, held.code, held.reason) == (DeliveryState.QUEUED, True, "held.refused", fault)


def test_inquiries_take_from_the_rate_limit(passes: Passes) -> None:
    _busy(passes, *"123456")
    passes.endpoint_policy = EndpointPolicy(rate_limit=RateLimit(per_minute=60, burst=4))
    report = passes.rescue(inquiry_batch=3)
    assert (report.counts["asked"], report.waits) == (4, Wait.RATION)
    passes.clock.advance(seconds=2)
    assert passes.rescue().counts["asked"] == 2


def test_a_second_doubt_needs_two_answers_of_its_own(passes: Passes, doubtful: OutboxEntry) -> None:
    for minutes in (30, 10):
        passes.clock.advance(minutes=minutes)
        passes.rescue()
    passes.judiciary.answers = False
    passes.dispatch()
    passes.judiciary.answers = True
    passes.clock.advance(minutes=30)
    passes.rescue()
    entry = passes.entry(doubtful.reference)
    assert (entry.state, entry.absences) == (DeliveryState.IN_DOUBT, 1)


def test_an_answer_counts_by_the_time_of_its_question(passes: Passes, doubtful: OutboxEntry) -> None:
    def slowly(reference: str) -> Standing:
        passes.clock.advance(minutes=2)
        return NotKnown()

    passes.judiciary.standing = slowly
    passes.clock.advance(minutes=29)
    assert passes.rescue().counts["notknown"] == 1, "asked early, and answered after the settling time"
    assert passes.entry(doubtful.reference).absences == 0
    assert passes.rescue().counts["notknown"] == 1, "asked once more, by the pass after that"
    assert passes.entry(doubtful.reference).absences == 1


def test_notices_that_get_no_answer_keep_no_other_from_being_asked_about(passes: Passes) -> None:
    entries = passes.admit(*"123456")
    passes.judiciary.answers = False
    passes.dispatch()
    passes.judiciary.answers = True
    passes.judiciary.standing = lambda reference: Unknown(code="courier.incomplete-answer")
    passes.rescue(batch=2)
    assert sorted(passes.judiciary.asked) == sorted(entry.reference for entry in entries)


def test_with_an_expired_certificate_leases_still_end(passes: Passes) -> None:
    (entry,) = passes.admit("1")
    passes.store.outbox.claim(
        destination="court",
        owner="dead",
        now=passes.clock(),
        due_by=passes.clock(),
        lease=LEASE_LONG,
        limit=1,
        max_bytes=1,
    )
    passes.clock.advance(minutes=6)
    passes.judiciary.ready = False
    with pytest.raises(GatewayError, match=r"certificate\.expired"):
        passes.rescue()
    assert passes.entry(entry.reference).state is DeliveryState.IN_DOUBT
    assert passes.judiciary.asked == []


def test_a_doubt_that_stays_without_an_answer_is_told_to_a_person_and_asked_about_ever_more_seldom(
    passes: Passes, doubtful: OutboxEntry
) -> None:
    passes.judiciary.standing = lambda reference: Unknown(code="courier.incomplete-answer")

    def ask_for(hours: int, minutes: int = 60) -> int:
        before = len(passes.judiciary.asked)
        for _ in range(hours * 60 // minutes):
            passes.rescue()
            passes.clock.advance(minutes=minutes)
        return len(passes.judiciary.asked) - before

    assert ask_for(hours=4, minutes=10) > 8
    assert passes.store.tallies.counts()["undecided"] == 0
    assert ask_for(hours=1, minutes=10) > 0
    entry = passes.entry(doubtful.reference)
    assert (entry.state, entry.code) == (DeliveryState.IN_DOUBT, "doubt.unanswered")
    assert entry.due_at is not None
    assert passes.store.tallies.counts()["undecided"] == 1
    ask_for(hours=240)
    assert 1 <= ask_for(hours=48) <= 3, "each day, at least"
    passes.judiciary.standing = lambda reference: Accepted(tracking_number="T-1")
    ask_for(hours=25)
    assert passes.entry(doubtful.reference).state is DeliveryState.SUBMITTED
    assert passes.store.tallies.counts()["undecided"] == 0


def test_a_doubt_that_is_answered_again_waits_for_nobody(passes: Passes, doubtful: OutboxEntry) -> None:
    passes.judiciary.standing = lambda reference: Unknown(code="courier.incomplete-answer")
    passes.clock.advance(hours=5)
    passes.rescue()
    assert passes.entry(doubtful.reference).code == "doubt.unanswered"
    passes.judiciary.standing = lambda reference: NotKnown()
    passes.clock.advance(hours=1)
    passes.rescue()
    entry = passes.entry(doubtful.reference)
    assert (entry.absences, entry.code) == (1, None)
    assert passes.store.tallies.counts()["undecided"] == 0


def test_a_notice_for_which_no_question_can_be_made_keeps_no_other_from_being_asked_about(passes: Passes) -> None:
    passes.judiciary.answers = False
    one, two, three = passes.admit("1", "2", "3")
    passes.dispatch()
    passes.judiciary.answers, prepare = True, passes.judiciary.prepare_inquiry

    def prepared(references: Sequence[str], now: datetime) -> Message:
        if two.reference in references:
            raise GatewayError("mapped.field-invalid", where="Ref", detail="inquiry.toml, mapping x")
        return prepare(references, now)

    passes.judiciary.prepare_inquiry = prepared  # type: ignore[method-assign]
    reported = passes.rescue()
    assert set(passes.judiciary.asked) == {one.reference, three.reference}
    assert [error.code for error in reported.errors] == ["mapped.field-invalid"]
    assert passes.entry(two.reference).state is DeliveryState.IN_DOUBT
    assert passes.store.endpoints.breaker(passes.judiciary.destination).failures == 0
