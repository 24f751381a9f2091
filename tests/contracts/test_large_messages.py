"""Messages of large notices are made, recorded and read in pieces: the octets of plain ones, in little memory."""

from __future__ import annotations

import shutil
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from lxml import etree

from adapters.crypto.keys.keys import Signer, load_signer
from adapters.crypto.message.jws import Claims, sign_jws, sign_jws_in_pieces
from adapters.crypto.message.soap_signing import Slice, sign_message
from adapters.crypto.xml.sealing import notice_element
from adapters.crypto.xml.strict_xml import canonical
from adapters.judiciary.call_context import CallContext, call_about
from adapters.judiciary.mapped.contract import MappedContract
from adapters.judiciary.plain_rest.http_message import RestRequest, read_request, written_request
from adapters.judiciary.wire import Submission
from adapters.settings import profile_in
from gateway.judiciary.capabilities import SealPlace
from gateway.judiciary.courier import SealSlice
from gateway.notice.envelope import Frame
from gateway.notice.large_octets import LargeValue, Octets, pieces_of, whole
from gateway.notice.notice import Document, IssuingBody, Notice, Recipient, RecipientKind, sha256
from gateway.runtime.errors import GatewayError
from tests.apart import Apart
from tests.unit.mappings.test_reads_of_source import BIND, FOLDERS, VALUES

NOW, LIFETIME = datetime(2026, 2, 3, tzinfo=UTC), timedelta(minutes=5)
ENDPOINT = "https://court.invalid"
MIB = 1024 * 1024
CONTRACTS = pytest.mark.parametrize(
    "folder", FOLDERS, ids=lambda each: each.parent.name if each.name == "profile" else each.name
)


@cache
def contract_of(folder: Path) -> MappedContract[Any]:
    profile = profile_in(folder, "x")
    made: MappedContract[Any] = BIND[profile.file.protocol](profile, {**VALUES, "organisation": "QOM-30417"})
    return made


@cache
def octets_of(paper: int, documents: int = 3) -> bytes:
    """The canonical octets of a notice whose paper has so many octets, and that has a small and a large attachment.

    With fewer ``documents`` it has as many of these.
    """
    attached = [
        Document(name=f"{n}.png", media_type="image/png", octets=b"\xff" * n, title="نقشه") for n in (7, 50_000)
    ]
    notice = Notice(
        body=IssuingBody(code="article-100", title="کمیسیون ماده صد", district="منطقه ۶"),
        case_number="1404-100-1",
        paper_number="7",
        kind="ruling",
        subject="رأی «قلع» & <تخریب>",
        issued_on=NOW.date(),
        recipient=Recipient(
            kind=RecipientKind.NATURAL,
            identifier="9990000000",
            name="شهروند (نمونه)",
            postal_code="1234567890",
            address="تهران",
            mobile="+989120000000",
        ),
        document=Document(name="ruling.pdf", media_type="application/pdf", octets=b"%PDF\x00\xfb\xff" * (paper // 7)),
        attachments=tuple(attached[: documents - 1]),
    )
    return canonical(notice_element(notice))


@dataclass(frozen=True)
class Sent:
    wire: Octets
    frame: Frame


@contextmanager
def plainly() -> Iterator[None]:
    """Nothing is large, and so everything is made in memory."""
    with ExitStack() as stack:
        for module in (
            "gateway.notice.large_octets",
            "adapters.judiciary.mapped.sealed_notice",
            "adapters.crypto.xml.sealed_fields",
        ):
            stack.enter_context(patch(f"{module}.LARGE", 1_000 * MIB))
        yield


def message(contract: MappedContract[Any], octets: Octets, call: CallContext, signer: Signer) -> Sent:
    seal = SealSlice(reference="EB-" + "A" * 32, octets=octets, digest=sha256(octets))
    made: Submission[Any] = contract.submission([seal], contract.trial(call))
    match made.content:
        case RestRequest() as request:
            wire = written_request(request, ENDPOINT)
            return Sent(wire, Frame(pieces=(wire,), seals=()))
        case etree._Element() as body:
            is_beside = contract.seal is SealPlace.ATTACHMENT
            beside = [each for each in made.slices if isinstance(each, SealSlice)] if is_beside else []
            inside: list[Slice] = [each for each in made.slices if each not in beside]
            soap = sign_message(body, None, signer, NOW, LIFETIME, inside, attached=beside)
            return Sent(soap.wire, soap.frame)
        case body:
            claims = Claims(operation="Submit", message_id=call.id, audience=ENDPOINT)
            sign: Callable[..., Octets] = sign_jws if isinstance(octets, bytes) else sign_jws_in_pieces
            wire = sign(body, claims, signer, NOW, LIFETIME)
            return Sent(wire, Frame(pieces=(wire,), seals=()))


@pytest.fixture
def signer(pki: Path) -> Signer:
    return load_signer(pki / "municipality/transport.key.pem", pki / "municipality/transport.crt.pem")


@CONTRACTS
@pytest.mark.parametrize("size", [1_000, 65_536, 999_983])
def test_a_large_message_has_the_octets_of_one_made_in_memory(folder: Path, size: int, signer: Signer) -> None:
    contract, call = contract_of(folder), call_about(NOW, ["EB-" + "A" * 32])
    octets = octets_of(400_000, min(3, contract.limits.documents))
    with plainly():
        plain = message(contract, octets, call, signer)
        assert isinstance(plain.wire, bytes)
    large = message(contract, Apart.of(octets, size), call, signer)
    assert len(large.wire) == len(plain.wire)
    for _ in range(2):
        assert b"".join(pieces_of(large.wire)) == plain.wire
    stored = large.frame.stored()
    assert b"".join(pieces_of(stored)) == plain.frame.dump()
    assert len(stored) == len(plain.frame.dump())
    assert Frame.load(bytes(stored)).fill(lambda _: octets) == plain.wire


@CONTRACTS
def test_a_call_with_a_large_notice_needs_little_memory(folder: Path, signer: Signer) -> None:
    contract, call = contract_of(folder), call_about(NOW, ["EB-" + "A" * 32])
    documents = min(3, contract.limits.documents)
    message(contract, octets_of(10, documents), call, signer)
    size = 4 * MIB
    octets = Apart.of(octets_of(size, documents), 256 * 1024)
    tracemalloc.start()
    try:
        made = message(contract, octets, call, signer)
        for each in (made.frame.stored(), made.wire):
            assert sum(map(len, pieces_of(each))) == len(each)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < size


def test_a_plain_request_is_read_in_pieces() -> None:
    body = Apart([b'{"a":"', b"x" * 300_000, b'"}'])
    wire = written_request(RestRequest(method="PUT", target="/a", headers={"A": "b"}, body=body), ENDPOINT)
    request = read_request(wire, ENDPOINT)
    assert (request.method, request.target, request.headers) == ("PUT", "/a", {"A": "b"})
    assert (bytes(request.body), len(request.body)) == (bytes(body), len(body))
    assert not isinstance(request.body, bytes)


def test_a_text_with_further_rules_is_judged_as_a_whole(tmp_path: Path) -> None:
    """Only the contract's schema knows them: a mark in the text's place would say nothing about it."""
    [folder] = [each for each in FOLDERS if each.name == "eblagh-rpc-1"]
    mine = shutil.copytree(folder, tmp_path / "mine")
    schema = mine / "messages.xsd"
    text = schema.read_text(encoding="utf-8")
    extension = '<xs:extension base="xs:base64Binary">'
    assert text.count(extension) == 1
    for most, fits in ((10_000_000, True), (400_000, False)):
        limited = (
            '<xs:simpleType name="Short"><xs:restriction base="xs:base64Binary">'
            f'<xs:maxLength value="{most}"/></xs:restriction></xs:simpleType>'
        )
        changed = text.replace(extension, '<xs:extension base="e:Short">')
        schema.write_text(changed.replace("</xs:schema>", f"{limited}</xs:schema>"), encoding="utf-8")
        contract = replace(contract_of.__wrapped__(mine), judged=True)
        seal = SealSlice(reference="EB-" + "A" * 32, octets=Apart.of(octets_of(400_000), 9_999), digest="sha256:0")
        call = call_about(NOW, [seal.reference])
        if fits:
            assert not contract.submission([seal], call).slices
        else:
            with pytest.raises(GatewayError) as refusal:
                contract.submission([seal], call)
            assert refusal.value.code == "mapped.message"


def test_large_values_in_lists_and_tables_come_into_memory() -> None:
    large = LargeValue(Apart([b"a", b"b"]))
    assert whole({"x": [large, LargeValue(large.octets, is_text=True)], "y": 1}) == {"x": [b"ab", "ab"], "y": 1}
