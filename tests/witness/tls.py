"""Certificates for servers and clients on this machine, under a root that nobody else trusts."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from gateway.runtime.clock import system_clock

PASSWORD = b"open, sesame"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """PEM files."""

    certificate: Path
    key: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """``stranger`` is a server's pair whose name is another host's; ``locked`` a client's whose key has `PASSWORD`."""

    root: Path
    server: Pair
    stranger: Pair
    client: Pair
    locked: Pair

    def context(self, *, of: Pair | None = None, clients: bool = False) -> ssl.SSLContext:
        """A server's; with ``clients``, those must have a certificate of this root."""
        pair = of or self.server
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pair.certificate, pair.key)
        if clients:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(self.root)
        return context


def make(folder: Path) -> Tls:
    root_key = ec.generate_private_key(ec.SECP256R1())
    root = _certificate("witness test root", root_key.public_key(), None, root_key)
    (folder / "root.pem").write_bytes(root.public_bytes(Encoding.PEM))

    def pair(name: str, *, host: str | None, password: bytes | None = None) -> Pair:
        key = ec.generate_private_key(ec.SECP256R1())
        made = Pair(certificate=folder / f"{name}.pem", key=folder / f"{name}.key.pem")
        certificate = _certificate(name, key.public_key(), root, root_key, host)
        made.certificate.write_bytes(certificate.public_bytes(Encoding.PEM))
        encryption = BestAvailableEncryption(password) if password else NoEncryption()
        made.key.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption))
        return made

    return Tls(
        root=folder / "root.pem",
        server=pair("server", host="127.0.0.1"),
        stranger=pair("stranger", host="127.0.0.2"),
        client=pair("client", host=None),
        locked=pair("locked", host=None, password=PASSWORD),
    )


def _certificate(
    name: str,
    public: ec.EllipticCurvePublicKey,
    issuer: x509.Certificate | None,
    issuer_key: ec.EllipticCurvePrivateKey,
    host: str | None = None,
) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = system_clock()
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    )
    if issuer is None:
        usage = x509.KeyUsage(
            digital_signature=False, content_commitment=False, key_encipherment=False, data_encipherment=False,
            key_agreement=False, key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False,
        )  # fmt: skip
        builder = builder.add_extension(usage, critical=True)
    else:
        purpose = ExtendedKeyUsageOID.SERVER_AUTH if host else ExtendedKeyUsageOID.CLIENT_AUTH
        builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
    if host is not None:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(host))]), critical=False)
    return builder.sign(issuer_key, SHA256())
