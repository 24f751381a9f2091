"""ECDSA on P-256: what a key's kind verifies, and the two forms that each of its signatures has."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from lxml import etree

from adapters.crypto.keys import names
from adapters.crypto.keys.ecdsa import ORDER, is_low, join, split
from adapters.crypto.message.soap_message import MessageVerifier
from adapters.crypto.xml.partner_profile import PartnerProfile
from adapters.crypto.xml.signature import encode
from gateway.trust.trust_policy import Rejection

from .conftest import on_p256
from .edits import claiming, put
from .forge import believed_by_xmlsec, edited, find, resigned
from .refusals import refused
from .samples import JudiciaryService

pytestmark = on_p256
EVERY_ALGORITHM = PartnerProfile(
    signature_algorithms=frozenset({names.RSA_SHA256, names.RSA_PSS_SHA256, names.ECDSA_SHA256})
)


def value_of(octets: bytes) -> bytes:
    return base64.b64decode(find(etree.fromstring(octets), ".//ds:SignatureValue").text or "")


def with_value(octets: bytes, value: bytes) -> bytes:
    def edit(root: etree._Element) -> None:
        find(root, ".//ds:SignatureValue").text = encode(value)

    return edited(octets, edit)


def flipped(octets: bytes) -> bytes:
    """The other signature that is as valid, as anybody can compute it."""
    r, s = split(value_of(octets))
    return with_value(octets, join(r, ORDER - s))


def message_refusal(judiciary: JudiciaryService, octets: bytes, profile: PartnerProfile) -> str:
    with pytest.raises(Rejection) as refusal:
        MessageVerifier(judiciary.partner, profile=profile).examine(octets)
    return refusal.value.code


def document_refusal(judiciary: JudiciaryService, octets: bytes) -> str:
    with pytest.raises(Rejection) as refusal:
        judiciary.documents.examine(octets)
    return refusal.value.code


def test_a_signature_is_two_numbers_of_32_octets(wire: bytes, seal: bytes) -> None:
    for octets in (wire, seal):
        method = find(etree.fromstring(octets), ".//ds:SignatureMethod")
        assert method.get("Algorithm") == "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
        assert len(value_of(octets)) == 64


def test_what_we_sign_is_always_low(judiciary: JudiciaryService) -> None:
    """Of signatures made without regard to it, half are."""
    assert all(is_low(judiciary.seal.sign(secrets.token_bytes(8))) for _ in range(64))
    assert is_low(join(1, ORDER // 2))
    assert not is_low(join(1, ORDER // 2 + 1))


def test_a_message_with_the_other_s_is_the_same_message(judiciary: JudiciaryService, wire: bytes) -> None:
    other = flipped(wire)
    assert other != wire
    assert believed_by_xmlsec(other, judiciary.transport)
    assert judiciary.messages.examine(other) == judiciary.messages.examine(wire)


def test_a_document_with_the_other_s_is_refused(judiciary: JudiciaryService, seal: bytes) -> None:
    """Else a stranger could make a second document of it, with another digest and a valid signature."""
    other = flipped(seal)
    assert believed_by_xmlsec(other, judiciary.seal)
    assert document_refusal(judiciary, other) == "verify.not-canonical"
    assert flipped(other) == seal


def test_xmlsec_signs_what_we_believe(judiciary: JudiciaryService, wire: bytes, seal: bytes) -> None:
    keys = judiciary.pki / "municipality"
    octets = resigned(wire, lambda _: None, keys / "transport.key.pem")
    assert judiciary.messages.examine(octets).covered == judiciary.messages.examine(wire).covered
    document = resigned(seal, lambda _: None, keys / "seal-article-100.key.pem")
    document = document if is_low(value_of(document)) else flipped(document)
    assert judiciary.documents.examine(document).covered == judiciary.documents.examine(seal).covered


def other_lengths(good: bytes) -> list[bytes]:
    r, s = good[:32], good[32:]
    return [b"", r, good[:-1], good + b"\0", r + b"\0" + s, b"\0" + r + b"\0" + s, good + good]


def numbers_out_of_range(good: bytes) -> list[bytes]:
    r, s = split(good)
    pairs = [(0, s), (r, 0), (0, 0), (ORDER, s), (r, ORDER), (2**256 - 1, 2**256 - 1), (s, r), (1, 1)]
    return [join(*pair) for pair in pairs]


@pytest.mark.parametrize("values", [other_lengths, numbers_out_of_range])
def test_a_value_that_is_no_signature(
    judiciary: JudiciaryService, wire: bytes, seal: bytes, values: Callable[[bytes], list[bytes]]
) -> None:
    for value in values(value_of(wire)):
        assert refused(judiciary, with_value(wire, value)).code == "verify.signature"
    for value in values(value_of(seal)):
        assert document_refusal(judiciary, with_value(seal, value)) == "verify.signature"


def test_a_value_in_der_is_no_signature(judiciary: JudiciaryService, wire: bytes) -> None:
    """As OpenSSL and Java make it; 6.4.3 of XML Signature 1.1 wants the numbers alone."""
    der = encode_dss_signature(*split(value_of(wire)))
    assert refused(judiciary, with_value(wire, der)).code == "verify.signature"


def test_a_changed_message_and_a_changed_document(judiciary: JudiciaryService, wire: bytes, seal: bytes) -> None:
    assert refused(judiciary, wire.replace(b"EB-AAAA", b"EB-BAAA")).code == "verify.digest"
    assert document_refusal(judiciary, seal.replace(b"<n:Number>7<", b"<n:Number>8<")) == "verify.digest"


def test_a_strangers_signature_under_the_partners_certificate(
    judiciary: JudiciaryService, wire: bytes, seal: bytes
) -> None:
    key = judiciary.pki / "judiciary" / "transport.key.pem"
    assert refused(judiciary, resigned(wire, lambda _: None, key)).code == "verify.signature"
    assert document_refusal(judiciary, resigned(seal, lambda _: None, key)) == "verify.signature"


def test_a_key_on_p256_verifies_nothing_of_rsa(judiciary: JudiciaryService, wire: bytes) -> None:
    for algorithm in (names.RSA_SHA256, names.RSA_PSS_SHA256):
        octets = edited(wire, claiming(algorithm, judiciary.transport))
        assert message_refusal(judiciary, octets, EVERY_ALGORITHM) == "verify.signature"


def test_a_document_does_not_choose_the_algorithm(judiciary: JudiciaryService, seal: bytes) -> None:
    for algorithm, code in ((names.RSA_SHA256, "verify.signature"), (names.RSA_PSS_SHA256, "verify.algorithm")):
        octets = edited(seal, put(".//ds:SignatureMethod", Algorithm=algorithm))
        assert document_refusal(judiciary, octets) == code


def test_a_profile_can_do_without_it(judiciary: JudiciaryService, wire: bytes) -> None:
    rsa_alone = PartnerProfile(signature_algorithms=frozenset({names.RSA_SHA256}))
    ecdsa_alone = PartnerProfile(signature_algorithms=frozenset({names.ECDSA_SHA256}))
    assert MessageVerifier(judiciary.partner, profile=ecdsa_alone).examine(wire)
    assert message_refusal(judiciary, wire, rsa_alone) == "verify.algorithm"
