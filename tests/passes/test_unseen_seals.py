"""Receipts of a judiciary that never saw a seal: the reference and the number alone say what they are about."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from gateway.judiciary.capabilities import Capabilities, InquiryWay, SealPlace
from gateway.judiciary.courier import Accepted, NotKnown, Unknown
from gateway.notice.delivery_state import DeliveryEvent, DeliveryState
from gateway.operations.intervention import Decision, DoubtDecision
from gateway.record.evidence_record import Header
from gateway.trust.trust_policy import UNSEEN_SEAL

from .conftest import SETTLE, Passes
from .ports import EarlierReader

ARRIVAL = datetime(2026, 2, 3, 9, tzinfo=UTC)
CONSIGNMENT = "ContentConsignment"
MUTE = Capabilities(inquiry=InquiryWay.NONE, seal=SealPlace.NONE)
ASKABLE = Capabilities(seal=SealPlace.NONE)


def passed(passes: Passes, reference: str) -> str:
    [receipt] = [row for row in passes.store.evidence.of_notice(reference) if row.kind == "RECEIPT"]
    return Header.of(receipt.header).context["passed"]


@pytest.mark.parametrize("capabilities", [MUTE, ASKABLE])
def test_the_number_that_was_told_binds_a_receipt_to_its_notice(passes: Passes, capabilities: Capabilities) -> None:
    passes.capabilities = capabilities
    (entry,) = passes.admit("1")
    passes.dispatch()
    passes.judiciary.issue(CONSIGNMENT, entry.reference, None, ARRIVAL)
    passes.receive()
    assert passes.entry(entry.reference).state is DeliveryState.DELIVERED
    assert passed(passes, entry.reference).endswith(f"about this notice; about the number that was told; {UNSEEN_SEAL}")


def test_another_number_is_another_letter(passes: Passes) -> None:
    passes.capabilities = MUTE
    (entry,) = passes.admit("1")
    passes.dispatch()
    passes.judiciary.issue(CONSIGNMENT, entry.reference, None, ARRIVAL, tracking="T-other")
    passes.receive()
    assert passes.entry(entry.reference).state is DeliveryState.SUBMITTED
    assert [item.code for item in passes.quarantine()] == ["verify.about"]


def test_a_digest_that_is_named_nevertheless_must_be_the_seals(passes: Passes) -> None:
    passes.capabilities = MUTE
    (entry,) = passes.admit("1")
    passes.dispatch()
    passes.judiciary.issue(CONSIGNMENT, entry.reference, "sha256:" + "0" * 64, ARRIVAL)
    passes.receive()
    assert passes.entry(entry.reference).state is DeliveryState.SUBMITTED


@pytest.mark.parametrize("state", ["IN_DOUBT", "QUEUED"])
def test_a_receipt_ends_a_doubt_before_the_notice_could_be_sent_again(passes: Passes, state: str) -> None:
    passes.capabilities = ASKABLE
    (entry,) = passes.admit("1")
    passes.judiciary.answers = False
    passes.dispatch()
    passes.judiciary.answers = True
    if state == "QUEUED":
        passes.judiciary.standing = lambda _: NotKnown()
        passes.clock.advance(seconds=SETTLE.total_seconds() + 1)
        passes.rescue()
        passes.clock.advance(hours=1)
        passes.rescue()
    assert passes.entry(entry.reference).state is DeliveryState(state)
    passes.judiciary.issue(CONSIGNMENT, entry.reference, None, ARRIVAL, tracking="T-1")
    passes.receive()
    assert passes.entry(entry.reference).state is DeliveryState.DELIVERED
    assert passes.quarantine() == []
    sent = passes.judiciary.calls
    passes.dispatch()
    assert passes.judiciary.calls == sent
    assert passes.judiciary.confirmed == ["R1"]


def test_a_receipt_ends_a_doubt_that_nobody_can_be_asked_about(passes: Passes) -> None:
    passes.capabilities = MUTE
    (entry,) = passes.admit("1")
    passes.judiciary.answers = False
    passes.dispatch()
    passes.rescue()
    assert passes.judiciary.asked == []
    passes.judiciary.issue(CONSIGNMENT, entry.reference, None, ARRIVAL)
    passes.receive()
    now = passes.entry(entry.reference)
    assert (now.state, now.tracking_number) == (DeliveryState.DELIVERED, f"T-{entry.reference[-6:]}")
    assert passes.events(entry.reference)[-2:] == [
        DeliveryEvent.SUBMISSION_ACCEPTANCE,
        DeliveryEvent.CONTENT_CONSIGNMENT,
    ]
    assert passed(passes, entry.reference).endswith(f"about this notice; {UNSEEN_SEAL}"), "no number is claimed"


def test_a_doubt_that_no_receipt_ends_is_a_persons_and_his_word_is_enough(passes: Passes) -> None:
    passes.capabilities = ASKABLE
    passes.judiciary.standing = lambda _reference: Unknown(code="courier.no-answer")
    (entry,) = passes.admit("1")
    passes.judiciary.answers = False
    passes.dispatch()
    passes.rescue()
    assert passes.entry(entry.reference).state is DeliveryState.IN_DOUBT
    passes.intervene(entry.reference, Decision(verdict=DoubtDecision.SUBMITTED, settle_after=SETTLE))
    passes.judiciary.issue(CONSIGNMENT, entry.reference, None, ARRIVAL)
    passes.receive()
    assert passes.entry(entry.reference).state is DeliveryState.DELIVERED
    assert passes.quarantine() == []


def test_a_receipt_of_what_was_never_sent_waits(passes: Passes) -> None:
    passes.capabilities = MUTE
    (entry,) = passes.admit("1")
    passes.judiciary.issue(CONSIGNMENT, entry.reference, None, ARRIVAL)
    passes.receive()
    assert passes.entry(entry.reference).state is DeliveryState.QUEUED
    assert [item.code for item in passes.quarantine()] == ["receipt.early"]


def test_as_many_are_asked_about_at_once_as_the_judiciary_bears(passes: Passes) -> None:
    references = [entry.reference for entry in passes.admit("1", "2", "3")]
    passes.judiciary.answers = False
    passes.dispatch()
    passes.judiciary.answers = True
    passes.clock.advance(minutes=1)
    calls = passes.judiciary.calls
    report = passes.rescue(inquiry_batch=1)
    assert (report.counts["asked"], passes.judiciary.calls - calls) == (3, 3)
    assert sorted(passes.judiciary.asked) == sorted(references)
    passes.clock.advance(hours=2)
    calls = passes.judiciary.calls
    passes.rescue(inquiry_batch=2)
    assert passes.judiciary.calls - calls == 2


def test_a_comparison_asks_about_no_more_at_once_either(passes: Passes) -> None:
    references = [entry.reference for entry in passes.admit("1", "2", "3")]
    passes.dispatch()
    passes.judiciary.standing = lambda reference: Accepted(tracking_number=f"T-{reference[-6:]}")
    passes.clock.advance(days=8)
    calls = passes.judiciary.calls
    compared, findings = passes.reconcile(inquiry_batch=2)
    assert (compared.compared["asked"], passes.judiciary.calls - calls) == (3, 2)
    assert sorted(passes.judiciary.asked) == sorted(references)
    assert not [found for found in findings if found.code.startswith("reconcile.standing")]


def test_an_earlier_format_names_no_seal_only_of_what_was_sent_by_it(passes: Passes) -> None:
    passes.capabilities = MUTE
    (entry,) = passes.admit("1")
    passes.dispatch()
    passes.judiciary.issue(CONSIGNMENT, entry.reference, None, ARRIVAL)
    passes.reader = EarlierReader(digest="sha256:another")
    passes.receive()
    assert passes.entry(entry.reference).state is DeliveryState.SUBMITTED
    assert [item.code for item in passes.quarantine()] == ["verify.about"]
