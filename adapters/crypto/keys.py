"""The private half: signers. One protocol, so that a key in a hardware module can take the place of a PEM file."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from adapters.crypto import names
from adapters.crypto.certificate import Certificate, read_pem
from gateway.errors import GatewayError

MIN_RSA_BITS: Final = 2048


class Signer(Protocol):
    """Signs octets with the key that belongs to ``certificate``; ``algorithm`` is the XML Signature URI."""

    @property
    def certificate(self) -> Certificate: ...

    @property
    def algorithm(self) -> str: ...

    def sign(self, octets: bytes) -> bytes: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PemSigner:
    """An RSA key from a PEM file, parsed once: parsing it for every message would double the cost of signing."""

    certificate: Certificate
    key: RSAPrivateKey = field(repr=False)
    algorithm: str = names.RSA_SHA256

    def sign(self, octets: bytes) -> bytes:
        return self.key.sign(octets, PKCS1v15(), SHA256())


def load_signer(key: Path, certificate: Path, password: bytes | None = None) -> Signer:
    """Return the signer of a PEM key and the first certificate of a PEM file.

    Raises `GatewayError` ``key.unreadable``, ``key.password``, ``key.mismatch`` or ``key.algorithm`` with the path. An
    expired certificate is no error here: `adapters.crypto.certificate.assert_valid_now` judges it.
    """
    private = _load_key(key, password)
    own = read_pem(certificate)[0]
    if private.public_key() != own.public_key():
        raise GatewayError("key.mismatch", where=str(key), detail=str(certificate))
    return PemSigner(certificate=Certificate.of(own), key=private)


def _load_key(path: Path, password: bytes | None) -> RSAPrivateKey:
    where = str(path)
    try:
        octets = path.read_bytes()
    except OSError as error:
        raise GatewayError("key.unreadable", where=where, detail=type(error).__name__) from error
    encrypted = b"ENCRYPTED" in octets
    if encrypted and password is None:
        raise GatewayError("key.password", where=where, detail="the key is encrypted and no password was given")
    try:
        private = load_pem_private_key(octets, password if encrypted else None)
    except (ValueError, TypeError) as error:  # TypeError: an empty password
        code = "key.password" if encrypted else "key.unreadable"
        raise GatewayError(code, where=where, detail=type(error).__name__) from error
    except UnsupportedAlgorithm as error:
        raise GatewayError("key.algorithm", where=where) from error
    if not isinstance(private, RSAPrivateKey):
        raise GatewayError("key.algorithm", where=where, detail=type(private).__name__)
    if private.key_size < MIN_RSA_BITS:
        raise GatewayError("key.algorithm", where=where, detail=f"RSA of {private.key_size} bits")
    return private
