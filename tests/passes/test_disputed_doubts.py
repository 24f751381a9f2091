"""A signed receipt of a notice in doubt lies in quarantine: nobody sends the notice again while its item is open."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from gateway.judiciary.capabilities import Capabilities, InquiryWay
from gateway.judiciary.courier import Accepted, Deferred, SealRefused
from gateway.notice.delivery_state import DeliveryEvent, DeliveryState
from gateway.notice.outbox import OutboxEntry
from gateway.operations.intervention import Decision, DoubtDecision, hold_notice, release_notice
from gateway.overview.doubts.doubt_explained import ExplainedDoubt, explain_doubt
from gateway.overview.doubts.doubt_kind import DoubtKind
from gateway.receipts.quarantine_release import dismiss_item
from gateway.runtime.errors import GatewayError
from gateway.store.stored import Quarantined

from .conftest import SETTLE, Passes
from .ports import accept

ARRIVED = DeliveryEvent.CONTENT_CONSIGNMENT.value
BEFORE_EVERYTHING = datetime(2020, 1, 1, tzinfo=UTC)
SEND_AGAIN = Decision(verdict=DoubtDecision.QUEUED, settle_after=SETTLE)


def doubted(passes: Passes) -> OutboxEntry:
    """Return a notice whose sending was not answered."""
    (entry,) = passes.admit("1")
    passes.clock.advance(hours=2)
    passes.judiciary.answers = False
    passes.dispatch()
    passes.judiciary.answers = True
    return passes.entry(entry.reference)


def implausible(passes: Passes, entry: OutboxEntry) -> Quarantined:
    """Let the receipt of its arrival come, by a clock that is three minutes behind."""
    sent_at = passes.clock.now
    passes.clock.advance(minutes=2)
    passes.judiciary.issue(ARRIVED, entry.reference, entry.seal_digest, sent_at - timedelta(minutes=3), ahead=True)
    passes.receive()
    [item] = passes.quarantine()
    assert (item.code, item.notice) == ("receipt.implausible-time", entry.reference)
    return item


def go_on(passes: Passes, hours: int = 6) -> None:
    for _ in range(hours):
        passes.clock.advance(hours=1)
        passes.rescue()
        passes.receive()
        passes.dispatch()


def test_two_answers_against_its_receipt_are_for_a_person(passes: Passes) -> None:
    entry = doubted(passes)
    item = implausible(passes, entry)
    go_on(passes)
    assert passes.judiciary.received == [entry.reference], "a second notice would start a second deadline"
    now = passes.entry(entry.reference)
    assert (now.state, now.code, now.due_at) == (DeliveryState.IN_DOUBT, "doubt.absent", None)
    with pytest.raises(GatewayError, match=rf"{item.payload_digest}/receipt\.implausible-time.*queue\.receipt-waits"):
        passes.intervene(entry.reference, SEND_AGAIN)

    dismiss_item(passes.store, "city", item, passes.act("quarantine.dismiss"))
    passes.intervene(entry.reference, SEND_AGAIN)
    assert passes.dispatch().counts["sent"] == 1, "a person has found out that the receipt is a mistake"


def test_without_inquiries_a_person_releases_it_and_does_not_send_again(passes: Passes) -> None:
    passes.capabilities = Capabilities(inquiry=InquiryWay.NONE)
    entry = doubted(passes)
    item = implausible(passes, entry)
    go_on(passes)
    assert passes.entry(entry.reference).code == "doubt.unaskable"
    with pytest.raises(GatewayError, match=r"queue\.receipt-waits"):
        passes.intervene(entry.reference, SEND_AGAIN)
    assert passes.release(item).standing == []
    assert passes.entry(entry.reference).state is DeliveryState.DELIVERED
    assert passes.judiciary.received == [entry.reference]


def test_a_seal_that_is_refused_when_asked_is_no_proof_against_its_receipt(passes: Passes) -> None:
    entry = doubted(passes)
    implausible(passes, entry)
    passes.judiciary.standing = lambda _: SealRefused(code="S-1", text="")
    go_on(passes)
    assert passes.judiciary.received == [entry.reference]
    assert passes.entry(entry.reference).state is DeliveryState.IN_DOUBT


def test_a_notice_that_waits_to_be_sent_again_is_asked_about(passes: Passes) -> None:
    """The judiciary said that it had put the notice off, and a person held it meanwhile."""
    passes.judiciary.outcome = lambda _: Deferred(code="busy")
    (entry,) = passes.admit("1")
    passes.clock.advance(hours=2)
    passes.dispatch()
    passes.judiciary.outcome = accept
    passes.intervene(entry.reference, hold_notice)
    assert passes.entry(entry.reference).state is DeliveryState.QUEUED
    implausible(passes, entry)
    passes.intervene(entry.reference, release_notice)
    passes.clock.advance(hours=1)
    assert passes.dispatch().counts["sent"] == 0
    passes.judiciary.standing = lambda reference: Accepted(tracking_number=f"T-{reference[-6:]}")
    passes.rescue()
    assert passes.entry(entry.reference).state is DeliveryState.SUBMITTED
    assert passes.judiciary.received == [entry.reference]


def test_what_was_not_believed_stops_no_sending(passes: Passes) -> None:
    entry = doubted(passes)
    passes.judiciary.receipts.append(f"forged Reference={entry.reference}".encode())
    go_on(passes)
    assert passes.judiciary.received == [entry.reference] * 2


@pytest.mark.parametrize("can_ask", [True, False])
def test_a_doubt_that_a_receipt_begins_speaks_of_the_receipt(passes: Passes, *, can_ask: bool) -> None:
    (entry,) = passes.admit("1")
    passes.judiciary.issue(ARRIVED, entry.reference, entry.seal_digest, BEFORE_EVERYTHING, ahead=True)
    passes.receive()
    [item] = passes.quarantine()
    passes.rescue()
    now = passes.entry(entry.reference)
    assert (now.state, now.code) == (DeliveryState.IN_DOUBT, "doubt.receipt")
    assert now.reason == f"{item.payload_digest}/{item.code}"
    told = explained(passes, entry.reference)
    assert told.kind is DoubtKind.RECEIPT
    words = " ".join(each.en + each.fa for each in told.known)
    assert item.payload_digest in words
    assert "restored" not in words
    passes.capabilities = Capabilities() if can_ask else Capabilities(inquiry=InquiryWay.NONE)
    go_on(passes)
    now, told = passes.entry(entry.reference), explained(passes, entry.reference)
    assert (now.code, passes.judiciary.received) == ("doubt.absent" if can_ask else "doubt.unaskable", [])
    assert "or a receipt that the judiciary signed names it" in told.known[1].en, "no code tells any more what began it"


def test_a_receipt_ends_no_hold_of_the_gateway(passes: Passes, held: OutboxEntry) -> None:
    passes.judiciary.issue(ARRIVED, held.reference, held.seal_digest, BEFORE_EVERYTHING, ahead=True)
    passes.receive()
    passes.rescue()
    now = passes.entry(held.reference)
    assert (now.state, now.code, now.reason, now.held) == (
        DeliveryState.IN_DOUBT,
        "doubt.receipt",
        "held.refused",
        True,
    )
    assert "held" not in " ".join(each.en for each in explained(passes, held.reference).known)
    [item] = passes.quarantine()
    dismiss_item(passes.store, "city", item, passes.act("quarantine.dismiss"))
    passes.judiciary.receipts.clear()
    go_on(passes)
    now = passes.entry(held.reference)
    assert (now.state, now.code, now.held) == (DeliveryState.QUEUED, "held.refused", True)


def explained(passes: Passes, reference: str) -> ExplainedDoubt:
    entry, history = passes.entry(reference), passes.store.notices.history(reference)
    return explain_doubt(entry, history, SETTLE, passes.clock(), receipt_waits=True)
