"""Names of kinds of keys in messages: literals, so that no name depends on a library's classes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa, x448, x25519

_NAMES: Final[Mapping[type, str]] = {
    rsa.RSAPrivateKey: "RSAPrivateKey",
    rsa.RSAPublicKey: "RSAPublicKey",
    ec.EllipticCurvePrivateKey: "ECPrivateKey",
    ec.EllipticCurvePublicKey: "ECPublicKey",
    ed25519.Ed25519PrivateKey: "Ed25519PrivateKey",
    ed25519.Ed25519PublicKey: "Ed25519PublicKey",
    ed448.Ed448PrivateKey: "Ed448PrivateKey",
    ed448.Ed448PublicKey: "Ed448PublicKey",
    dsa.DSAPrivateKey: "DSAPrivateKey",
    dsa.DSAPublicKey: "DSAPublicKey",
    x25519.X25519PrivateKey: "X25519PrivateKey",
    x25519.X25519PublicKey: "X25519PublicKey",
    x448.X448PrivateKey: "X448PrivateKey",
    x448.X448PublicKey: "X448PublicKey",
}


def name_of_key(key: object) -> str:
    """Return the name of a key's kind."""
    return next((name for kind, name in _NAMES.items() if isinstance(key, kind)), "a key of another kind")
