"""One suite for every invented contract: the gateway speaks it by the files of one folder, and no code of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.crypto.keys.keys import load_signer
from adapters.crypto.keys.partner import load_partner
from adapters.crypto.message.any_message import AnyMessageVerifier
from adapters.crypto.xml.sealing import NoticeSealer
from adapters.crypto.xml.strict_xml import load_schema
from adapters.judiciary.mapped.contract_sealer import ContractSealer
from adapters.judiciary.mapped.receipts.mapped_receipt_judge import MappedReceiptJudge
from adapters.shipped.resources import NOTICE_SCHEMA, SCHEMAS
from gateway.judiciary.courier import (
    Accepted,
    Answer,
    CallFailed,
    NoAccount,
    NotBelieved,
    NotKnown,
    Outcome,
    RawReceipt,
    SealSlice,
    Unknown,
)
from gateway.notice.envelope import Frame
from gateway.notice.notice import Recipient
from gateway.runtime.clock import system_clock
from gateway.runtime.errors import GatewayError
from gateway.trust.trust_policy import Rejection
from tests.conformance.couriers import MINUTE, Courier
from tests.integration.sandbox.municipality import notice

from .binding import bound, sealed, submit
from .conftest import CONTRACTS
from .contract import Contract

NOBODY = "EB-" + "B" * 32
SERVED, NO_ACCOUNT = "9990000001", "9998000001"
SPOILT = [(name, spoilt) for name, contract in CONTRACTS.items() for spoilt in contract.spoilt]


def submit_all(contract: Contract, courier: Courier, seals: Sequence[SealSlice]) -> list[Answer[Outcome]]:
    """Submit as many notices in a call as the contract takes."""
    calls = [seals] if contract.batches else [[seal] for seal in seals]
    return [submit(courier, *call) for call in calls]


def test_each_number_becomes_an_outcome_and_one_that_nobody_explained_stays_unknown(
    contract: Contract, courier: Courier, pki: Path, service: Any
) -> None:
    seals = [sealed(pki, identifier, number) for number, identifier in enumerate(contract.outcomes, 1)]
    answers = submit_all(contract, courier, seals)
    found = {reference: outcome for answer in answers for reference, outcome in answer.by_reference.items()}
    assert found == dict(zip([seal.reference for seal in seals], contract.outcomes.values(), strict=True))
    assert all(answer.refused is None and answer.passed for answer in answers)
    for seal in seals:
        [letter] = service.letters[seal.reference]
        assert "sha256:" + letter[contract.hash] == seal.digest, "the very octets of the seal arrived"


def test_what_goes_out_is_what_is_stored_before(courier: Courier, pki: Path) -> None:
    message = courier.prepare_submission([sealed(pki, SERVED)], system_clock())
    assert Frame.load(message.frame.dump()).fill({}.__getitem__) == message.wire


def test_an_auditor_reads_a_message_without_its_profile_and_a_reader_of_another_form_does_not(
    contract: Contract, courier: Courier, pki: Path
) -> None:
    sent = courier.prepare_submission([sealed(pki, SERVED)], system_clock()).wire
    ours = pki / "municipality/transport.crt.pem"
    partner = load_partner("municipality", [ours], [pki / "anchors/municipality-root.pem"])
    facts = AnyMessageVerifier(partner).examine(sent)
    assert facts.covered["Body"], "an auditor is not told which form it has"
    assert abs(facts.signed_at - datetime.now(UTC)) < MINUTE
    with pytest.raises(Rejection) as refusal:
        contract.other_reader(partner).examine(sent)
    assert (refusal.value.code, refusal.value.where) == contract.other_refusal


def test_an_inquiry_tells_known_from_not_known(contract: Contract, courier: Courier, pki: Path) -> None:
    seals = [sealed(pki, SERVED, 1), sealed(pki, NO_ACCOUNT, 2)]
    submit_all(contract, courier, seals)
    asked = [*(seal.reference for seal in seals), NOBODY]
    standings = courier.inquire(courier.prepare_inquiry(asked, system_clock())).by_reference
    assert [type(standings[reference]) for reference in asked] == [Accepted, NoAccount, NotKnown]


def test_a_service_that_is_busy_leaves_doubt_by_its_own_number(
    contract: Contract, courier: Courier, pki: Path, service: Any
) -> None:
    contract.make_busy(service)
    seal = sealed(pki, SERVED)
    answer = submit(courier, seal)
    assert answer.by_reference == {seal.reference: Unknown(code="503")}
    assert answer.failure is not None
    with pytest.raises(CallFailed):
        courier.fetch_receipts("", 10)
    with pytest.raises(CallFailed):
        courier.has_account("NATURAL", "9990000000")
    assert service.letters == {}


@pytest.mark.parametrize(("contract", "spoilt"), SPOILT, indirect=["contract"])
def test_an_answer_that_is_not_believed_leaves_doubt_that_an_inquiry_ends(
    contract: Contract, courier: Courier, pki: Path, service: Any, spoilt: str
) -> None:
    service.spoil, code = contract.spoilt[spoilt]
    seal = sealed(pki, SERVED)
    answer = submit(courier, seal)
    assert answer.by_reference == {seal.reference: Unknown(code=code)}
    assert answer.raw is not None
    assert answer.refused is not None, "it is kept, with the reason"
    service.spoil = None
    standing = courier.inquire(courier.prepare_inquiry([seal.reference], system_clock())).by_reference
    assert standing == {seal.reference: contract.outcomes[SERVED]}


def test_a_signed_answer_that_the_contract_does_not_allow_leaves_doubt(
    courier: Courier, pki: Path, service: Any
) -> None:
    service.unruly = True
    seal = sealed(pki, SERVED)
    assert submit(courier, seal).by_reference == {seal.reference: Unknown(code="verify.schema")}


def test_the_answer_to_another_letter_is_no_answer(courier: Courier, pki: Path, service: Any) -> None:
    earlier = submit(courier, sealed(pki, SERVED, 1)).raw
    assert earlier is not None
    service.spoil = lambda status, _octets: (status, earlier)
    seal = sealed(pki, SERVED, 2)
    assert submit(courier, seal).by_reference == {seal.reference: Unknown(code="verify.relates-to")}


def test_a_page_of_slips_that_is_not_believed_is_kept(courier: Courier, service: Any) -> None:
    service.unruly = True
    with pytest.raises(NotBelieved) as refusal:
        courier.fetch_receipts("", 10)
    assert refusal.value.code == "verify.schema"
    assert refusal.value.octets


def test_slips_come_in_pages_are_judged_and_confirmed(
    contract: Contract, courier: Courier, pki: Path, service: Any, judge: MappedReceiptJudge
) -> None:
    seals = [sealed(pki, SERVED, number) for number in (1, 2)]
    submit_all(contract, courier, seals)
    first = courier.fetch_receipts("", 3)
    assert (len(first.receipts), first.more, first.cursor) == (3, True, "3")
    second = courier.fetch_receipts(first.cursor, 3)
    assert (len(second.receipts), second.more) == (1, False)
    judged = [judge.judge(receipt, system_clock()) for receipt in [*first.receipts, *second.receipts]]
    read = [judge.read(receipt.octets) for receipt in [*first.receipts, *second.receipts]]
    claims = [each.facts.claims for each in judged]
    assert read == claims, "the same is read where nothing is verified once more"
    assert [(each["Reference"], each["Event"]) for each in claims] == [
        (seal.reference, event) for seal in seals for event in ("ContentConsignment", "ContentHandover")
    ]
    assert {each["SealDigest"] for each in claims} == {seal.digest for seal in seals}
    happened = datetime.fromisoformat(claims[0]["EventTime"])
    assert abs(happened - datetime.now(UTC)) < MINUTE, "a Jalali time of Tehran, or a number of seconds, is a moment"
    courier.confirm_receipts([each["ReceiptId"] for each in claims])
    assert service.kept == {f"{contract.slip}{number}" for number in range(1, 5)}


def test_a_slip_of_a_happening_that_nobody_explained_is_not_believed(
    contract: Contract, courier: Courier, pki: Path, service: Any, judge: MappedReceiptJudge
) -> None:
    service.happening = contract.unexplained
    submit(courier, sealed(pki, SERVED))
    receipt = courier.fetch_receipts("", 10).receipts[1]
    with pytest.raises(GatewayError) as refusal:
        judge.judge(receipt, system_clock())
    assert refusal.value.code == "mapped.unknown-value"


def test_a_slip_that_was_changed_is_not_believed(
    contract: Contract, courier: Courier, pki: Path, judge: MappedReceiptJudge
) -> None:
    submit(courier, sealed(pki, SERVED))
    octets = courier.fetch_receipts("", 1).receipts[0].octets
    with pytest.raises(Rejection) as refusal:
        judge.judge(RawReceipt(octets=octets.replace(*contract.changed)), system_clock())
    assert refusal.value.code == "verify.digest"


def test_a_notice_that_the_contract_has_no_room_for_is_refused_before_it_is_queued(
    contract: Contract, pki: Path
) -> None:
    seal = load_signer(pki / "municipality/seal-article-100.key.pem", pki / "municipality/seal-article-100.crt.pem")
    own = NoticeSealer({"article-100": seal}, load_schema(NOTICE_SCHEMA, SCHEMAS))
    sealer = ContractSealer(own, bound(contract.profile)[1])
    good = notice(SERVED)
    ahead = datetime.now(UTC) + timedelta(hours=1)
    sealed_ahead = sealer.seal(good, ahead)
    assert sealed_ahead.reference == good.reference
    assert sealer.seal_anew(sealed_ahead.octets, datetime.now(UTC)).reference == good.reference
    who = good.recipient
    long = replace(good, recipient=Recipient(kind=who.kind, identifier=who.identifier, name="ن" * 301))
    queued_before = own.seal(long, ahead).octets
    for attempt in (lambda at: sealer.seal(long, at), lambda at: sealer.seal_anew(queued_before, at)):
        with pytest.raises(GatewayError) as refusal:
            attempt(datetime.now(UTC))
        assert (refusal.value.code, refusal.value.where) == ("notice.contract", contract.no_room)
        assert "ن" not in str(refusal.value), "no value is quoted"
