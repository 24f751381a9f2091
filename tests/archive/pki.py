"""Certificates as somebody else would issue them: made with `cryptography` alone, by no code of the product's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

from .recorder import NOW

SERVER_AUTH = x509.ObjectIdentifier("1.3.6.1.5.5.7.3.1")
EMAIL = x509.ObjectIdentifier("1.3.6.1.5.5.7.3.4")


@dataclass(frozen=True)
class Holder:
    """A certificate, its key, and its issuers from the next one on."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey
    above: tuple[x509.Certificate, ...] = ()

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    def write(self, folder: Path, name: str) -> None:
        """Put key and certificate, followed by its issuers, where an installation has those of this name."""
        secret = self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (folder / f"{name}.key.pem").write_bytes(secret)
        chain = b"".join(each.public_bytes(Encoding.PEM) for each in self.above)
        (folder / f"{name}.crt.pem").write_bytes(self.pem + chain)


def read(pki: Path, name: str) -> Holder:
    """An authority of a development PKI, by the name of its files."""
    key = load_pem_private_key((pki / "authorities" / f"{name}.key.pem").read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    certificate = x509.load_pem_x509_certificate((pki / "authorities" / f"{name}.crt.pem").read_bytes())
    return Holder(certificate, key)


def issue(
    common_name: str,
    issuer: Holder | None = None,
    *,
    depth: int | None = None,
    purposes: Sequence[x509.ObjectIdentifier] = (),
    critical: bool = False,
    key: ec.EllipticCurvePrivateKey | None = None,
    start: datetime = NOW - timedelta(minutes=4),
    days: float = 400,
) -> Holder:
    """Issue a certificate: an authority where ``depth`` is its path length, its own issuer where none is given."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    above = (issuer or Holder(None, key)).key  # type: ignore[arg-type]
    authority = depth is not None
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer.certificate.subject if issuer else name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=depth), critical=True)
        .add_extension(
            x509.KeyUsage(not authority, False, False, False, False, authority, authority, False, False), critical=True
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(above.public_key()), critical=False)
    )
    if purposes:
        builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), critical=critical)
    certificate = builder.sign(above, SHA256())
    chain = () if issuer is None or issuer.certificate.subject == issuer.certificate.issuer else (issuer.certificate,)
    return Holder(certificate, key, chain)
