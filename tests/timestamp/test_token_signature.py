"""A token's signature and what it names. Each refused one has one fault, and is signed anew where that is covered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from hashlib import sha1, sha256, sha512

import pytest
from cryptography.hazmat.asn1 import BitString, SetOf, encode_der
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, SHA512
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import CertificateBuilder, ObjectIdentifier

from adapters.timestamp import tsp

from .authorities import (
    Holder,
    good,
    holder,
    query,
    root,
    rsa_key,
    stamper,
    token,
    token_of,
)
from .forge import edited, edited_signer, read, resigned
from .judging import believed, certificate_in, refused

SHA_1 = ObjectIdentifier("1.3.14.3.2.26")
UNKNOWN = ObjectIdentifier("1.2.3.4")


@pytest.mark.parametrize("curve", [ec.SECP384R1(), ec.SECP521R1()])
def test_larger_curves_are_believed(curve: ec.EllipticCurve) -> None:
    own = holder("Curve", root(), key=ec.generate_private_key(curve))
    made = token_of(stamper(good(), chain=own.chain).answer(query()))
    assert refused(made).code == "time.signature"
    assert believed(resigned(made, own)).authority == "CN=Curve"


def test_an_rsa_key_is_believed() -> None:
    assert believed(token(holder("RSA", root(), key=rsa_key("a"))))


def test_rsa_with_sha_512_under_either_name_is_believed() -> None:
    own = holder("RSA", root(), key=rsa_key("a"))
    for name in (tsp.RSA, tsp.SHA512_WITH_RSA):
        assert believed(_signed_with_sha512(token(own), own, name))


def test_a_key_identifier_names_the_signer_too() -> None:
    def by_key(signer: tsp.SignerInfo) -> tsp.SignerInfo:
        identifier = good().certificate.extensions.get_extension_for_oid(ObjectIdentifier("2.5.29.14")).value.digest
        return replace(signer, version=3, signer=identifier)

    assert believed(edited_signer(token(), by_key))


@pytest.mark.parametrize("certificates", [True, False])
def test_the_signers_certificate_must_be_there(certificates: bool) -> None:
    octets = token(certificates=False)
    if certificates:
        octets = edited(octets, lambda data: replace(data, certificates=[tsp.element(root().chain[0])]))
    assert refused(octets).code == "time.certificate-missing"


def test_a_certificate_with_a_key_of_a_kind_that_nobody_knows() -> None:
    elliptic = encode_der(ObjectIdentifier("1.2.840.10045.2.1"))
    strange = root().chain[0].replace(elliptic, elliptic[:-1] + b"\x7f")
    octets = edited(token(), lambda data: replace(data, certificates=[*data.certificates, tsp.element(strange)]))
    assert refused(octets).code == "time.algorithm"


def test_a_certificate_whose_signature_ends_within_an_octet() -> None:
    """cryptography does not look at the number of unused bits."""
    while True:
        made = token(holder("Under", holder("Issuing", root(), authority=True)))
        issuing = certificate_in(read(made), "Root").parse(tsp.CertificateShell)
        if not issuing.signature.as_bytes()[-1] & 1:
            break
    octets = issuing.signature.as_bytes()
    whole, part = (encode_der(BitString(octets, padding)) for padding in (0, 1))
    assert believed(made)
    assert refused(made.replace(whole, part)).code == "time.encoding"


def test_a_small_key() -> None:
    own = holder("Small", root(), key=rsa_key("small", 1024))
    assert refused(token(own)).code == "time.algorithm"


def test_a_signature_by_sha_1() -> None:
    own = holder("RSA", root(), key=rsa_key("a"))

    def by_sha1(signer: tsp.SignerInfo) -> tsp.SignerInfo:
        signature = rsa_key("a").sign(tsp.signed_octets(signer.signed), PKCS1v15(), SHA1())
        return replace(signer, digest_algorithm=tsp.Algorithm(oid=SHA_1), signature=signature)

    assert refused(edited_signer(token(own), by_sha1)).code == "time.algorithm"


@pytest.mark.parametrize("oid", [tsp.SHA256_WITH_RSA, tsp.ECDSA_WITH_SHA512, tsp.RSA, UNKNOWN])
def test_an_algorithm_of_another_key_or_digest(oid: ObjectIdentifier) -> None:
    octets = edited_signer(token(), lambda signer: replace(signer, algorithm=tsp.Algorithm(oid=oid)))
    assert refused(octets).code == "time.algorithm"


def test_content_that_was_changed() -> None:
    assert refused(token().replace(b"20260203093015", b"20260203093016")).code == "time.signature"


def test_a_signature_of_another_key() -> None:
    octets = resigned(token(), holder("Other", root()))
    assert refused(octets).code == "time.signature"


def test_another_certificate_of_the_same_key() -> None:
    """The certificate is exchanged for one with the same names, number and key, and a longer life."""
    twin = _reissued(good())
    octets = edited(token(), lambda data: replace(data, certificates=[tsp.element(twin)]))
    assert refused(octets).code == "time.signing-certificate"


def test_a_certificate_that_is_named_by_sha_1_alone() -> None:
    v1 = ObjectIdentifier("1.2.840.113549.1.9.16.2.12")

    def older(attributes: dict) -> None:  # type: ignore[type-arg]
        del attributes[tsp.SIGNING_CERTIFICATE_V2]
        named = tsp.SigningCertificate(certificates=[tsp.EssCertificate(digest=sha1(good().chain[0]).digest())])
        attributes[v1] = [tsp.element(encode_der(named))]

    assert refused(resigned(token(), good(), attributes=older)).code == "time.signing-certificate"


def _named(certificate: tsp.EssCertificate) -> Callable[[dict], None]:  # type: ignore[type-arg]
    value = tsp.element(encode_der(tsp.SigningCertificate(certificates=[certificate])))
    return lambda attributes: attributes.update({tsp.SIGNING_CERTIFICATE_V2: [value]})


def _issuer(name: bytes, serial: int) -> tsp.EssIssuerAndSerial:
    return tsp.EssIssuerAndSerial(issuer=[tsp.element(tsp.tagged(0xA4, name))], serial=serial)


def test_a_certificate_may_be_named_by_its_issuer_too_and_then_by_the_right_one() -> None:
    own = good().certificate
    digest, name, serial = sha256(good().chain[0]).digest(), own.issuer.public_bytes(), own.serial_number
    right = tsp.EssCertificate(digest=digest, issuer_and_serial=_issuer(name, serial))
    assert believed(resigned(token(), good(), attributes=_named(right)))
    for wrong in (_issuer(name, serial + 1), _issuer(own.subject.public_bytes(), serial)):
        octets = resigned(token(), good(), attributes=_named(replace(right, issuer_and_serial=wrong)))
        assert refused(octets).code == "time.signing-certificate"


@pytest.mark.parametrize("value", [encode_der(7), encode_der(tsp.SigningCertificate(certificates=[]))])
def test_a_signing_certificate_that_names_none(value: bytes) -> None:
    def nothing(attributes: dict) -> None:  # type: ignore[type-arg]
        attributes[tsp.SIGNING_CERTIFICATE_V2] = [tsp.element(value)]

    assert refused(resigned(token(), good(), attributes=nothing)).code == "time.encoding"


def test_a_certificate_that_is_named_by_a_digest_that_nobody_knows() -> None:
    named = tsp.EssCertificate(algorithm=tsp.Algorithm(oid=UNKNOWN), digest=b"")
    assert refused(resigned(token(), good(), attributes=_named(named))).code == "time.algorithm"


def test_signed_attributes_of_another_content_type() -> None:
    def data(attributes: dict) -> None:  # type: ignore[type-arg]
        attributes[tsp.CONTENT_TYPE] = [tsp.element(encode_der(ObjectIdentifier("1.2.840.113549.1.7.1")))]

    assert refused(resigned(token(), good(), attributes=data)).code == "time.signature"


@pytest.mark.parametrize("oid", [tsp.CONTENT_TYPE, tsp.MESSAGE_DIGEST, tsp.SIGNING_CERTIFICATE_V2])
def test_a_signed_attribute_with_two_values(oid: ObjectIdentifier) -> None:
    def twice(attributes: dict) -> None:  # type: ignore[type-arg]
        attributes[oid].append(tsp.element(encode_der(b"another")))

    assert refused(resigned(token(), good(), attributes=twice)).code == "time.encoding"


@pytest.mark.parametrize("oid", [tsp.CONTENT_TYPE, tsp.MESSAGE_DIGEST])
def test_a_signed_attribute_that_is_missing(oid: ObjectIdentifier) -> None:
    octets = resigned(token(), good(), attributes=lambda attributes: attributes.pop(oid) and None)
    assert refused(octets).code == "time.signature"


def test_an_authority_in_the_content_is_one_of_the_certificates_names() -> None:
    own = holder("Named", root(), other_name="tsa.example")

    def named(name: bytes) -> Callable[[tsp.TokenInfo], tsp.TokenInfo]:
        return lambda info: replace(info, authority=[tsp.element(name)])

    subject, other = own.certificate.subject.public_bytes(), tsp.tagged(0x82, b"tsa.example")
    for right in (tsp.tagged(0xA4, subject), other):
        assert believed(resigned(token(own), own, info=named(right)))
    for wrong in (tsp.tagged(0xA4, own.certificate.issuer.public_bytes()), tsp.tagged(0x82, b"tsa")):
        assert refused(resigned(token(own), own, info=named(wrong))).code == "time.signing-certificate"
    assert refused(resigned(token(), good(), info=named(other))).code == "time.signing-certificate"


def _reissued(own: Holder) -> bytes:
    old = own.certificate
    builder = (
        CertificateBuilder()
        .subject_name(old.subject)
        .issuer_name(old.issuer)
        .public_key(old.public_key())
        .serial_number(old.serial_number)
        .not_valid_before(old.not_valid_before_utc)
        .not_valid_after(old.not_valid_after_utc + timedelta(days=1000))
    )
    for extension in old.extensions:
        builder = builder.add_extension(extension.value, critical=extension.critical)
    return builder.sign(root().key, SHA256()).public_bytes(Encoding.DER)


def _signed_with_sha512(octets: bytes, own: Holder, name: ObjectIdentifier) -> bytes:
    assert isinstance(own.key, rsa.RSAPrivateKey)
    key = own.key
    algorithm = tsp.Algorithm(oid=tsp.SHA512)

    def edit(data: tsp.SignedData) -> tsp.SignedData:
        signer = data.signers.as_list()[0]
        digest = tsp.element(encode_der(sha512(data.content.content).digest()))
        values = {each.oid: each.values for each in signer.signed.as_list()} | {tsp.MESSAGE_DIGEST: SetOf([digest])}
        signed = SetOf([tsp.Attribute(oid=oid, values=found) for oid, found in values.items()])
        made = replace(
            signer,
            digest_algorithm=algorithm,
            signed=signed,
            algorithm=tsp.Algorithm(oid=name),
            signature=key.sign(tsp.signed_octets(signed), PKCS1v15(), SHA512()),
        )
        return replace(data, digest_algorithms=SetOf([algorithm]), signers=SetOf([made]))

    return edited(octets, edit)
