"""Two engines have one verdict on the value of an RSA signature: ours, and xmlsec."""

from __future__ import annotations

from functools import cache

import pytest
import xmlsec
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS, PKCS1v15
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, SHA512
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.crypto.keys import names
from adapters.crypto.keys.partner import Member
from gateway.trust.trust_policy import Rejection

from .certificates import issue, rsa_key

OCTETS = b"<ds:SignedInfo></ds:SignedInfo>"
MODULUS = rsa_key("Signer").public_key().public_numbers().n


@cache
def member() -> Member:
    return Member.of(issue("Signer").certificate, rsa_key("Signer").public_key())


def ours(value: bytes) -> bool:
    try:
        member().verify(OCTETS, value, names.RSA_SHA256)
    except Rejection:
        return False
    return True


def theirs(value: bytes) -> bool:
    context = xmlsec.SignatureContext()
    pem = issue("Signer").certificate.public_bytes(Encoding.PEM)
    context.key = xmlsec.Key.from_memory(pem, xmlsec.constants.KeyDataFormatCertPem)
    try:
        context.verify_binary(OCTETS, xmlsec.constants.TransformRsaSha256, value)
    except xmlsec.Error:
        return False
    return True


def good() -> bytes:
    return rsa_key("Signer").sign(OCTETS, PKCS1v15(), SHA256())


def test_a_good_value_is_believed_by_both() -> None:
    assert ours(good())
    assert theirs(good())


@settings(deadline=None, database=None)
@given(place=st.integers(0, 255), octet=st.integers(0, 255))
def test_a_changed_value(place: int, octet: int) -> None:
    value = good()[:place] + bytes([octet]) + good()[place + 1 :]
    assert ours(value) == theirs(value) == (value == good())


@pytest.mark.parametrize(
    "value",
    [
        b"",
        good()[:-1],
        b"\0" + good(),
        good() + b"\0",
        (int.from_bytes(good()) + MODULUS).to_bytes(257),
        bytes(256),
        b"\xff" * 256,
        (1).to_bytes(256),
        (MODULUS - 1).to_bytes(256),
        rsa_key("Signer").sign(OCTETS, PKCS1v15(), SHA512()),
        rsa_key("Signer").sign(b"x" * 20, PKCS1v15(), Prehashed(SHA1())),
        rsa_key("Signer").sign(OCTETS, PSS(mgf=MGF1(SHA256()), salt_length=32), SHA256()),
        rsa_key("Other").sign(OCTETS, PKCS1v15(), SHA256()),
        rsa_key("Signer").sign(OCTETS + b" ", PKCS1v15(), SHA256()),
    ],
)
def test_any_other_value_is_believed_by_neither(value: bytes) -> None:
    assert not ours(value)
    assert not theirs(value)
