"""A person looks at what is in quarantine: judged again as if it had just come, or dismissed; both are on record."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from gateway.notice.delivery_state import TRANSITIONS, DeliveryEvent, DeliveryState
from gateway.notice.outbox import OutboxEntry
from gateway.quarantine import quarantine
from gateway.receipts.quarantine_release import dismiss_item, find
from gateway.record.evidence_record import EvidenceKind
from gateway.runtime.errors import GatewayError
from gateway.store.stored import Quarantined, QuarantineKind

from .conftest import City

ARRIVAL, OTHER = datetime(2026, 2, 3, 9, tzinfo=UTC), datetime(2026, 2, 4, 9, tzinfo=UTC)
CONSIGNMENT = "ContentConsignment"


@pytest.fixture
def sent(city: City) -> OutboxEntry:
    (entry,) = city.admit("1")
    city.dispatch()
    return city.entry(entry.reference)


@pytest.fixture
def unknown(city: City, sent: OutboxEntry) -> Quarantined:
    """A receipt whose certificate nobody has registered yet."""
    city.reader.refuses[b"ReceiptId=R1"] = "verify.unknown-certificate"
    city.court.issue(CONSIGNMENT, sent.reference, sent.seal_digest, ARRIVAL)
    city.receive()
    [item] = city.quarantine()
    city.clock.pass_(hours=1)
    return item


def test_a_receipt_that_is_believed_now_is_stored_applied_and_confirmed(
    city: City, sent: OutboxEntry, unknown: Quarantined
) -> None:
    city.reader.refuses.clear()
    judged = city.release(unknown)
    assert judged.receipt is not None
    assert (judged.receipt.receipt_id, judged.standing, judged.unconfirmed) == ("R1", [], None)
    assert (city.entry(sent.reference).state, city.entry(sent.reference).delivered_at) == (
        DeliveryState.DELIVERED,
        ARRIVAL,
    )
    assert city.court.confirmed == ["R1"]
    assert city.store.tallies.counts()["quarantined"] == 0
    [ended] = city.store.quarantine.items(unknown.payload_digest)
    assert (ended.ended_as, ended.ended_at) == ("released", city.clock.now)


def test_who_released_it_when_and_why_is_evidence(city: City, sent: OutboxEntry, unknown: Quarantined) -> None:
    city.reader.refuses.clear()
    city.release(unknown)
    [act] = [row for row in city.store.evidence.of_notice(sent.reference) if row.kind == EvidenceKind.PERSON_ACT]
    [ended] = city.store.quarantine.items(unknown.payload_digest)
    assert act.id == ended.ended_by
    told = json.loads(city.store.evidence.payload(act.payload_digest))
    assert told["account"] == "clerk"
    assert told["authentication"] == "not authenticated by the gateway"
    assert (told["act"], told["reason"], told["outcome"]) == ("quarantine.release", "گواهی ثبت شد", "released")
    header = json.loads(act.header)
    assert header["context"]["authentication"] == "not authenticated by the gateway"
    assert "clerk" not in act.header.decode()


def test_a_receipt_that_is_still_refused_stays(city: City, sent: OutboxEntry, unknown: Quarantined) -> None:
    judged = city.release(unknown)
    assert (judged.receipt, judged.standing) == (None, [unknown])
    assert city.entry(sent.reference).state is DeliveryState.SUBMITTED
    assert city.court.confirmed == []


def test_a_receipt_that_is_refused_for_another_reason_stands_under_that(city: City, unknown: Quarantined) -> None:
    city.reader.refuses[b"ReceiptId=R1"] = "verify.digest"
    [standing] = city.release(unknown).standing
    assert (standing.payload_digest, standing.code) == (unknown.payload_digest, "verify.digest")
    assert city.store.tallies.counts()["quarantined"] == 1
    assert find(city.store.quarantine, unknown.payload_digest, unknown.code).ended_as == "verify.digest"
    city.clock.pass_(hours=1)
    city.reader.refuses[b"ReceiptId=R1"] = "verify.unknown-certificate"
    [standing] = city.release(standing).standing
    assert standing.code == unknown.code


def test_a_contradiction_is_applied_once_it_is_none(
    city: City, sent: OutboxEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    city.court.issue("ContentConsignmentFailure", sent.reference, sent.seal_digest, ARRIVAL)
    city.court.issue(CONSIGNMENT, sent.reference, sent.seal_digest, OTHER)
    city.receive()
    [item] = city.quarantine()
    city.clock.pass_(hours=1)
    [standing] = city.release(item).standing
    assert standing.code == item.code == "receipt.contradiction"
    assert city.entry(sent.reference).state is DeliveryState.UNDELIVERABLE

    corrected = (DeliveryState.UNDELIVERABLE, DeliveryEvent.CONTENT_CONSIGNMENT)
    monkeypatch.setitem(TRANSITIONS, corrected, DeliveryState.DELIVERED)
    city.clock.pass_(hours=1)
    assert city.release(standing).standing == []
    assert city.entry(sent.reference).delivered_at == OTHER
    assert city.store.receipts.unapplied(10) == []


def test_a_release_that_was_not_confirmed_can_be_repeated(
    city: City, unknown: Quarantined, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(ids: object) -> None:
        raise GatewayError("courier.not-connected")

    city.reader.refuses.clear()
    with monkeypatch.context() as patch:
        patch.setattr(city.court, "confirm_receipts", away)
        unconfirmed = city.release(unknown).unconfirmed
    assert unconfirmed is not None
    assert unconfirmed.code == "courier.not-connected"
    city.clock.pass_(hours=1)
    assert city.release(find(city.store.quarantine, unknown.payload_digest, unknown.code)).unconfirmed is None
    assert city.court.confirmed == ["R1"]


def test_a_message_cannot_be_released(city: City) -> None:
    city.admit("1")
    city.court.doubtful = b"<answer/>"
    city.dispatch()
    [item] = city.quarantine()
    with pytest.raises(GatewayError, match=r"quarantine\.message"):
        city.release(item)
    assert city.quarantine() == [item]


def test_what_was_dealt_with_is_dismissed_and_makes_room(city: City) -> None:
    city.admit("1")
    city.court.doubtful = b"<answer/>"
    city.dispatch()
    [item] = city.quarantine()
    dismiss_item(city.store, "city", item, city.act("quarantine.dismiss"))
    assert city.store.tallies.counts()["quarantined"] == city.store.quarantine.size(item.kind) == 0
    assert city.store.evidence.payload(item.payload_digest) == b"<answer/>"
    assert find(city.store.quarantine, item.payload_digest, item.code).ended_as == "dismissed"
    city.clock.pass_(hours=1)
    city.receive()
    assert [each.payload_digest for each in city.quarantine()] == [item.payload_digest], "it came again"


def test_what_was_released_is_not_dismissed_afterwards(city: City, unknown: Quarantined) -> None:
    city.reader.refuses.clear()
    city.release(unknown)
    city.clock.pass_(hours=1)
    released = find(city.store.quarantine, unknown.payload_digest, unknown.code)
    with pytest.raises(GatewayError, match=r"quarantine\.ended"):
        dismiss_item(city.store, "city", released, city.act("quarantine.dismiss"))
    assert find(city.store.quarantine, unknown.payload_digest, unknown.code) == released


def test_an_item_that_is_not_there_is_told(city: City) -> None:
    with pytest.raises(GatewayError, match=r"quarantine\.unknown"):
        find(city.store.quarantine, "sha256:none", "verify.digest")


def test_an_answer_to_the_confirmation_that_is_not_believed_is_kept(city: City, unknown: Quarantined) -> None:
    city.reader.refuses.clear()
    city.court.doubtful = b"<confirmed/>"
    judged = city.release(unknown)
    assert judged.unconfirmed is not None
    assert (judged.unconfirmed.code, judged.left_out) == ("verify.signature", None)
    [item] = city.quarantine()
    assert city.store.evidence.payload(item.payload_digest) == b"<confirmed/>"


def test_an_answer_to_the_confirmation_for_which_there_is_no_room_is_told(
    city: City, unknown: Quarantined, monkeypatch: pytest.MonkeyPatch
) -> None:
    city.reader.refuses.clear()
    city.court.doubtful = b"<confirmed/>"
    monkeypatch.setitem(quarantine.MOST, QuarantineKind.ANSWER, 0)
    judged = city.release(unknown)
    assert judged.left_out is not None
    assert judged.left_out.code == "quarantine.full"
    assert city.quarantine() == []


def test_a_release_that_ended_before_the_confirmation_leaves_its_item_open(
    city: City, unknown: Quarantined, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        """Nothing catches it."""

    def kill(ids: object) -> None:
        raise Killed

    city.reader.refuses.clear()
    with monkeypatch.context() as patch:
        patch.setattr(city.court, "confirm_receipts", kill)
        with pytest.raises(Killed):
            city.release(unknown)
    [item] = city.quarantine()
    city.clock.pass_(hours=1)
    assert city.release(item).standing == []
    assert city.court.confirmed == ["R1"]
