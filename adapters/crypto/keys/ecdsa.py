"""ECDSA over P-256, ours with SHA-256, in the form of XML: r and s, 32 octets each (XML Signature 1.1, 6.4.3).

From (r, s) anybody can compute (r, n - s), which is equally valid. The one with the smaller s is called low.
"""

from __future__ import annotations

from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, HashAlgorithm

ORDER: Final = 0xFFFFFFFF_00000000_FFFFFFFF_FFFFFFFF_BCE6FAAD_A7179E84_F3B9CAC2_FC632551
"""Order n of P-256 (FIPS 186, NIST SP 800-186)."""

_NUMBER_LENGTH = 32
_ECDSA_SHA256 = ECDSA(SHA256())
_BY_DIGEST = ECDSA(Prehashed(SHA256()))


def sign(key: EllipticCurvePrivateKey, octets: bytes) -> bytes:
    """Return a low signature, 64 octets."""
    return _low(key.sign(octets, _ECDSA_SHA256))


def sign_digest(key: EllipticCurvePrivateKey, digest: bytes) -> bytes:
    """Return a low signature, 64 octets, of octets by their SHA-256."""
    return _low(key.sign(digest, _BY_DIGEST))


def _low(signature: bytes) -> bytes:
    r, s = decode_dss_signature(signature)
    return join(r, min(s, ORDER - s))


def verify(key: EllipticCurvePublicKey, octets: bytes, signature: bytes, hash_: HashAlgorithm | None = None) -> None:
    """Raise `InvalidSignature` unless ``key`` made this signature, low or not, over ``octets``; None: with SHA-256."""
    if len(signature) != 2 * _NUMBER_LENGTH:
        raise InvalidSignature
    key.verify(encode_dss_signature(*split(signature)), octets, ECDSA(hash_) if hash_ else _ECDSA_SHA256)


def is_low(signature: bytes) -> bool:
    """Return True for the low signature, the only one allowed in documents."""
    return split(signature)[1] <= ORDER // 2


def join(r: int, s: int) -> bytes:
    """Return the octets of r and s for XML."""
    return r.to_bytes(_NUMBER_LENGTH, "big") + s.to_bytes(_NUMBER_LENGTH, "big")


def split(signature: bytes) -> tuple[int, int]:
    """Return r and s."""
    return int.from_bytes(signature[:_NUMBER_LENGTH], "big"), int.from_bytes(signature[_NUMBER_LENGTH:], "big")
