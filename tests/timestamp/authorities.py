"""Time authorities as they should be, and with one thing wrong each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import sha256

from cryptography import x509
from cryptography.hazmat.asn1 import decode_der, encode_der
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from adapters.crypto.keys.certificate import Certificate
from adapters.crypto.keys.keys import EcdsaSigner, RsaSigner
from adapters.sandbox.pki.time_stamper import TimeStamper
from adapters.timestamp import tsp

NOW = datetime(2026, 2, 3, 9, 30, 15, 123456, tzinfo=UTC)
"""Signing time of the tokens in which no other program takes part."""

DATA = b"eblagh.example/archive\n12\nroot of a tree\n"
DIGEST = sha256(DATA).digest()
TIME_STAMPING = ExtendedKeyUsageOID.TIME_STAMPING
CODE_SIGNING = ExtendedKeyUsageOID.CODE_SIGNING

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@cache
def ec_key(name: str) -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@cache
def rsa_key(name: str, bits: int = 2048) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """A certificate with its key; ``above`` are the certificates between it and the root."""

    certificate: x509.Certificate
    key: Key
    above: tuple[x509.Certificate, ...] = ()

    @property
    def chain(self) -> list[bytes]:
        return [each.public_bytes(Encoding.DER) for each in (self.certificate, *self.above)]

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def holder(
    name: str,
    issuer: Holder | None = None,
    *,
    key: Key | None = None,
    authority: bool = False,
    purposes: Sequence[x509.ObjectIdentifier] | None = (TIME_STAMPING,),
    critical: bool = True,
    encrypts: bool = False,
    start: datetime = NOW - timedelta(days=30),
    end: datetime = NOW + timedelta(days=3650),
    other_name: str | None = None,
) -> Holder:
    """Return a new certificate; one of an ``authority`` has no purposes unless some are named."""
    own = key or ec_key(name)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    signing, issuer_name = (issuer.key, issuer.certificate.subject) if issuer else (own, subject)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer_name)
        .public_key(own.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(own.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key()), critical=False)
        .add_extension(
            x509.KeyUsage(
                digital_signature=not authority,
                content_commitment=not authority,
                key_encipherment=encrypts,
                data_encipherment=False,
                key_agreement=False,
                key_cert_sign=authority,
                crl_sign=authority,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
    )
    if purposes is not None and not (authority and tuple(purposes) == (TIME_STAMPING,)):
        builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), critical=critical)
    if other_name is not None:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(other_name)]), critical=False)
    above = (*((issuer.certificate,) if issuer and issuer.certificate.issuer != issuer.certificate.subject else ()),)
    return Holder(certificate=builder.sign(signing, SHA256()), key=own, above=above + (issuer.above if issuer else ()))


@cache
def root(name: str = "Root") -> Holder:
    return holder(name, authority=True)


@cache
def good() -> Holder:
    """An authority with everything right."""
    return holder("Good", root())


def stamper(own: Holder, moment: datetime = NOW, *, chain: Sequence[bytes] | None = None) -> TimeStamper:
    certificate = Certificate.of(own.certificate)
    signer = (
        RsaSigner(certificate=certificate, key=own.key)
        if isinstance(own.key, rsa.RSAPrivateKey)
        else EcdsaSigner(certificate=certificate, key=own.key)
    )
    return TimeStamper(signer=signer, chain=own.chain if chain is None else chain, clock=lambda: moment)


def query(digest: bytes = DIGEST, *, nonce: int | None = 7, certificates: bool = True) -> bytes:
    imprint = tsp.Imprint(algorithm=tsp.Algorithm(oid=tsp.SHA256), digest=digest)
    return encode_der(tsp.Request(version=1, imprint=imprint, nonce=nonce, certificates_wanted=certificates))


def token_of(reply: bytes) -> bytes:
    """The token in the DER of a TimeStampResp."""
    return encode_der(decode_der(tsp.Response, reply).token)


def token(own: Holder | None = None, moment: datetime = NOW, **asked: object) -> bytes:
    return token_of(stamper(own or good(), moment).answer(query(**asked)))
