"""A receipt whose time cannot be right is never applied by itself: it waits in quarantine until a person decides."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from gateway.notice.delivery_state import DeliveryEvent, DeliveryState
from gateway.notice.outbox import OutboxEntry
from gateway.receipts.plausibility import TIME_ACCEPTED
from gateway.receipts.quarantine_release import dismiss_item
from gateway.record.evidence_record import Header
from gateway.store.waiting_receipt import IMPLAUSIBLE

from .conftest import Passes
from .restorable import Restorable
from .restored_world import forgotten_sending

pytestmark = pytest.mark.long

ARRIVED, VIEWED = DeliveryEvent.CONTENT_CONSIGNMENT.value, DeliveryEvent.CONTENT_HANDOVER.value


@pytest.fixture
def sent(passes: Passes) -> OutboxEntry:
    """A notice that was sealed at eight, sent at ten; now it is noon of the next week."""
    (entry,) = passes.admit("1")
    passes.clock.advance(hours=2)
    passes.dispatch()
    passes.clock.advance(days=7, hours=2)
    return passes.entry(entry.reference)


def assert_kept(passes: Passes, sent: OutboxEntry, receipts: int) -> None:
    """Nothing moved, nothing is lost, and whoever must act is told once."""
    report = passes.receive()
    assert {(item.code, passes.store.evidence.payload(item.payload_digest)) for item in passes.quarantine()} == {
        (IMPLAUSIBLE, octets) for octets in passes.judiciary.receipts[-receipts:]
    }
    assert passes.entry(sent.reference) == sent
    assert [alarm.code for alarm in report.alarms] == [IMPLAUSIBLE]
    passes.clock.advance(seconds=1)
    assert [finding.kind for finding in passes.reconcile()[1] if finding.kind.startswith("receipt")] == [
        "receipt-not-believed"
    ] * receipts


TIMES: dict[str, Callable[[OutboxEntry, datetime], datetime]] = {
    "in 1990": lambda sent, now: sent.admitted_at.replace(year=1990),
    "in 2090": lambda sent, now: now.replace(year=2090),
    "in the year 9000": lambda sent, now: now.replace(year=9000),
    "before it was sealed": lambda sent, now: sent.admitted_at - timedelta(minutes=2),
    "before it was sent": lambda sent, now: sent.admitted_at + timedelta(hours=1),
    "in the future": lambda sent, now: now + timedelta(seconds=61),
}


@pytest.mark.parametrize("when", sorted(TIMES))
@pytest.mark.parametrize("event", [ARRIVED, VIEWED])
def test_a_time_that_cannot_be_right_is_not_applied(passes: Passes, sent: OutboxEntry, when: str, event: str) -> None:
    passes.judiciary.issue(event, sent.reference, sent.seal_digest, TIMES[when](sent, passes.clock()), ahead=True)
    assert_kept(passes, sent, 1)
    assert passes.judiciary.confirmed == []


def test_clocks_may_differ_by_the_skew(passes: Passes, sent: OutboxEntry) -> None:
    claimed = sent.admitted_at + timedelta(hours=2)
    passes.judiciary.issue(ARRIVED, sent.reference, sent.seal_digest, claimed - timedelta(seconds=60))
    passes.judiciary.issue(VIEWED, sent.reference, sent.seal_digest, passes.clock() + timedelta(seconds=60), ahead=True)
    assert passes.receive().alarms == []
    assert passes.entry(sent.reference).state is DeliveryState.VIEWED


def test_a_time_to_the_minute_may_mean_its_last_second(passes: Passes, sent: OutboxEntry) -> None:
    claimed = sent.admitted_at + timedelta(hours=2)
    assert (claimed.second, claimed.microsecond) == (0, 0)
    passes.judiciary.issue(ARRIVED, sent.reference, sent.seal_digest, claimed - timedelta(minutes=2))
    assert passes.receive().alarms == []
    passes.judiciary.issue(VIEWED, sent.reference, sent.seal_digest, claimed - timedelta(minutes=3, seconds=59))
    assert [alarm.code for alarm in passes.receive().alarms] == [IMPLAUSIBLE]


def test_a_viewing_six_days_before_the_arrival_applies_neither(passes: Passes, sent: OutboxEntry) -> None:
    passes.judiciary.issue(ARRIVED, sent.reference, sent.seal_digest, passes.clock())
    passes.judiciary.issue(VIEWED, sent.reference, sent.seal_digest, passes.clock() - timedelta(days=6))
    assert_kept(passes, sent, 2)


def test_an_arrival_after_a_known_viewing_is_not_applied(passes: Passes, sent: OutboxEntry) -> None:
    passes.judiciary.issue(VIEWED, sent.reference, sent.seal_digest, passes.clock() - timedelta(days=6))
    passes.receive()
    viewed = passes.entry(sent.reference)
    assert viewed.state is DeliveryState.VIEWED
    passes.judiciary.issue(ARRIVED, sent.reference, sent.seal_digest, passes.clock())
    assert_kept(passes, viewed, 1)


@pytest.mark.parametrize("together", [False, True])
def test_a_person_releases_it_as_it_is_and_that_is_on_record(
    passes: Passes, sent: OutboxEntry, *, together: bool
) -> None:
    arrival = passes.clock() if together else sent.admitted_at - timedelta(days=1)
    passes.judiciary.issue(ARRIVED, sent.reference, sent.seal_digest, arrival)
    if together:
        passes.judiciary.issue(VIEWED, sent.reference, sent.seal_digest, passes.clock() - timedelta(days=6))
    passes.receive()
    item = next(
        each for each in passes.quarantine() if ARRIVED in passes.store.evidence.payload(each.payload_digest).decode()
    )
    judged = passes.release(item)
    assert judged.receipt is not None
    assert judged.standing == []
    assert passes.entry(sent.reference).delivered_at == arrival
    if not together:  # or else it was recorded when it came
        record = passes.store.evidence.record("receipt:R1")
        assert record is not None
        assert TIME_ACCEPTED in Header.of(record.header).context["passed"]
    left = passes.quarantine()
    passes.judiciary.receipts.append(passes.judiciary.receipts[0])
    passes.receive()
    assert passes.quarantine() == left, "what a person released is not asked about once more"


def test_a_person_dismisses_it_and_nothing_moves(passes: Passes, sent: OutboxEntry) -> None:
    passes.judiciary.issue(ARRIVED, sent.reference, sent.seal_digest, passes.clock() + timedelta(days=1), ahead=True)
    passes.receive()
    [item] = passes.quarantine()
    dismiss_item(passes.store, "city", item, passes.act("quarantine.dismiss"))
    passes.receive()
    assert (passes.quarantine(), passes.entry(sent.reference)) == ([], sent)


@pytest.mark.parametrize(
    ("at", "is_plausible"),
    [
        (datetime(1970, 1, 1, tzinfo=UTC), False),
        (datetime(2020, 1, 1, tzinfo=UTC), False),
        (datetime(2026, 2, 2, 20, 27, tzinfo=UTC), False),  # in Tehran, three minutes before that day
        (datetime(2026, 2, 2, 20, 30, tzinfo=UTC), True),
    ],
)
def test_what_a_forgotten_seal_says_happened_after_its_paper_was_issued(
    place: Restorable, at: datetime, *, is_plausible: bool
) -> None:
    world, reference = forgotten_sending(place)
    known = world.passes.entry(reference)
    assert (known.state, known.seal_digest == world.seals[reference]) == (DeliveryState.SUBMITTED, False)
    world.judiciary.issue(ARRIVED, reference, world.seals[reference], at)
    if is_plausible:
        assert world.passes.receive().alarms == []
        assert world.passes.entry(reference).delivered_at == at
        return
    assert_kept(world.passes, known, 1)
    assert world.judiciary.confirmed == []


def test_a_forgotten_seal_whose_day_of_issue_cannot_be_read_has_no_plausible_time(place: Restorable) -> None:
    world, reference = forgotten_sending(place)
    world.passes.issue_day = lambda _: None
    world.judiciary.issue(ARRIVED, reference, world.seals[reference], world.clock())
    assert_kept(world.passes, world.passes.entry(reference), 1)
