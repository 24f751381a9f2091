"""Receipts: stored before they are confirmed, applied once, in whatever order they come."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import pytest

from gateway.judiciary.paging import Paging, PagingWay
from gateway.notice.delivery_state import DeliveryEvent, DeliveryState
from gateway.notice.outbox import OutboxEntry
from gateway.receipts.acceptance import ReceiptPolicy
from gateway.receipts.feed import fetch_receipts
from gateway.runtime.errors import GatewayError
from gateway.store.stored import Changes

from .conftest import City

ARRIVAL, VIEWING = datetime(2026, 2, 3, 9, tzinfo=UTC), datetime(2026, 2, 5, 9, tzinfo=UTC)
CONSIGNMENT, HANDOVER = "ContentConsignment", "ContentHandover"


@pytest.fixture
def sent(city: City) -> OutboxEntry:
    (entry,) = city.admit("1")
    city.dispatch()
    return city.entry(entry.reference)


def test_arrival_is_service_and_viewing_follows(city: City, sent: OutboxEntry) -> None:
    city.court.issue(CONSIGNMENT, sent.reference, sent.seal_digest, ARRIVAL)
    city.receive()
    assert city.entry(sent.reference).state is DeliveryState.DELIVERED
    city.court.issue(HANDOVER, sent.reference, sent.seal_digest, VIEWING)
    city.receive()
    entry = city.entry(sent.reference)
    assert (entry.state, entry.delivered_at, entry.viewed_at) == (DeliveryState.VIEWED, ARRIVAL, VIEWING)
    assert city.court.confirmed == ["R1", "R2"]
    history = city.store.notices.history(sent.reference)
    assert [(e.event, e.occurred_at) for e in history[-2:]] == [
        (DeliveryEvent.CONTENT_CONSIGNMENT, ARRIVAL),
        (DeliveryEvent.CONTENT_HANDOVER, VIEWING),
    ]
    brought = ["RECEIPT", "MESSAGE_RECEIVED"]  # the answer that it came in, too
    assert [row.kind for row in city.store.evidence.of_notice(sent.reference)][-4:] == brought * 2


def test_viewing_may_overtake_arrival_and_both_times_are_kept(city: City, sent: OutboxEntry) -> None:
    city.court.issue(HANDOVER, sent.reference, sent.seal_digest, VIEWING)
    city.receive()
    assert city.entry(sent.reference).state is DeliveryState.VIEWED
    city.court.issue(CONSIGNMENT, sent.reference, sent.seal_digest, ARRIVAL)
    city.receive()
    entry = city.entry(sent.reference)
    assert (entry.state, entry.delivered_at, entry.viewed_at) == (DeliveryState.VIEWED, ARRIVAL, VIEWING)


def test_a_repeated_receipt_changes_nothing(city: City, sent: OutboxEntry) -> None:
    city.court.issue(CONSIGNMENT, sent.reference, sent.seal_digest, ARRIVAL)
    city.receive()
    city.court.receipts.append(city.court.receipts[0])
    city.court.issue(CONSIGNMENT, sent.reference, sent.seal_digest, ARRIVAL)
    before = city.entry(sent.reference)
    city.receive()
    assert city.entry(sent.reference) == before
    assert city.store.tallies.counts()["quarantined"] == 0


def test_a_contradicting_receipt_is_set_aside(city: City, sent: OutboxEntry) -> None:
    city.court.issue(CONSIGNMENT, sent.reference, sent.seal_digest, ARRIVAL)
    city.court.issue(CONSIGNMENT, sent.reference, sent.seal_digest, VIEWING)
    city.court.issue("ContentConsignmentFailure", sent.reference, sent.seal_digest, VIEWING)
    city.receive()
    entry = city.entry(sent.reference)
    assert (entry.state, entry.delivered_at) == (DeliveryState.DELIVERED, ARRIVAL)
    assert city.store.tallies.counts()["quarantined"] == 2
    assert city.receive().idle, "a contradiction is not looked at again and again"


def test_a_receipt_of_another_submission_is_set_aside(city: City, sent: OutboxEntry) -> None:
    city.court.issue(CONSIGNMENT, sent.reference, sent.seal_digest, ARRIVAL, tracking="T-other")
    city.receive()
    assert city.entry(sent.reference).state is DeliveryState.SUBMITTED
    assert city.store.tallies.counts()["quarantined"] == 1


def test_what_is_not_believed_stops_nothing_else(city: City, sent: OutboxEntry) -> None:
    city.court.receipts.append(b"forged")
    city.court.issue(CONSIGNMENT, "EB-" + "X" * 32, sent.seal_digest, ARRIVAL)
    city.court.issue(CONSIGNMENT, sent.reference, "sha256:" + "0" * 64, ARRIVAL)
    city.court.issue("ContentEaten", sent.reference, sent.seal_digest, ARRIVAL)
    city.court.issue(CONSIGNMENT, sent.reference, sent.seal_digest, ARRIVAL)
    report = city.receive()
    assert report.counts["quarantined"] == 4
    assert city.entry(sent.reference).state is DeliveryState.DELIVERED
    assert city.court.confirmed == ["R5"]


def test_a_receipt_proves_arrival_where_the_answer_was_lost(city: City) -> None:
    (entry,) = city.admit("1")
    city.court.answers = False
    city.dispatch()
    city.court.issue(CONSIGNMENT, entry.reference, entry.seal_digest, ARRIVAL)
    city.receive()
    now = city.entry(entry.reference)
    assert (now.state, now.tracking_number) == (DeliveryState.DELIVERED, f"T-{entry.reference[-6:]}")
    assert city.events(entry.reference)[-2:] == [DeliveryEvent.SUBMISSION_ACCEPTANCE, DeliveryEvent.CONTENT_CONSIGNMENT]


def test_a_receipt_that_overtakes_the_answer_waits_for_it(city: City) -> None:
    (entry,) = city.admit("1")

    def receive_first() -> None:
        city.court.issue(CONSIGNMENT, entry.reference, entry.seal_digest, ARRIVAL)
        city.receive()
        assert city.entry(entry.reference).state is DeliveryState.SENDING

    city.court.during_submit = receive_first
    city.dispatch()
    assert city.entry(entry.reference).state is DeliveryState.SUBMITTED
    city.receive()
    assert city.entry(entry.reference).state is DeliveryState.DELIVERED
    assert city.court.confirmed == ["R1"]


def test_many_receipts_come_in_pages(city: City) -> None:
    entries = city.admit(*[str(n) for n in range(25)])
    city.dispatch()
    for entry in entries:
        city.court.issue(CONSIGNMENT, entry.reference, entry.seal_digest, ARRIVAL)
    assert city.receive(page=7).counts["received"] == 25
    assert city.store.tallies.counts()[DeliveryState.DELIVERED] == 25


def test_a_pass_without_leave_ends_between_two_pages_of_what_is_applied(city: City) -> None:
    entries = city.admit(*[str(n) for n in range(9)])
    city.dispatch()
    for entry in entries:
        city.court.issue(CONSIGNMENT, entry.reference, entry.seal_digest, ARRIVAL)

    def receive(*may_continue: bool) -> Counter[str]:
        left, policy = iter(may_continue), ReceiptPolicy(origin="city", page=3)
        return fetch_receipts(city.store, city.court, city.reader, city.clock, policy, lambda: next(left)).counts

    no, yes = False, True
    assert receive(no, yes, no, yes, no, yes, no) == {"received": 9}
    assert receive(yes, yes, no, no) == {"applied": 6}
    assert city.receive().counts == {"applied": 3}


def test_stored_receipts_are_applied_though_the_judiciary_is_away(city: City, sent: OutboxEntry) -> None:
    city.court.issue(CONSIGNMENT, sent.reference, sent.seal_digest, ARRIVAL)

    def away(cursor: str, limit: int) -> None:
        raise GatewayError("courier.not-connected")

    def cut(changes: Changes) -> frozenset[str]:
        if changes.applied:
            raise GatewayError("store.unavailable")
        return commit(changes)

    commit = city.store.commit
    city.store.commit = cut  # type: ignore[method-assign]
    with pytest.raises(GatewayError, match=r"store\.unavailable"):
        city.receive()
    city.store.commit = commit  # type: ignore[method-assign]
    city.court.fetch_receipts = away  # type: ignore[method-assign, assignment]
    with pytest.raises(GatewayError, match=r"courier\.not-connected"):
        city.receive()
    assert city.entry(sent.reference).state is DeliveryState.DELIVERED


def test_a_receipt_that_was_stored_and_not_confirmed_is_confirmed_later(city: City, sent: OutboxEntry) -> None:
    city.court.issue(CONSIGNMENT, sent.reference, sent.seal_digest, ARRIVAL)
    confirm = city.court.confirm_receipts

    def away(ids: object) -> None:
        raise GatewayError("courier.no-answer")

    city.court.confirm_receipts = away  # type: ignore[method-assign, assignment]
    with pytest.raises(GatewayError, match=r"courier\.no-answer"):
        city.receive()
    city.court.confirm_receipts = confirm  # type: ignore[method-assign]
    city.receive()
    assert city.court.confirmed == ["R1"]


def test_a_time_that_cannot_be_read_stops_no_other_receipt(city: City, sent: OutboxEntry) -> None:
    city.court.issue(CONSIGNMENT, sent.reference, sent.seal_digest, ARRIVAL.replace(tzinfo=None))
    city.court.issue(CONSIGNMENT, sent.reference, sent.seal_digest, ARRIVAL)
    assert city.receive().counts["quarantined"] == 1
    assert city.entry(sent.reference).state is DeliveryState.DELIVERED


def test_another_receipt_under_a_known_id_is_set_aside_and_not_confirmed(city: City, sent: OutboxEntry) -> None:
    city.court.issue(CONSIGNMENT, sent.reference, sent.seal_digest, ARRIVAL)
    city.receive()
    city.court.receipts.append(city.court.receipts[0].replace(b"ContentConsignment", b"ContentHandover"))
    assert city.receive().counts == {"quarantined": 1}
    assert city.court.confirmed == ["R1"]
    assert city.entry(sent.reference).state is DeliveryState.DELIVERED


def test_a_receipt_for_a_dead_letter_proves_arrival(city: City) -> None:
    (entry,) = city.admit("1")
    city.clock.pass_(days=15)
    city.rescue()
    city.court.issue(CONSIGNMENT, entry.reference, entry.seal_digest, ARRIVAL)
    city.receive()
    assert city.entry(entry.reference).state is DeliveryState.DELIVERED


def test_a_failure_that_is_told_twice_is_no_contradiction(city: City, sent: OutboxEntry) -> None:
    for _ in range(2):
        city.court.issue("ContentConsignmentFailure", sent.reference, sent.seal_digest, ARRIVAL)
    city.receive()
    assert city.entry(sent.reference).state is DeliveryState.UNDELIVERABLE
    assert city.store.tallies.counts()["quarantined"] == 0


def test_pages_that_a_service_keeps_are_read_again_and_leave_no_further_record(city: City) -> None:
    city.court.paging = Paging(by=PagingWay.NUMBER)
    entries = city.admit(*[str(n) for n in range(6)])
    city.dispatch()
    for entry in entries[:5]:
        city.court.issue(CONSIGNMENT, entry.reference, entry.seal_digest, ARRIVAL)
    assert city.receive(page=3).counts["applied"] == 5
    assert city.store.rows.cursor(f"receipts:{city.court.destination}") == "page:2"
    records = city.store.tallies.counts()
    before = len(city.store.evidence.of_notice(entries[3].reference))
    assert "applied" not in city.receive(page=3).counts
    assert city.store.tallies.counts() == records
    assert len(city.store.evidence.of_notice(entries[3].reference)) == before
    # The last page was not full: what the service adds stands there.
    city.court.issue(CONSIGNMENT, entries[5].reference, entries[5].seal_digest, ARRIVAL)
    assert city.receive(page=3).counts["applied"] == 1
    assert city.store.tallies.counts()[DeliveryState.DELIVERED] == 6
