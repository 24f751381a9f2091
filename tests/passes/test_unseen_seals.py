"""Receipts of a judiciary that never saw a seal: the reference and the number alone say what they are about."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest

from gateway.judiciary.capabilities import Capabilities, InquiryWay, SealPlace
from gateway.judiciary.courier import Accepted, NotKnown, RawReceipt, Unknown
from gateway.notice.delivery_state import DeliveryEvent, DeliveryState
from gateway.notice.profile_version import SpokenProfile
from gateway.operations.intervention import Decision, DoubtDecision
from gateway.record.evidence_record import Header
from gateway.trust.trust_policy import UNSEEN_SEAL, Judgement

from .conftest import SETTLE, City
from .ports import Reader

ARRIVAL = datetime(2026, 2, 3, 9, tzinfo=UTC)
CONSIGNMENT = "ContentConsignment"
MUTE = Capabilities(inquiry=InquiryWay.NONE, seal=SealPlace.NONE)
ASKABLE = Capabilities(seal=SealPlace.NONE)


def passed(city: City, reference: str) -> str:
    [receipt] = [row for row in city.store.evidence.of_notice(reference) if row.kind == "RECEIPT"]
    return Header.of(receipt.header).context["passed"]


@pytest.mark.parametrize("capabilities", [MUTE, ASKABLE])
def test_the_number_that_was_told_binds_a_receipt_to_its_notice(city: City, capabilities: Capabilities) -> None:
    city.capabilities = capabilities
    (entry,) = city.admit("1")
    city.dispatch()
    city.court.issue(CONSIGNMENT, entry.reference, None, ARRIVAL)
    city.receive()
    assert city.entry(entry.reference).state is DeliveryState.DELIVERED
    assert passed(city, entry.reference).endswith(f"about this notice; about the number that was told; {UNSEEN_SEAL}")


def test_another_number_is_another_letter(city: City) -> None:
    city.capabilities = MUTE
    (entry,) = city.admit("1")
    city.dispatch()
    city.court.issue(CONSIGNMENT, entry.reference, None, ARRIVAL, tracking="T-other")
    city.receive()
    assert city.entry(entry.reference).state is DeliveryState.SUBMITTED
    assert [item.code for item in city.quarantine()] == ["verify.about"]


def test_a_digest_that_is_named_nevertheless_must_be_the_seals(city: City) -> None:
    city.capabilities = MUTE
    (entry,) = city.admit("1")
    city.dispatch()
    city.court.issue(CONSIGNMENT, entry.reference, "sha256:" + "0" * 64, ARRIVAL)
    city.receive()
    assert city.entry(entry.reference).state is DeliveryState.SUBMITTED


@pytest.mark.parametrize("state", ["IN_DOUBT", "QUEUED"])
def test_a_receipt_ends_a_doubt_before_the_notice_could_be_sent_again(city: City, state: str) -> None:
    city.capabilities = ASKABLE
    (entry,) = city.admit("1")
    city.court.answers = False
    city.dispatch()
    city.court.answers = True
    if state == "QUEUED":
        city.court.standing = lambda _: NotKnown()
        city.clock.pass_(seconds=SETTLE.total_seconds() + 1)
        city.rescue()
        city.clock.pass_(hours=1)
        city.rescue()
    assert city.entry(entry.reference).state is DeliveryState(state)
    city.court.issue(CONSIGNMENT, entry.reference, None, ARRIVAL, tracking="T-1")
    city.receive()
    assert city.entry(entry.reference).state is DeliveryState.DELIVERED
    assert city.quarantine() == []
    sent = city.court.calls
    city.dispatch()
    assert city.court.calls == sent
    assert city.court.confirmed == ["R1"]


def test_a_receipt_ends_a_doubt_that_nobody_can_be_asked_about(city: City) -> None:
    city.capabilities = MUTE
    (entry,) = city.admit("1")
    city.court.answers = False
    city.dispatch()
    city.rescue()
    assert city.court.asked == []
    city.court.issue(CONSIGNMENT, entry.reference, None, ARRIVAL)
    city.receive()
    now = city.entry(entry.reference)
    assert (now.state, now.tracking_number) == (DeliveryState.DELIVERED, f"T-{entry.reference[-6:]}")
    assert city.events(entry.reference)[-2:] == [DeliveryEvent.SUBMISSION_ACCEPTANCE, DeliveryEvent.CONTENT_CONSIGNMENT]
    assert passed(city, entry.reference).endswith(f"about this notice; {UNSEEN_SEAL}"), "no number is claimed"


def test_a_doubt_that_no_receipt_ends_is_a_persons_and_his_word_is_enough(city: City) -> None:
    city.capabilities = ASKABLE
    city.court.standing = lambda _reference: Unknown(code="courier.no-answer")
    (entry,) = city.admit("1")
    city.court.answers = False
    city.dispatch()
    city.rescue()
    assert city.entry(entry.reference).state is DeliveryState.IN_DOUBT
    city.intervene(entry.reference, Decision(verdict=DoubtDecision.SUBMITTED, settle_after=SETTLE))
    city.court.issue(CONSIGNMENT, entry.reference, None, ARRIVAL)
    city.receive()
    assert city.entry(entry.reference).state is DeliveryState.DELIVERED
    assert city.quarantine() == []


def test_a_receipt_of_what_was_never_sent_waits(city: City) -> None:
    city.capabilities = MUTE
    (entry,) = city.admit("1")
    city.court.issue(CONSIGNMENT, entry.reference, None, ARRIVAL)
    city.receive()
    assert city.entry(entry.reference).state is DeliveryState.QUEUED
    assert [item.code for item in city.quarantine()] == ["receipt.early"]


def test_as_many_are_asked_about_at_once_as_the_judiciary_bears(city: City) -> None:
    references = [entry.reference for entry in city.admit("1", "2", "3")]
    city.court.answers = False
    city.dispatch()
    city.court.answers = True
    city.clock.pass_(minutes=1)
    calls = city.court.calls
    report = city.rescue(inquiry_batch=1)
    assert (report.counts["asked"], city.court.calls - calls) == (3, 3)
    assert sorted(city.court.asked) == sorted(references)
    city.clock.pass_(hours=2)
    calls = city.court.calls
    city.rescue(inquiry_batch=2)
    assert city.court.calls - calls == 2


def test_a_comparison_asks_about_no_more_at_once_either(city: City) -> None:
    references = [entry.reference for entry in city.admit("1", "2", "3")]
    city.dispatch()
    city.court.standing = lambda reference: Accepted(tracking_number=f"T-{reference[-6:]}")
    city.clock.pass_(days=8)
    calls = city.court.calls
    compared, findings = city.reconcile(inquiry_batch=2)
    assert (compared.compared["asked"], city.court.calls - calls) == (3, 2)
    assert sorted(city.court.asked) == sorted(references)
    assert not [found for found in findings if found.code.startswith("reconcile.standing")]


@dataclass
class EarlierReader(Reader):
    """Reads by a profile that is in force no longer."""

    digest: str = ""

    def judge(self, receipt: RawReceipt, now: datetime) -> Judgement:
        profile = SpokenProfile(name="sana", version="1", digest=self.digest)
        return replace(super().judge(receipt, now), profile=profile, is_earlier=True)


def test_an_earlier_format_names_no_seal_only_of_what_was_sent_by_it(city: City) -> None:
    city.capabilities = MUTE
    (entry,) = city.admit("1")
    city.dispatch()
    city.court.issue(CONSIGNMENT, entry.reference, None, ARRIVAL)
    city.reader = EarlierReader(digest="sha256:another")
    city.receive()
    assert city.entry(entry.reference).state is DeliveryState.SUBMITTED
    assert [item.code for item in city.quarantine()] == ["verify.about"]
