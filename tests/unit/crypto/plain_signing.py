"""Documents and messages built from elements and canonicalised by lxml: the reference for what templates write."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from lxml import etree

from adapters.crypto.keys import names
from adapters.crypto.keys.keys import Signer
from adapters.crypto.message import soap_signing
from adapters.crypto.message.multipart import pack
from adapters.crypto.message.soap_signing import Addressing
from adapters.crypto.message.username_token import UsernameToken, add_username_token
from adapters.crypto.xml.signature import Reference, add_digest, encode, sign
from adapters.crypto.xml.strict_xml import canonical
from gateway.judiciary.courier import SealSlice
from gateway.notice.envelope import Frame, interleave
from gateway.runtime.clock import timestamp

_DS = f"{{{names.DS}}}"
_XADES = f"{{{names.XADES}}}"
_WSSE = f"{{{names.WSSE}}}"
_SEALING = (names.ENVELOPED, names.EXC_C14N)


def plainly_signed(root: etree._Element, signer: Signer, at: datetime) -> bytes:
    """Return what `adapters.crypto.xml.document.sign_document` does, from a tree; the signature stays in ``root``."""
    id_ = str(root.attrib["Id"])
    properties = _properties(id_, signer, at)
    digests = [hashlib.sha256(canonical(each)).digest() for each in (root, properties[0])]
    references = (
        Reference(uri=f"#{id_}", digest=digests[0], transforms=_SEALING, id=f"{id_}-reference"),
        Reference(uri=f"#{id_}-properties", digest=digests[1], type=names.SIGNED_PROPERTIES),
    )
    signature = sign(references, signer)
    signature.set("Id", f"{id_}-signature")
    data = etree.SubElement(etree.SubElement(signature, f"{_DS}KeyInfo"), f"{_DS}X509Data")
    etree.SubElement(data, f"{_DS}X509Certificate").text = encode(signer.certificate.der)
    etree.SubElement(signature, f"{_DS}Object").append(properties)
    root.append(signature)
    return canonical(root)


def plainly_signed_message(
    body: etree._Element,
    addressing: Addressing | None,
    signer: Signer,
    created: datetime,
    lifetime: timedelta | None,
    slices: Sequence[SealSlice] = (),
    *,
    soap: str = names.SOAP,
    token: UsernameToken | None = None,
    attached: Sequence[SealSlice] = (),
    headers: Sequence[etree._Element] = (),
    body_alone: bool = False,
) -> bytes:
    """Return what `adapters.crypto.message.soap_signing.sign_message` writes, from one tree with the seals in it."""
    for slot in list(body.iter("slot")):
        slot.getparent().replace(slot, etree.fromstring(slices[int(slot.get("n"))].octets))
    envelope = etree.Element(f"{{{soap}}}Envelope", nsmap={"soap": soap})
    header = etree.SubElement(envelope, f"{{{soap}}}Header")
    if addressing is not None:
        soap_signing._add_addressing(header, addressing)
    for number, block in enumerate(headers):
        if not body_alone:
            block.set(names.WSU_ID, f"M-Header-{number}")
        header.append(block)
    understood = {f"{{{soap}}}mustUnderstand": "1"}
    security = etree.SubElement(header, f"{_WSSE}Security", understood, nsmap={"wsse": names.WSSE})
    if lifetime is not None:
        soap_signing._add_timestamp(security, created, created + lifetime)
    soap_signing._add_certificate(security, signer)
    if token is not None:
        add_username_token(security, token, "M-UsernameToken")
    outer = etree.SubElement(envelope, f"{{{soap}}}Body", {names.WSU_ID: "M-Body"}, nsmap={"wsu": names.WSU})
    outer.append(body)
    references = [
        Reference(uri=f"#{each.get(names.WSU_ID)}", digest=hashlib.sha256(canonical(each)).digest())
        for each in (() if body_alone else (*list(header)[:-1], *security))
    ]
    references.append(Reference(uri="#M-Body", digest=hashlib.sha256(canonical(outer)).digest()))
    references += [soap_signing._to_attachment(seal) for seal in attached]
    signature = sign(references, signer)
    key_info = etree.SubElement(signature, f"{_DS}KeyInfo")
    holder = etree.SubElement(key_info, f"{_WSSE}SecurityTokenReference", nsmap={"wsse": names.WSSE})
    etree.SubElement(holder, f"{_WSSE}Reference", URI="#M-BinarySecurityToken", ValueType=names.X509V3)
    security.append(signature)
    wire = canonical(envelope)
    if not attached:
        return wire
    frame = pack(Frame(pieces=(wire,), seals=()), attached, soap)
    return interleave(frame.pieces, [seal.octets for seal in attached])


def _properties(id_: str, signer: Signer, at: datetime) -> etree._Element:
    nsmap = {"xades": names.XADES, "ds": names.DS}
    properties = etree.Element(f"{_XADES}QualifyingProperties", Target=f"#{id_}-signature", nsmap=nsmap)
    signed = etree.SubElement(properties, f"{_XADES}SignedProperties", Id=f"{id_}-properties")
    of_signature = etree.SubElement(signed, f"{_XADES}SignedSignatureProperties")
    etree.SubElement(of_signature, f"{_XADES}SigningTime").text = timestamp(at)
    certificates = etree.SubElement(of_signature, f"{_XADES}SigningCertificateV2")
    digest = etree.SubElement(etree.SubElement(certificates, f"{_XADES}Cert"), f"{_XADES}CertDigest")
    add_digest(digest, hashlib.sha256(signer.certificate.der).digest())
    of_data = etree.SubElement(signed, f"{_XADES}SignedDataObjectProperties")
    format_ = etree.SubElement(of_data, f"{_XADES}DataObjectFormat", ObjectReference=f"#{id_}-reference")
    etree.SubElement(format_, f"{_XADES}MimeType").text = "application/xml"
    return properties
