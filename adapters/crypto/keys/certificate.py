"""Certificates as values, read once from PEM."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from gateway.notice.envelope import SigningCertificate
from gateway.notice.notice import sha256
from gateway.runtime.clock import timestamp
from gateway.runtime.errors import GatewayError
from gateway.runtime.plain_words import words_of

DEVELOPMENT_MARK = "(DEVELOPMENT)"
"""Suffix of every common name of a development PKI; no authority's name has it by chance."""

_MALFORMED = (ValueError, x509.DuplicateExtension, x509.InvalidVersion, x509.UnsupportedGeneralNameType)


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """Certificate: ``thumbprint`` is ``sha256:…`` of ``der``; ``subject`` is in the form of RFC 4514.

    The times are aware UTC. ``development`` is True if its name or its issuer's is of a development PKI.
    """

    der: bytes = field(repr=False)
    thumbprint: str
    subject: str
    not_before: datetime
    not_after: datetime
    development: bool

    @classmethod
    def of(cls, certificate: x509.Certificate) -> Certificate:
        """Return the value of a parsed certificate."""
        der = certificate.public_bytes(Encoding.DER)
        return cls(
            der=der,
            thumbprint=sha256(der),
            subject=certificate.subject.rfc4514_string(),
            not_before=certificate.not_valid_before_utc,
            not_after=certificate.not_valid_after_utc,
            development=any(map(_is_marked, (certificate.subject, certificate.issuer))),
        )

    @property
    def fingerprint(self) -> str:
        """Return the thumbprint for people: pairs of hex digits, as ``openssl x509 -fingerprint -sha256`` prints."""
        digits = self.thumbprint.removeprefix("sha256:").upper()
        return ":".join(digits[i : i + 2] for i in range(0, len(digits), 2))


def _is_marked(name: x509.Name) -> bool:
    common = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return any(str(attribute.value).endswith(DEVELOPMENT_MARK) for attribute in common)


def load_certificates(path: Path) -> list[Certificate]:
    """Return the certificates of a PEM file in its order. Raises `GatewayError` ``key.unreadable``."""
    return [Certificate.of(certificate) for certificate in read_pem(path)]


def signing_certificate(use: str, der: bytes, found: Sequence[Certificate]) -> SigningCertificate:
    """Return the signing certificate of a ``use``, with its issuers from the same file."""
    ders = [der, *(each.der for each in found[1:])]
    pem = [x509.load_der_x509_certificate(each).public_bytes(Encoding.PEM) for each in ders]
    return SigningCertificate(thumbprint=sha256(der), use=use, chain=b"".join(pem))


def read_pem(path: Path) -> list[x509.Certificate]:
    """Return the parsed certificates of a PEM file, at least one.

    Raises `GatewayError` ``key.unreadable``, or ``key.algorithm`` if one holds a key of a kind that nobody knows.
    """
    try:
        octets = path.read_bytes()
    except (OSError, ValueError) as error:  # a NUL in a path is a ValueError
        raise GatewayError("key.unreadable", where=str(path), detail=words_of(error)) from error
    return parse_pem(octets, str(path))


def parse_pem(octets: bytes, where: str) -> list[x509.Certificate]:
    """Return the parsed certificates of PEM octets. Raises as `read_pem` does."""
    try:
        certificates = x509.load_pem_x509_certificates(octets)
        for certificate in certificates:
            # Parsed on first use, and may be malformed.
            _ = certificate.extensions, certificate.subject.rfc4514_string(), certificate.public_key()
    except UnsupportedAlgorithm as error:
        raise GatewayError("key.algorithm", where=where) from error
    except _MALFORMED as error:
        raise GatewayError("key.unreadable", where=where, detail=words_of(error)) from error
    return certificates


def assert_valid_now(certificate: Certificate, now: datetime) -> None:
    """Raise `GatewayError` ``certificate.expired`` unless ``now`` lies in the certificate's period of validity."""
    if not certificate.not_before <= now <= certificate.not_after:
        raise GatewayError(
            "certificate.expired",
            where=certificate.subject,
            detail=f"valid {timestamp(certificate.not_before)} to {timestamp(certificate.not_after)},"
            f" now {timestamp(now)}",
        )
