"""A receipt whose time cannot be right is never applied by itself: it waits in quarantine until a person decides."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from gateway.notice.delivery_state import DeliveryEvent, DeliveryState
from gateway.notice.outbox import OutboxEntry
from gateway.receipts.plausibility import IMPLAUSIBLE, TIME_ACCEPTED
from gateway.receipts.quarantine_release import dismiss_item
from gateway.record.evidence_record import Header

from .conftest import City

ARRIVED, VIEWED = DeliveryEvent.CONTENT_CONSIGNMENT.value, DeliveryEvent.CONTENT_HANDOVER.value


@pytest.fixture
def sent(city: City) -> OutboxEntry:
    """A notice that was sealed at eight, sent at ten; now it is noon of the next week."""
    (entry,) = city.admit("1")
    city.clock.pass_(hours=2)
    city.dispatch()
    city.clock.pass_(days=7, hours=2)
    return city.entry(entry.reference)


def assert_kept(city: City, sent: OutboxEntry, receipts: int) -> None:
    """Nothing moved, nothing is lost, and whoever must act is told once."""
    report = city.receive()
    assert {(item.code, city.store.evidence.payload(item.payload_digest)) for item in city.quarantine()} == {
        (IMPLAUSIBLE, octets) for octets in city.court.receipts[-receipts:]
    }
    assert city.entry(sent.reference) == sent
    assert [alarm.code for alarm in report.alarms] == [IMPLAUSIBLE]
    city.clock.pass_(seconds=1)
    assert [finding.kind for finding in city.reconcile()[1] if finding.kind.startswith("receipt")] == [
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
def test_a_time_that_cannot_be_right_is_not_applied(city: City, sent: OutboxEntry, when: str, event: str) -> None:
    city.court.issue(event, sent.reference, sent.seal_digest, TIMES[when](sent, city.clock()), ahead=True)
    assert_kept(city, sent, 1)
    assert city.court.confirmed == []


def test_clocks_may_differ_by_the_skew(city: City, sent: OutboxEntry) -> None:
    claimed = sent.admitted_at + timedelta(hours=2)
    city.court.issue(ARRIVED, sent.reference, sent.seal_digest, claimed - timedelta(seconds=60))
    city.court.issue(VIEWED, sent.reference, sent.seal_digest, city.clock() + timedelta(seconds=60), ahead=True)
    assert city.receive().alarms == []
    assert city.entry(sent.reference).state is DeliveryState.VIEWED


def test_a_time_to_the_minute_may_mean_its_last_second(city: City, sent: OutboxEntry) -> None:
    claimed = sent.admitted_at + timedelta(hours=2)
    assert (claimed.second, claimed.microsecond) == (0, 0)
    city.court.issue(ARRIVED, sent.reference, sent.seal_digest, claimed - timedelta(minutes=2))
    assert city.receive().alarms == []
    city.court.issue(VIEWED, sent.reference, sent.seal_digest, claimed - timedelta(minutes=3, seconds=59))
    assert [alarm.code for alarm in city.receive().alarms] == [IMPLAUSIBLE]


def test_a_viewing_six_days_before_the_arrival_applies_neither(city: City, sent: OutboxEntry) -> None:
    city.court.issue(ARRIVED, sent.reference, sent.seal_digest, city.clock())
    city.court.issue(VIEWED, sent.reference, sent.seal_digest, city.clock() - timedelta(days=6))
    assert_kept(city, sent, 2)


def test_an_arrival_after_a_known_viewing_is_not_applied(city: City, sent: OutboxEntry) -> None:
    city.court.issue(VIEWED, sent.reference, sent.seal_digest, city.clock() - timedelta(days=6))
    city.receive()
    viewed = city.entry(sent.reference)
    assert viewed.state is DeliveryState.VIEWED
    city.court.issue(ARRIVED, sent.reference, sent.seal_digest, city.clock())
    assert_kept(city, viewed, 1)


@pytest.mark.parametrize("together", [False, True])
def test_a_person_releases_it_as_it_is_and_that_is_on_record(city: City, sent: OutboxEntry, *, together: bool) -> None:
    arrival = city.clock() if together else sent.admitted_at - timedelta(days=1)
    city.court.issue(ARRIVED, sent.reference, sent.seal_digest, arrival)
    if together:
        city.court.issue(VIEWED, sent.reference, sent.seal_digest, city.clock() - timedelta(days=6))
    city.receive()
    item = next(
        each for each in city.quarantine() if ARRIVED in city.store.evidence.payload(each.payload_digest).decode()
    )
    judged = city.release(item)
    assert judged.receipt is not None
    assert judged.standing == []
    assert city.entry(sent.reference).delivered_at == arrival
    if not together:  # or else it was recorded when it came
        record = city.store.evidence.record("receipt:R1")
        assert record is not None
        assert TIME_ACCEPTED in Header.of(record.header).context["passed"]
    left = city.quarantine()
    city.court.receipts.append(city.court.receipts[0])
    city.receive()
    assert city.quarantine() == left, "what a person released is not asked about once more"


def test_a_person_dismisses_it_and_nothing_moves(city: City, sent: OutboxEntry) -> None:
    city.court.issue(ARRIVED, sent.reference, sent.seal_digest, city.clock() + timedelta(days=1), ahead=True)
    city.receive()
    [item] = city.quarantine()
    dismiss_item(city.store, "city", item, city.act("quarantine.dismiss"))
    city.receive()
    assert (city.quarantine(), city.entry(sent.reference)) == ([], sent)
