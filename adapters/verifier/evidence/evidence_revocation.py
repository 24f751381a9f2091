"""Whether a certificate had been revoked at a time, by the revocation lists that stand in an evidence file.

A list proves itself by its signature: it is its issuer's who also issued the certificate. A list of a later time proves
most; one that was in force at that time proves it too. One with a critical extension (a part of a list, a list of
others' certificates) says less than it seems to, and is passed by.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.x509.oid import CRLEntryExtensionOID

from gateway.runtime.clock import timestamp
from gateway.runtime.verdict import Verdict

_MALFORMED = (ValueError, TypeError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType)


@dataclass(frozen=True, slots=True)
class Lists:
    """Lists as read, and the certificates of authorities among which their issuers are looked for."""

    lists: Sequence[x509.CertificateRevocationList]
    authorities: Sequence[x509.Certificate]

    @classmethod
    def of(cls, ders: Iterable[bytes], authorities: Sequence[x509.Certificate]) -> Lists:
        """Read lists; what is none, or says less than it seems to, is left out."""
        return cls([found for der in ders if (found := _read(der)) is not None], authorities)

    def standing(self, certificate: x509.Certificate, at: datetime) -> tuple[Verdict, str]:
        """Return PASSED where it had not been revoked at ``at``, FAILED where it had, with the reason."""
        issuer = next((each for each in self.authorities if _issued(certificate, each)), None)
        if issuer is None:
            return Verdict.INDETERMINATE, "its issuer is not here"
        ours = [each for each in self.lists if each.issuer == issuer.subject and _signed(each, issuer)]
        if not ours:
            return Verdict.INDETERMINATE, f"no revocation list of {issuer.subject.rfc4514_string()} is here"
        for each in ours:
            entry = each.get_revoked_certificate_by_serial_number(certificate.serial_number)
            if entry is not None and (since := _since(entry)) <= at:
                return (
                    Verdict.FAILED,
                    f"number {certificate.serial_number:x} was revoked at {timestamp(since)}, used at {timestamp(at)}",
                )
        if not any(_speaks_of(each, certificate, at) for each in ours):
            return Verdict.INDETERMINATE, f"the revocation lists that are here do not speak of {timestamp(at)}"
        return Verdict.PASSED, ""


MAX_CHAIN: Final = 6


def chain(own: x509.Certificate, authorities: Sequence[x509.Certificate]) -> Iterator[x509.Certificate]:
    """A certificate and its issuers, without the one at the end, which vouches for itself."""
    for _ in range(MAX_CHAIN):
        if own.issuer == own.subject:
            return
        yield own
        above = next((each for each in authorities if _issued(own, each)), None)
        if above is None:
            return
        own = above


def _read(der: bytes) -> x509.CertificateRevocationList | None:
    try:
        found = x509.load_der_x509_crl(der)
        critical = any(extension.critical for extension in found.extensions)
        return None if critical or found.next_update_utc is None else found
    except _MALFORMED:
        return None


def _issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (*_MALFORMED, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _signed(found: x509.CertificateRevocationList, issuer: x509.Certificate) -> bool:
    try:
        return found.is_signature_valid(issuer.public_key())  # type: ignore[arg-type]
    except (*_MALFORMED, UnsupportedAlgorithm):
        return False


def _since(entry: x509.RevokedCertificate) -> datetime:
    """When it was revoked, or since when its key is thought to have been in other hands."""
    since = entry.revocation_date_utc
    try:
        invalid = entry.extensions.get_extension_for_oid(CRLEntryExtensionOID.INVALIDITY_DATE).value
    except (*_MALFORMED, x509.ExtensionNotFound):
        return since
    assert isinstance(invalid, x509.InvalidityDate)
    return min(since, invalid.invalidity_date_utc)


def _speaks_of(found: x509.CertificateRevocationList, certificate: x509.Certificate, at: datetime) -> bool:
    # What has expired may be left out of a list (RFC 5280, 5).
    if found.last_update_utc > certificate.not_valid_after_utc:
        return False
    end = found.next_update_utc
    return found.last_update_utc >= at or (end is not None and at <= end)
