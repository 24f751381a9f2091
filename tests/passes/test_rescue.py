"""What is in doubt is asked about; "not known" proves absence only late, and twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from gateway.courier import Accepted, NoAccount, NotKnown, Rejected, Standing, Unknown
from gateway.delivery import DeliveryEvent, DeliveryState
from gateway.errors import GatewayError
from gateway.outbox import OutboxEntry

from .conftest import City

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
    proof = city.store.history(doubtful.reference)[-1].evidence_id
    assert proof in [row.id for row in city.store.evidence(doubtful.reference)]


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
    assert (entry.state, entry.code, entry.due_at) == (DeliveryState.IN_DOUBT, "doubt.person", None)
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
    city.store.claim(
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
    city.store.claim(
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
    city.store.claim(
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
    assert city.store.counts()["undecided"] == 0
    assert ask_for(hours=1) > 0
    entry = city.entry(doubtful.reference)
    assert (entry.state, entry.code) == (DeliveryState.IN_DOUBT, "doubt.unanswered")
    assert entry.due_at is not None
    assert city.store.counts()["undecided"] == 1
    ask_for(hours=240)
    assert 1 <= ask_for(hours=48) <= 3, "each day, at least"
    city.court.standing = lambda reference: Accepted(tracking_number="T-1")
    ask_for(hours=25)
    assert city.entry(doubtful.reference).state is DeliveryState.SUBMITTED
    assert city.store.counts()["undecided"] == 0


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
    assert city.store.counts()["undecided"] == 0
