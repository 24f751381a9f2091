"""Receipts without a signature of their own: the answer that carried them is recorded with them, and named by them."""

from __future__ import annotations

import pytest

from adapters.judiciary.mapped.receipts.carried_receipt_judge import StatusReceiptJudge
from gateway.judiciary.capabilities import SealPlace
from gateway.judiciary.courier import Accepted
from gateway.notice.delivery_state import DeliveryState
from gateway.notice.notice import sha256
from gateway.notice.outbox import OutboxEntry
from gateway.receipts.status_receipt import StatusReceipt, derived_id
from gateway.record.evidence_record import CARRIED_BY, EvidenceKind, Header
from gateway.runtime.clock import timestamp
from gateway.trust.trust_policy import BY_CONNECTION, STATUS_OF_ANSWER, UNNAMED_SEAL, UNSEEN_SEAL, Rejection

from .conftest import Passes
from .ports import accept

ARRIVAL, VIEWING = "ContentConsignment", "ContentHandover"


@pytest.fixture
def states(passes: Passes) -> Passes:
    passes.judiciary.unsigned, passes.judiciary.passed = True, ("complete", BY_CONNECTION)
    passes.reader = StatusReceiptJudge()  # type: ignore[assignment]
    return passes


def sent(passes: Passes) -> OutboxEntry:
    passes.judiciary.outcome = accept
    [entry] = passes.admit("1")
    passes.dispatch()
    return passes.entry(entry.reference)


def state(passes: Passes, reference: str, number: str, event: str = ARRIVAL) -> bytes:
    passes.clock.advance(minutes=1)
    at = timestamp(passes.clock())
    reported = StatusReceipt(
        receipt_id=derived_id(reference, event, at),
        reference=reference,
        tracking_number=number,
        event=event,
        event_time=at,
    )
    passes.judiciary.receipts.append(reported.octets)
    return reported.octets


def headers(passes: Passes, reference: str, kind: EvidenceKind) -> list[Header]:
    found = [Header.of(row.header) for row in passes.store.evidence.of_notice(reference)]
    return [header for header in found if header.kind is kind]


def carrier_of(passes: Passes, reference: str) -> Header:
    [receipt] = headers(passes, reference, EvidenceKind.RECEIPT)
    row = passes.store.evidence.record(receipt.context[CARRIED_BY])
    assert row is not None
    return Header.of(row.header)


def test_the_record_of_a_status_names_the_answer_and_has_its_marks(states: Passes) -> None:
    entry = sent(states)
    octets = state(states, entry.reference, entry.tracking_number or "")
    states.poll()
    assert states.entry(entry.reference).state is DeliveryState.DELIVERED
    [receipt] = headers(states, entry.reference, EvidenceKind.RECEIPT)
    passed = receipt.context["passed"].split("; ")
    assert passed[:3] == [STATUS_OF_ANSWER, "complete", BY_CONNECTION]
    assert UNNAMED_SEAL in passed
    assert UNSEEN_SEAL not in passed
    carrier = carrier_of(states, entry.reference)
    assert carrier.kind is EvidenceKind.MESSAGE_RECEIVED
    assert octets in states.store.evidence.payload(carrier.payload_digest)
    assert carrier in headers(states, entry.reference, EvidenceKind.MESSAGE_RECEIVED)


def test_a_status_that_is_told_again_and_again_leaves_one_record_of_each(states: Passes) -> None:
    entry = sent(states)
    state(states, entry.reference, entry.tracking_number or "")
    for _ in range(4):
        states.poll()
    assert len(headers(states, entry.reference, EvidenceKind.RECEIPT)) == 1
    assert len(headers(states, entry.reference, EvidenceKind.MESSAGE_RECEIVED)) == 2, "submission and first status"
    states.clock.advance(minutes=1)
    state(states, entry.reference, entry.tracking_number or "", VIEWING)
    for _ in range(3):
        states.poll()
    assert states.entry(entry.reference).state is DeliveryState.VIEWED
    assert len(headers(states, entry.reference, EvidenceKind.RECEIPT)) == 2


def test_a_status_without_an_answer_on_record_is_not_believed(states: Passes) -> None:
    entry = sent(states)
    state(states, entry.reference, entry.tracking_number or "")
    states.judiciary.unsigned = False
    states.poll()
    assert [item.code for item in states.quarantine()] == ["verify.unsigned"]
    assert states.entry(entry.reference).state is DeliveryState.SUBMITTED


def test_one_that_came_too_early_is_judged_again_with_the_answer_that_carried_it(states: Passes) -> None:
    """It names a notice that was never sent from here, and was believed: something arrived before.

    So the notice is asked about and not sent (`gateway.store.waiting_receipt`), and the inquiry tells its number.
    """
    [entry] = states.admit("1")
    states.reader = StatusReceiptJudge(SealPlace.NONE)  # type: ignore[assignment]
    state(states, entry.reference, "T-9")
    states.receive()
    assert [item.code for item in states.quarantine()] == ["receipt.early"]
    states.judiciary.receipts[:] = []
    assert states.dispatch().counts["sent"] == 0
    states.receive()
    assert [item.code for item in states.quarantine()] == ["receipt.early"], "it waits for the number"
    states.judiciary.standing = lambda _: Accepted(tracking_number="T-1")
    states.rescue()
    assert states.entry(entry.reference).tracking_number == "T-1"
    states.receive()
    refused_with_its_carrier(states)
    assert states.judiciary.received == []


def test_one_that_overtook_the_answer_to_its_submission_is_too(states: Passes) -> None:
    [entry] = states.admit("1")
    states.reader = StatusReceiptJudge(SealPlace.NONE)  # type: ignore[assignment]

    def overtake() -> None:
        state(states, entry.reference, "T-9")
        states.receive()
        states.judiciary.receipts[:] = []
        assert [item.code for item in states.quarantine()] == ["receipt.early"]

    states.judiciary.during_submit = overtake
    states.judiciary.outcome = lambda _: Accepted(tracking_number="T-1")
    states.dispatch()
    assert states.entry(entry.reference).tracking_number == "T-1"
    states.receive()
    refused_with_its_carrier(states)


def refused_with_its_carrier(states: Passes) -> None:
    """Assert that a receipt about another number was judged with the answer that carried it first."""
    [item] = states.quarantine()
    assert item.code == "verify.about"
    row = states.store.evidence.record(f"refused:{item.payload_digest}:{item.code}")
    assert row is not None
    assert Header.of(row.header).context[CARRIED_BY].startswith("answer:")


def test_a_release_rests_on_the_answer_that_carried_it(states: Passes) -> None:
    entry = sent(states)
    octets = state(states, entry.reference, "T-other")
    states.poll()
    [item] = states.quarantine()
    assert (item.code, item.payload_digest) == ("verify.about", sha256(octets))
    refused = states.release(item)
    assert refused.receipt is None
    assert [each.code for each in refused.standing] == ["verify.about"], "still about another number"
    good = state(states, entry.reference, entry.tracking_number or "")
    states.reader = Refusing()  # type: ignore[assignment]
    states.poll()
    states.judiciary.receipts[:] = []
    states.reader = StatusReceiptJudge()  # type: ignore[assignment]
    [item] = [each for each in states.quarantine() if each.payload_digest == sha256(good)]
    assert states.release(item).receipt is not None
    assert states.entry(entry.reference).state is DeliveryState.DELIVERED
    assert carrier_of(states, entry.reference) in headers(states, entry.reference, EvidenceKind.MESSAGE_RECEIVED)


class Refusing(StatusReceiptJudge):
    """A judge whose rules are mistaken."""

    def judge(self, receipt: object, now: object) -> object:  # type: ignore[override]
        raise Rejection("verify.signer")
