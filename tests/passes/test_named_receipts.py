"""Receipts in quarantine that were not believed, or not read: people are told of their notice; nothing stops it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gateway.certificate.notice_standing import standing_of
from gateway.notice.outbox import OutboxEntry
from gateway.quarantine.quarantine import set_aside
from gateway.receipts.named_items import name_notices
from gateway.receipts.quarantine_release import dismiss_item
from gateway.runtime.errors import GatewayError
from gateway.store.stored import Changes, Payload, Quarantined, QuarantineKind
from gateway.store.waiting_receipt import SIGNED, disputed

from .conftest import Passes

ARRIVAL = datetime(2026, 2, 3, 9, tzinfo=UTC)
CODES = pytest.mark.parametrize("code", ["verify.unknown-certificate", "setup.memory", "mapped.field-invalid"])


def refused(passes: Passes, entry: OutboxEntry, code: str = "verify.unknown-certificate") -> Quarantined:
    """Let a receipt of arrival come that is not believed, or that a mapping cannot read."""
    passes.judiciary.issue("ContentConsignment", entry.reference, entry.seal_digest, ARRIVAL)
    octets = passes.judiciary.receipts[-1]
    if code.startswith("mapped."):
        passes.judiciary.unreadable[octets] = GatewayError(code, where="event")
    else:
        passes.reader.refuses[octets] = code
    passes.receive()
    [item] = passes.quarantine()
    assert item.code == code
    passes.clock.advance(hours=1)
    return item


@CODES
def test_a_certificate_tells_of_it_also_when_its_item_has_ended(passes: Passes, sent: OutboxEntry, code: str) -> None:
    item = refused(passes, sent, code)
    issued = passes.clock.now
    assert standing_of(sent, passes.store.quarantine, issued).quarantined
    passes.clock.advance(hours=1)
    dismiss_item(passes.store, "city", item, passes.act("quarantine.dismiss"))
    assert standing_of(sent, passes.store.quarantine, issued).quarantined, "it is printed again"
    assert not standing_of(sent, passes.store.quarantine, passes.clock.now + timedelta(hours=1)).quarantined


@CODES
def test_a_comparison_and_an_export_name_its_notice(passes: Passes, sent: OutboxEntry, code: str) -> None:
    item = refused(passes, sent, code)
    _, found = passes.reconcile()
    named = {each.kind: each.reference for each in found}
    assert named["receipt-not-believed"] == sent.reference
    assert passes.store.quarantine.about([sent.reference]) == [item]


@CODES
def test_it_stops_no_sending_and_is_not_judged_again_by_itself(passes: Passes, code: str) -> None:
    (entry,) = passes.admit("1")
    item = refused(passes, entry, code)
    assert passes.store.quarantine.named_in_queue(10) == []
    assert passes.store.quarantine.known_by_now(10) == []
    passes.rescue()
    passes.dispatch()
    assert passes.judiciary.received == [entry.reference]
    assert "taken_again" not in passes.receive().counts
    assert passes.quarantine() == [item]


def test_what_mentions_two_notices_or_an_unknown_one_names_none(passes: Passes) -> None:
    one, two = passes.admit("1", "2")
    for mentioned in (f"{one.reference} {two.reference}", "EB-" + "A" * 32, ""):
        passes.judiciary.receipts.append(f"forged {mentioned}".encode())
    passes.judiciary.receipts.append(f"forged {one.reference} EB-{'A' * 32}".encode())
    passes.receive()
    assert sorted(str(item.notice) for item in passes.quarantine()) == sorted([one.reference, "None", "None", "None"])


def set_aside_before(passes: Passes, octets: bytes, code: str, where: str = "") -> Quarantined:
    """Return an item as an earlier version set it aside: without its notice."""
    item, payload = set_aside(
        octets, QuarantineKind.RECEIPT, "court", GatewayError(code, where=where), passes.clock.now
    )
    passes.store.commit(Changes(quarantine=[item], payloads=[payload]))
    assert item.notice is None
    return item


@pytest.mark.parametrize("code", [*SIGNED, "verify.unknown-certificate", "mapped.field-invalid"])
def test_an_item_of_an_earlier_version_names_its_notice_after_the_upgrade(
    passes: Passes, sent: OutboxEntry, code: str
) -> None:
    octets = f"Reference={sent.reference}".encode()
    item = set_aside_before(passes, octets, code, sent.reference if code in SIGNED else "")
    assert not standing_of(sent, passes.store.quarantine, passes.clock.now).quarantined
    assert [name_notices(passes.store) for _ in range(2)] == [1, 0]
    assert passes.quarantine() == [replace(item, notice=sent.reference)]
    assert standing_of(sent, passes.store.quarantine, passes.clock.now).quarantined
    assert disputed(passes.store.quarantine, [sent.reference]) == ({sent.reference} if code in SIGNED else set())


def test_an_item_of_an_earlier_version_that_tells_of_no_single_notice_stays_as_it_is(passes: Passes) -> None:
    one, two = passes.admit("1", "2")
    both = f"{one.reference} {two.reference}".encode()
    believed = set_aside_before(passes, both, "receipt.contradiction", one.reference)
    set_aside_before(passes, both, "verify.signature", one.reference)
    set_aside_before(passes, one.reference.encode(), "receipt.implausible-time", "EB-" + "A" * 32)
    answer, payload = set_aside(
        two.reference.encode(), QuarantineKind.ANSWER, "court", GatewayError("verify.signature"), ARRIVAL
    )
    gone = replace(answer, kind=QuarantineKind.RECEIPT, payload_digest="sha256:" + "0" * 64)
    passes.store.commit(Changes(quarantine=[answer, gone], payloads=[payload]))
    before = passes.quarantine()
    assert name_notices(passes.store) == 1
    named = replace(believed, notice=one.reference)
    assert passes.quarantine() == [named if each == believed else each for each in before]


def test_more_items_than_a_page_are_named(passes: Passes, sent: OutboxEntry) -> None:
    octets = [f"{number} {sent.reference}".encode() for number in range(410)]
    error = GatewayError("verify.signature")
    pairs = [set_aside(each, QuarantineKind.RECEIPT, "court", error, ARRIVAL) for each in octets]
    items: list[Quarantined] = [item for item, _ in pairs]
    payloads: list[Payload] = [payload for _, payload in pairs]
    passes.store.commit(Changes(quarantine=items, payloads=payloads))
    assert name_notices(passes.store) == len(items)
    assert len(passes.store.quarantine.about([sent.reference])) == len(items)
