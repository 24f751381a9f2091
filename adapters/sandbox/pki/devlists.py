"""Revocation lists of the development PKI: its authorities' keys lie beside it, and make a list on request.

Revoked certificates stand in a file, `revoked.json`, that anybody may read.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

from adapters.crypto.keys.certificate import read_pem
from adapters.sandbox.pki.devpki import AUTHORITIES
from gateway.runtime.clock import parse_timestamp, timestamp
from gateway.runtime.errors import GatewayError
from gateway.trust.revocation_status import Revocation

VALID: Final = timedelta(days=7)
"""Validity of a list."""

_FILE = "revoked.json"


class DevelopmentAuthorities:
    """Authorities of a development PKI by name (``judiciary-issuing``), as they lie in its folder."""

    def __init__(self, pki: Path, valid: timedelta = VALID) -> None:
        self._folder, self._valid = pki / AUTHORITIES, valid

    def names(self) -> list[str]:
        return sorted(path.name.removesuffix(".crt.pem") for path in self._folder.glob("*.crt.pem"))

    def certificate(self, name: str) -> x509.Certificate:
        """Return an authority's certificate. Raises `GatewayError` ``key.unreadable``."""
        return read_pem(self._folder / f"{name}.crt.pem")[0]

    def revoke(self, certificate: x509.Certificate, entry: Revocation) -> str:
        """Revoke a certificate in its issuer's list; return the issuer's name.

        Raises `GatewayError` ``revocation.issuer`` if no authority here issued it.
        """
        for name in self.names():
            issuer = self.certificate(name)
            if issuer.subject == certificate.issuer:
                certificate.verify_directly_issued_by(issuer)
                revoked = self._revoked()
                told = {"at": timestamp(entry.at), "reason": entry.reason}
                if entry.invalid_from is not None:
                    told["invalid_from"] = timestamp(entry.invalid_from)
                revoked.setdefault(name, {})[f"{certificate.serial_number:x}"] = told
                partial = self._folder / f"{_FILE}.partial"
                partial.write_text(json.dumps(revoked, indent=1) + "\n", encoding="utf-8")
                partial.replace(self._folder / _FILE)
                return name
        raise GatewayError("revocation.issuer", where=certificate.subject.rfc4514_string())

    def list_of(self, name: str, now: datetime) -> bytes:
        """Return the DER of an authority's list, made now. Raises `GatewayError` ``key.unreadable``."""
        entries = {
            int(serial, 16): Revocation(
                at=parse_timestamp(told["at"]),
                reason=told["reason"],
                invalid_from=parse_timestamp(told["invalid_from"]) if "invalid_from" in told else None,
            )
            for serial, told in self._revoked().get(name, {}).items()
        }
        # Made by `devpki`: the test of its primes would take longer than everything else here.
        octets = (self._folder / f"{name}.key.pem").read_bytes()
        key = load_pem_private_key(octets, None, unsafe_skip_rsa_key_validation=True)
        assert isinstance(key, RSAPrivateKey | EllipticCurvePrivateKey)
        return make_list(self.certificate(name), key, entries, now, now + self._valid)

    def _revoked(self) -> dict[str, dict[str, dict[str, str]]]:
        try:
            told: dict[str, Any] = json.loads((self._folder / _FILE).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        return told


def make_list(
    issuer: x509.Certificate,
    key: RSAPrivateKey | EllipticCurvePrivateKey,
    revoked: Mapping[int, Revocation],
    this_update: datetime,
    next_update: datetime,
    *,
    number: int | None = None,
    extensions: Sequence[tuple[x509.ExtensionType, bool]] = (),
) -> bytes:
    """Return the DER of a list; its times are in whole seconds (RFC 5280, 5.1.2.4).

    Its number is by default that of the second.
    """
    this_update = this_update.replace(microsecond=0)
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.subject)
        .last_update(this_update)
        .next_update(next_update.replace(microsecond=0))
        .add_extension(x509.CRLNumber(int(this_update.timestamp()) if number is None else number), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.public_key()), critical=False)  # type: ignore[arg-type]
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    for serial, entry in revoked.items():
        builder = builder.add_revoked_certificate(_entry(serial, entry))
    return builder.sign(key, SHA256()).public_bytes(Encoding.DER)


def _entry(serial: int, entry: Revocation) -> x509.RevokedCertificate:
    builder = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(entry.at)
    if entry.reason != "unspecified":  # RFC 5280, 5.3.1: otherwise there is no extension
        builder = builder.add_extension(x509.CRLReason(x509.ReasonFlags(entry.reason)), critical=False)
    if entry.invalid_from is not None:
        builder = builder.add_extension(x509.InvalidityDate(entry.invalid_from.replace(tzinfo=None)), critical=False)
    return builder.build()
