"""Mizan brings slips over real HTTP until each is acknowledged; what was acknowledged is there, once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from lxml import etree

from adapters.crypto.xml.document import sign_document
from gateway.notice.delivery_state import DeliveryEvent, DeliveryState
from gateway.notice.notice import sha256
from gateway.receipts.acceptance import ReceiptPolicy
from gateway.receipts.receipt_callback import settle_receipts
from gateway.record.evidence_record import Header
from gateway.runtime.clock import system_clock
from gateway.runtime.errors import GatewayError
from gateway.runtime.pass_report import PassReport
from gateway.store.stored import QuarantineKind
from tests.contracts.mizan.server import ARRIVED, SEEN, S
from tests.passes.conftest import Passes
from tests.unit.crypto.samples import signer

from .conftest import issue
from .endpoints import Side, listening, reported
from .server import PushingMizan

NOBODY = "EB-" + "C" * 32


def settle(passes: Passes, side: Side) -> PassReport:
    return settle_receipts(passes.store, "mizan", side.judge(), system_clock, ReceiptPolicy(origin="city"))


def receipts_of(passes: Passes, *slips: tuple[str, bytes]) -> dict[str, str]:
    return passes.store.receipts.digests([number for number, _ in slips])


def test_slips_are_stored_before_they_are_acknowledged_and_applied_by_the_pass(
    side: Side, passes: Passes, mizan: PushingMizan, address: str
) -> None:
    [entry] = passes.admit("1")
    issue(mizan, entry)
    issue(mizan, entry, SEEN)
    answer = mizan.bring(address)
    assert answer is not None
    assert [(kept.number, kept.kept, kept.why) for kept in answer.kept] == [("SL-1", True, None), ("SL-2", True, None)]
    assert mizan.waiting == []
    assert receipts_of(passes, *mizan.slips) == {number: sha256(octets) for number, octets in mizan.slips}
    assert passes.entry(entry.reference).state is DeliveryState.QUEUED, "the callback moves nothing"
    assert settle(passes, side).counts["applied"] == 2
    assert passes.entry(entry.reference).state is DeliveryState.VIEWED
    assert passes.entry(entry.reference).tracking_number == "MZ-1"


def test_the_message_is_evidence_beside_its_receipts(passes: Passes, mizan: PushingMizan, address: str) -> None:
    [entry] = passes.admit("1")
    issue(mizan, entry)
    message = mizan.message(address, mizan.slips)
    assert mizan.send(address, message).status == 200
    rows = {row.id: row for row in passes.store.evidence.of_notice(entry.reference)}
    found = rows[f"brought:{sha256(message)}"]
    header = Header.of(found.header)
    assert header.kind == "MESSAGE_RECEIVED"
    assert (header.origin, header.destination, header.context["operation"]) == ("mizan", "city", "BringReceipts")
    for check in ("covers Body", "fresh", "certificate valid now"):
        assert check in header.context["passed"]
    assert passes.store.evidence.payload(found.payload_digest) == message
    assert "receipt:SL-1" in rows


def test_a_message_that_came_before_is_a_replay_and_changes_nothing(
    passes: Passes, mizan: PushingMizan, address: str
) -> None:
    [entry] = passes.admit("1")
    issue(mizan, entry)
    message = mizan.message(address, mizan.slips)
    assert mizan.send(address, message).status == 200
    before = len(passes.store.evidence.of_notice(entry.reference))
    again = mizan.send(address, message)
    assert (again.code, again.signed) == ("verify.replay", True)
    assert len(passes.store.evidence.of_notice(entry.reference)) == before
    assert passes.quarantine() == [], "whoever had no answer sends it again, and takes nobody's room"


def test_a_password_in_clear_is_not_kept(passes: Passes, mizan: PushingMizan, address: str) -> None:
    token = b"<wsse:UsernameToken><wsse:Password>geheim</wsse:Password></wsse:UsernameToken></wsse:Security>"
    message = mizan.message(address, mizan.slips).replace(b"</wsse:Security>", token)
    assert mizan.send(address, message).code == "verify.password-in-clear"
    assert passes.quarantine() == []


def test_a_slip_that_comes_again_in_a_new_message_is_taken_again_and_leaves_no_more_records(
    side: Side, passes: Passes, mizan: PushingMizan, address: str
) -> None:
    [entry] = passes.admit("1")
    issue(mizan, entry)
    mizan.bring(address)
    settle(passes, side)
    before = len(passes.store.evidence.of_notice(entry.reference))
    for _ in range(3):
        [kept] = mizan.send(address, mizan.message(address, mizan.slips)).kept
        assert kept.kept
    assert len(passes.store.evidence.of_notice(entry.reference)) == before
    assert settle(passes, side).counts["applied"] == 0
    assert passes.events(entry.reference).count(DeliveryEvent.CONTENT_CONSIGNMENT) == 1


def test_one_message_with_a_slip_twice_is_taken_once(passes: Passes, mizan: PushingMizan, address: str) -> None:
    [entry] = passes.admit("1")
    issue(mizan, entry)
    answer = mizan.send(address, mizan.message(address, mizan.slips * 2))
    assert [kept.kept for kept in answer.kept] == [True, True]
    assert len(passes.store.receipts.unapplied(10)) == 1


def test_a_slip_that_came_before_its_notice_is_taken_by_the_pass_once_that_is_known(
    side: Side, passes: Passes, mizan: PushingMizan, address: str
) -> None:
    [entry] = passes.admit("1")
    store = passes.store
    issue(mizan, entry)
    # As a store sees it that was restored: the notice is not there yet.
    there, passes.store.notices.entries = store.notices.entries, lambda _: {}  # type: ignore[method-assign]
    answer = mizan.bring(address)
    passes.store.notices.entries = there  # type: ignore[method-assign]
    assert answer is not None
    assert [kept.why for kept in answer.kept] == ["receipt.unknown-notice"]
    assert settle(passes, side).counts["taken_again"] == 1
    assert passes.entry(entry.reference).state is DeliveryState.DELIVERED
    assert passes.quarantine() == []
    answer = mizan.bring(address)
    assert answer is not None
    assert answer.kept[0].kept, "and acknowledged when it is brought again"


def test_slips_may_overtake_each_other(side: Side, passes: Passes, mizan: PushingMizan, address: str) -> None:
    [entry] = passes.admit("1")
    issue(mizan, entry)
    issue(mizan, entry, SEEN)
    first, second = mizan.slips
    assert mizan.send(address, mizan.message(address, [second])).kept[0].kept
    settle(passes, side)
    assert passes.entry(entry.reference).state is DeliveryState.VIEWED
    assert mizan.send(address, mizan.message(address, [first])).kept[0].kept
    settle(passes, side)
    there = passes.entry(entry.reference)
    assert there.state is DeliveryState.VIEWED
    assert there.delivered_at is not None


def test_a_slip_of_a_notice_that_nobody_knows_waits_and_is_not_acknowledged(
    passes: Passes, mizan: PushingMizan, address: str
) -> None:
    [entry] = passes.admit("1")
    mizan._issue(NOBODY, {"Ticket": "MZ-9", "Hash": "c" * 64}, ARRIVED)
    issue(mizan, entry)
    answer = mizan.bring(address)
    assert answer is not None
    assert [(kept.kept, kept.why) for kept in answer.kept] == [(False, "receipt.unknown-notice"), (True, None)]
    [item] = passes.quarantine()
    assert (item.kind, item.code, item.notice) == (QuarantineKind.RECEIPT, "receipt.unknown-notice", NOBODY)
    assert len(mizan.waiting) == 1, "it will be brought again"
    for _ in range(2):
        mizan.bring(address)
    assert len(passes.quarantine()) == 1


def test_what_is_not_believed_is_set_aside_and_stops_nothing_else(
    side: Side, passes: Passes, mizan: PushingMizan, address: str
) -> None:
    [entry] = passes.admit("1")
    for happening in (ARRIVED, SEEN):
        issue(mizan, entry, happening)
    (number, good), (second, seen) = mizan.slips
    changed = seen.replace(b"MZ-1", b"MZ-2")
    forged = mizan.slip_signer
    mizan.slip_signer = signer(side.pki, "municipality", "transport")
    issue(mizan, entry)
    mizan.slip_signer = forged
    foreign = mizan.slips[-1]
    slips = [(second, changed), foreign, ("SL-9", b"no slip at all"), (number, good)]
    answer = mizan.send(address, mizan.message(address, slips))
    assert [(kept.number, kept.kept, kept.why) for kept in answer.kept] == [
        ("SL-2", False, "verify.digest"),
        ("SL-3", False, "verify.unknown-certificate"),
        ("SL-9", False, "verify.malformed"),
        ("SL-1", True, None),
    ]
    assert {item.code for item in passes.quarantine()} == {kept.why for kept in answer.kept if kept.why}
    assert {passes.store.evidence.payload(item.payload_digest) for item in passes.quarantine()} == {
        changed,
        foreign[1],
        b"no slip at all",
    }


def test_another_slip_under_the_same_number_contradicts(
    side: Side, passes: Passes, mizan: PushingMizan, address: str
) -> None:
    [entry] = passes.admit("1")
    issue(mizan, entry)
    mizan.bring(address)
    first = mizan.slips.pop()
    issue(mizan, entry, SEEN)
    assert mizan.slips[0][0] == first[0]
    answer = mizan.bring(address)
    assert answer is not None
    assert [(kept.kept, kept.why) for kept in answer.kept] == [(False, "receipt.contradiction")]
    assert receipts_of(passes, first) == {first[0]: sha256(first[1])}


def test_two_slips_under_one_number_at_one_time_are_not_both_acknowledged(
    side: Side, passes: Passes, mizan: PushingMizan
) -> None:
    [entry] = passes.admit("1")
    issue(mizan, entry)
    first = mizan.slips.pop()
    issue(mizan, entry, SEEN)
    [second] = mizan.slips
    endpoints_found = [side.endpoint(passes.store, "http://127.0.0.1:9130/receipts") for _ in range(2)]
    messages = [mizan.message(endpoints_found[0].address, [slip]) for slip in (first, second)]
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda pair: reported(mizan, *pair), zip(endpoints_found, messages, strict=True)))
    kept = [answer.kept[0] for answer in answers]
    assert sorted(each.kept for each in kept) == [False, True]
    [digest] = [f"sha256:{each.digest}" for each in kept if each.kept]
    assert receipts_of(passes, first) == {first[0]: digest}


def test_a_slip_about_another_seal_is_not_believed(passes: Passes, mizan: PushingMizan, address: str) -> None:
    [entry] = passes.admit("1")
    mizan._issue(entry.reference, {"Ticket": "MZ-1", "Hash": "d" * 64}, ARRIVED)
    answer = mizan.bring(address)
    assert answer is not None
    assert [kept.why for kept in answer.kept] == ["verify.about"]


@pytest.mark.parametrize(
    ("away", "code"), [(timedelta(hours=-1), "verify.stale"), (timedelta(minutes=10), "verify.not-yet")]
)
def test_a_message_of_another_time_is_refused_signed_and_kept(
    passes: Passes, mizan: PushingMizan, address: str, away: timedelta, code: str
) -> None:
    [entry] = passes.admit("1")
    issue(mizan, entry)
    message = mizan.message(address, mizan.slips, created=datetime.now(UTC) + away)
    answer = mizan.send(address, message)
    assert (answer.code, answer.signed) == (code, True)
    [item] = passes.quarantine()
    assert (item.kind, item.code, item.origin) == (QuarantineKind.ANSWER, code, "mizan")
    assert passes.store.evidence.payload(item.payload_digest) == message
    assert receipts_of(passes, *mizan.slips) == {}
    assert passes.store.evidence.record(f"refused:{item.payload_digest}:{code}") is not None


def test_a_message_of_another_signer_is_refused(side: Side, passes: Passes, mizan: PushingMizan, address: str) -> None:
    [entry] = passes.admit("1")
    issue(mizan, entry)
    for party, name, code in (
        ("judiciary", "receipts", "verify.unknown-certificate"),
        ("municipality", "transport", "verify.unknown-certificate"),
    ):
        message = mizan.message(address, mizan.slips, signer=signer(side.pki, party, name))
        assert mizan.send(address, message).code == code
    assert receipts_of(passes, *mizan.slips) == {}


def test_a_store_that_cannot_commit_is_told_as_a_fault_and_claims_nothing(
    side: Side, passes: Passes, mizan: PushingMizan, monkeypatch: pytest.MonkeyPatch
) -> None:
    [entry] = passes.admit("1")
    issue(mizan, entry)

    def broken(_: object) -> None:
        raise GatewayError("store.unavailable", where="postgresql://secret/place")

    with listening(lambda at: side.endpoint(passes.store, at)) as address:
        with monkeypatch.context() as patch:
            patch.setattr(type(passes.store), "commit", lambda self, changes: broken(changes))
            answer = mizan.bring(address)
        assert answer is not None
        assert (answer.status, answer.signed, answer.code) == (500, True, "store.unavailable")
        assert len(mizan.waiting) == 1
        answer = mizan.bring(address)
        assert answer is not None
        assert answer.kept[0].kept


def test_what_strangers_send_leaves_room_for_answers_that_are_not_believed(
    passes: Passes, mizan: PushingMizan, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.quarantine.quarantine.MAX_BROUGHT", 3)
    for number in range(5):
        assert mizan.send(address, f"<a>{number}</a>".encode()).code == "verify.shape"
    assert len(passes.quarantine()) == 3


def test_no_value_of_a_receipt_is_logged(
    passes: Passes, mizan: PushingMizan, address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    [entry] = passes.admit("1")
    issue(mizan, entry)
    mizan.bring(address)
    mizan.send(address, b"<Person>9990000001</Person>")
    out, err = capsys.readouterr()
    assert "9990000001" not in out + err
    assert entry.reference not in out + err


def test_a_slip_is_a_document_of_its_own(side: Side, passes: Passes, mizan: PushingMizan, address: str) -> None:
    """A message that is right does not make a slip right that another key signed."""
    [entry] = passes.admit("1")
    issue(mizan, entry)
    root = etree.fromstring(mizan.slips[0][1])
    for child in root:
        if not str(child.tag).startswith(S):
            root.remove(child)
    octets = sign_document(root, mizan.signer, datetime.now(UTC))
    [kept] = mizan.send(address, mizan.message(address, [("SL-1", octets)])).kept
    assert (kept.kept, kept.why) == (False, "verify.unknown-certificate")
    assert receipts_of(passes, *mizan.slips) == {}
