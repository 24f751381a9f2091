"""Verification of a token offline. Each refused token has one fault, and is signed anew where a signature covers it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from hashlib import sha1, sha256, sha512

import pytest
from cryptography.hazmat.asn1 import BitString, GeneralizedTime, SetOf, encode_der
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, SHA512
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import CertificateBuilder, ObjectIdentifier
from cryptography.x509.oid import ExtendedKeyUsageOID

from adapters.crypto import tsp
from adapters.timestamp.token import MAX_CERTIFICATES, verify_token
from gateway.timestamping import TimeStamp, TokenRefused

from .authorities import (
    CODE_SIGNING,
    DIGEST,
    NOW,
    TIME_STAMPING,
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

LATER = NOW + timedelta(days=10)
SHA_1 = ObjectIdentifier("1.3.14.3.2.26")
UNKNOWN = ObjectIdentifier("1.2.3.4")


def believed(octets: bytes, digest: bytes = DIGEST, **asked: object) -> TimeStamp:
    return verify_token(octets, digest, [root().certificate], **asked)  # type: ignore[arg-type]


def refused(octets: bytes, digest: bytes = DIGEST, **asked: object) -> TokenRefused:
    with pytest.raises(TokenRefused) as refusal:
        believed(octets, digest, **asked)
    return refusal.value


def test_a_token_says_what_existed_when_by_whose_word() -> None:
    stamp = believed(token(), nonce=7, policy="1.3.6.1.4.1.32473.1.3161")
    assert stamp == TimeStamp(
        time=NOW.replace(microsecond=123000),
        accuracy=timedelta(seconds=1),
        authority="CN=Good",
        serial=stamp.serial,
        policy="1.3.6.1.4.1.32473.1.3161",
        digest=DIGEST,
    )
    assert stamp.serial != believed(token()).serial


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


def test_authorities_in_between_come_in_the_token_in_any_order() -> None:
    issuing = holder("Issuing", root(), authority=True)
    made = token(holder("Under", issuing))
    assert believed(made)
    assert believed(edited(made, lambda data: replace(data, certificates=data.certificates[::-1])))
    alone = edited(made, lambda data: replace(data, certificates=[_of(data, "Under")]))
    assert refused(alone).code == "time.untrusted"
    assert believed(alone, between=[issuing.certificate])
    assert refused(alone, between=[holder("Issuing", root("Another root"), authority=True).certificate]).code == (
        "time.untrusted"
    )


def test_an_authority_may_be_limited_to_time_stamping_and_not_to_other_purposes() -> None:
    limited = holder("TSA CA", root(), authority=True, purposes=(TIME_STAMPING, CODE_SIGNING), critical=False)
    assert believed(token(holder("Under", limited)))
    other = holder("Mail CA", root(), authority=True, purposes=(CODE_SIGNING,), critical=False)
    assert refused(token(holder("Under", other))).code == "time.untrusted"


def test_a_chain_is_judged_at_the_tokens_time() -> None:
    """Both certificates have ended since; nobody's present is asked."""
    issuing = holder("Short CA", root(), authority=True, end=NOW + timedelta(seconds=1))
    assert believed(token(holder("Short", issuing, end=NOW + timedelta(seconds=1))))
    assert refused(token(holder("Long", issuing), moment=LATER)).code == "time.untrusted"


# 1, 2: whole, DER, of the form


def test_every_cut_is_told() -> None:
    whole = token()
    for length in range(len(whole)):
        assert refused(whole[:length]).code == "time.truncated", length


def test_nothing_stands_behind_it() -> None:
    assert refused(token() + b"\x00").code == "time.encoding"


def test_an_indefinite_length_is_no_der() -> None:
    whole = token()
    assert whole[1] == 0x82
    assert refused(b"\x30\x80" + whole[4:] + b"\x00\x00").code == "time.encoding"


def test_a_length_that_is_longer_than_needed_is_no_der() -> None:
    whole = token()
    assert refused(b"\x30\x83\x00" + whole[2:]).code == "time.encoding"


def test_an_octet_string_in_pieces_is_no_der() -> None:
    whole = token()
    info = read(whole).content.content
    plain = encode_der(info)
    pieces = tsp.tagged(0x24, encode_der(info[:10]) + encode_der(info[10:]))
    broken = _grown(whole, tsp.tagged(0xA0, plain), tsp.tagged(0xA0, pieces))
    assert refused(broken).code == "time.encoding"


def test_signed_attributes_that_are_not_sorted_are_no_der() -> None:
    whole = token()
    octets = tsp.signed_octets(read(whole).signers.as_list()[0].signed)
    parts = [encode_der(each) for each in read(whole).signers.as_list()[0].signed.as_list()]
    body = b"".join(parts)
    assert octets.endswith(body)
    assert refused(whole.replace(body, b"".join(reversed(parts)))).code == "time.encoding"


@pytest.mark.parametrize("octets", [b"\x30\x00", b"\x30\x80", b"\x05\x00", b"<html></html>", b"\xff" * 300])
def test_what_is_no_token(octets: bytes) -> None:
    assert refused(octets).code == "time.encoding"


def test_a_token_has_a_size() -> None:
    assert refused(tsp.tagged(0x30, bytes(tsp.MAX_OCTETS))).code == "time.encoding"


def test_a_token_has_a_size_even_where_all_of_it_is_right() -> None:
    def grow(octets: int) -> bytes:
        more = tsp.Attribute(oid=UNKNOWN, values=SetOf([tsp.element(encode_der(bytes(octets)))]))
        return edited_signer(token(), lambda signer: replace(signer, unsigned=[more]))

    assert believed(grow(tsp.MAX_OCTETS - 2000)), "what nobody signed does not matter"
    assert refused(grow(tsp.MAX_OCTETS)).code == "time.encoding"


def test_an_answer_is_no_token() -> None:
    assert refused(stamper(good()).answer(query())).code == "time.encoding"


@pytest.mark.parametrize(
    "edit",
    [
        lambda data: replace(data, version=1),
        lambda data: replace(data, content=replace(data.content, oid=UNKNOWN)),
        lambda data: replace(data, digest_algorithms=SetOf([tsp.Algorithm(oid=tsp.SHA512)])),
        lambda data: replace(data, certificates=data.certificates * (MAX_CERTIFICATES + 1)),
        lambda data: replace(data, certificates=[*data.certificates, tsp.element(b"\x30\x00")]),
    ],
    ids=["version", "content type", "digest algorithms", "many certificates", "no certificate"],
)
def test_what_nobody_signed_must_fit_all_the_same(edit: Callable[[tsp.SignedData], tsp.SignedData]) -> None:
    assert refused(edited(token(), edit)).code == "time.encoding"


@pytest.mark.parametrize(
    "edit",
    [
        lambda info: replace(info, version=2),
        lambda info: replace(info, extensions=[tsp.Extension(oid=UNKNOWN, critical=True, value=b"")]),
        lambda info: replace(info, accuracy=tsp.Accuracy(seconds=-1)),
        lambda info: replace(info, accuracy=tsp.Accuracy(seconds=10**20)),
    ],
    ids=["version", "critical extension", "negative accuracy", "endless accuracy"],
)
def test_a_signed_content_that_cannot_be_judged(edit: Callable[[tsp.TokenInfo], tsp.TokenInfo]) -> None:
    assert refused(resigned(token(), good(), info=edit)).code == "time.encoding"


def test_an_extension_that_is_not_critical_does_not_matter() -> None:
    extension = tsp.Extension(oid=UNKNOWN, critical=False, value=b"")
    assert believed(resigned(token(), good(), info=lambda info: replace(info, extensions=[extension])))


def test_a_time_that_is_none() -> None:
    zone = resigned(
        token(), good(), octets=lambda octets: octets.replace(b"20260203093015.123Z", b"20260203093015+0330")
    )
    assert refused(zone).code == "time.encoding"


# 3: one signer


@pytest.mark.parametrize("number", [0, 2])
def test_one_signer_is_wanted(number: int) -> None:
    other = holder("Other", root())
    signers = [read(made).signers.as_list()[0] for made in (token(), token(other))]
    octets = edited(token(), lambda data: replace(data, signers=SetOf(signers[:number])))
    assert refused(octets).code == "time.signers"


# 4, 5: what was asked for


def test_another_digest() -> None:
    assert refused(token(), sha256(b"other").digest()).code == "time.imprint"


@pytest.mark.parametrize(("oid", "made"), [(SHA_1, sha1(DIGEST).digest()), (SHA_1, DIGEST), (tsp.SHA512, DIGEST)])
def test_a_digest_of_another_kind(oid: ObjectIdentifier, made: bytes) -> None:
    imprint = tsp.Imprint(algorithm=tsp.Algorithm(oid=oid), digest=made)
    octets = resigned(token(), good(), info=lambda info: replace(info, imprint=imprint))
    assert refused(octets, made).code == "time.imprint-algorithm"


@pytest.mark.parametrize("nonce", [8, None])
def test_another_nonce(nonce: int | None) -> None:
    assert refused(token(nonce=nonce), nonce=7).code == "time.nonce"
    assert believed(token(nonce=nonce)), "a kept token is judged without its request"


def test_another_policy() -> None:
    assert refused(token(), policy="1.2.3").code == "time.policy"


# 6, 7: certificate and algorithms


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
        issuing = _of(read(made), "Root").parse(tsp.CertificateShell)
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


# 8: the signature and what it names


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


# 9: purpose


@pytest.mark.parametrize(
    "purposes",
    [
        None,
        (CODE_SIGNING,),
        (TIME_STAMPING, CODE_SIGNING),
        (ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,),
    ],
    ids=["none", "another", "a second", "any"],
)
def test_a_certificate_for_other_purposes(purposes: tuple[ObjectIdentifier, ...] | None) -> None:
    assert refused(token(holder("Purposes", root(), purposes=purposes))).code == "time.purpose"


def test_a_certificate_that_may_encrypt() -> None:
    assert refused(token(holder("Encrypts", root(), encrypts=True))).code == "time.purpose"


def test_a_purpose_that_is_not_critical() -> None:
    assert refused(token(holder("Lax", root(), critical=False))).code == "time.purpose-not-critical"


# 10, 11: time and chain


def test_a_certificate_that_had_expired() -> None:
    own = holder("Expired", root(), end=NOW - timedelta(seconds=1))
    assert refused(token(own)).code == "time.certificate-validity"


def test_a_certificate_that_did_not_exist_yet() -> None:
    octets = resigned(token(), good(), info=lambda info: replace(info, time=GeneralizedTime(NOW - timedelta(days=40))))
    assert refused(octets).code == "time.certificate-validity"


def test_another_root() -> None:
    assert refused(token(holder("Elsewhere", root("Another root")))).code == "time.untrusted"


def test_another_root_of_the_same_name() -> None:
    impostor = holder("Root", authority=True, key=ec.generate_private_key(ec.SECP256R1()))
    assert refused(token(holder("Elsewhere", impostor))).code == "time.untrusted"


def test_without_an_anchor_nothing_is_believed() -> None:
    with pytest.raises(TokenRefused) as refusal:
        verify_token(token(), DIGEST, [])
    assert refusal.value.code == "time.untrusted"


def test_a_certificate_that_issues_without_being_an_authority() -> None:
    assert refused(token(holder("Under", holder("End", root())))).code == "time.untrusted"


# all of it


# A serial number that is no longer positive makes cryptography warn.
@pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")
def test_no_octet_can_be_changed() -> None:
    """Nor can it break the verifier: whatever is refused is refused with a code."""
    whole = token(holder("Under", holder("Issuing", root(), authority=True)))
    for position in range(len(whole)):
        for flip in (0x01, 0x20, 0x80, 0xFF):
            changed = bytearray(whole)
            changed[position] ^= flip
            assert refused(bytes(changed)).code.startswith("time."), (position, flip)


def _grown(whole: bytes, old: bytes, new: bytes) -> bytes:
    """Replace an element, and correct the lengths of the four around it."""
    position = whole.index(old)
    changed = bytearray(whole.replace(old, new))
    offset = 0
    for _ in range(20):
        count = changed[offset + 1] & 0x7F if changed[offset + 1] & 0x80 else 0
        start = offset + 2 + count
        length = int.from_bytes(changed[offset + 2 : start], "big") if count else changed[offset + 1]
        if start > position:
            return bytes(changed)
        if start + length > position:
            grown = (length + len(new) - len(old)).to_bytes(max(count, 1), "big")
            changed[start - len(grown) : start] = grown
            offset = start
        else:
            offset = start + length
    raise AssertionError("not found")


def _of(data: tsp.SignedData, name: str):  # type: ignore[no-untyped-def]
    return next(each for each in data.certificates or [] if encode_der(each).count(name.encode()) == 1)


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


def test_the_verifier_needs_nothing_that_speaks_to_others() -> None:
    """Nor libxml2: it may stand in a small wheel of its own."""
    program = "import sys, adapters.timestamp.token; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = done.stdout.split()
    assert "adapters.timestamp.token" in loaded
    assert not {"requests", "urllib3", "http.client", "ssl", "lxml", "xmlsec", "adapters.http"} & set(loaded)


def test_an_answer_holds_the_token_as_it_is() -> None:
    reply = stamper(good()).answer(query())
    assert token_of(reply) in reply


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
