"""Archive's signature over an evidence file: its signer, content, time and trust."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from adapters.crypto.keys.certificate import Certificate
from adapters.crypto.keys.partner import partner_of
from adapters.crypto.xml.asic import read_manifest
from adapters.crypto.xml.xades_reader import FileSignature, read_signatures
from adapters.timestamp.token import verify_token
from adapters.verifier.evidence.evidence_container import EvidenceContainer
from adapters.verifier.evidence.evidence_trust import EvidenceTrust
from gateway.audit.evidence_audit import EvidenceAudit, moment_words
from gateway.audit.evidence_recipe import EvidenceCheck
from gateway.audit.segment_audit import SKEW
from gateway.evidence.evidence_file import MANIFEST, SIGNATURES, media_type
from gateway.notice.notice import sha256
from gateway.runtime.clock import timestamp
from gateway.runtime.errors import GatewayError
from gateway.trust.trust_policy import Rejection


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerSignature:
    """Readable signature, the chain of its signer to the anchor, and its time if an authority states it."""

    signature: FileSignature
    chain: Sequence[x509.Certificate]
    stamped_at: datetime | None


def audit_manifest(audit: EvidenceAudit, container: EvidenceContainer) -> None:
    """Judge that the manifest lists exactly the files of the container."""
    check = EvidenceCheck.MANIFEST
    try:
        listed = read_manifest(container.read(MANIFEST))
    except Rejection as problem:
        audit.add(check, MANIFEST, f"{problem.code} {problem.detail}".strip())
        return
    for name in sorted(container.names ^ listed.keys()):
        audit.add(check, name, "is listed and not here" if name in listed else "is here and not listed")
    for name in sorted(container.names & listed.keys()):
        if listed[name] != media_type(name):
            audit.add(check, name, f"is listed as {listed[name][:100]}")
    audit.passed[check] += 1


def audit_signature(
    audit: EvidenceAudit, container: EvidenceContainer, trust: EvidenceTrust, beside: Sequence[x509.Certificate]
) -> ContainerSignature | None:
    """Judge signer, content and time of the signature; ``beside`` are certificates that may lead to an anchor."""
    check = EvidenceCheck.SIGNATURE
    try:
        signature = read_signatures(container.read(SIGNATURES))
        own = Certificate.of(parse_der(signature.certificate))
        members = partner_of("archive", [*certificates_of(signature), *beside], trust.sides.municipality)
        if own.thumbprint not in trust.thumbprints:
            raise Rejection("verify.unknown-certificate", detail=f"signed by {own.subject}")
        member = members.member(own.thumbprint)
        signature.verify(member)
    except Rejection as problem:
        audit.add(check, SIGNATURES, f"{problem.code} {problem.detail}".strip())
        return None
    good = True
    for name in sorted(container.names | signature.digests.keys()):
        reason = _difference(container, signature, name)
        if reason is not None:
            good = False
            audit.add(check, name, reason)
    if good:
        audit.passed[check] += 1
        audit.tell("signed by {whose}", "امضاکننده پرونده: {whose}", whose=own.subject)
    stamped_at = _audit_time(audit, signature, own, trust, beside)
    return ContainerSignature(signature=signature, chain=member.chain, stamped_at=stamped_at)


def _difference(container: EvidenceContainer, signature: FileSignature, name: str) -> str | None:
    if name not in signature.digests:
        return "is not signed"
    if name not in container.names:
        return "is signed, and not here"
    if hashlib.sha256(container.read(name)).digest() != signature.digests[name]:
        return "is not what was signed"
    return None if signature.media_types.get(name) == media_type(name) else "was signed as a file of another type"


def _audit_time(
    audit: EvidenceAudit,
    signature: FileSignature,
    own: Certificate,
    trust: EvidenceTrust,
    beside: Sequence[x509.Certificate],
) -> datetime | None:
    check = EvidenceCheck.SIGNED_AT
    if signature.token is None:
        audit.doubt(check, SIGNATURES, "the signature has no time-stamp")
        return None
    if not trust.sides.time:
        audit.doubt(check, SIGNATURES, "you trust no time authority")
        return None
    try:
        between = [*certificates_of(signature), *beside]
        stamp = verify_token(signature.token, signature.imprint, trust.sides.time, between=between)
    except GatewayError as problem:
        audit.add(check, SIGNATURES, f"{problem.code} {problem.detail}".strip())
        return None
    if signature.signing_time > stamp.time + SKEW:
        audit.add(check, SIGNATURES, f"claims {timestamp(signature.signing_time)}, after its time-stamp")
    elif not own.not_before <= stamp.time <= own.not_after:
        audit.add(
            check,
            SIGNATURES,
            f"its certificate was valid from {timestamp(own.not_before)} to {timestamp(own.not_after)}",
        )
    else:
        audit.passed[check] += 1
        audit.tell(
            "the signature was there by {when}, says {whose}",
            "امضا تا {when} وجود داشته است، به گواهی {whose}",
            when=moment_words(stamp.time),
            whose=stamp.authority,
        )
    return stamp.time


def certificates_of(signature: FileSignature) -> list[x509.Certificate]:
    """Return the readable certificates in a signature, the signer's first."""
    return readable([signature.certificate, *signature.certificates])


def readable(ders: Iterable[bytes]) -> list[x509.Certificate]:
    """Return parsed certificates, each once; invalid ones prove nothing and are left out."""
    found: dict[str, x509.Certificate] = {}
    for der in ders:
        try:
            found[sha256(der)] = parse_der(der)
        except Rejection:
            continue
    return list(found.values())


def parse_der(der: bytes) -> x509.Certificate:
    """Return a certificate, wholly parsed. Raises `Rejection` ``verify.unknown-certificate``."""
    try:
        found = x509.load_der_x509_certificate(der)
        # Parsed on first use, and may be malformed.
        _ = found.extensions, found.subject.rfc4514_string(), found.issuer.rfc4514_string(), found.public_key()
    except _MALFORMED as error:
        raise Rejection("verify.unknown-certificate", detail="no certificate") from error
    return found


_MALFORMED = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)
