"""Receipts: stored before they are confirmed, applied once, in whatever order they come."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from gateway.judiciary.paging import Paging, PagingWay
from gateway.notice.delivery_state import DeliveryEvent, DeliveryState
from gateway.notice.legal_effect import Effect, ServiceDate
from gateway.notice.outbox import OutboxEntry
from gateway.receipts.acceptance import ReceiptPolicy
from gateway.receipts.feed import fetch_receipts
from gateway.record.derived import unproven
from gateway.record.evidence_record import EvidenceKind, Header
from gateway.runtime.errors import GatewayError

from .conftest import Passes

ARRIVAL, VIEWING = datetime(2026, 2, 3, 9, tzinfo=UTC), datetime(2026, 2, 5, 9, tzinfo=UTC)
CONSIGNMENT, HANDOVER, LEGAL = "ContentConsignment", "ContentHandover", "LegalService"


@pytest.fixture
def sent(passes: Passes) -> OutboxEntry:
    (entry,) = passes.admit("1")
    passes.dispatch()
    return passes.entry(entry.reference)


def test_arrival_is_service_and_viewing_follows(passes: Passes, sent: OutboxEntry) -> None:
    passes.judiciary.issue(CONSIGNMENT, sent.reference, sent.seal_digest, ARRIVAL)
    passes.receive()
    assert passes.entry(sent.reference).state is DeliveryState.DELIVERED
    passes.judiciary.issue(HANDOVER, sent.reference, sent.seal_digest, VIEWING)
    passes.receive()
    entry = passes.entry(sent.reference)
    assert (entry.state, entry.delivered_at, entry.viewed_at) == (DeliveryState.VIEWED, ARRIVAL, VIEWING)
    assert passes.judiciary.confirmed == ["R1", "R2"]
    history = passes.store.notices.history(sent.reference)
    assert [(e.event, e.occurred_at) for e in history[-2:]] == [
        (DeliveryEvent.CONTENT_CONSIGNMENT, ARRIVAL),
        (DeliveryEvent.CONTENT_HANDOVER, VIEWING),
    ]
    brought = ["RECEIPT", "MESSAGE_RECEIVED"]  # the answer that it came in, too
    assert [row.kind for row in passes.store.evidence.of_notice(sent.reference)][-4:] == brought * 2


def test_viewing_may_overtake_arrival_and_both_times_are_kept(passes: Passes, sent: OutboxEntry) -> None:
    passes.judiciary.issue(HANDOVER, sent.reference, sent.seal_digest, VIEWING)
    passes.receive()
    assert passes.entry(sent.reference).state is DeliveryState.VIEWED
    passes.judiciary.issue(CONSIGNMENT, sent.reference, sent.seal_digest, ARRIVAL)
    passes.receive()
    entry = passes.entry(sent.reference)
    assert (entry.state, entry.delivered_at, entry.viewed_at) == (DeliveryState.VIEWED, ARRIVAL, VIEWING)


def test_the_record_of_a_receipt_of_service_names_the_law_of_the_day_of_arrival(
    passes: Passes, sent: OutboxEntry
) -> None:
    asked: list[datetime] = []

    def named(arrival: datetime) -> dict[str, str]:
        asked.append(arrival)
        return {"rules_version": arrival.date().isoformat()}

    policy = ReceiptPolicy(origin="city", law_names=lambda: named)
    for event, moment in ((CONSIGNMENT, ARRIVAL), (HANDOVER, VIEWING), ("ContentConsignmentFailure", VIEWING)):
        passes.judiciary.issue(event, sent.reference, sent.seal_digest, moment)
        fetch_receipts(passes.store, passes.judiciary, passes.reader, passes.clock, policy)
    headers = [Header.of(row.header) for row in passes.store.evidence.of_notice(sent.reference)]
    receipts = [header.context.get("rules_version") for header in headers if header.kind is EvidenceKind.RECEIPT]
    assert receipts == ["2026-02-03", "2026-02-03", None], "the viewing names the law of the arrival before it"
    assert asked == [ARRIVAL, ARRIVAL]


BY_LAW = datetime(2026, 2, 13, 20, 30, tzinfo=UTC)
"""Noticed as the next day in Tehran."""


@pytest.mark.parametrize("order", [(CONSIGNMENT, LEGAL), (LEGAL, CONSIGNMENT)])
def test_service_by_law_moves_no_arrival_and_leaves_viewing_possible(
    passes: Passes, sent: OutboxEntry, order: tuple[str, ...]
) -> None:
    times = {CONSIGNMENT: ARRIVAL, LEGAL: BY_LAW}
    for event in order:
        passes.judiciary.issue(event, sent.reference, sent.seal_digest, times[event])
        passes.receive()
        entry = passes.entry(sent.reference)
        assert entry.state is DeliveryState.DELIVERED
        # Until the arrival is known, the statement is the first proof of it.
        alone = event == order[0] == LEGAL
        day = "1404-11-25" if alone else "1404-11-14"
        assert entry.service == ServiceDate(date=day, effect=Effect.LEGAL, arrival_known=not alone)
    assert (entry.delivered_at, entry.viewed_at, entry.legal_service_at) == (ARRIVAL, None, BY_LAW)
    polled = passes.store.outbox.pollable(
        destination=entry.destination, doubtful=False, since=entry.admitted_at, after="", limit=9
    )
    assert [each.reference for each in polled] == [entry.reference]
    passes.judiciary.issue(HANDOVER, sent.reference, sent.seal_digest, BY_LAW + timedelta(days=1))
    passes.receive()
    entry = passes.entry(sent.reference)
    assert (entry.state, entry.legal_service_at) == (DeliveryState.VIEWED, BY_LAW)
    assert entry.service == ServiceDate(date="1404-11-14", effect=Effect.ACTUAL)
    assert passes.store.tallies.counts()["quarantined"] == 0
    assert unproven(passes.store.evidence, [entry], passes.reader.read) == {}


def test_service_by_law_before_the_arrival_or_after_a_failure_is_set_aside(passes: Passes, sent: OutboxEntry) -> None:
    passes.judiciary.issue(CONSIGNMENT, sent.reference, sent.seal_digest, BY_LAW)
    passes.receive()
    passes.judiciary.issue(LEGAL, sent.reference, sent.seal_digest, ARRIVAL)
    passes.receive()
    entry = passes.entry(sent.reference)
    assert (entry.state, entry.legal_service_at) == (DeliveryState.DELIVERED, None)
    (other,) = passes.admit("2")
    passes.dispatch()
    seal = passes.entry(other.reference).seal_digest
    for event in ("ContentConsignmentFailure", LEGAL):
        passes.judiciary.issue(event, other.reference, seal, BY_LAW + timedelta(days=1))
        passes.receive()
    assert passes.entry(other.reference).state is DeliveryState.UNDELIVERABLE
    assert sorted(item.code for item in passes.quarantine()) == ["receipt.contradiction", "receipt.implausible-time"]


def test_a_repeated_receipt_changes_nothing(passes: Passes, sent: OutboxEntry) -> None:
    passes.judiciary.issue(CONSIGNMENT, sent.reference, sent.seal_digest, ARRIVAL)
    passes.receive()
    passes.judiciary.receipts.append(passes.judiciary.receipts[0])
    passes.judiciary.issue(CONSIGNMENT, sent.reference, sent.seal_digest, ARRIVAL)
    before = passes.entry(sent.reference)
    passes.receive()
    assert passes.entry(sent.reference) == before
    assert passes.store.tallies.counts()["quarantined"] == 0


def test_a_contradicting_receipt_is_set_aside(passes: Passes, sent: OutboxEntry) -> None:
    passes.judiciary.issue(CONSIGNMENT, sent.reference, sent.seal_digest, ARRIVAL)
    passes.judiciary.issue(CONSIGNMENT, sent.reference, sent.seal_digest, VIEWING)
    passes.judiciary.issue("ContentConsignmentFailure", sent.reference, sent.seal_digest, VIEWING)
    passes.receive()
    entry = passes.entry(sent.reference)
    assert (entry.state, entry.delivered_at) == (DeliveryState.DELIVERED, ARRIVAL)
    assert passes.store.tallies.counts()["quarantined"] == 2
    assert passes.receive().idle, "a contradiction is not looked at again and again"


def test_a_receipt_of_another_submission_is_set_aside(passes: Passes, sent: OutboxEntry) -> None:
    passes.judiciary.issue(CONSIGNMENT, sent.reference, sent.seal_digest, ARRIVAL, tracking="T-other")
    passes.receive()
    assert passes.entry(sent.reference).state is DeliveryState.SUBMITTED
    assert passes.store.tallies.counts()["quarantined"] == 1


def test_what_is_not_believed_stops_nothing_else(passes: Passes, sent: OutboxEntry) -> None:
    passes.judiciary.receipts.append(b"forged")
    passes.judiciary.issue(CONSIGNMENT, "EB-" + "X" * 32, sent.seal_digest, ARRIVAL)
    passes.judiciary.issue(CONSIGNMENT, sent.reference, "sha256:" + "0" * 64, ARRIVAL)
    passes.judiciary.issue("ContentEaten", sent.reference, sent.seal_digest, ARRIVAL)
    passes.judiciary.issue(CONSIGNMENT, sent.reference, sent.seal_digest, ARRIVAL)
    report = passes.receive()
    assert report.counts["quarantined"] == 4
    assert passes.entry(sent.reference).state is DeliveryState.DELIVERED
    assert passes.judiciary.confirmed == ["R5"]


def test_a_receipt_proves_arrival_where_the_answer_was_lost(passes: Passes) -> None:
    (entry,) = passes.admit("1")
    passes.judiciary.answers = False
    passes.dispatch()
    passes.judiciary.issue(CONSIGNMENT, entry.reference, entry.seal_digest, ARRIVAL)
    passes.receive()
    now = passes.entry(entry.reference)
    assert (now.state, now.tracking_number) == (DeliveryState.DELIVERED, f"T-{entry.reference[-6:]}")
    assert passes.events(entry.reference)[-2:] == [
        DeliveryEvent.SUBMISSION_ACCEPTANCE,
        DeliveryEvent.CONTENT_CONSIGNMENT,
    ]


def test_a_receipt_that_overtakes_the_answer_waits_for_it(passes: Passes) -> None:
    (entry,) = passes.admit("1")

    def receive_first() -> None:
        passes.judiciary.issue(CONSIGNMENT, entry.reference, entry.seal_digest, ARRIVAL)
        passes.receive()
        assert passes.entry(entry.reference).state is DeliveryState.SENDING

    passes.judiciary.during_submit = receive_first
    passes.dispatch()
    assert passes.entry(entry.reference).state is DeliveryState.SUBMITTED
    passes.receive()
    assert passes.entry(entry.reference).state is DeliveryState.DELIVERED
    assert passes.judiciary.confirmed == ["R1"]


def test_many_receipts_come_in_pages(passes: Passes) -> None:
    entries = passes.admit(*[str(n) for n in range(25)])
    passes.dispatch()
    for entry in entries:
        passes.judiciary.issue(CONSIGNMENT, entry.reference, entry.seal_digest, ARRIVAL)
    assert passes.receive(page=7).counts["received"] == 25
    assert passes.store.tallies.counts()[DeliveryState.DELIVERED] == 25


def test_a_pass_without_leave_ends_between_two_pages_of_what_is_applied(passes: Passes) -> None:
    entries = passes.admit(*[str(n) for n in range(9)])
    passes.dispatch()
    for entry in entries:
        passes.judiciary.issue(CONSIGNMENT, entry.reference, entry.seal_digest, ARRIVAL)

    def receive(*may_continue: bool) -> Counter[str]:
        left, policy = iter(may_continue), ReceiptPolicy(origin="city", page=3)
        return fetch_receipts(
            passes.store, passes.judiciary, passes.reader, passes.clock, policy, lambda: next(left)
        ).counts

    no, yes = False, True
    assert receive(no, yes, no, yes, no, yes, no) == {"received": 9}
    assert receive(yes, yes, no, no) == {"applied": 6}
    assert passes.receive().counts == {"applied": 3}


def test_receipts_that_are_stored_and_applied_at_once_do_what_they_do_one_after_the_other(passes: Passes) -> None:
    told = [
        (CONSIGNMENT, ARRIVAL),
        (CONSIGNMENT, ARRIVAL + timedelta(hours=1)),
        (HANDOVER, VIEWING),
        (HANDOVER, ARRIVAL - timedelta(hours=1)),
        (LEGAL, BY_LAW),
        ("ContentConsignmentFailure", ARRIVAL),
    ]
    stories = [story for length in (1, 2, 3) for story in permutations(told, length)]
    entries = passes.admit(*[str(n) for n in range(2 * len(stories))])
    passes.dispatch()
    passes.clock.now = BY_LAW + timedelta(days=1)
    at_once, later = entries[::2], entries[1::2]
    for notices in (at_once, later):
        for entry, story in zip(notices, stories, strict=True):
            for event, moment in story:
                passes.judiciary.issue(event, entry.reference, entry.seal_digest, moment)
        if notices is later:
            assert "applied" not in passes.receive(page=1000, may_continue=iter([False, True, False]).__next__).counts
        passes.receive(page=1000)

    def outcome(notice: OutboxEntry) -> object:
        entry = passes.entry(notice.reference)
        steps = [(e.event, e.state, e.occurred_at) for e in passes.store.notices.history(notice.reference)]
        return entry.state, entry.seq, entry.delivered_at, entry.viewed_at, entry.legal_service_at, steps

    assert [outcome(notice) for notice in at_once] == [outcome(notice) for notice in later]
    items = passes.store.quarantine.page(code=None, limit=1000, after=None)
    refused = Counter(item.code for item in items)
    assert all(count % 2 == 0 for count in refused.values()), refused
    assert passes.store.receipts.unapplied(1) == []


def test_stored_receipts_are_applied_though_the_judiciary_is_away(passes: Passes, sent: OutboxEntry) -> None:
    passes.judiciary.issue(CONSIGNMENT, sent.reference, sent.seal_digest, ARRIVAL)

    def away(cursor: str, limit: int) -> None:
        raise GatewayError("courier.not-connected")

    passes.receive(may_continue=iter([False, True, False]).__next__)
    assert passes.entry(sent.reference).state is DeliveryState.SUBMITTED
    passes.judiciary.fetch_receipts = away  # type: ignore[method-assign, assignment]
    with pytest.raises(GatewayError, match=r"courier\.not-connected"):
        passes.receive()
    assert passes.entry(sent.reference).state is DeliveryState.DELIVERED


def test_a_receipt_that_was_stored_and_not_confirmed_is_confirmed_later(passes: Passes, sent: OutboxEntry) -> None:
    passes.judiciary.issue(CONSIGNMENT, sent.reference, sent.seal_digest, ARRIVAL)
    confirm = passes.judiciary.confirm_receipts

    def away(ids: object) -> None:
        raise GatewayError("courier.no-answer")

    passes.judiciary.confirm_receipts = away  # type: ignore[method-assign, assignment]
    with pytest.raises(GatewayError, match=r"courier\.no-answer"):
        passes.receive()
    passes.judiciary.confirm_receipts = confirm  # type: ignore[method-assign]
    passes.receive()
    assert passes.judiciary.confirmed == ["R1"]


def test_a_fault_to_a_repeated_confirmation_stops_no_later_page(passes: Passes, sent: OutboxEntry) -> None:
    """The process ends between the confirmation and its cursor; the service says that all is confirmed already."""
    passes.judiciary.issue(CONSIGNMENT, sent.reference, sent.seal_digest, ARRIVAL)
    confirm, confirmed = passes.judiciary.confirm_receipts, set[str]()

    def once(ids: Sequence[str]) -> None:
        if confirmed.issuperset(ids):
            raise GatewayError("courier.fault", detail="already confirmed")
        confirmed.update(ids)
        confirm(ids)
        if len(confirmed) == 1:
            raise GatewayError("store.unavailable", detail="the process ends here")

    passes.judiciary.confirm_receipts = once  # type: ignore[method-assign, assignment]
    with pytest.raises(GatewayError, match=r"store\.unavailable"):
        passes.receive()
    passes.judiciary.issue(HANDOVER, sent.reference, sent.seal_digest, VIEWING)
    reports = [passes.receive(page=1) for _ in range(2)]
    assert [error.code for report in reports for error in report.errors] == ["courier.fault"]
    assert passes.judiciary.confirmed == ["R1", "R2"]
    assert passes.entry(sent.reference).state is DeliveryState.VIEWED


def test_a_fault_to_the_first_confirmation_is_repeated(passes: Passes, sent: OutboxEntry) -> None:
    passes.judiciary.issue(CONSIGNMENT, sent.reference, sent.seal_digest, ARRIVAL)
    confirm, faults = passes.judiciary.confirm_receipts, iter([True])

    def at_first(ids: Sequence[str]) -> None:
        if next(faults, False):
            raise GatewayError("courier.fault", detail="not now")
        confirm(ids)

    passes.judiciary.confirm_receipts = at_first  # type: ignore[method-assign, assignment]
    with pytest.raises(GatewayError, match=r"courier\.fault"):
        passes.receive()
    passes.receive()
    assert passes.judiciary.confirmed == ["R1"]


def test_a_time_that_cannot_be_read_stops_no_other_receipt(passes: Passes, sent: OutboxEntry) -> None:
    passes.judiciary.issue(CONSIGNMENT, sent.reference, sent.seal_digest, ARRIVAL.replace(tzinfo=None))
    passes.judiciary.issue(CONSIGNMENT, sent.reference, sent.seal_digest, ARRIVAL)
    assert passes.receive().counts["quarantined"] == 1
    assert passes.entry(sent.reference).state is DeliveryState.DELIVERED


def test_another_receipt_under_a_known_id_is_set_aside_and_not_confirmed(passes: Passes, sent: OutboxEntry) -> None:
    passes.judiciary.issue(CONSIGNMENT, sent.reference, sent.seal_digest, ARRIVAL)
    passes.receive()
    passes.judiciary.receipts.append(passes.judiciary.receipts[0].replace(b"ContentConsignment", b"ContentHandover"))
    assert passes.receive().counts == {"quarantined": 1}
    assert passes.judiciary.confirmed == ["R1"]
    assert passes.entry(sent.reference).state is DeliveryState.DELIVERED


def test_a_receipt_for_a_dead_letter_proves_arrival(passes: Passes) -> None:
    (entry,) = passes.admit("1")
    passes.clock.advance(days=15)
    passes.rescue()
    passes.judiciary.issue(CONSIGNMENT, entry.reference, entry.seal_digest, ARRIVAL)
    passes.receive()
    assert passes.entry(entry.reference).state is DeliveryState.DELIVERED


def test_a_failure_that_is_told_twice_is_no_contradiction(passes: Passes, sent: OutboxEntry) -> None:
    for _ in range(2):
        passes.judiciary.issue("ContentConsignmentFailure", sent.reference, sent.seal_digest, ARRIVAL)
    passes.receive()
    assert passes.entry(sent.reference).state is DeliveryState.UNDELIVERABLE
    assert passes.store.tallies.counts()["quarantined"] == 0


def test_pages_that_a_service_keeps_are_read_again_and_leave_no_further_record(passes: Passes) -> None:
    passes.judiciary.paging = Paging(by=PagingWay.NUMBER)
    entries = passes.admit(*[str(n) for n in range(6)])
    passes.dispatch()
    for entry in entries[:5]:
        passes.judiciary.issue(CONSIGNMENT, entry.reference, entry.seal_digest, ARRIVAL)
    assert passes.receive(page=3).counts["applied"] == 5
    assert passes.store.rows.cursor(f"receipts:{passes.judiciary.destination}") == "page:2/3/1"
    records = passes.store.tallies.counts()
    before = len(passes.store.evidence.of_notice(entries[3].reference))
    assert "applied" not in passes.receive(page=3).counts
    assert passes.store.tallies.counts() == records
    assert len(passes.store.evidence.of_notice(entries[3].reference)) == before
    # The last page was not full: what the service adds stands there.
    passes.judiciary.issue(CONSIGNMENT, entries[5].reference, entries[5].seal_digest, ARRIVAL)
    assert passes.receive(page=3).counts["applied"] == 1
    assert passes.store.tallies.counts()[DeliveryState.DELIVERED] == 6
