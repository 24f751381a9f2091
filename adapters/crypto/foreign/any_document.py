"""Documents that others sign in a form of their own: XML Signature with XAdES, within a `DocumentPolicy`.

The document has one signature and one signed element, each found by its place, and a reference that leads to nothing
else. So no signed part can be moved aside while another one is read. Octets are stored as they came: white space and
prefixes may differ from ours, comments and processing instructions are refused.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from lxml import etree

from adapters.crypto.foreign.document_policy import DocumentPolicy, SignaturePlace
from adapters.crypto.foreign.xades_properties import Properties, read_properties
from adapters.crypto.keys import names
from adapters.crypto.keys.partner import KeyIdentifier, Partner, SerialNumber, SignerName
from adapters.crypto.xml.canonicalization import without
from adapters.crypto.xml.shape import base64_octets, children, exactly, misshapen, text
from adapters.crypto.xml.signature_verifier import (
    MAX_CERTIFICATE_LENGTH,
    Layout,
    Part,
    check_digests,
    check_signature,
    digest_by,
)
from adapters.crypto.xml.strict_xml import DOCUMENT_LIMITS, Limits, canonical, conforms, local, parse
from gateway.trust.trust_policy import Facts, Rejection

_DS: Final = f"{{{names.DS}}}"
_SIGNATURE: Final = f"{_DS}Signature"
_OBJECT: Final = f"{_DS}Object"
_OBJECT_TYPE: Final = f"{names.DS}Object"
_ID: Final = frozenset({"Id"})
_OBJECT_ATTRIBUTES: Final = frozenset({"Id", "MimeType", "Encoding"})
_ID_NAMES: Final = ("Id", "ID", "id", "{http://www.w3.org/XML/1998/namespace}id")
_SERIAL: Final = re.compile(r"[0-9]{1,60}")
_MAX_IDENTIFIER: Final = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """Signed element and its signature. ``target`` is what the reference must lead to: the element, or its Object."""

    place: SignaturePlace
    content: etree._Element
    signature: etree._Element
    target: etree._Element


class AnyDocumentVerifier:
    """Verifier of documents whose signed element is ``tag`` (``{namespace}Name``); None: the one that is referenced.

    ``schema`` judges the signed element, with or without an enveloped signature in it; None: its form is not judged.
    """

    def __init__(
        self,
        partner: Partner,
        tag: str | None,
        schema: etree.XMLSchema | None,
        policy: DocumentPolicy,
        limits: Limits = DOCUMENT_LIMITS,
    ) -> None:
        self._partner, self._tag, self._schema, self._policy, self._limits = partner, tag, schema, policy, limits

    def examine(self, octets: bytes, received_at: datetime | None = None) -> Facts:
        """Verify a document without judging its time; one that states none counts as signed at ``received_at``.

        Raises `Rejection`, and `GatewayError` ``setup.memory`` if no verdict was possible. ``covered`` has one part,
        named as the signed element: its canonical octets, without the signature.
        """
        found = self._find(parse(octets, self._limits))
        properties = read_properties(found.signature, self._policy)
        layout = self._layout(found, properties)
        signed = check_signature(layout, self._partner, self._policy.profile)
        self._assert_form(found)
        if properties is not None:
            properties.assert_of(signed.certificate.der)
        name = local(found.content)
        covered = _content(check_digests(signed)[name], found, self._limits)
        signed_at = (properties.signed_at if properties is not None else None) or received_at
        if signed_at is None:
            raise Rejection("verify.coverage", detail="no SigningTime is signed")
        return Facts(
            covered={name: covered},
            claims={local(each): each.text or "" for each in parse(covered, self._limits) if len(each) == 0},
            signer=signed.signer,
            signed_at=signed_at,
            expires_at=None,
            replay_key=signed.replay_key,
        )

    def content(self, octets: bytes) -> etree._Element:
        """Return the signed element without its signature, and without any verification. Raises `Rejection`."""
        found = self._find(parse(octets, self._limits))
        return without(found.content, _SIGNATURE) if found.place is SignaturePlace.ENVELOPED else found.content

    def _find(self, root: etree._Element) -> _Found:
        """Find the signature and the signed element by their places; raise `Rejection` for any other arrangement."""
        signatures = list(root.iter(_SIGNATURE))
        if not signatures:
            raise Rejection("verify.unsigned", where=local(root))
        if len(signatures) > 1:
            misshapen(signatures[1], "a second signature")
        [signature] = signatures
        if signature is root:
            found = self._enveloping(signature)
        else:
            content = self._named(root, signature)
            found = (
                _Found(place=SignaturePlace.ENVELOPED, content=root, signature=signature, target=root)
                if content is root
                else _Found(place=SignaturePlace.DETACHED, content=content, signature=signature, target=content)
            )
        if self._policy.place not in (None, found.place):
            misshapen(signature, f"it is {found.place.value}")
        if self._tag is not None and len(list(root.iter(self._tag))) != 1:
            misshapen(found.content, "there twice")
        self._assert_places(root, found)
        return found

    def _named(self, root: etree._Element, signature: etree._Element) -> etree._Element:
        """Return the element that must be signed, which is the document element or a child of it."""
        if self._tag is not None:
            content = root if root.tag == self._tag else next(root.iterchildren(self._tag), None)
        else:
            uris = _uris(signature)
            content = root if "" in uris else next((each for each in (root, *root) if _is_among(each, uris)), None)
        if content is None or content is signature:
            misshapen(root, "without the element that must be signed")
        return content

    def _enveloping(self, signature: etree._Element) -> _Found:
        holders = [each for each in signature.iterchildren(_OBJECT) if each.find(f"{{{names.XADES}}}*") is None]
        if len(holders) != 1:
            misshapen(signature, "not one Object with content")
        contents = children(holders[0], _OBJECT_ATTRIBUTES)
        if len(contents) != 1 or self._tag not in (None, contents[0].tag):
            misshapen(holders[0], "its children")
        target = contents[0] if _is_among(contents[0], _uris(signature)) else holders[0]
        return _Found(place=SignaturePlace.ENVELOPING, content=contents[0], signature=signature, target=target)

    def _assert_places(self, root: etree._Element, found: _Found) -> None:
        above, inside = found.signature.getparent(), self._policy.inside
        match found.place:
            case SignaturePlace.ENVELOPED if self._policy.place is not None:
                right = above is root if inside is None else above is not None and above.tag == inside
                right = right and (inside is None or above.getparent() is root)  # type: ignore[union-attr]
            case SignaturePlace.DETACHED:
                right = above is root and found.content.getparent() is root
            case _:
                right = True
        if not right:
            misshapen(found.signature, "in another place")

    def _layout(self, found: _Found, properties: Properties | None) -> Layout:
        parts = children(found.signature, _ID)
        tags = [part.tag for part in parts]
        key_info = next((part for part in parts if part.tag == f"{_DS}KeyInfo"), None)
        rest = parts[2:] if key_info is None else parts[3:]
        if tags[:2] != [f"{_DS}SignedInfo", f"{_DS}SignatureValue"] or any(each.tag != _OBJECT for each in rest):
            misshapen(found.signature, "its children")
        if key_info is not None and parts[2] is not key_info:
            misshapen(found.signature, "its children")
        held = [found.content] if found.place is SignaturePlace.ENVELOPING else []
        held += [] if properties is None else [properties.element]
        if not all(any(each in one.iterancestors() for one in held) for each in rest):
            misshapen(found.signature, "an Object with something else")
        return Layout(
            info=parts[0],
            value=parts[1],
            signer=_signer(key_info, properties, self._partner),
            parts=_parts(found, properties, key_info),
        )

    def _assert_form(self, found: _Found) -> None:
        if self._schema is None:
            return
        try:
            conforms(self._schema, found.content)
        except Rejection as refusal:
            if found.place is not SignaturePlace.ENVELOPED:
                raise
            try:
                conforms(self._schema, without(found.content, _SIGNATURE))
            except Rejection:
                raise refusal from None


def _parts(found: _Found, properties: Properties | None, key_info: etree._Element | None) -> Sequence[Part]:
    enveloped = found.place is SignaturePlace.ENVELOPED
    steps = (names.ENVELOPED, names.EXC_C14N) if enveloped else (names.EXC_C14N,)
    is_object = found.target is not found.content
    parts = [
        Part(
            name=local(found.content),
            element=found.target,
            id=_id(found.target),
            transforms=steps,
            type=_OBJECT_TYPE if is_object and _states_type(found) else None,
            is_document=enveloped,
            contains_signature=enveloped,
        )
    ]
    if properties is not None:
        id_ = properties.element.get("Id")
        kind = names.SIGNED_PROPERTIES
        # Under names that no reader asks for: a signed element may have any name.
        parts.append(Part(name="signed properties", element=properties.element, id=id_, type=kind))
    if key_info is not None and key_info.get("Id"):
        parts.append(Part(name="key info", element=key_info, id=key_info.get("Id"), required=False))
    return parts


def _states_type(found: _Found) -> bool:
    return any(each.get("Type") == _OBJECT_TYPE for each in _references(found.signature))


def _references(signature: etree._Element) -> Iterator[etree._Element]:
    return signature.iterfind(f"{_DS}SignedInfo/{_DS}Reference")


def _uris(signature: etree._Element) -> frozenset[str | None]:
    return frozenset(each.get("URI") for each in _references(signature))


def _is_among(element: etree._Element, uris: Collection[str | None]) -> bool:
    """Return True if one of these URIs leads to the element by its id."""
    id_ = _id(element)
    return id_ is not None and f"#{id_}" in uris


def _signer(key_info: etree._Element | None, properties: Properties | None, partner: Partner) -> SignerName:
    """Return the name of the signer's certificate: one of the partner's that KeyInfo or the signed properties name.

    A name is a hint among pinned certificates, whose keys decide; a key in KeyInfo is never used.
    """
    datas = [] if key_info is None else list(key_info.iterfind(f"{_DS}X509Data"))
    named = [each for data in datas for each in data]
    certificates = [base64_octets(each, MAX_CERTIFICATE_LENGTH) for each in named if _is(each, "X509Certificate")]
    for certificate in certificates:
        if f"sha256:{digest_by(names.SHA256, certificate).hex()}" in partner.members:
            return certificate
    if certificates:
        return certificates[0]
    for each in named:
        if _is(each, "X509IssuerSerial"):
            _, serial = exactly(each, f"{_DS}X509IssuerName", f"{_DS}X509SerialNumber")
            written = text(serial).strip()
            if not _SERIAL.fullmatch(written):
                misshapen(serial, "not a number")
            return SerialNumber(int(written))
        if _is(each, "X509SKI"):
            return KeyIdentifier(base64_octets(each, _MAX_IDENTIFIER))
    for method, digest in () if properties is None else properties.digests:
        for member in partner.members.values():
            if digest_by(method, member.certificate.der) == digest:
                return member.certificate.der
    raise Rejection("verify.unknown-certificate", detail="the signature names no certificate of the other side")


def _is(element: etree._Element, name: str) -> bool:
    return bool(element.tag == f"{_DS}{name}")


def _content(octets: bytes, found: _Found, limits: Limits) -> bytes:
    """Return the signed element's octets from those that were digested: of an Object, its only child."""
    if found.target is found.content:
        return octets
    return canonical(parse(octets, limits)[0])


def _id(element: etree._Element) -> str | None:
    """Return the id for a reference; one element has one."""
    ids = list(filter(None, map(element.get, _ID_NAMES)))
    if len(ids) > 1:
        misshapen(element, "two ids")
    return ids[0] if ids else None
