"""A person looks at what is in quarantine: judged again as if it had just come, or dismissed; both are on record."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from gateway.notice.delivery_state import TRANSITIONS, DeliveryEvent, DeliveryState
from gateway.notice.outbox import OutboxEntry, advance
from gateway.quarantine import quarantine
from gateway.receipts.quarantine_release import dismiss_item, find
from gateway.record.evidence_record import EvidenceKind
from gateway.runtime.errors import GatewayError
from gateway.store.stored import Changes, Quarantined, QuarantineKind

from .conftest import Passes

ARRIVAL, OTHER = datetime(2026, 2, 3, 9, tzinfo=UTC), datetime(2026, 2, 4, 9, tzinfo=UTC)
CONSIGNMENT = "ContentConsignment"


@pytest.fixture
def unknown(passes: Passes, sent: OutboxEntry) -> Quarantined:
    """A receipt whose certificate nobody has registered yet."""
    passes.reader.refuses[b"ReceiptId=R1"] = "verify.unknown-certificate"
    passes.judiciary.issue(CONSIGNMENT, sent.reference, sent.seal_digest, ARRIVAL)
    passes.receive()
    [item] = passes.quarantine()
    passes.clock.advance(hours=1)
    return item


def test_a_receipt_that_is_believed_now_is_stored_applied_and_confirmed(
    passes: Passes, sent: OutboxEntry, unknown: Quarantined
) -> None:
    passes.reader.refuses.clear()
    judged = passes.release(unknown)
    assert judged.receipt is not None
    assert (judged.receipt.receipt_id, judged.standing, judged.unconfirmed) == ("R1", [], None)
    assert (passes.entry(sent.reference).state, passes.entry(sent.reference).delivered_at) == (
        DeliveryState.DELIVERED,
        ARRIVAL,
    )
    assert passes.judiciary.confirmed == ["R1"]
    assert passes.store.tallies.counts()["quarantined"] == 0
    [ended] = passes.store.quarantine.items(unknown.payload_digest)
    assert (ended.ended_as, ended.ended_at) == ("released", passes.clock.now)


def test_who_released_it_when_and_why_is_evidence(passes: Passes, sent: OutboxEntry, unknown: Quarantined) -> None:
    passes.reader.refuses.clear()
    passes.release(unknown)
    [act] = [row for row in passes.store.evidence.of_notice(sent.reference) if row.kind == EvidenceKind.PERSON_ACT]
    [ended] = passes.store.quarantine.items(unknown.payload_digest)
    assert act.id == ended.ended_by
    reported = json.loads(passes.store.evidence.payload(act.payload_digest))
    assert reported["account"] == "clerk"
    assert reported["authentication"] == "not authenticated by the gateway"
    assert (reported["act"], reported["reason"], reported["outcome"]) == (
        "quarantine.release",
        "گواهی ثبت شد",
        "released",
    )
    header = json.loads(act.header)
    assert header["context"]["authentication"] == "not authenticated by the gateway"
    assert "clerk" not in act.header.decode()


def test_a_receipt_that_is_still_refused_stays(passes: Passes, sent: OutboxEntry, unknown: Quarantined) -> None:
    judged = passes.release(unknown)
    assert (judged.receipt, judged.standing) == (None, [unknown])
    assert passes.entry(sent.reference).state is DeliveryState.SUBMITTED
    assert passes.judiciary.confirmed == []


def test_a_receipt_that_is_refused_for_another_reason_stands_under_that(passes: Passes, unknown: Quarantined) -> None:
    passes.reader.refuses[b"ReceiptId=R1"] = "verify.digest"
    [standing] = passes.release(unknown).standing
    assert (standing.payload_digest, standing.code) == (unknown.payload_digest, "verify.digest")
    assert passes.store.tallies.counts()["quarantined"] == 1
    assert find(passes.store.quarantine, unknown.payload_digest, unknown.code).ended_as == "verify.digest"
    passes.clock.advance(hours=1)
    passes.reader.refuses[b"ReceiptId=R1"] = "verify.unknown-certificate"
    [standing] = passes.release(standing).standing
    assert standing.code == unknown.code


def test_a_contradiction_is_applied_once_it_is_none(
    passes: Passes, sent: OutboxEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    passes.judiciary.issue("ContentConsignmentFailure", sent.reference, sent.seal_digest, ARRIVAL)
    passes.judiciary.issue(CONSIGNMENT, sent.reference, sent.seal_digest, OTHER)
    passes.receive()
    [item] = passes.quarantine()
    assert item.code == "receipt.contradiction"
    passes.clock.advance(hours=1)
    refuses_an_arrival(passes, item, DeliveryState.UNDELIVERABLE)

    corrected = (DeliveryState.UNDELIVERABLE, DeliveryEvent.CONTENT_CONSIGNMENT)
    monkeypatch.setitem(TRANSITIONS, corrected, DeliveryState.DELIVERED)
    passes.clock.advance(hours=1)
    assert passes.release(item).standing == []
    assert passes.entry(sent.reference).delivered_at == OTHER
    assert passes.store.receipts.unapplied(10) == []


def refuses_an_arrival(passes: Passes, item: Quarantined, state: DeliveryState) -> None:
    """Check that a release is refused, and changes nothing."""
    [reference] = [each.entry.reference for each in passes.store.notices.find(state=state, limit=2, after=None)]
    before = len(passes.store.evidence.of_notice(reference))
    with pytest.raises(GatewayError) as refused:
        passes.release(item)
    assert (refused.value.code, refused.value.where) == ("quarantine.inapplicable", reference)
    assert refused.value.detail == f"{CONSIGNMENT}, {state}"
    assert passes.quarantine() == [item]
    assert len(passes.store.evidence.of_notice(reference)) == before
    assert passes.store.receipts.unapplied(10) == []


def test_an_arrival_after_another_channel_was_chosen_is_not_released_and_is_evidence(
    passes: Passes, sent: OutboxEntry
) -> None:
    passes.judiciary.issue("ContentConsignmentFailure", sent.reference, sent.seal_digest, ARRIVAL)
    passes.receive()
    step = advance(passes.entry(sent.reference), DeliveryEvent.CHANNEL_SWITCH, now=passes.clock())
    passes.store.commit(Changes(steps=[step]))
    passes.judiciary.issue(CONSIGNMENT, sent.reference, sent.seal_digest, OTHER)
    passes.receive()
    [item] = passes.quarantine()
    refuses_an_arrival(passes, item, DeliveryState.OTHER_CHANNEL)
    kinds = [row.kind for row in passes.store.evidence.of_notice(sent.reference)]
    assert kinds.count(EvidenceKind.RECEIPT) == 2
    dismiss_item(passes.store, "city", item, passes.act("quarantine.dismiss"))
    assert passes.quarantine() == []


def test_a_release_that_was_not_confirmed_can_be_repeated(
    passes: Passes, unknown: Quarantined, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(ids: object) -> None:
        raise GatewayError("courier.not-connected")

    passes.reader.refuses.clear()
    with monkeypatch.context() as patch:
        patch.setattr(passes.judiciary, "confirm_receipts", away)
        unconfirmed = passes.release(unknown).unconfirmed
    assert unconfirmed is not None
    assert unconfirmed.code == "courier.not-connected"
    passes.clock.advance(hours=1)
    assert passes.release(find(passes.store.quarantine, unknown.payload_digest, unknown.code)).unconfirmed is None
    assert passes.judiciary.confirmed == ["R1"]


def test_a_message_cannot_be_released(passes: Passes) -> None:
    passes.admit("1")
    passes.judiciary.doubtful = b"<answer/>"
    passes.dispatch()
    [item] = passes.quarantine()
    with pytest.raises(GatewayError, match=r"quarantine\.message"):
        passes.release(item)
    assert passes.quarantine() == [item]


def test_what_was_dealt_with_is_dismissed_and_makes_room(passes: Passes) -> None:
    passes.admit("1")
    passes.judiciary.doubtful = b"<answer/>"
    passes.dispatch()
    [item] = passes.quarantine()
    dismiss_item(passes.store, "city", item, passes.act("quarantine.dismiss"))
    assert passes.store.tallies.counts()["quarantined"] == passes.store.quarantine.size(item.kind) == 0
    assert passes.store.evidence.payload(item.payload_digest) == b"<answer/>"
    assert find(passes.store.quarantine, item.payload_digest, item.code).ended_as == "dismissed"
    passes.clock.advance(hours=1)
    passes.receive()
    assert [each.payload_digest for each in passes.quarantine()] == [item.payload_digest], "it came again"


def test_what_was_released_is_not_dismissed_afterwards(passes: Passes, unknown: Quarantined) -> None:
    passes.reader.refuses.clear()
    passes.release(unknown)
    passes.clock.advance(hours=1)
    released = find(passes.store.quarantine, unknown.payload_digest, unknown.code)
    with pytest.raises(GatewayError, match=r"quarantine\.ended"):
        dismiss_item(passes.store, "city", released, passes.act("quarantine.dismiss"))
    assert find(passes.store.quarantine, unknown.payload_digest, unknown.code) == released


def test_an_item_that_is_not_there_is_told(passes: Passes) -> None:
    with pytest.raises(GatewayError, match=r"quarantine\.unknown"):
        find(passes.store.quarantine, "sha256:none", "verify.digest")


def test_an_answer_to_the_confirmation_that_is_not_believed_is_kept(passes: Passes, unknown: Quarantined) -> None:
    passes.reader.refuses.clear()
    passes.judiciary.doubtful = b"<confirmed/>"
    judged = passes.release(unknown)
    assert judged.unconfirmed is not None
    assert (judged.unconfirmed.code, judged.left_out) == ("verify.signature", None)
    [item] = passes.quarantine()
    assert passes.store.evidence.payload(item.payload_digest) == b"<confirmed/>"


def test_an_answer_to_the_confirmation_for_which_there_is_no_room_is_told(
    passes: Passes, unknown: Quarantined, monkeypatch: pytest.MonkeyPatch
) -> None:
    passes.reader.refuses.clear()
    passes.judiciary.doubtful = b"<confirmed/>"
    monkeypatch.setitem(quarantine.MOST, QuarantineKind.ANSWER, 0)
    judged = passes.release(unknown)
    assert judged.left_out is not None
    assert judged.left_out.code == "quarantine.full"
    assert passes.quarantine() == []


def test_a_release_that_ended_before_the_confirmation_leaves_its_item_open(
    passes: Passes, unknown: Quarantined, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        """Nothing catches it."""

    def kill(ids: object) -> None:
        raise Killed

    passes.reader.refuses.clear()
    with monkeypatch.context() as patch:
        patch.setattr(passes.judiciary, "confirm_receipts", kill)
        with pytest.raises(Killed):
            passes.release(unknown)
    [item] = passes.quarantine()
    passes.clock.advance(hours=1)
    assert passes.release(item).standing == []
    assert passes.judiciary.confirmed == ["R1"]


def test_a_receipt_under_another_number_is_told_as_that_and_cannot_be_released(
    passes: Passes, sent: OutboxEntry
) -> None:
    passes.judiciary.issue(CONSIGNMENT, sent.reference, sent.seal_digest, ARRIVAL, tracking="T-other")
    told = f"tracking number {sent.tracking_number} here, T-other in the receipt"
    refuses_for_good(passes, sent, told)
    assert passes.entry(sent.reference).state is DeliveryState.SUBMITTED


def test_another_time_of_a_known_event_is_told_as_that_and_cannot_be_released(
    passes: Passes, sent: OutboxEntry
) -> None:
    passes.judiciary.issue(CONSIGNMENT, sent.reference, sent.seal_digest, ARRIVAL)
    passes.receive()
    passes.judiciary.issue(CONSIGNMENT, sent.reference, sent.seal_digest, OTHER)
    told = "ContentConsignment at 2026-02-03T09:00:00.000000Z here, 2026-02-04T09:00:00.000000Z in the receipt"
    refuses_for_good(passes, sent, told)
    assert passes.entry(sent.reference).delivered_at == ARRIVAL


def refuses_for_good(passes: Passes, sent: OutboxEntry, told: str) -> None:
    """Check that the item of a contradiction says how it differs, and that no release changes or confirms anything."""
    passes.receive()
    [item] = passes.quarantine()
    assert item.code == "receipt.contradiction"
    assert told in item.detail
    confirmed = list(passes.judiciary.confirmed)
    passes.clock.advance(hours=1)
    with pytest.raises(GatewayError, match=r"quarantine\.inapplicable") as refused:
        passes.release(item)
    assert (refused.value.where, refused.value.detail) == (sent.reference, told)
    assert (passes.quarantine(), passes.judiciary.confirmed) == ([item], confirmed)
