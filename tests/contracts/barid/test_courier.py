"""The gateway speaks a REST contract that its code has never seen, by the files of one folder."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import jwt
import pytest

from adapters.crypto.keys.keys import load_signer
from adapters.crypto.keys.partner import load_partner
from adapters.crypto.message.any_message import AnyMessageVerifier
from adapters.crypto.message.jws import JwsVerifier
from adapters.crypto.xml.document import sign_document
from adapters.crypto.xml.sealing import NoticeSealer, notice_element
from adapters.crypto.xml.strict_xml import load_schema
from adapters.judiciary.call_context import call_about
from adapters.judiciary.channel import Channel
from adapters.judiciary.mapped.contract import MappedContract
from adapters.judiciary.mapped.contract_sealer import ContractSealer
from adapters.judiciary.mapped.json_form import JsonForm
from adapters.judiciary.mapped.mapped_contract import mapped_receipt_judge
from adapters.judiciary.mapped.mapped_receipt_judge import MappedReceiptJudge
from adapters.judiciary.mapped.mapped_rest import mapped_rest_contract
from adapters.judiciary.published.rest_contract import Body
from adapters.judiciary.rest_wire import RestWire
from adapters.sandbox.pki.devpki import generate
from adapters.settings import JudiciaryProfile, load_profile
from adapters.shipped.resources import NOTICE_SCHEMA, SCHEMAS
from gateway.judiciary.courier import (
    Accepted,
    Answer,
    CallFailed,
    Deferred,
    NoAccount,
    NotBelieved,
    NotKnown,
    Outcome,
    RawReceipt,
    Rejected,
    SealSlice,
    Unknown,
)
from gateway.notice.envelope import Frame
from gateway.notice.notice import Recipient, sha256
from gateway.runtime.clock import system_clock
from gateway.runtime.errors import GatewayError
from gateway.trust.trust_policy import Rejection
from tests.conformance.couriers import Courier, _court, _thumbprints, line, settings, signed
from tests.integration.sandbox.municipality import notice
from tests.unit.crypto.samples import plan

from .server import PROFILE, Barid, serving

MINUTE = timedelta(minutes=1)
NOBODY = "EB-" + "B" * 32


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("barid") / "pki"
    generate(directory, plan("rsa-2048"), datetime.now(UTC))
    return directory


@pytest.fixture
def barid(pki: Path) -> Barid:
    return Barid(pki / "judiciary", pki / "municipality" / "transport.crt.pem")


@cache
def bound() -> tuple[JudiciaryProfile, MappedContract[Body]]:
    """The profile with its mappings, compiled once."""
    profile = load_profile(str(PROFILE), Path())
    return profile, mapped_rest_contract(profile)


def courier_to(endpoint: str, pki: Path, channel: Channel) -> Courier:
    profile, contract = bound()
    form, agreed = contract.form, profile.file.security.jws.form
    assert isinstance(form, JsonForm)
    verifier = JwsVerifier(_court(pki), form=agreed)
    wire = RestWire(verifier=verifier, bound=form.at, form=agreed, **line(pki, channel, endpoint))
    return signed(pki, replace(settings(pki, endpoint), codes=profile.codes), wire, contract, system_clock)


@pytest.fixture
def courier(barid: Barid, pki: Path) -> Iterator[Courier]:
    with serving(barid) as endpoint:
        channel = Channel(endpoint, MINUTE)
        yield courier_to(endpoint, pki, channel)
        channel.close()


@pytest.fixture
def judge(pki: Path) -> MappedReceiptJudge:
    profile, contract = bound()
    return mapped_receipt_judge(profile, contract.receipt, _court(pki), _thumbprints(pki, "receipts"), MINUTE)


def sealed(pki: Path, identifier: str, number: int = 1) -> SealSlice:
    seal = load_signer(pki / "municipality/seal-article-100.key.pem", pki / "municipality/seal-article-100.crt.pem")
    one = notice(identifier, number)
    octets = sign_document(notice_element(one), seal, datetime.now(UTC))
    return SealSlice(reference=one.reference, octets=octets, digest=sha256(octets))


def submit(courier: Courier, *seals: SealSlice) -> Answer[Outcome]:
    return courier.submit(courier.prepare_submission(seals, system_clock()))


def test_a_batch_of_letters_comes_to_an_outcome_each(courier: Courier, pki: Path, barid: Barid) -> None:
    outcomes: dict[str, Outcome] = {
        "9990000001": Accepted(tracking_number="BR-1"),
        "9999100001": Rejected(code="102", text="گیرنده درگذشته است"),
        "9998000001": NoAccount(),
        "9997000001": Unknown(code="courier.incomplete-answer", detail="status UNKNOWN"),
        "9900000001": Deferred(code="deferred", retry_after=timedelta(seconds=90)),
    }
    seals = [sealed(pki, identifier, number) for number, identifier in enumerate(outcomes, 1)]
    answer = submit(courier, *seals)
    assert answer.by_reference == dict(zip([seal.reference for seal in seals], outcomes.values(), strict=True))
    assert answer.refused is None
    assert answer.passed
    for seal in seals:
        [letter] = barid.letters[seal.reference]
        assert "sha256:" + letter["hash"] == seal.digest, "the very octets of the seal arrived"


def test_what_goes_out_is_what_is_stored_before(courier: Courier, pki: Path) -> None:
    message = courier.prepare_submission([sealed(pki, "9990000001")], system_clock())
    assert Frame.load(message.frame.dump()).fill({}.__getitem__) == message.wire


def test_an_auditor_reads_a_message_whose_names_nobody_told_him(courier: Courier, pki: Path) -> None:
    sent = courier.prepare_submission([sealed(pki, "9990000001")], system_clock()).wire
    ours = pki / "municipality/transport.crt.pem"
    partner = load_partner("municipality", [ours], [pki / "anchors/municipality-root.pem"])
    facts = AnyMessageVerifier(partner).examine(sent)
    assert facts.covered["Body"]
    assert abs(facts.signed_at - datetime.now(UTC)) < MINUTE
    with pytest.raises(Rejection) as refusal:
        JwsVerifier(partner).examine(sent)
    assert refusal.value.code == "verify.jws-type", "who was told other names does not"


def test_an_inquiry_tells_known_from_not_known(courier: Courier, pki: Path) -> None:
    seals = [sealed(pki, "9990000001", 1), sealed(pki, "9998000001", 2)]
    submit(courier, *seals)
    asked = [*(seal.reference for seal in seals), NOBODY]
    standings = courier.inquire(courier.prepare_inquiry(asked, system_clock())).by_reference
    assert [type(standings[reference]) for reference in asked] == [Accepted, NoAccount, NotKnown]


def test_a_service_that_is_busy_leaves_doubt_by_its_own_number(courier: Courier, pki: Path, barid: Barid) -> None:
    barid.trouble = (503 - 3, {"error": {"no": 503, "say": "فردا"}})
    seal = sealed(pki, "9990000001")
    answer = submit(courier, seal)
    assert answer.by_reference == {seal.reference: Unknown(code="503")}
    assert answer.failure is not None
    with pytest.raises(CallFailed):
        courier.fetch_receipts("", 10)
    with pytest.raises(CallFailed):
        courier.has_account("NATURAL", "9990000000")
    assert barid.letters == {}


def test_any_other_fault_leaves_doubt(courier: Courier, pki: Path, barid: Barid) -> None:
    seal = sealed(pki, "9990000001")
    barid.trouble = (400, {"error": {"no": 7}})
    assert submit(courier, seal).by_reference == {seal.reference: Unknown(code="7")}
    barid.trouble = (400, {"error": {"no": 503, "surprise": 1}})
    assert submit(courier, seal).by_reference == {seal.reference: Unknown(code="verify.schema")}
    barid.trouble = (400, {"error": {"no": True}})
    assert submit(courier, seal).by_reference == {seal.reference: Unknown(code="verify.schema")}


def changed(octets: bytes, old: str, new: str) -> bytes:
    """A JWS whose payload was changed on its way."""
    header, payload, signature = octets.split(b".")
    said = base64.urlsafe_b64decode(payload + b"==").replace(old.encode(), new.encode())
    return b".".join([header, base64.urlsafe_b64encode(said).rstrip(b"="), signature])


SPOILT: dict[str, tuple[Any, str]] = {
    "changed on its way": (lambda status, octets: (status, changed(octets, "TAKEN", "OTHER")), "verify.signature"),
    "not signed": (
        lambda status, octets: (status, octets[: octets.rindex(b".") + 1]), "verify.unsigned"),
    "plain JSON": (lambda status, _octets: (status, b'{"letters": []}'), "verify.unsigned"),
    "a page of something in between": (lambda _status, _octets: (502, b"<html/>"), "courier.http-status"),
    "cut short": (lambda status, octets: (status, octets[:-22]), "verify.signature"),
    "signed by a stranger": (lambda status, octets: (status, stranger(octets)), "verify.algorithm"),
}  # fmt: skip


def stranger(octets: bytes) -> bytes:
    payload = octets.split(b".")[1]
    header = {"typ": "barid+jws", "x5t#S256": base64.urlsafe_b64encode(b"x" * 32).rstrip(b"=").decode()}
    said = base64.urlsafe_b64decode(payload + b"==")
    return jwt.api_jws.encode(said, "a secret that is long enough for this", algorithm="HS256", headers=header).encode()


@pytest.mark.parametrize("spoilt", list(SPOILT))
def test_an_answer_that_is_not_believed_leaves_doubt_that_an_inquiry_ends(
    courier: Courier, pki: Path, barid: Barid, spoilt: str
) -> None:
    spoil, code = SPOILT[spoilt]
    seal = sealed(pki, "9990000001")
    barid.spoil = spoil
    answer = submit(courier, seal)
    assert answer.by_reference == {seal.reference: Unknown(code=code)}
    assert answer.raw is not None
    assert answer.refused is not None, "it is kept, with the reason"
    barid.spoil = None
    standing = courier.inquire(courier.prepare_inquiry([seal.reference], system_clock())).by_reference
    assert standing == {seal.reference: Accepted(tracking_number="BR-1")}


CLAIMS: dict[str, tuple[dict[str, Any], dict[str, str], str]] = {
    "by our own names": ({"op": "letters.sent"}, {}, "verify.jws-claims"),
    "of another operation": ({"act": "letters.found"}, {}, "verify.relates-to"),
    "about another message": ({"answerTo": "b-1"}, {}, "verify.relates-to"),
    "of another type": ({}, {"typ": "JWT"}, "verify.jws-type"),
    "of our own type": ({}, {"typ": "eblagh-message+jws"}, "verify.jws-type"),
    "that says where its key is": ({}, {"kid": "1"}, "verify.jws-key"),
    "too old": ({"iat": 1_700_000_000, "exp": 1_700_000_300}, {}, "verify.stale"),
    "whose content is a list": ({"content": []}, {}, "verify.jws-claims"),
    "with a fraction": ({"content": {"letters": [], "x": 1.5}}, {}, "verify.json"),
}


@pytest.mark.parametrize("name", list(CLAIMS))
def test_an_answer_that_is_signed_but_none_leaves_doubt(courier: Courier, pki: Path, barid: Barid, name: str) -> None:
    barid.claims, barid.header, code = CLAIMS[name]
    seal = sealed(pki, "9990000001")
    assert submit(courier, seal).by_reference == {seal.reference: Unknown(code=code)}


def test_a_signed_answer_that_the_contract_does_not_allow_leaves_doubt(
    courier: Courier, pki: Path, barid: Barid
) -> None:
    barid.unruly = True
    seal = sealed(pki, "9990000001")
    assert submit(courier, seal).by_reference == {seal.reference: Unknown(code="verify.schema")}


def test_the_answer_to_another_letter_is_no_answer(courier: Courier, pki: Path, barid: Barid) -> None:
    earlier = submit(courier, sealed(pki, "9990000001", 1)).raw
    assert earlier is not None
    barid.spoil = lambda status, _octets: (status, earlier)
    seal = sealed(pki, "9990000001", 2)
    assert submit(courier, seal).by_reference == {seal.reference: Unknown(code="verify.relates-to")}


def test_a_page_of_slips_that_is_not_believed_is_kept(courier: Courier, barid: Barid) -> None:
    barid.unruly = True
    with pytest.raises(NotBelieved) as refusal:
        courier.fetch_receipts("", 10)
    assert refusal.value.code == "verify.schema"
    assert refusal.value.octets


def test_a_page_with_a_slip_that_is_no_base64_is_passed_by_whole(courier: Courier, pki: Path, barid: Barid) -> None:
    submit(courier, sealed(pki, "9990000001"))
    barid.claims = {"content": {"slips": [{"no": "RS-1", "paper": "%%"}], "upTo": 1, "rest": 1}}
    with pytest.raises(NotBelieved) as refusal:
        courier.fetch_receipts("", 10)
    assert refusal.value.code == "mapped.field-invalid"


def test_slips_come_in_pages_are_judged_and_confirmed(
    courier: Courier, pki: Path, barid: Barid, judge: MappedReceiptJudge
) -> None:
    seals = [sealed(pki, "9990000001", number) for number in (1, 2)]
    submit(courier, *seals)
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
    assert abs(datetime.fromisoformat(claims[0]["EventTime"]) - datetime.now(UTC)) < MINUTE
    courier.confirm_receipts([each["ReceiptId"] for each in claims])
    assert barid.kept == {f"RS-{number}" for number in range(1, 5)}


def test_a_slip_of_a_happening_that_nobody_explained_is_not_believed(
    courier: Courier, pki: Path, barid: Barid, judge: MappedReceiptJudge
) -> None:
    barid.happening = "EATEN"
    submit(courier, sealed(pki, "9990000001"))
    receipt = courier.fetch_receipts("", 10).receipts[1]
    with pytest.raises(GatewayError) as refusal:
        judge.judge(receipt, system_clock())
    assert refusal.value.code == "mapped.unknown-value"


def test_a_slip_that_was_changed_is_not_believed(courier: Courier, pki: Path, judge: MappedReceiptJudge) -> None:
    submit(courier, sealed(pki, "9990000001"))
    octets = courier.fetch_receipts("", 1).receipts[0].octets.replace(b">BOXED<", b">OPENED<")
    with pytest.raises(Rejection) as refusal:
        judge.judge(RawReceipt(octets=octets), system_clock())
    assert refusal.value.code == "verify.digest"


def test_a_notice_that_the_contract_has_no_room_for_goes_back_before_it_is_queued(pki: Path) -> None:
    seal = load_signer(pki / "municipality/seal-article-100.key.pem", pki / "municipality/seal-article-100.crt.pem")
    own = NoticeSealer({"article-100": seal}, load_schema(NOTICE_SCHEMA, SCHEMAS))
    sealer = ContractSealer(own, bound()[1])
    good = notice("9990000001")
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
        assert refusal.value.code == "notice.contract"
        assert "ن" not in str(refusal.value), "no value is quoted"
    assert json.dumps(bound()[1].inquiry([NOBODY], call_about(system_clock(), [NOBODY]))) == json.dumps(
        {"refs": [NOBODY]}
    )
