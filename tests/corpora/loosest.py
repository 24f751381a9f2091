"""The loosest readers that our checks allow: what they refuse, no profile of ours can accept.

A profile refuses most foreign documents by their shape, which says little about the rest. So a partner here holds every
RSA key, of any size, and every key on P-256 that the corpus names, a document may have any root and any content, and a
signature may stand anywhere and sign whatever its references name.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator
from types import MappingProxyType
from xml.sax.saxutils import quoteattr

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from lxml import etree

from adapters.crypto.keys import names
from adapters.crypto.keys.partner import Member, Partner
from adapters.crypto.xml.document import DocumentVerifier
from adapters.crypto.xml.signature_verifier import Layout, Part, check_digests, check_signature
from adapters.crypto.xml.strict_xml import MESSAGE_LIMITS, parse
from gateway.trust.trust_policy import Rejection

DS = {"ds": names.DS}
_ENCODED = re.compile(rb"(?:Certificate|SecurityToken|BEGIN CERTIFICATE-----)[^<>A-Z]*>?([A-Za-z0-9+/=\s]{400,})[<-]")
_ALLOWED = frozenset({names.ENVELOPED, names.EXC_C14N})


def partner_with_every_key(files: Iterable[bytes]) -> Partner:
    """Hold each certificate with such a key that stands in these files, in DER, PEM or XML, whoever issued it."""
    members = {}
    for certificate in _certificates(files):
        key = certificate.public_key()
        if isinstance(key, RSAPublicKey) or (isinstance(key, EllipticCurvePublicKey) and key.curve.name == "secp256r1"):
            member = Member.of(certificate, key)
            members[member.certificate.thumbprint] = member
    return Partner(name="everybody", members=MappingProxyType(members))


def any_document(partner: Partner, octets: bytes) -> DocumentVerifier:
    """Return a verifier of documents with this root, whatever is in it."""
    try:
        name = etree.QName(etree.fromstring(octets, etree.XMLParser(resolve_entities=False, no_network=True)))
    except etree.XMLSyntaxError:
        name = etree.QName("none")
    target = f"targetNamespace={quoteattr(name.namespace)}" if name.namespace else ""
    schema = etree.XML(
        f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" {target}>'
        f'<xs:element name="{name.localname}" type="xs:anyType"/></xs:schema>'
    )
    return DocumentVerifier(partner, name.text, etree.XMLSchema(schema))


def signature_at(octets: bytes, number: int) -> etree._Element:
    """Return that signature of a document, in a tree of its own. Raises `Rejection`."""
    found: list[etree._Element] = list(parse(octets, MESSAGE_LIMITS).iter(f"{{{names.DS}}}Signature"))
    return found[number]


def examine(signature: etree._Element, partner: Partner) -> Member:
    """Return who made the signature; raise the `Rejection` that the last of the partner's keys got."""
    info, value = (signature.find(f"ds:{name}", DS) for name in ("SignedInfo", "SignatureValue"))
    parts = list(signed_parts(signature))
    refusal = Rejection("verify.unknown-certificate")
    for member in partner.members.values():
        layout = Layout(info=info, value=value, signer=member.certificate.der, parts=parts)
        try:
            signed = check_signature(layout, partner)
        except Rejection as error:
            refusal = error
            continue
        if any(names.ENVELOPED in part.transforms for part in parts):
            _take_out(signature)
        check_digests(signed)
        return member
    raise refusal


def signed_parts(signature: etree._Element) -> Iterator[Part]:
    """Yield what its references name: whatever it is, it counts as what must be signed."""
    elements = {
        value: element
        for element in signature.getroottree().iter()
        for name, value in element.attrib.items()
        if etree.QName(name).localname in ("Id", "ID")
    }
    for reference in signature.iterfind("ds:SignedInfo/ds:Reference", DS):
        id_ = reference.get("URI", "").removeprefix("#")
        steps = tuple(step.get("Algorithm") for step in reference.iterfind("ds:Transforms/ds:Transform", DS))
        allowed = steps if steps[-1:] == (names.EXC_C14N,) and _ALLOWED.issuperset(steps) else (names.EXC_C14N,)
        if id_ in elements:
            yield Part(name=id_, element=elements[id_], id=id_, transforms=allowed, type=reference.get("Type"))


def _take_out(signature: etree._Element) -> None:
    """Remove it and leave the text behind it."""
    before, parent = signature.getprevious(), signature.getparent()
    if before is not None:
        before.tail = (before.tail or "") + (signature.tail or "")
    else:
        parent.text = (parent.text or "") + (signature.tail or "")
    parent.remove(signature)


def _certificates(files: Iterable[bytes]) -> Iterator[x509.Certificate]:
    for octets in files:
        for der in (octets, *map(_decoded, _ENCODED.findall(octets))):
            try:
                yield x509.load_der_x509_certificate(der)
            except ValueError:
                continue


def _decoded(text: bytes) -> bytes:
    return base64.b64decode(text + b"==")
