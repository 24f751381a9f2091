"""Messages whose seals travel beside them: what is written is read, and nothing else is."""

from __future__ import annotations

import email.policy
import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest

from adapters.crypto.keys import names
from adapters.crypto.message.any_message import AnyMessageVerifier
from adapters.crypto.message.multipart import MAX_ATTACHMENTS, content_id, content_type, pack
from adapters.crypto.message.soap_message import MessageVerifier
from adapters.crypto.message.soap_signing import Addressing, SignedMessage, sign_message
from adapters.crypto.xml.document import sign_document
from adapters.crypto.xml.partner_profile import STRICT
from adapters.crypto.xml.strict_xml import MESSAGE_LIMITS
from gateway.judiciary.courier import SealSlice
from gateway.notice.envelope import Frame
from gateway.trust.trust_policy import Facts, Rejection

from .conftest import SIGNED_AT
from .samples import ACTION, LIFETIME, MESSAGE_ID, TO, JudiciaryService, inquiry, notice, slice_of

ONE, TWO = "EB-" + "A" * 32, "EB-" + "B" * 32
AGREED = replace(STRICT, attachments=True)
Edit = Callable[[bytes], bytes]


@pytest.fixture
def now() -> datetime:
    return SIGNED_AT


@pytest.fixture
def seals(judiciary: JudiciaryService, now: datetime) -> list[SealSlice]:
    return [slice_of(each, sign_document(notice(each, subject=each), judiciary.seal, now)) for each in (ONE, TWO)]


@pytest.fixture
def made(judiciary: JudiciaryService, now: datetime, seals: list[SealSlice]) -> SignedMessage:
    return packaged(judiciary, now, seals)


def packaged(
    judiciary: JudiciaryService, now: datetime, seals: list[SealSlice], soap: str = names.SOAP
) -> SignedMessage:
    addressing = Addressing(to=TO, action=ACTION, message_id=MESSAGE_ID)
    return sign_message(inquiry(), addressing, judiciary.transport, now, LIFETIME, soap=soap, attached=seals)


def examined(judiciary: JudiciaryService, octets: bytes, soap: str = names.SOAP) -> Facts:
    return MessageVerifier(judiciary.partner, profile=AGREED, soap=soap).examine(octets)


def refusal(judiciary: JudiciaryService, octets: bytes) -> str:
    with pytest.raises(Rejection) as refused:
        examined(judiciary, octets)
    return refused.value.code


@pytest.mark.parametrize("soap", [names.SOAP, names.SOAP12])
def test_each_attachment_is_covered_as_it_is(
    judiciary: JudiciaryService, now: datetime, seals: list[SealSlice], soap: str
) -> None:
    wire = packaged(judiciary, now, seals, soap).wire
    for facts in (examined(judiciary, wire, soap), AnyMessageVerifier(judiciary.partner).examine(wire)):
        assert {f"cid:{content_id(seal.reference)}": seal.octets for seal in seals}.items() <= facts.covered.items()
        assert facts.covered["Body"]


def test_a_message_is_stored_without_the_seals_beside_it(made: SignedMessage, seals: list[SealSlice]) -> None:
    stored = made.frame.dump()
    assert Frame.load(stored).fill({seal.digest: seal.octets for seal in seals}.__getitem__) == made.wire
    assert all(seal.octets not in stored for seal in seals)
    assert made.frame.seals == tuple(seal.digest for seal in seals)


@pytest.mark.parametrize("soap", [names.SOAP, names.SOAP12])
def test_another_reader_of_mime_finds_the_same_parts(
    judiciary: JudiciaryService, now: datetime, seals: list[SealSlice], soap: str
) -> None:
    wire = packaged(judiciary, now, seals, soap).wire
    header = f"Content-Type: {content_type(wire, soap, ACTION)}\r\n\r\n".encode()
    read = email.message_from_bytes(header + wire, policy=email.policy.HTTP)
    assert read.is_multipart()
    assert not read.defects
    root, *others = list(read.iter_parts())  # type: ignore[attr-defined]
    assert read.get_param("start") == root["Content-ID"]
    assert read.get_param("type") == root.get_content_type()
    assert (read.get_param("action") == ACTION) == (soap == names.SOAP12)
    assert root.get_payload(decode=True).startswith(b"<soap:Envelope")
    assert [part["Content-ID"] for part in others] == [f"<{content_id(seal.reference)}>" for seal in seals]
    assert [part.get_payload(decode=True) for part in others] == [seal.octets for seal in seals]


def test_attachments_are_read_only_where_they_were_agreed_upon(
    judiciary: JudiciaryService, made: SignedMessage
) -> None:
    with pytest.raises(Rejection) as refused:
        MessageVerifier(judiciary.partner).examine(made.wire)
    assert refused.value.code == "verify.malformed"


def test_a_message_without_any_is_read_as_ever(judiciary: JudiciaryService, now: datetime) -> None:
    assert examined(judiciary, packaged(judiciary, now, []).wire).covered["Body"]


def parts(octets: bytes) -> list[bytes]:
    """The parts with their headers, without the last line."""
    boundary = octets.split(b"\r\n", 1)[0]
    return octets[: -len(boundary) - 6].split(b"\r\n" + boundary + b"\r\n")


def joined(octets: bytes, pieces: list[bytes]) -> bytes:
    boundary = octets.split(b"\r\n", 1)[0]
    return (b"\r\n" + boundary + b"\r\n").join(pieces) + b"\r\n" + boundary + b"--\r\n"


def with_parts(edit: Callable[[list[bytes]], list[bytes]]) -> Edit:
    return lambda octets: joined(octets, edit(parts(octets)))


def swapped_contents(pieces: list[bytes]) -> list[bytes]:
    envelope, (one, _, first), (two, _, second) = pieces[0], *(each.partition(b"\r\n\r\n") for each in pieces[1:])
    return [envelope, one + b"\r\n\r\n" + second, two + b"\r\n\r\n" + first]


def instead(old: bytes, new: bytes, count: int = 1) -> Edit:
    def edit(octets: bytes) -> bytes:
        assert old in octets, old
        return octets.replace(old, new, count)

    return edit


def inside(old: bytes, new: bytes) -> Edit:
    """Edit the envelope; the package is packed as it must be."""

    def edit(octets: bytes) -> bytes:
        changed = instead(old, new)(octets)
        envelope = parts(changed)[0].partition(b"\r\n\r\n")[2]
        return boundary_renamed(changed, b"eblagh-" + hashlib.sha256(envelope).hexdigest()[:32].encode())

    return edit


def boundary_renamed(octets: bytes, name: bytes) -> bytes:
    return octets.replace(octets.split(b"\r\n", 1)[0][2:], name)


def with_a_seal_that_has_the_boundary(octets: bytes) -> bytes:
    """A lenient reader finds a part more than a strict one: bare line ends are line ends to many."""
    boundary = octets.split(b"\r\n", 1)[0]
    return octets.replace(b"</n:Notice>", b"\n" + boundary + b"\n\n</n:Notice>", 1)


TRANSFORM = names.ATTACHMENT_CONTENT.encode()
STEP = b'<ds:Transform Algorithm="' + TRANSFORM + b'"></ds:Transform>'
CID = f"cid:{content_id(ONE)}".encode()
HEAD = b"Content-Transfer-Encoding: binary\r\n"

ATTACKS: dict[str, tuple[Edit, str]] = {
    "an attachment is changed": (instead(b"<n:Number>7<", b"<n:Number>8<"), "verify.digest"),
    "an attachment gets a blank": (instead(b"</n:Notice>", b"</n:Notice> "), "verify.digest"),
    "two attachments change places under their names": (with_parts(swapped_contents), "verify.digest"),
    "an attachment is missing": (with_parts(lambda pieces: pieces[:2]), "verify.reference"),
    "all are missing": (with_parts(lambda pieces: pieces[:1]), "verify.package"),
    "the envelope comes alone": (
        lambda octets: parts(octets)[0].partition(b"\r\n\r\n")[2], "verify.reference"),
    "an attachment that nobody signed": (
        with_parts(lambda pieces: [*pieces, pieces[1].replace(b"A@seals", b"C@seals")]), "verify.coverage"),
    "two of one name, one of them signed": (
        with_parts(lambda pieces: [*pieces, pieces[1].replace(b"<n:Number>7<", b"<n:Number>8<")]), "verify.package"),
    "the same one twice": (with_parts(lambda pieces: [*pieces, pieces[1]]), "verify.package"),
    "an attachment by another name": (instead(b"ID: <" + ONE.encode(), b"ID: <" + ONE[:-1].encode() + b"Z"),
                                      "verify.reference"),
    "signed with its headers": (
        inside(TRANSFORM, TRANSFORM.replace(b"Content", b"Complete", 1)), "verify.transform"),
    "signed by another transform": (inside(TRANSFORM, names.EXC_C14N.encode()), "verify.transform"),
    "signed by a transform more": (inside(STEP, STEP + STEP), "verify.transform"),
    "signed without a transform": (inside(STEP, b""), "verify.transform"),
    "a reference of a type": (inside(b'URI="' + CID, b'Type="urn:x" URI="' + CID), "verify.shape"),
    "a reference to the network": (inside(CID, b"http://127.0.0.1/"), "verify.reference"),
    "a reference to a file": (inside(CID, b"file:///etc/passwd"), "verify.reference"),
    "the digest of another octet": (inside(b'Algorithm="' + TRANSFORM + b'"></ds:Transform></ds:Transforms>'
                                            b'<ds:DigestMethod Algorithm="' + names.SHA256.encode(),
                                            b'Algorithm="' + TRANSFORM + b'"></ds:Transform></ds:Transforms>'
                                            b'<ds:DigestMethod Algorithm="urn:md5'), "verify.algorithm"),
    "a folded header": (instead(b"Content-ID: <EB", b"Content-ID:\r\n <EB"), "verify.package"),
    "a header twice": (instead(HEAD, HEAD + HEAD), "verify.package"),
    "another Content-ID after the first": (
        instead(b"Content-ID: <EB", b"Content-ID: <X@seals>\r\nContent-ID: <EB"), "verify.package"),
    "a header that is not ours": (instead(HEAD, HEAD + b"Content-Location: x\r\n"), "verify.package"),
    "another encoding": (instead(HEAD, HEAD.replace(b"binary", b"base64")), "verify.package"),
    "another media type": (instead(b"application/xml", b"text/plain"), "verify.package"),
    "another charset": (instead(b"application/xml; charset=utf-8", b"application/xml; charset=utf-16"),
                        "verify.package"),
    "an envelope of the other version of SOAP": (instead(b": text/xml", b": application/soap+xml"), "verify.package"),
    "the envelope is not the first": (with_parts(lambda pieces: [
        pieces[0][: pieces[0].index(b"\r\n") + 2] + pieces[1], pieces[0].split(b"\r\n", 1)[1], pieces[2]]),
        "verify.package"),
    "a preamble": (lambda octets: b"--\r\n" + octets, "verify.package"),
    "a preamble before the first line": (lambda octets: b"Hello\r\n" + octets, "verify.malformed"),
    "an epilogue": (lambda octets: octets + b"more\r\n", "verify.package"),
    "the last line is missing": (lambda octets: octets[: octets.rindex(b"\r\n--")], "verify.package"),
    "the last line is cut": (lambda octets: octets[:-2], "verify.package"),
    "bare line feeds": (lambda octets: octets.replace(b"\r\n", b"\n"), "verify.package"),
    "blanks after the boundary": (lambda octets: octets.replace(b"\r\n", b" \r\n", 1), "verify.package"),
    "a boundary inside an attachment": (with_a_seal_that_has_the_boundary, "verify.package"),
    "a boundary that begins others": (lambda octets: boundary_renamed(octets, b"-"), "verify.package"),
    "another boundary": (lambda octets: boundary_renamed(octets, b"eblagh-" + b"0" * 32), "verify.package"),
    "a boundary with a quote": (lambda octets: boundary_renamed(octets, b'a"b'), "verify.package"),
    "only its beginning": (lambda octets: octets[:2], "verify.package"),
    "too many": (with_parts(lambda pieces: pieces + [pieces[1]] * MAX_ATTACHMENTS), "verify.too-complex"),
    "too large": (lambda octets: octets + b" " * MESSAGE_LIMITS.max_bytes, "verify.too-large"),
}  # fmt: skip


@pytest.mark.parametrize("attack", list(ATTACKS))
def test_whatever_is_of_another_form_or_not_signed_is_refused(
    judiciary: JudiciaryService, made: SignedMessage, attack: str
) -> None:
    edit, code = ATTACKS[attack]
    changed = edit(made.wire)
    assert changed != made.wire
    assert refusal(judiciary, changed) == code


def test_the_parts_of_these_tests_make_the_message_again(judiciary: JudiciaryService, made: SignedMessage) -> None:
    assert joined(made.wire, parts(made.wire)) == made.wire


def test_a_signature_of_another_message_covers_nothing_here(
    judiciary: JudiciaryService, now: datetime, made: SignedMessage, seals: list[SealSlice]
) -> None:
    """An envelope cannot be given the attachments of another one."""
    other = packaged(judiciary, now, [slice_of(ONE, seals[0].octets.replace(b"ruling", b"notice"))]).wire
    assert (
        refusal(judiciary, joined(made.wire, [parts(made.wire)[0], parts(other)[1], parts(made.wire)[2]]))
        == "verify.digest"
    )


def test_no_boundary_is_taken_that_stands_in_a_part() -> None:
    """Nobody can bring that about: it is the digest of an envelope that has the attachment's digest in it."""
    envelope = Frame(pieces=(b"<envelope/>",), seals=())
    boundary = pack(envelope, [slice_of(ONE, b"<a/>")], names.SOAP).pieces[0].split(b"\r\n")[0][2:]
    with pytest.raises(ValueError, match="boundary"):
        pack(envelope, [slice_of(ONE, boundary)], names.SOAP)
