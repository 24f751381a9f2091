"""The courier where the seal travels beside the message, and where it does not travel at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.crypto.keys.names import SOAP
from adapters.crypto.keys.partner import load_partner
from adapters.crypto.message.any_message import AnyMessageVerifier
from adapters.crypto.message.multipart import content_type
from adapters.judiciary.channel import Channel
from adapters.judiciary.mapped.receipts.mapped_receipt_judge import MappedReceiptJudge
from gateway.judiciary.capabilities import SealPlace
from gateway.judiciary.courier import Accepted, Unknown
from gateway.notice.envelope import Frame
from gateway.runtime.clock import system_clock
from gateway.runtime.errors import GatewayError
from tests.conformance.couriers import MINUTE, Courier
from tests.contracts.binding import courier_to, judge_of, sealed, submit

from .attachments import AttachedMizan
from .server import Mizan, serving
from .shapes import PaperMizan, lay


@contextmanager
def calling(pki: Path, folder: Path, shape: type[Mizan]) -> Iterator[tuple[Courier, Mizan, MappedReceiptJudge]]:
    lay(folder, shape)
    mizan = shape(pki / "judiciary", pki / "municipality" / "transport.crt.pem")
    with serving(mizan) as endpoint:
        channel = Channel(endpoint, MINUTE)
        yield courier_to(folder, pki, endpoint, channel), mizan, judge_of(folder, pki)
        channel.close()


@pytest.fixture
def attached(pki: Path, tmp_path: Path) -> Iterator[tuple[Courier, AttachedMizan, MappedReceiptJudge]]:
    with calling(pki, tmp_path / "attached", AttachedMizan) as (courier, mizan, judge):
        assert isinstance(mizan, AttachedMizan)
        yield courier, mizan, judge


@pytest.fixture
def paper(pki: Path, tmp_path: Path) -> Iterator[tuple[Courier, Mizan, MappedReceiptJudge]]:
    with calling(pki, tmp_path / "paper", PaperMizan) as parts:
        yield parts


Attached = tuple[Courier, AttachedMizan, MappedReceiptJudge]
Paper = tuple[Courier, Mizan, MappedReceiptJudge]


def test_the_seal_arrives_beside_the_message_octet_for_octet(attached: Attached, pki: Path) -> None:
    courier, mizan, judge = attached
    seal = sealed(pki, "9990000001")
    assert submit(courier, seal).by_reference == {seal.reference: Accepted(tracking_number="MZ-1")}
    assert mizan.seals == {f"{seal.reference}@seals": seal.octets}
    claims = [judge.judge(each, system_clock()).facts.claims for each in courier.fetch_receipts("", 10).receipts]
    assert {each["SealDigest"] for each in claims} == {seal.digest}


def test_what_is_stored_of_it_has_no_seal(attached: Attached, pki: Path) -> None:
    courier, _, _ = attached
    seal = sealed(pki, "9990000001")
    message = courier.prepare_submission([seal], system_clock())
    stored = message.frame.dump()
    assert seal.octets[:100] not in stored
    assert Frame.load(stored).fill({seal.digest: seal.octets}.__getitem__) == message.wire
    partner = load_partner(
        "municipality", [pki / "municipality/transport.crt.pem"], [pki / "anchors/municipality-root.pem"]
    )
    facts = AnyMessageVerifier(partner).examine(message.wire)
    assert facts.covered[f"cid:{seal.reference}@seals"] == seal.octets


def test_another_seal_on_its_way_is_no_letter(attached: Attached, pki: Path) -> None:
    courier, mizan, _ = attached
    seal = sealed(pki, "9990000001")
    message = courier.prepare_submission([seal], system_clock())
    changed = message.wire.replace(b"</n:Notice>", b" </n:Notice>")
    assert changed != message.wire
    mizan.media_type = content_type(changed, SOAP, "")
    with pytest.raises(AssertionError, match="digest of cid:"):
        mizan.answer(changed)
    assert mizan.letters == {}


def test_a_lost_answer_is_asked_about_one_by_one(attached: Attached, pki: Path) -> None:
    courier, mizan, _ = attached
    seal = sealed(pki, "9990000001")
    mizan.spoil = lambda _status, _octets: (502, b"<html/>")
    assert submit(courier, seal).by_reference == {seal.reference: Unknown(code="courier.http-status")}
    mizan.spoil = None
    standing = courier.inquire(courier.prepare_inquiry([seal.reference], system_clock())).by_reference
    assert standing == {seal.reference: Accepted(tracking_number="MZ-1")}


def test_no_octet_of_the_seal_travels_where_none_is_taken(paper: Paper, pki: Path) -> None:
    courier, mizan, _ = paper
    seal = sealed(pki, "9990000001")
    message = courier.prepare_submission([seal], system_clock())
    assert b"SignatureValue" in seal.octets
    assert message.wire.count(b"<ds:SignatureValue>") == 1, "the message's own"
    assert courier.submit(message).by_reference == {seal.reference: Accepted(tracking_number="MZ-1")}
    assert [letter["Hash"] for letter in mizan.letters[seal.reference]] == [""]


def test_a_receipt_that_names_no_seal_is_believed_only_where_none_was_sent(paper: Paper, pki: Path) -> None:
    courier, _, judge = paper
    submit(courier, sealed(pki, "9990000001"))
    receipt = courier.fetch_receipts("", 10).receipts[0]
    assert "SealDigest" not in judge.judge(receipt, system_clock()).facts.claims
    for place in (SealPlace.INSIDE, SealPlace.ATTACHMENT):
        with pytest.raises(GatewayError) as refusal:
            replace(judge, claims=replace(judge.claims, seal=place)).judge(receipt, system_clock())
        assert (refusal.value.code, refusal.value.where) == ("mapped.seal-missing", "seal_digest")


def test_a_page_of_receipts_stands_in_for_a_question(paper: Paper, pki: Path) -> None:
    courier, mizan, _ = paper
    submit(courier, sealed(pki, "9990000001"))
    assert courier.has_account("NATURAL", "9990000000") is False
    assert mizan.kept == set(), "nothing is taken by looking"
    assert len(courier.fetch_receipts("", 10).receipts) == 2
