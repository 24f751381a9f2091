"""Loading keys and certificates: every error names the file and what is wrong with it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateKey,
    RSAPrivateNumbers,
    RSAPublicNumbers,
    generate_private_key,
    rsa_crt_dmp1,
    rsa_crt_dmq1,
    rsa_crt_iqmp,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from adapters.crypto.keys import ecdsa, keys
from adapters.crypto.keys.certificate import assert_valid_now, load_certificates
from adapters.crypto.keys.keys import load_signer
from adapters.crypto.keys.names import ECDSA_SHA256, RSA_SHA256
from gateway.runtime.errors import GatewayError

from .certificates import ISSUED, Key, ec_key, issue, rsa_key, write


def refusal(key: Path, certificate: Path, password: bytes | None = None) -> tuple[str, str]:
    with pytest.raises(GatewayError) as error:
        load_signer(key, certificate, password)
    return error.value.code, error.value.where


def test_a_signer_signs_with_the_key_of_its_certificate(tmp_path: Path) -> None:
    seal, other = issue("seal"), issue("other")
    certificate = write(tmp_path / "seal.crt.pem", seal.pem, other.pem)
    signer = load_signer(write(tmp_path / "seal.key.pem", seal.key_pem()), certificate)
    rsa_key("seal").public_key().verify(signer.sign(b"octets"), b"octets", PKCS1v15(), SHA256())
    assert signer.certificate == load_certificates(certificate)[0]
    assert signer.algorithm == RSA_SHA256


def test_the_algorithm_follows_from_the_key(tmp_path: Path) -> None:
    seal = issue("seal", key=ec_key("seal"))
    signer = load_signer(write(tmp_path / "k.pem", seal.key_pem()), write(tmp_path / "c.pem", seal.pem))
    assert signer.algorithm == ECDSA_SHA256
    ecdsa.verify(ec_key("seal").public_key(), b"octets", signer.sign(b"octets"))


def test_the_primes_of_a_key_are_tested_once_for_the_same_octets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tested = []

    def load(octets: bytes, password: bytes | None, *, unsafe_skip_rsa_key_validation: bool) -> object:
        tested.append(not unsafe_skip_rsa_key_validation)
        return load_pem_private_key(octets, password, unsafe_skip_rsa_key_validation=unsafe_skip_rsa_key_validation)

    monkeypatch.setattr(keys, "_checked", set())
    monkeypatch.setattr(keys, "load_pem_private_key", load)
    first, second = issue("first"), issue("second", key=rsa_key("second"))
    key, certificate = write(tmp_path / "k.pem", first.key_pem()), write(tmp_path / "c.pem", first.pem)
    for _ in range(3):
        load_signer(key, certificate)
    assert tested == [True, False, False]
    write(key, second.key_pem())
    write(certificate, second.pem)
    load_signer(key, certificate)
    assert tested == [True, False, False, True]


def test_a_key_whose_primes_are_none_is_refused_each_time(tmp_path: Path) -> None:
    good, bad = issue("seal"), issue("composite", key=composite_key())
    key, certificate = write(tmp_path / "k.pem", good.key_pem()), write(tmp_path / "c.pem", good.pem)
    assert load_signer(key, certificate)
    write(key, bad.key_pem())
    write(certificate, bad.pem)
    for _ in range(2):
        assert refusal(key, certificate) == ("key.unreadable", str(key))


def composite_key() -> RSAPrivateKey:
    """Return a key that signs, but whose first "prime" is a product of two."""
    small, large = rsa_key("composite").private_numbers(), generate_private_key(65537, 1024).private_numbers()
    p, q = large.p * large.q, small.q
    d = pow(65537, -1, (large.p - 1) * (large.q - 1) * (q - 1))
    public = RSAPublicNumbers(65537, p * q)
    numbers = RSAPrivateNumbers(p, q, d, rsa_crt_dmp1(d, p), rsa_crt_dmq1(d, q), rsa_crt_iqmp(p, q), public)
    return numbers.private_key(unsafe_skip_rsa_key_validation=True)


def test_a_signer_does_not_show_its_key(tmp_path: Path) -> None:
    seal = issue("seal")
    signer = load_signer(write(tmp_path / "k.pem", seal.key_pem()), write(tmp_path / "c.pem", seal.pem))
    assert "key" not in repr(signer).lower().replace("signer", "")


def test_a_password_opens_an_encrypted_key(tmp_path: Path) -> None:
    seal = issue("seal")
    certificate = write(tmp_path / "c.pem", seal.pem)
    key = write(tmp_path / "k.pem", seal.key_pem(b"secret"))
    assert load_signer(key, certificate, b"secret")
    assert refusal(key, certificate) == ("key.password", str(key))
    assert refusal(key, certificate, b"wrong") == ("key.password", str(key))


def test_a_password_is_not_needed_for_a_plain_key(tmp_path: Path) -> None:
    seal = issue("seal")
    assert load_signer(write(tmp_path / "k.pem", seal.key_pem()), write(tmp_path / "c.pem", seal.pem), b"unused")


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    seal = issue("seal")
    key, certificate = write(tmp_path / "k.pem", seal.key_pem()), write(tmp_path / "c.pem", seal.pem)
    missing, junk = tmp_path / "missing.pem", write(tmp_path / "junk.pem", b"junk")
    no_path = tmp_path / "nul\0.pem"
    truncated = write(tmp_path / "truncated.pem", seal.key_pem()[:200])
    for bad in (missing, no_path, junk, truncated, certificate):
        assert refusal(bad, certificate) == ("key.unreadable", str(bad))
    for bad in (missing, no_path, junk, truncated, key):
        assert refusal(key, bad) == ("key.unreadable", str(bad))


def test_a_key_of_another_certificate(tmp_path: Path) -> None:
    key = write(tmp_path / "k.pem", issue("seal").key_pem())
    assert refusal(key, write(tmp_path / "c.pem", issue("other").pem)) == ("key.mismatch", str(key))


def test_keys_of_a_kind_or_size_that_is_not_allowed(tmp_path: Path) -> None:
    weak: list[tuple[Key, str]] = [
        (rsa_key("small", 1024), "RSA of 1024 bits"),
        (ec.generate_private_key(ec.SECP384R1()), "EC on secp384r1"),
        (ec.generate_private_key(ec.SECP256K1()), "EC on secp256k1"),
    ]
    for private, detail in weak:
        issued = issue("weak", key=private)
        key, certificate = write(tmp_path / "k.pem", issued.key_pem()), write(tmp_path / "c.pem", issued.pem)
        with pytest.raises(GatewayError) as error:
            load_signer(key, certificate)
        assert (error.value.code, error.value.where, error.value.detail) == ("key.algorithm", str(key), detail)


def test_a_key_that_is_neither_rsa_nor_ec(tmp_path: Path) -> None:
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    key = write(tmp_path / "k.pem", pem)
    assert refusal(key, write(tmp_path / "c.pem", issue("seal").pem)) == ("key.algorithm", str(key))


def test_a_certificate_is_judged_at_a_moment(tmp_path: Path) -> None:
    [own] = load_certificates(write(tmp_path / "c.pem", issue("seal").pem))
    assert_valid_now(own, ISSUED)
    assert_valid_now(own, own.not_after)
    for moment in (ISSUED - timedelta(seconds=1), own.not_after + timedelta(seconds=1)):
        with pytest.raises(GatewayError) as error:
            assert_valid_now(own, moment)
        assert error.value.code == "certificate.expired"


def test_a_fingerprint_is_what_openssl_prints(tmp_path: Path) -> None:
    issued = issue("seal")
    [own] = load_certificates(write(tmp_path / "c.pem", issued.pem))
    assert own.fingerprint.replace(":", "").lower() == issued.certificate.fingerprint(SHA256()).hex()
    assert own.fingerprint.count(":") == 31
