"""Signers with private keys. One protocol allows a key in a hardware module in place of a PEM file.

This module alone defines the allowed kinds of keys, on either side: RSA of at least 2048 bits, EC on P-256.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Final, Protocol

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes, PublicKeyTypes
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from adapters.crypto.keys import ecdsa, names
from adapters.crypto.keys.certificate import Certificate, read_pem
from adapters.crypto.keys.key_names import name_of_key
from gateway.runtime.errors import GatewayError
from gateway.runtime.plain_words import words_of

MIN_RSA_BITS: Final = 2048

_checked: Final[set[bytes]] = set()
"""SHA-256 of each key file that this process has loaded with every check of its key."""

PrivateKey = RSAPrivateKey | EllipticCurvePrivateKey
PublicKey = RSAPublicKey | EllipticCurvePublicKey


class Signer(Protocol):
    """Signer with the key of ``certificate``; ``algorithm`` is the XML Signature URI.

    A signature has the form of XML; for ECDSA it is the low one of `adapters.crypto.keys.ecdsa`.
    """

    @property
    def certificate(self) -> Certificate: ...

    @property
    def algorithm(self) -> str: ...

    def sign(self, octets: bytes) -> bytes: ...

    def sign_digest(self, digest: bytes) -> bytes:
        """Sign octets, as `sign` does, by their SHA-256."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RsaSigner:
    """Signer with an RSA key in memory, parsed once: parsing it for every message would double the cost."""

    certificate: Certificate
    key: RSAPrivateKey = field(repr=False)
    algorithm: str = field(default=names.RSA_SHA256, init=False)

    def sign(self, octets: bytes) -> bytes:
        return self.key.sign(octets, PKCS1v15(), SHA256())

    def sign_digest(self, digest: bytes) -> bytes:
        return self.key.sign(digest, PKCS1v15(), Prehashed(SHA256()))


@dataclass(frozen=True, slots=True, kw_only=True)
class EcdsaSigner:
    """Signer with a P-256 key in memory."""

    certificate: Certificate
    key: EllipticCurvePrivateKey = field(repr=False)
    algorithm: str = field(default=names.ECDSA_SHA256, init=False)

    def sign(self, octets: bytes) -> bytes:
        return ecdsa.sign(self.key, octets)

    def sign_digest(self, digest: bytes) -> bytes:
        return ecdsa.sign_digest(self.key, digest)


def load_signer(key: Path, certificate: Path, password: bytes | None = None) -> Signer:
    """Return the signer of a PEM key and the first certificate of a PEM file.

    Raises `GatewayError` ``key.unreadable``, ``key.password``, ``key.mismatch`` or ``key.algorithm`` with the path. An
    expired certificate is no error here: `adapters.crypto.keys.certificate.assert_valid_now` judges it.
    """
    private = _read_key(key, password)
    if not isinstance(private, PrivateKey):
        raise GatewayError("key.algorithm", where=str(key), detail=name_of_key(private))
    allowed(private.public_key(), str(key))
    own = _belonging(private, key, certificate)
    if isinstance(private, RSAPrivateKey):
        return RsaSigner(certificate=Certificate.of(own), key=private)
    return EcdsaSigner(certificate=Certificate.of(own), key=private)


def load_client_certificate(key: Path, certificate: Path, password: bytes | None = None) -> Certificate:
    """Return the client certificate, the first of a PEM file; its PEM key may be of any kind.

    Raises `GatewayError` ``key.unreadable``, ``key.password``, ``key.mismatch`` or ``key.algorithm`` with the path.
    """
    return Certificate.of(_belonging(_read_key(key, password), key, certificate))


def allowed(key: PublicKeyTypes, where: str) -> PublicKey:
    """Return ``key`` if its kind may sign. Raises `GatewayError` ``key.algorithm`` with the kind."""
    if isinstance(key, RSAPublicKey):
        if key.key_size >= MIN_RSA_BITS:
            return key
        found = f"RSA of {key.key_size} bits"
    elif isinstance(key, EllipticCurvePublicKey):
        if isinstance(key.curve, SECP256R1):
            return key
        found = f"EC on {key.curve.name}"
    else:
        found = name_of_key(key)
    raise GatewayError("key.algorithm", where=where, detail=found)


def _belonging(private: PrivateKeyTypes, key: Path, certificate: Path) -> x509.Certificate:
    own = read_pem(certificate)[0]
    if private.public_key() != own.public_key():
        raise GatewayError("key.mismatch", where=str(key), detail=str(certificate))
    return own


def _read_key(path: Path, password: bytes | None) -> PrivateKeyTypes:
    where = str(path)
    try:
        octets = path.read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a path with a NUL
        raise GatewayError("key.unreadable", where=where, detail=words_of(error)) from error
    encrypted = b"ENCRYPTED" in octets
    if encrypted and password is None:
        raise GatewayError("key.password", where=where, detail="the key is encrypted and no password was given")
    try:
        return _key_of(octets, password if encrypted else None)
    except (ValueError, TypeError) as error:  # TypeError: an empty password
        code = "key.password" if encrypted else "key.unreadable"
        raise GatewayError(code, where=where, detail=words_of(error)) from error
    except UnsupportedAlgorithm as error:
        raise GatewayError("key.algorithm", where=where) from error


def _key_of(octets: bytes, password: bytes | None) -> PrivateKeyTypes:
    """Return the key of a PEM file.

    A reload and every act load the keys again. The test that the primes of an RSA key are primes takes 80 ms, so it is
    made once for the same octets; a replaced file is checked.
    """
    digest = sha256(octets).digest()
    key = load_pem_private_key(octets, password, unsafe_skip_rsa_key_validation=digest in _checked)
    _checked.add(digest)
    return key
