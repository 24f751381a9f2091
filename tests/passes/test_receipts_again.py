"""Receipts once more: what the judiciary mends after its page was passed is found, and nothing is passed over."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from gateway.notice.delivery_state import DeliveryState
from gateway.notice.outbox import OutboxEntry
from gateway.receipts.acceptance import ReceiptPolicy
from gateway.receipts.feed import fetch_receipts
from gateway.runtime.pass_report import PassReport

from .conftest import Passes

ARRIVAL, VIEWING = datetime(2026, 2, 3, 9, tzinfo=UTC), datetime(2026, 2, 5, 9, tzinfo=UTC)
CONSIGNMENT, HANDOVER = "ContentConsignment", "ContentHandover"


@pytest.fixture
def wrongly_signed(passes: Passes, sent: OutboxEntry) -> bytes:
    """The receipt of the arrival as it should have been; a wrongly signed one came, and its page was confirmed."""
    passes.judiciary.issue(CONSIGNMENT, sent.reference, sent.seal_digest, ARRIVAL)
    passes.judiciary.issue(HANDOVER, sent.reference, sent.seal_digest, VIEWING)
    right = passes.judiciary.receipts[0]
    passes.judiciary.receipts[0] = right + b" forged"
    report = passes.receive()
    assert report.counts["quarantined"] == 1
    assert passes.judiciary.confirmed == ["R2"]
    passes.judiciary.receipts[0] = right
    return right


def again(passes: Passes, after: str | None) -> PassReport:
    policy = ReceiptPolicy(origin="city", page=10, capabilities=passes.capabilities, after=after)
    return fetch_receipts(passes.store, passes.judiciary, passes.reader, passes.clock, policy)


def kept(passes: Passes) -> str | None:
    return passes.store.rows.cursor(f"receipts:{passes.judiciary.destination}")


@pytest.mark.usefixtures("wrongly_signed")
def test_a_receipt_of_a_passed_page_comes_by_reading_it_again(passes: Passes, sent: OutboxEntry) -> None:
    passes.receive()
    assert passes.entry(sent.reference).delivered_at is None, "no pass asks for it by itself"
    records = len(passes.store.evidence.of_notice(sent.reference))
    again(passes, "0")
    entry = passes.entry(sent.reference)
    assert (entry.state, entry.delivered_at) == (DeliveryState.VIEWED, ARRIVAL)
    assert "R1" in passes.judiciary.confirmed
    assert len(passes.store.evidence.of_notice(sent.reference)) == records + 2, "the receipt and the answer, once"
    again(passes, "0")
    assert len(passes.store.evidence.of_notice(sent.reference)) == records + 2, "what comes again leaves no record"


@pytest.mark.usefixtures("wrongly_signed")
def test_reading_again_leaves_the_kept_position_where_it_is(passes: Passes, sent: OutboxEntry) -> None:
    again(passes, "1")
    assert kept(passes) == "2"
    passes.judiciary.issue("ContentConsignmentFailure", sent.reference, sent.seal_digest, VIEWING)
    again(passes, "9")
    assert kept(passes) == "2", "a cursor that is too late passes nothing over"
    assert passes.receive().counts["received"] == 1


@pytest.mark.usefixtures("wrongly_signed")
def test_from_the_beginning_on_the_position_moves_as_ever(passes: Passes) -> None:
    again(passes, "")
    assert kept(passes) == "2"
