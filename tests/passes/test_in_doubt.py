"""What is in doubt is asked about; "not known" proves absence only late, and twice."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import update

from adapters.storage.schema.tables import outbox
from gateway.judiciary.courier import Accepted, NoAccount, NotKnown, Rejected, Standing, Unknown
from gateway.judiciary.endpoint_policy import EndpointPolicy
from gateway.notice.delivery_state import DeliveryEvent, DeliveryState
from gateway.notice.outbox import BACKOFF, JITTER, MAX_REQUEUES, OutboxEntry
from gateway.operations.intervention import release_notice
from gateway.runtime.errors import GatewayError
from gateway.runtime.pass_report import Wait
from gateway.runtime.rate_limit import RateLimit
from gateway.store.stored import Among

from .conftest import AGAIN, SETTLE, City

LEASE_LONG = timedelta(minutes=5)


@pytest.fixture
def doubtful(city: City) -> OutboxEntry:
    """A notice whose answer was lost."""
    (entry,) = city.admit("1")
    city.court.answers = False
    city.dispatch()
    city.court.answers = True
    return city.entry(entry.reference)


@pytest.mark.parametrize(
    ("standing", "state"),
    [
        (Accepted(tracking_number="T-1"), DeliveryState.SUBMITTED),
        (Rejected(code="R-1"), DeliveryState.REJECTED),
        (NoAccount(), DeliveryState.NO_ACCOUNT),
    ],
)
def test_an_answer_ends_doubt(city: City, doubtful: OutboxEntry, standing: Standing, state: DeliveryState) -> None:
    city.court.standing = lambda reference: standing
    assert city.rescue().counts["asked"] == 1
    entry = city.entry(doubtful.reference)
    assert (entry.state, entry.doubt_since) == (state, None)
    assert city.court.received == [doubtful.reference]
    proof = city.store.notices.history(doubtful.reference)[-1].evidence_id
    assert proof in [row.id for row in city.store.evidence.of_notice(doubtful.reference)]


def test_not_known_proves_nothing_before_the_settling_time(city: City, doubtful: OutboxEntry) -> None:
    for _ in range(5):
        city.rescue()
        city.clock.pass_(minutes=5)
    assert len(city.court.asked) == 1, "asked once, and then not before the settling time"
    assert city.entry(doubtful.reference).absences == 0


def test_two_late_answers_prove_absence_and_the_same_seal_goes_out_again(city: City, doubtful: OutboxEntry) -> None:
    city.rescue()
    city.clock.pass_(minutes=30)
    city.rescue()
    assert city.entry(doubtful.reference).absences == 1
    assert city.dispatch().idle
    city.clock.pass_(minutes=10)
    city.rescue()
    assert city.entry(doubtful.reference).state is DeliveryState.QUEUED
    city.dispatch()
    assert city.entry(doubtful.reference).state is DeliveryState.SUBMITTED
    first, second = city.court.wires
    assert first == second


def test_without_leave_to_requeue_a_person_decides(city: City, doubtful: OutboxEntry) -> None:
    city.requeue = False
    for _ in range(4):
        city.rescue()
        city.clock.pass_(minutes=30)
    entry = city.entry(doubtful.reference)
    assert (entry.state, entry.code, entry.due_at) == (DeliveryState.IN_DOUBT, "doubt.absent", None)
    assert city.dispatch().idle
    asked = len(city.court.asked)
    city.clock.pass_(days=1)
    city.rescue()
    assert len(city.court.asked) == asked


@pytest.mark.parametrize("silence", [lambda reference: Unknown(code="courier.fault")])
def test_an_answer_that_says_nothing_leaves_doubt(
    city: City, doubtful: OutboxEntry, silence: Callable[[str], Standing]
) -> None:
    city.court.standing = silence
    city.clock.pass_(days=2)
    for _ in range(3):
        city.rescue()
    entry = city.entry(doubtful.reference)
    assert (entry.state, entry.absences) == (DeliveryState.IN_DOUBT, 0)


def test_an_expired_lease_is_doubt(city: City) -> None:
    (entry,) = city.admit("1")
    city.store.outbox.claim(
        destination="court",
        owner="dead",
        now=city.clock(),
        due_by=city.clock(),
        lease=city.clock.now - city.clock.now,
        limit=1,
        max_bytes=1,
    )
    city.clock.pass_(seconds=1)
    assert city.rescue().counts["lease_expired"] == 1
    assert city.entry(entry.reference).state is DeliveryState.IN_DOUBT
    assert DeliveryEvent.LEASE_EXPIRY in city.events(entry.reference)


def test_a_lease_that_runs_is_left_alone(city: City) -> None:
    (entry,) = city.admit("1")
    city.store.outbox.claim(
        destination="court", owner="busy", now=city.clock(), due_by=city.clock(), lease=LEASE_LONG, limit=1, max_bytes=1
    )
    city.rescue()
    assert city.entry(entry.reference).state is DeliveryState.SENDING


def test_a_notice_that_waits_too_long_goes_to_a_person(city: City) -> None:
    (entry,) = city.admit("1")
    city.clock.pass_(days=15)
    assert city.rescue().counts["dead_letter"] == 1
    assert city.entry(entry.reference).state is DeliveryState.DEAD_LETTER
    assert city.dispatch().idle


def test_an_unanswered_inquiry_neither_proves_nor_forgets_absence(city: City, doubtful: OutboxEntry) -> None:
    city.clock.pass_(minutes=30)
    city.rescue()
    assert city.entry(doubtful.reference).absences == 1
    city.court.standing = lambda reference: Unknown(code="courier.fault")
    city.clock.pass_(minutes=10)
    city.rescue()
    assert city.entry(doubtful.reference).absences == 1
    assert DeliveryEvent.INQUIRY_UNANSWERED in city.events(doubtful.reference)
    city.court.standing = lambda reference: NotKnown()
    city.rescue()
    assert city.entry(doubtful.reference).state is DeliveryState.IN_DOUBT, "not asked again at once"
    city.clock.pass_(minutes=10)
    city.rescue()
    assert city.entry(doubtful.reference).state is DeliveryState.QUEUED


def test_the_two_kinds_of_doubt_have_codes_and_lists_of_their_own(city: City) -> None:
    absent, unknown, earlier = city.admit("1", "2", "3")
    city.requeue, city.court.answers = False, False
    city.dispatch()
    city.court.answers = True
    silent = Unknown(code="courier.incomplete-answer")
    city.court.standing = lambda reference: silent if reference == unknown.reference else NotKnown()
    for _ in range(30):
        city.rescue()
        city.clock.pass_(minutes=10)
    assert city.entry(absent.reference).code == "doubt.absent"
    assert city.entry(unknown.reference).code == "doubt.unanswered"
    _write_code(city, earlier.reference, "doubt.person")
    counts = city.store.tallies.counts()
    assert (counts["undecided"], counts["absent"]) == (3, 2)
    for code in ("doubt.absent", "doubt.person"):
        found = city.store.notices.find(state=None, limit=9, after=None, among=Among(code=code, undecided=True))
        assert {each.entry.reference for each in found} == {absent.reference, earlier.reference}


def _write_code(city: City, reference: str, code: str) -> None:
    """As an earlier version did."""
    of = outbox.c.reference == reference
    city.store._database.write(lambda c: c.execute(update(outbox).where(of).values(code=code)))


def _busy(city: City, *keys: str) -> list[OutboxEntry]:
    """Notices whose submission a signed busy answered, which nothing was done for."""
    entries = city.admit(*keys)
    city.court.fault = "busy"
    city.dispatch()
    city.court.fault = None
    return [city.entry(entry.reference) for entry in entries]


def _prove_absence(city: City) -> None:
    for wait in (SETTLE, AGAIN):
        city.clock.now += wait
        city.rescue()


def test_a_signed_busy_is_doubt_and_its_code_stays_with_it(city: City) -> None:
    (entry,) = _busy(city, "1")
    assert (entry.state, entry.code, entry.doubt_fault) == (DeliveryState.IN_DOUBT, "busy", "busy")
    told = json.loads(city.store.evidence.of_notice(entry.reference)[-1].header)["context"]
    assert told["fault"] == "busy"
    city.court.standing = lambda reference: Unknown(code="courier.incomplete-answer")
    city.clock.pass_(hours=5)
    city.rescue()
    unanswered = city.entry(entry.reference)
    assert (unanswered.code, unanswered.doubt_fault) == ("doubt.unanswered", "busy")


def test_busy_and_proven_absence_queue_it_after_a_while_and_at_last_hold_it(city: City) -> None:
    """Whatever ``requeue`` says: the service itself said that it did nothing, and asking agrees."""
    city.requeue = False
    (entry,) = _busy(city, "1")
    for times in range(1, MAX_REQUEUES + 1):
        _prove_absence(city)
        entry = city.entry(entry.reference)
        assert (entry.state, entry.held, entry.code, entry.doubt_fault) == (DeliveryState.QUEUED, False, "busy", None)
        assert entry.due_at is not None
        assert abs(entry.due_at - city.clock.now - BACKOFF[min(times, len(BACKOFF)) - 1]) <= JITTER * BACKOFF[-1]
        assert city.dispatch().idle, "not at once"
        city.clock.now = entry.due_at
        city.court.fault = "busy"
        city.dispatch()
        city.court.fault = None
    _prove_absence(city)
    held = city.entry(entry.reference)
    assert (held.state, held.held, held.code, held.reason) == (DeliveryState.QUEUED, True, "held.faults", "busy")
    assert city.store.tallies.counts()["held"] == 1
    city.clock.pass_(days=2)
    assert city.dispatch().idle
    city.intervene(entry.reference, release_notice)
    assert city.dispatch().counts["accepted"] == 1


@pytest.mark.parametrize("fault", ["verify.schema", "verify.token-password"])
def test_what_would_be_refused_again_is_held_once_its_absence_is_proven(city: City, fault: str) -> None:
    (entry,) = city.admit("1")
    city.court.fault = fault
    city.dispatch()
    city.court.fault = None
    _prove_absence(city)
    held = city.entry(entry.reference)
    assert (held.state, held.held, held.code, held.reason) == (DeliveryState.QUEUED, True, "held.refused", fault)


def test_inquiries_take_from_the_rate_limit(city: City) -> None:
    _busy(city, *"123456")
    city.endpoint_policy = EndpointPolicy(rate_limit=RateLimit(per_minute=60, burst=4))
    report = city.rescue(inquiry_batch=3)
    assert (report.counts["asked"], report.waits) == (4, Wait.RATION)
    city.clock.pass_(seconds=2)
    assert city.rescue().counts["asked"] == 2


def test_a_second_doubt_needs_two_answers_of_its_own(city: City, doubtful: OutboxEntry) -> None:
    for minutes in (30, 10):
        city.clock.pass_(minutes=minutes)
        city.rescue()
    city.court.answers = False
    city.dispatch()
    city.court.answers = True
    city.clock.pass_(minutes=30)
    city.rescue()
    entry = city.entry(doubtful.reference)
    assert (entry.state, entry.absences) == (DeliveryState.IN_DOUBT, 1)


def test_an_answer_counts_by_the_time_of_its_question(city: City, doubtful: OutboxEntry) -> None:
    def slowly(reference: str) -> Standing:
        city.clock.pass_(minutes=2)
        return NotKnown()

    city.court.standing = slowly
    city.clock.pass_(minutes=29)
    assert city.rescue().counts["notknown"] == 2, "asked early, and once more after the settling time"
    assert city.entry(doubtful.reference).absences == 1


def test_notices_that_get_no_answer_keep_no_other_from_being_asked_about(city: City) -> None:
    entries = city.admit(*"123456")
    city.court.answers = False
    city.dispatch()
    city.court.answers = True
    city.court.standing = lambda reference: Unknown(code="courier.incomplete-answer")
    city.rescue(batch=2)
    assert sorted(city.court.asked) == sorted(entry.reference for entry in entries)


def test_with_an_expired_certificate_leases_still_end(city: City) -> None:
    (entry,) = city.admit("1")
    city.store.outbox.claim(
        destination="court", owner="dead", now=city.clock(), due_by=city.clock(), lease=LEASE_LONG, limit=1, max_bytes=1
    )
    city.clock.pass_(minutes=6)
    city.court.ready = False
    with pytest.raises(GatewayError, match=r"certificate\.expired"):
        city.rescue()
    assert city.entry(entry.reference).state is DeliveryState.IN_DOUBT
    assert city.court.asked == []


def test_a_doubt_that_stays_without_an_answer_is_told_to_a_person_and_asked_about_ever_more_seldom(
    city: City, doubtful: OutboxEntry
) -> None:
    city.court.standing = lambda reference: Unknown(code="courier.incomplete-answer")

    def ask_for(hours: int) -> int:
        before = len(city.court.asked)
        for _ in range(hours * 6):
            city.rescue()
            city.clock.pass_(minutes=10)
        return len(city.court.asked) - before

    assert ask_for(hours=4) > 8
    assert city.store.tallies.counts()["undecided"] == 0
    assert ask_for(hours=1) > 0
    entry = city.entry(doubtful.reference)
    assert (entry.state, entry.code) == (DeliveryState.IN_DOUBT, "doubt.unanswered")
    assert entry.due_at is not None
    assert city.store.tallies.counts()["undecided"] == 1
    ask_for(hours=240)
    assert 1 <= ask_for(hours=48) <= 3, "each day, at least"
    city.court.standing = lambda reference: Accepted(tracking_number="T-1")
    ask_for(hours=25)
    assert city.entry(doubtful.reference).state is DeliveryState.SUBMITTED
    assert city.store.tallies.counts()["undecided"] == 0


def test_a_doubt_that_is_answered_again_waits_for_nobody(city: City, doubtful: OutboxEntry) -> None:
    city.court.standing = lambda reference: Unknown(code="courier.incomplete-answer")
    city.clock.pass_(hours=5)
    city.rescue()
    assert city.entry(doubtful.reference).code == "doubt.unanswered"
    city.court.standing = lambda reference: NotKnown()
    city.clock.pass_(hours=1)
    city.rescue()
    entry = city.entry(doubtful.reference)
    assert (entry.absences, entry.code) == (1, None)
    assert city.store.tallies.counts()["undecided"] == 0
