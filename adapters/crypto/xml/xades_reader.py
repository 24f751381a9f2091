"""Strict reader of a container's signature (`xades` writes it); nothing is verified before `FileSignature.verify`."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from lxml import etree

from adapters.crypto.keys import names
from adapters.crypto.keys.partner import Member
from adapters.crypto.xml.shape import base64_octets, children, exactly, misshapen, moment, text
from adapters.crypto.xml.signature_verifier import MAX_CERTIFICATE_LENGTH, digest_of, require_algorithm
from adapters.crypto.xml.strict_xml import MIB, Limits, canonical, local, parse
from adapters.crypto.xml.xades import imprint
from gateway.trust.trust_policy import Rejection

MAX_FILES: Final = 10_000
LIMITS: Final = Limits(
    max_bytes=40 * MIB,
    max_nodes=8 * MAX_FILES,
    max_depth=16,
    max_attributes_total=8 * MAX_FILES,
    max_namespaces_total=64,
)
"""Limits of a signature over that many files, with long revocation lists."""

_DS = f"{{{names.DS}}}"
_XADES = f"{{{names.XADES}}}"
_ID = frozenset({"Id"})
_MAX_VALUE_LENGTH: Final = 4_096
_MAX_TOKEN_LENGTH: Final = 128 * 1024
_MAX_LIST_LENGTH: Final = 8 * MIB


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSignature:
    """Content of a signature, not verified; ``certificate`` is the signer's, DER.

    ``digests`` are those of files by name. ``imprint`` is the digest that ``token`` must be of. ``certificates`` and
    ``lists`` (DER) are unsigned hints: each proves itself, or nothing.
    """

    info: bytes = field(repr=False)
    algorithm: str
    value: bytes = field(repr=False)
    properties: bytes = field(repr=False)
    properties_digest: bytes = field(repr=False)
    certificate: bytes = field(repr=False)
    certificate_digest: bytes = field(repr=False)
    digests: Mapping[str, bytes] = field(repr=False)
    media_types: Mapping[str, str] = field(repr=False)
    signing_time: datetime
    imprint: bytes
    token: bytes | None = field(repr=False)
    certificates: tuple[bytes, ...] = field(repr=False)
    lists: tuple[bytes, ...] = field(repr=False)

    def verify(self, member: Member) -> None:
        """Raise `Rejection` unless ``member`` made this signature, under this certificate, with these properties."""
        member.verify(self.info, self.value, self.algorithm)
        if not hmac.compare_digest(hashlib.sha256(self.properties).digest(), self.properties_digest):
            raise Rejection("verify.digest", where="SignedProperties")
        if self.certificate_digest != hashlib.sha256(member.certificate.der).digest():
            raise Rejection("verify.unknown-certificate", where="SigningCertificateV2")


def read_signatures(octets: bytes) -> FileSignature:
    """Parse an asic:XAdESSignatures with one signature. Raises `Rejection`."""
    root = parse(octets, LIMITS)
    if root.tag != f"{{{names.ASIC}}}XAdESSignatures":
        misshapen(root, "another document element")
    [signature] = exactly(root, f"{_DS}Signature")
    parts = (f"{_DS}{name}" for name in ("SignedInfo", "SignatureValue", "KeyInfo", "Object"))
    info, value, key_info, object_ = exactly(signature, *parts, attributes=_ID)
    [data] = exactly(key_info, f"{_DS}X509Data")
    [certificate] = exactly(data, f"{_DS}X509Certificate")
    [qualifying] = exactly(object_, f"{_XADES}QualifyingProperties")
    if not signature.get("Id") or qualifying.get("Target") != f"#{signature.get('Id')}":
        misshapen(qualifying, "its Target is not this signature")
    found = children(qualifying, frozenset({"Target"}))
    if [each.tag for each in found[:1]] != [f"{_XADES}SignedProperties"] or len(found) > 2:
        misshapen(qualifying, "its children")
    algorithm, references, properties_digest = _info(info, str(found[0].get("Id")))
    signing_time, certificate_digest, media_types = _signed_properties(found[0], references)
    token, certificates, lists = _unsigned_properties(found[1]) if len(found) == 2 else (None, (), ())
    return FileSignature(
        info=canonical(info),
        algorithm=algorithm,
        value=base64_octets(value, _MAX_VALUE_LENGTH, _ID),
        properties=canonical(found[0]),
        properties_digest=properties_digest,
        certificate=base64_octets(certificate, MAX_CERTIFICATE_LENGTH),
        certificate_digest=certificate_digest,
        digests=dict(references.values()),
        media_types=media_types,
        signing_time=signing_time,
        imprint=imprint(value),
        token=token,
        certificates=certificates,
        lists=lists,
    )


def _info(info: etree._Element, properties_id: str) -> tuple[str, dict[str, tuple[str, bytes]], bytes]:
    """Return algorithm, file name and digest by the reference's id, and the digest of the properties."""
    found = children(info, _ID)
    tags = [child.tag for child in found]
    if tags[:2] != [f"{_DS}CanonicalizationMethod", f"{_DS}SignatureMethod"] or set(tags[2:]) != {f"{_DS}Reference"}:
        misshapen(info, "its children")
    method, algorithm, *of_files, of_properties = found
    require_algorithm(method, names.EXC_C14N)
    named = algorithm.get("Algorithm", "")
    if named not in (names.RSA_SHA256, names.ECDSA_SHA256) or children(algorithm, frozenset({"Algorithm"})):
        raise Rejection("verify.algorithm", where=local(algorithm))
    references: dict[str, tuple[str, bytes]] = {}
    seen: set[str] = set()
    for element in of_files:
        name, id_ = element.get("URI", ""), element.get("Id", "")
        method, value = exactly(element, f"{_DS}DigestMethod", f"{_DS}DigestValue", attributes=frozenset({"URI", "Id"}))
        if not name or name.startswith("#") or ":" in name or name in seen or not id_ or id_ in references:
            raise Rejection("verify.reference", where=local(element), detail="to no file, or to one a second time")
        seen.add(name)
        references[id_] = name, digest_of(method, value)
    if of_properties.get("URI") != f"#{properties_id}" or of_properties.get("Type") != names.SIGNED_PROPERTIES:
        raise Rejection("verify.coverage", detail="the properties are not signed")
    inner = f"{_DS}Transforms", f"{_DS}DigestMethod", f"{_DS}DigestValue"
    transforms, method, value = exactly(of_properties, *inner, attributes=frozenset({"URI", "Type", "Id"}))
    [transform] = exactly(transforms, f"{_DS}Transform")
    require_algorithm(transform, names.EXC_C14N)
    return named, references, digest_of(method, value)


def _signed_properties(
    properties: etree._Element, references: Mapping[str, tuple[str, bytes]]
) -> tuple[datetime, bytes, dict[str, str]]:
    of_signature, of_data = exactly(
        properties,
        f"{_XADES}SignedSignatureProperties",
        f"{_XADES}SignedDataObjectProperties",
        attributes=_ID,
    )
    time, certificates = exactly(of_signature, f"{_XADES}SigningTime", f"{_XADES}SigningCertificateV2")
    [certificate] = exactly(certificates, f"{_XADES}Cert")
    [digest] = exactly(certificate, f"{_XADES}CertDigest")
    method, value = exactly(digest, f"{_DS}DigestMethod", f"{_DS}DigestValue")
    kinds: dict[str, str] = {}
    for format_ in children(of_data):
        [kind] = exactly(format_, f"{_XADES}MimeType", attributes=frozenset({"ObjectReference"}))
        reference = references.get(format_.get("ObjectReference", "").removeprefix("#"))
        if reference is None or reference[0] in kinds:
            misshapen(format_, "speaks of no file, or of one a second time")
        kinds[reference[0]] = text(kind)
    return moment(time), digest_of(method, value), kinds


def _unsigned_properties(unsigned: etree._Element) -> tuple[bytes | None, tuple[bytes, ...], tuple[bytes, ...]]:
    [of_signature] = exactly(unsigned, f"{_XADES}UnsignedSignatureProperties")
    token: bytes | None = None
    found: dict[str, list[bytes]] = {"CertificateValues": [], "RevocationValues": []}
    for element in children(of_signature):
        match local(element):
            case "SignatureTimeStamp" if token is None:
                tags = f"{_DS}CanonicalizationMethod", f"{_XADES}EncapsulatedTimeStamp"
                method, stamp = exactly(element, *tags, attributes=_ID)
                require_algorithm(method, names.EXC_C14N)
                token = base64_octets(stamp, _MAX_TOKEN_LENGTH)
            case "CertificateValues":
                found["CertificateValues"] += [
                    base64_octets(each, MAX_CERTIFICATE_LENGTH) for each in children(element)
                ]
            case "RevocationValues":
                [lists] = exactly(element, f"{_XADES}CRLValues")
                found["RevocationValues"] += [base64_octets(each, _MAX_LIST_LENGTH) for each in children(lists)]
            case _:
                misshapen(element, "unknown, or a second time")
    return token, tuple(found["CertificateValues"]), tuple(found["RevocationValues"])
