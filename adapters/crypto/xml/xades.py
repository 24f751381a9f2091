"""XAdES over files: one detached signature of a container (ETSI EN 319 132-1, levels B-B, B-T and B-LT), built by us.

    SignedInfo              a reference to each file by its name, digested as it stands, and one to SignedProperties
    SignedProperties        time, certificate, and the type of each file
    SignatureTimeStamp      B-T: an authority's time-stamp of the canonical SignatureValue
    CertificateValues       B-LT: certificates from the signer, and from the authority, to their anchors
    RevocationValues        B-LT: revocation lists for these certificates

The time-stamp is requested before the lists, so that no list is older than the signature. `xades_reader` reads
such signatures.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from lxml import etree

from adapters.crypto.keys import names
from adapters.crypto.keys.keys import Signer
from adapters.crypto.xml.signature import Reference, add_digest, encode, sign
from adapters.crypto.xml.strict_xml import canonical
from gateway.runtime.clock import timestamp

ID: Final = "evidence"
PROPERTIES_ID: Final = f"{ID}-properties"

_DS = f"{{{names.DS}}}"
_XADES = f"{{{names.XADES}}}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedFile:
    """File of the container: its name, which the reference uses, and the SHA-256 of its octets."""

    name: str
    media_type: str
    digest: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Validation:
    """Data for judging a signature later: certificates and revocation lists, DER."""

    certificates: Sequence[bytes]
    lists: Sequence[bytes]


def sign_files(
    files: Sequence[SignedFile],
    signer: Signer,
    at: datetime,
    stamp: Callable[[bytes], bytes],
    validation: Callable[[bytes], Validation],
) -> bytes:
    """Sign ``files`` and return an asic:XAdESSignatures with one signature, in exclusive C14N.

    ``stamp`` gets a SHA-256 digest and returns a TimeStampToken (DER); ``validation`` gets that token.
    """
    root = etree.Element(f"{{{names.ASIC}}}XAdESSignatures", nsmap={"asic": names.ASIC})
    properties = _properties(files, signer, at)
    digest = hashlib.sha256(canonical(properties[0])).digest()
    signature = sign(
        [
            *(
                Reference(uri=file.name, digest=file.digest, transforms=(), id=f"{ID}-{number}")
                for number, file in enumerate(files, start=1)
            ),
            Reference(uri=f"#{PROPERTIES_ID}", digest=digest, type=names.SIGNED_PROPERTIES),
        ],
        signer,
    )
    root.append(signature)
    signature.set("Id", ID)
    value = signature.find(f"{_DS}SignatureValue")
    assert value is not None
    data = etree.SubElement(etree.SubElement(signature, f"{_DS}KeyInfo"), f"{_DS}X509Data")
    etree.SubElement(data, f"{_DS}X509Certificate").text = encode(signer.certificate.der)
    etree.SubElement(signature, f"{_DS}Object").append(properties)
    token = stamp(imprint(value))
    _add_unsigned(properties, token, validation(token))
    return canonical(root)


def imprint(value: etree._Element) -> bytes:
    """Return the SHA-256 for a signature's time-stamp: over the canonical ds:SignatureValue."""
    return hashlib.sha256(canonical(value)).digest()


def _properties(files: Sequence[SignedFile], signer: Signer, at: datetime) -> etree._Element:
    nsmap = {"xades": names.XADES, "ds": names.DS}
    properties = etree.Element(f"{_XADES}QualifyingProperties", Target=f"#{ID}", nsmap=nsmap)
    signed = etree.SubElement(properties, f"{_XADES}SignedProperties", Id=PROPERTIES_ID)
    of_signature = etree.SubElement(signed, f"{_XADES}SignedSignatureProperties")
    etree.SubElement(of_signature, f"{_XADES}SigningTime").text = timestamp(at)
    certificates = etree.SubElement(of_signature, f"{_XADES}SigningCertificateV2")
    digest = etree.SubElement(etree.SubElement(certificates, f"{_XADES}Cert"), f"{_XADES}CertDigest")
    add_digest(digest, hashlib.sha256(signer.certificate.der).digest())
    of_data = etree.SubElement(signed, f"{_XADES}SignedDataObjectProperties")
    for number, file in enumerate(files, start=1):
        format_ = etree.SubElement(of_data, f"{_XADES}DataObjectFormat", ObjectReference=f"#{ID}-{number}")
        etree.SubElement(format_, f"{_XADES}MimeType").text = file.media_type
    return properties


def _add_unsigned(properties: etree._Element, token: bytes, validation: Validation) -> None:
    unsigned = etree.SubElement(properties, f"{_XADES}UnsignedProperties")
    of_signature = etree.SubElement(unsigned, f"{_XADES}UnsignedSignatureProperties")
    stamp = etree.SubElement(of_signature, f"{_XADES}SignatureTimeStamp", Id=f"{ID}-time")
    etree.SubElement(stamp, f"{_DS}CanonicalizationMethod", Algorithm=names.EXC_C14N)
    etree.SubElement(stamp, f"{_XADES}EncapsulatedTimeStamp").text = encode(token)
    certificates = etree.SubElement(of_signature, f"{_XADES}CertificateValues")
    for der in validation.certificates:
        etree.SubElement(certificates, f"{_XADES}EncapsulatedX509Certificate").text = encode(der)
    if validation.lists:
        lists = etree.SubElement(etree.SubElement(of_signature, f"{_XADES}RevocationValues"), f"{_XADES}CRLValues")
        for der in validation.lists:
            etree.SubElement(lists, f"{_XADES}EncapsulatedCRLValue").text = encode(der)
