"""Signing of messages: SOAP 1.1 (or 1.2, by contract) with WS-Addressing 1.0 and WS-Security.

WS-Security is SOAP Message Security 1.1 with the X.509 token profile. Body, Timestamp, addressing headers and
BinarySecurityToken are signed, and a UsernameToken if one was agreed; a contract may want less.
Sealed documents travel as literal slices. The message is canonicalised with slots in their places. Their octets are
inserted afterwards, never parsed, never serialised again, and large ones never copied. The message is then canonical,
as long as the elements around a seal use none of its prefixes. A large text in base64 is inserted in the same way.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from lxml import etree

from adapters.crypto.keys import names
from adapters.crypto.keys.keys import Signer
from adapters.crypto.message.credentials import UsernameToken
from adapters.crypto.message.multipart import content_id, content_uri, pack
from adapters.crypto.message.username_token import add_username_token
from adapters.crypto.xml.partner_profile import ADDRESSING
from adapters.crypto.xml.signature import Reference, encode, signature_octets
from adapters.crypto.xml.strict_xml import canonical
from gateway.judiciary.courier import SealSlice
from gateway.notice.envelope import Frame, interleave
from gateway.notice.large_octets import Octets, joined, sha256_of
from gateway.runtime.clock import timestamp

SEAL_PREFIXES: Final = frozenset({"n", "r", "ds", "xades"})
"""Prefixes that sealed documents use; elements around a slot must use others."""

SLOT: Final = "slot"
"""Name of the elements, in no namespace, in whose places sealed documents travel."""

_WSA, _WSSE, _WSU = (f"{{{uri}}}" for uri in (names.WSA, names.WSSE, names.WSU))
_SLOT = re.compile(rb'<slot(?: xmlns="")? n="(\d+)"></slot>')
_BST_ID = "M-BinarySecurityToken"
_BODY_END, _ENVELOPE_END = b"</soap:Body>", b"</soap:Envelope>"
_HEADER_END = b"</wsse:Security></soap:Header>"
_KEY_INFO = (
    f'<wsse:SecurityTokenReference><wsse:Reference URI="#{_BST_ID}" ValueType="{names.X509V3}"></wsse:Reference>'
    "</wsse:SecurityTokenReference>"
)
"""Canonical content of ds:KeyInfo inside wsse:Security."""

_HEADER_PREFIXES = {"wsa": names.WSA, "wsu": names.WSU}


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressing:
    """WS-Addressing headers; in a response ``relates_to`` is the request's ``message_id``."""

    to: str
    action: str
    message_id: str
    relates_to: str | None = None


@dataclass(frozen=True, slots=True)
class TextSlice:
    """Large text in base64, which is all that its element contains. It is a part of the message's frame."""

    octets: Octets = field(repr=False)


Slice = SealSlice | TextSlice


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedMessage:
    """Signed message: ``wire`` is the exclusive C14N of the Envelope, ``frame`` the same octets without the seals."""

    wire: Octets = field(repr=False)
    frame: Frame = field(repr=False)


def sign_message(
    body: etree._Element,
    addressing: Addressing | None,
    signer: Signer,
    created: datetime,
    lifetime: timedelta | None,
    slices: Sequence[Slice] = (),
    *,
    soap: str = names.SOAP,
    token: UsernameToken | None = None,
    attached: Sequence[SealSlice] = (),
    headers: Sequence[etree._Element] = (),
    body_alone: bool = False,
) -> SignedMessage:
    """Sign a message with ``body`` as the Body's only child (it is moved there).

    ``soap`` is the namespace of its version, ``token`` an optional username token. With seals ``attached``, the result
    is a package (`adapters.crypto.message.multipart`): each is signed as it is, and travels beside the envelope.
    ``headers`` are further header blocks. Without a ``lifetime`` there is no Timestamp. With ``body_alone`` nothing but
    the Body is signed; otherwise every header block and every part of Security is.

    In the place of slice number i, ``body`` holds an element ``<slot n="i"/>`` in no namespace. Raises `ValueError` if
    a slot is missing or repeated, or if an element around one uses a prefix of `SEAL_PREFIXES`.
    """
    has_seals = any(isinstance(each, SealSlice) for each in slices)
    if has_seals and not SEAL_PREFIXES.isdisjoint(element.prefix for element in body.iter()):
        raise ValueError("an element around a seal uses one of its prefixes")
    envelope = etree.Element(f"{{{soap}}}Envelope", nsmap={"soap": soap})
    header = etree.SubElement(envelope, f"{{{soap}}}Header")
    if addressing is not None:
        _add_addressing(header, addressing)
    for number, block in enumerate(headers):
        if not body_alone:
            block.set(names.WSU_ID, f"M-Header-{number}")
        header.append(block)
    security = etree.SubElement(
        header, f"{_WSSE}Security", {f"{{{soap}}}mustUnderstand": "1"}, nsmap={"wsse": names.WSSE}
    )
    if lifetime is not None:
        _add_timestamp(security, created, created + lifetime)
    _add_certificate(security, signer)
    if token is not None:
        add_username_token(security, token, "M-UsernameToken")
    outer = etree.SubElement(envelope, f"{{{soap}}}Body", {names.WSU_ID: "M-Body"}, nsmap={"wsu": names.WSU})
    outer.append(body)
    start, end, rest = canonical(outer).partition(b">")
    outer.remove(body)
    content, filling = _filled(rest.removesuffix(_BODY_END), slices)
    digest = sha256_of(joined((start + end, interleave(content.pieces, filling), _BODY_END)))
    references = [
        Reference(uri=f"#{element.get(names.WSU_ID)}", digest=hashlib.sha256(canonical(element)).digest())
        for element in (() if body_alone else (*list(header)[:-1], *security))
    ]
    references.append(Reference(uri="#M-Body", digest=digest))
    references += [_to_attachment(seal) for seal in attached]
    # The Body's end tag is the same in both forms; its start tag has one declaration less here than as the apex.
    end = _BODY_END + _ENVELOPE_END
    header_parts, header_end, body_start = canonical(envelope).removesuffix(end).rpartition(_HEADER_END)
    signature = signature_octets(references, signer, _KEY_INFO)
    pieces = list(content.pieces)
    pieces[0] = joined((header_parts, signature, header_end, body_start, pieces[0]))
    pieces[-1] = joined((pieces[-1], end))
    frame = Frame(pieces=tuple(pieces), seals=content.seals)
    if attached:
        frame = pack(frame, attached, soap)
        filling += [seal.octets for seal in attached]
    return SignedMessage(wire=interleave(frame.pieces, filling), frame=frame)


def _add_addressing(header: etree._Element, addressing: Addressing) -> None:
    values = (addressing.to, addressing.action, addressing.message_id, addressing.relates_to)
    for name, value in zip(ADDRESSING, values, strict=True):
        if value is not None:
            etree.SubElement(header, f"{_WSA}{name}", {names.WSU_ID: f"M-{name}"}, nsmap=_HEADER_PREFIXES).text = value


def _add_timestamp(security: etree._Element, created: datetime, expires: datetime) -> None:
    element = etree.SubElement(security, f"{_WSU}Timestamp", {names.WSU_ID: "M-Timestamp"}, nsmap={"wsu": names.WSU})
    etree.SubElement(element, f"{_WSU}Created").text = timestamp(created)
    etree.SubElement(element, f"{_WSU}Expires").text = timestamp(expires)


def _add_certificate(security: etree._Element, signer: Signer) -> None:
    attributes = {names.WSU_ID: _BST_ID, "ValueType": names.X509V3, "EncodingType": names.BASE64}
    token = etree.SubElement(security, f"{_WSSE}BinarySecurityToken", attributes, nsmap={"wsu": names.WSU})
    token.text = encode(signer.certificate.der)


def _to_attachment(seal: SealSlice) -> Reference:
    # The transform writes XML in exclusive C14N, the form of a seal: its octets are digested as they are.
    uri = content_uri(content_id(seal.reference))
    return Reference(uri=uri, digest=sha256_of(seal.octets), transforms=(names.ATTACHMENT_CONTENT,))


def _filled(octets: bytes, slices: Sequence[Slice]) -> tuple[Frame, list[Octets]]:
    """Return canonical octets as a frame with the texts in their slots, and the octets of its seals in their order."""
    first, *rest = _SLOT.split(octets)
    numbers = [int(number) for number in rest[0::2]]
    if sorted(numbers) != list(range(len(slices))):
        raise ValueError("each slice must have exactly one slot")
    pieces: list[list[Octets]] = [[first]]
    seals: list[SealSlice] = []
    for number, piece in zip(numbers, rest[1::2], strict=True):
        match slices[number]:
            case TextSlice(octets=text):
                pieces[-1] += [text, piece]
            case SealSlice() as seal:
                seals.append(seal)
                pieces.append([piece])
    frame = Frame(pieces=tuple(map(joined, pieces)), seals=tuple(seal.digest for seal in seals))
    return frame, [seal.octets for seal in seals]


def with_texts(octets: bytes, texts: Sequence[TextSlice]) -> Octets:
    """Return canonical octets with the texts in their slots. Raises `ValueError` as `sign_message` does."""
    [filled] = _filled(octets, texts)[0].pieces
    return filled
