"""The gateway speaks a contract that its code has never seen, by the files of one folder."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from lxml import etree

from adapters.crypto.keys.keys import load_signer
from adapters.crypto.keys.partner import load_partner
from adapters.crypto.message.any_message import AnyMessageVerifier
from adapters.crypto.message.soap_message import MessageVerifier
from adapters.crypto.xml.document import sign_document
from adapters.crypto.xml.sealing import NoticeSealer, notice_element
from adapters.crypto.xml.strict_xml import load_schema
from adapters.judiciary.channel import Channel
from adapters.judiciary.mapped.contract import MappedContract
from adapters.judiciary.mapped.contract_sealer import ContractSealer
from adapters.judiciary.mapped.mapped_contract import mapped_contract, mapped_receipt_judge
from adapters.judiciary.mapped.mapped_receipt_judge import MappedReceiptJudge
from adapters.judiciary.mapped.xml_form import XmlForm
from adapters.judiciary.soap_wire import SoapWire
from adapters.sandbox.pki.devpki import generate
from adapters.settings import JudiciaryProfile, load_profile
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
    Rejected,
    SealSlice,
    Unknown,
)
from gateway.mapping.compiler.mistake import MappingMistaken
from gateway.notice.envelope import Frame
from gateway.notice.notice import Recipient, sha256
from gateway.runtime.clock import system_clock
from gateway.runtime.errors import GatewayError
from gateway.trust.trust_policy import Rejection
from tests.conformance.couriers import Courier, _court, _thumbprints, line, settings, signed
from tests.integration.sandbox.municipality import notice
from tests.unit.crypto.samples import plan

from .server import PROFILE, RPC_PROFILE, SOAP, SOAP12, Mizan, serving

MINUTE = timedelta(minutes=1)
NOBODY = "EB-" + "B" * 32


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("mizan") / "pki"
    generate(directory, plan("rsa-2048"), datetime.now(UTC))
    return directory


@pytest.fixture(params=["document", "rpc"])
def mizan(pki: Path, request: pytest.FixtureRequest) -> Mizan:
    """The service in two shapes: SOAP 1.1 with document/literal, SOAP 1.2 with rpc/literal."""
    return Mizan(pki / "judiciary", pki / "municipality" / "transport.crt.pem", rpc=request.param == "rpc")


@cache
def bound(folder: Path) -> tuple[JudiciaryProfile, MappedContract[etree._Element]]:
    """A profile with its mappings, compiled once."""
    profile = load_profile(str(folder), Path())
    return profile, mapped_contract(profile)


@pytest.fixture
def courier(mizan: Mizan, pki: Path) -> Iterator[Courier]:
    profile, contract = bound(RPC_PROFILE if mizan.rpc else PROFILE)
    with serving(mizan) as endpoint:
        channel = Channel(endpoint, MINUTE)
        form = contract.form
        assert isinstance(form, XmlForm)
        verifier = MessageVerifier(_court(pki), soap=form.soap)
        wire = SoapWire(verifier=verifier, actions=form.actions, soap=form.soap, **line(pki, channel, endpoint))
        yield signed(pki, replace(settings(pki, endpoint), codes=profile.codes), wire, contract, system_clock)
        channel.close()


@pytest.fixture
def judge(pki: Path) -> MappedReceiptJudge:
    profile, contract = bound(PROFILE)
    return mapped_receipt_judge(profile, contract.receipt, _court(pki), _thumbprints(pki, "receipts"), MINUTE)


def sealed(pki: Path, identifier: str, number: int = 1) -> SealSlice:
    seal = load_signer(pki / "municipality/seal-article-100.key.pem", pki / "municipality/seal-article-100.crt.pem")
    one = notice(identifier, number)
    octets = sign_document(notice_element(one), seal, datetime.now(UTC))
    return SealSlice(reference=one.reference, octets=octets, digest=sha256(octets))


def submit(courier: Courier, seal: SealSlice) -> Answer[Outcome]:
    return courier.submit(courier.prepare_submission([seal], system_clock()))


@pytest.mark.parametrize(
    ("identifier", "outcome"),
    [
        ("9990000001", Accepted(tracking_number="MZ-1")),
        ("9999100001", Rejected(code="102", text="گیرنده درگذشته است")),
        ("9998000001", NoAccount()),
        ("9997000001", Unknown(code="courier.incomplete-answer", detail="status UNKNOWN")),
    ],
)
def test_numbers_become_outcomes_and_one_that_nobody_explained_stays_unknown(
    courier: Courier, pki: Path, mizan: Mizan, identifier: str, outcome: Outcome
) -> None:
    seal = sealed(pki, identifier)
    answer = submit(courier, seal)
    assert answer.by_reference == {seal.reference: outcome}
    assert answer.refused is None
    assert answer.passed
    [letter] = mizan.letters[seal.reference]
    assert "sha256:" + letter["Hash"] == seal.digest, "the very octets of the seal arrived"


def test_what_goes_out_is_what_is_stored_before(courier: Courier, pki: Path) -> None:
    message = courier.prepare_submission([sealed(pki, "9990000001")], system_clock())
    assert Frame.load(message.frame.dump()).fill({}.__getitem__) == message.wire


def test_a_message_of_the_other_version_of_soap_is_not_believed(courier: Courier, pki: Path, mizan: Mizan) -> None:
    sent = courier.prepare_submission([sealed(pki, "9990000001")], system_clock()).wire
    partner = load_partner(
        "municipality", [pki / "municipality/transport.crt.pem"], [pki / "anchors/municipality-root.pem"]
    )
    assert AnyMessageVerifier(partner).examine(sent).covered["Body"], "an auditor is not told which version it is"
    with pytest.raises(Rejection) as refusal:
        MessageVerifier(partner, soap=SOAP if mizan.rpc else SOAP12).examine(sent)
    assert (refusal.value.code, refusal.value.where) == ("verify.shape", "Envelope")


def test_an_inquiry_tells_known_from_not_known(courier: Courier, pki: Path) -> None:
    seals = [sealed(pki, "9990000001", 1), sealed(pki, "9998000001", 2)]
    for seal in seals:
        submit(courier, seal)
    asked = [*(seal.reference for seal in seals), NOBODY]
    standings = courier.inquire(courier.prepare_inquiry(asked, system_clock())).by_reference
    assert [type(standings[reference]) for reference in asked] == [Accepted, NoAccount, NotKnown]


def test_a_service_that_is_busy_leaves_doubt_by_its_own_number(courier: Courier, pki: Path, mizan: Mizan) -> None:
    mizan.busy = True
    seal = sealed(pki, "9990000001")
    answer = submit(courier, seal)
    assert answer.by_reference == {seal.reference: Unknown(code="503")}
    assert answer.failure is not None
    with pytest.raises(CallFailed):
        courier.fetch_receipts("", 10)
    with pytest.raises(CallFailed):
        courier.has_account("NATURAL", "9990000000")
    assert mizan.letters == {}


SPOILT = {
    "changed on its way": (lambda status, octets: (status, octets.replace(b">10<", b">20<")), "verify.digest"),
    "not signed": (
        lambda status, octets: (status, re.sub(rb"<ds:Signature .*</ds:Signature>", b"", octets, flags=re.DOTALL)),
        "verify.unsigned",
    ),
    "a page of something in between": (lambda _status, _octets: (502, b"<html/>"), "courier.http-status"),
    "cut short": (lambda status, octets: (status, octets[:-20]), "verify.malformed"),
}


@pytest.mark.parametrize("spoilt", list(SPOILT))
def test_an_answer_that_is_not_believed_leaves_doubt_that_an_inquiry_ends(
    courier: Courier, pki: Path, mizan: Mizan, spoilt: str
) -> None:
    spoil, code = SPOILT[spoilt]
    seal = sealed(pki, "9990000001")
    mizan.spoil = spoil
    answer = submit(courier, seal)
    assert answer.by_reference == {seal.reference: Unknown(code=code)}
    assert answer.raw is not None
    assert answer.refused is not None, "it is kept, with the reason"
    mizan.spoil = None
    standing = courier.inquire(courier.prepare_inquiry([seal.reference], system_clock())).by_reference
    assert standing == {seal.reference: Accepted(tracking_number="MZ-1")}


def test_a_signed_answer_that_the_contract_does_not_allow_leaves_doubt(
    courier: Courier, pki: Path, mizan: Mizan
) -> None:
    mizan.unruly = True
    seal = sealed(pki, "9990000001")
    assert submit(courier, seal).by_reference == {seal.reference: Unknown(code="verify.schema")}


def test_the_answer_to_another_letter_is_no_answer(courier: Courier, pki: Path, mizan: Mizan) -> None:
    earlier = submit(courier, sealed(pki, "9990000001", 1)).raw
    assert earlier is not None
    mizan.spoil = lambda status, _octets: (status, earlier)
    seal = sealed(pki, "9990000001", 2)
    assert submit(courier, seal).by_reference == {seal.reference: Unknown(code="verify.relates-to")}


def test_a_page_of_slips_that_is_not_believed_is_kept(courier: Courier, mizan: Mizan) -> None:
    mizan.unruly = True
    with pytest.raises(NotBelieved) as refusal:
        courier.fetch_receipts("", 10)
    assert refusal.value.code == "verify.schema"
    assert refusal.value.octets


def test_slips_come_in_pages_are_judged_and_confirmed(
    courier: Courier, pki: Path, mizan: Mizan, judge: MappedReceiptJudge
) -> None:
    seals = [sealed(pki, "9990000001", number) for number in (1, 2)]
    for seal in seals:
        submit(courier, seal)
    first = courier.fetch_receipts("", 3)
    assert (len(first.receipts), first.more, first.cursor) == (3, True, "3")
    second = courier.fetch_receipts(first.cursor, 3)
    assert (len(second.receipts), second.more) == (1, False)
    told = [judge.judge(receipt, system_clock()) for receipt in [*first.receipts, *second.receipts]]
    read = [judge.read(receipt.octets) for receipt in [*first.receipts, *second.receipts]]
    assert read == [each.facts.claims for each in told], "the same is read where nothing is verified once more"
    claims = [each.facts.claims for each in told]
    assert [(each["Reference"], each["Event"]) for each in claims] == [
        (seal.reference, event) for seal in seals for event in ("ContentConsignment", "ContentHandover")
    ]
    assert {each["SealDigest"] for each in claims} == {seal.digest for seal in seals}
    happened = datetime.fromisoformat(claims[0]["EventTime"])
    assert abs(happened - datetime.now(UTC)) < MINUTE, "a Jalali time of Tehran is a moment"
    courier.confirm_receipts([each["ReceiptId"] for each in claims])
    assert mizan.kept == {f"SL-{number}" for number in range(1, 5)}


def test_a_slip_of_a_happening_that_nobody_explained_is_not_believed(
    courier: Courier, pki: Path, mizan: Mizan, judge: MappedReceiptJudge
) -> None:
    mizan.happening = "9"
    submit(courier, sealed(pki, "9990000001"))
    receipt = courier.fetch_receipts("", 10).receipts[1]
    with pytest.raises(GatewayError) as refusal:
        judge.judge(receipt, system_clock())
    assert refusal.value.code == "mapped.unknown-value"


def test_a_slip_that_was_changed_is_not_believed(courier: Courier, pki: Path, judge: MappedReceiptJudge) -> None:
    submit(courier, sealed(pki, "9990000001"))
    octets = courier.fetch_receipts("", 1).receipts[0].octets
    with pytest.raises(GatewayError) as refusal:
        judge.judge(RawReceipt(octets=octets.replace(b"MZ-1", b"MZ-2")), system_clock())
    assert refusal.value.code == "verify.digest"


def test_a_notice_that_the_contract_has_no_room_for_is_refused_before_it_is_queued(pki: Path) -> None:
    ours = pki / "municipality"
    seal = load_signer(ours / "seal-article-100.key.pem", ours / "seal-article-100.crt.pem")
    sealer = ContractSealer(
        NoticeSealer({"article-100": seal}, load_schema(NOTICE_SCHEMA, SCHEMAS)),
        bound(PROFILE)[1],
    )
    good = notice("9990000001")
    assert sealer.seal(good, datetime.now(UTC)).reference == good.reference
    who = good.recipient
    long = Recipient(kind=who.kind, identifier=who.identifier, name="ن" * 301)
    with pytest.raises(GatewayError) as refusal:
        sealer.seal(replace(good, recipient=long), datetime.now(UTC))
    assert refusal.value.code == "notice.contract"
    assert refusal.value.where == "Addressee.FullName"
    assert "ن" not in str(refusal.value), "no value is quoted"


MISTAKES = {
    "a target that the contract does not have": (
        "submit.toml", 'target = "About"', 'target = "Subject"', "mapping.target-unknown"),
    "a target that the contract cannot do without": (
        "submit.toml", 'target = "Head.LetterNo"', 'target = "Head.Urgent"', "mapping.target-unmapped"),
    "a date where a text is wanted": (
        "submit.toml", 'do = ["jalali-text"]', "do = []", "mapping.target-type"),
    "a word that the contract's list does not have": (
        "submit.toml", 'FOREIGN = "3"', 'FOREIGN = "4"', "mapping.target-choice"),
    "a word of ours without an entry": (
        "submit.toml", 'FOREIGN = "3"\n', "", "mapping.table-incomplete"),
    "a constant that is too long": (
        "submit.toml", 'from = "notices[0].subject"\nrequired = true', f'value = "{"x" * 301}"',
        "mapping.target-length"),
    "an element that the answer does not have": (
        "outcome.toml", 'from = "Ticket"', 'from = "Tickets"', "mapping.source-unknown"),
    "an element that the receipt does not have": (
        "receipt.toml", 'from = "When"', 'from = "Moment"', "mapping.source-unknown"),
    "a mapping of another kind": (
        "page.toml", 'kind = "answer-to-page"', 'kind = "answer-to-outcome"', "mapping.kind-other"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", list(MISTAKES))
def test_a_mapping_that_does_not_fit_the_contract_is_told_with_its_line(tmp_path: Path, mistake: str) -> None:
    file, old, new, code = MISTAKES[mistake]
    folder = tmp_path / "mine"
    shutil.copytree(PROFILE, folder)
    text = (folder / file).read_text(encoding="utf-8")
    assert text.count(old) == 1
    (folder / file).write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(MappingMistaken) as refusal:
        mapped_contract(load_profile(str(folder), Path()))
    assert code in {found.code for found in refusal.value.mistakes}
    assert f"{file}, line " in refusal.value.where
    assert all(found.entry.remedy for found in refusal.value.mistakes)
