"""Node's `soap` and `xml-crypto`: their messages accepted with the switches that they need, ours accepted by them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.crypto.keys import names
from adapters.crypto.message.soap_message import MessageVerifier
from adapters.crypto.xml.document import sign_document
from adapters.crypto.xml.partner_profile import ALL_PARTS, STRICT, PartnerProfile
from gateway.trust.trust_policy import Fresh, Rejection
from tests.unit.crypto.samples import ACTION, MESSAGE_ID, TO, JudiciaryService, notice

from .npm import Node, needs_node
from .unsigned import PARTS, TYPES, changes, replaced, with_type, without_security, without_signature

pytestmark = needs_node

SOAP = PartnerProfile(id_attributes=frozenset({names.WSU_ID, "Id"}), enveloped_transform=True)
"""`soap` as it comes, told to sign the addressing headers and the token too."""


def refusal(judiciary: JudiciaryService, octets: bytes, profile: PartnerProfile) -> str:
    with pytest.raises(Rejection) as error:
        MessageVerifier(judiciary.partner, profile=profile).examine(octets)
    return error.value.code


@pytest.fixture
def by_soap(node: Node, key: Path, certificate: Path, wire: bytes, tmp_path: Path) -> bytes:
    """Signed by `soap`'s WSSecurityCert."""
    (tmp_path / "unsigned.xml").write_bytes(without_security(wire))
    headers = [f"wsa:{name}" for name in ("To", "Action", "MessageID", "RelatesTo")]
    file = tmp_path / "unsigned.xml"
    return node.run("soap_sign.js", key, certificate, file, *headers, "wsse:BinarySecurityToken")


def test_soap_is_accepted_with_its_switches_alone(judiciary: JudiciaryService, by_soap: bytes) -> None:
    facts = MessageVerifier(judiciary.partner, profile=SOAP).examine(by_soap)
    assert set(facts.covered) == ALL_PARTS
    assert facts.claims == {"To": TO, "Action": ACTION, "MessageID": MESSAGE_ID, "RelatesTo": "urn:uuid:7"}
    assert Fresh(datetime.now(UTC)).check(facts)

    assert refusal(judiciary, by_soap, STRICT) == "verify.shape"
    assert refusal(judiciary, by_soap, PartnerProfile(enveloped_transform=True)) == "verify.shape"
    assert refusal(judiciary, by_soap, PartnerProfile(id_attributes=SOAP.id_attributes)) == "verify.transform"


def test_a_changed_message_of_soap_is_refused(judiciary: JudiciaryService, by_soap: bytes) -> None:
    assert {refusal(judiciary, changed, SOAP) for changed in changes(by_soap)} == {"verify.digest"}


class XmlCrypto:
    def __init__(self, node: Node, key: Path, folder: Path) -> None:
        self._node, self._key, self._folder = node, key, folder

    def sign(self, octets: bytes, algorithm: str = names.RSA_SHA256, prefixes: str = "") -> bytes:
        file = self._folder / "unsigned.xml"
        file.write_bytes(octets)
        return self._node.run("xml_crypto_sign.js", self._key, file, algorithm, prefixes, *PARTS)


@pytest.fixture
def xml_crypto(node: Node, key: Path, tmp_path: Path) -> XmlCrypto:
    return XmlCrypto(node, key, tmp_path)


def test_xml_crypto_needs_no_switch(judiciary: JudiciaryService, xml_crypto: XmlCrypto, wire: bytes) -> None:
    octets = xml_crypto.sign(without_signature(wire))
    assert judiciary.messages.examine(octets).covered == judiciary.messages.examine(wire).covered
    assert {refusal(judiciary, changed, STRICT) for changed in changes(octets)} == {"verify.digest"}


def test_xml_crypto_with_prefix_lists(judiciary: JudiciaryService, xml_crypto: XmlCrypto, wire: bytes) -> None:
    octets = xml_crypto.sign(with_type(without_signature(wire)), prefixes="t soap")
    profile = PartnerProfile(prefix_lists=True)
    facts = MessageVerifier(judiciary.partner, profile=profile).examine(octets)
    assert b'xmlns:t="%s"' % TYPES in facts.covered["To"]
    assert refusal(judiciary, octets, STRICT) == "verify.algorithm"
    assert {refusal(judiciary, changed, profile) for changed in changes(octets)} == {"verify.digest"}
    other = replaced(octets, b'xmlns:t="%s"' % TYPES, b'xmlns:t="urn:other"')
    assert refusal(judiciary, other, profile) == "verify.signature"


def test_xml_crypto_with_rsa_pss(judiciary: JudiciaryService, xml_crypto: XmlCrypto, wire: bytes) -> None:
    octets = xml_crypto.sign(without_signature(wire), algorithm=names.RSA_PSS_SHA256)
    profile = PartnerProfile(signature_algorithms=frozenset({names.RSA_PSS_SHA256}))
    assert set(MessageVerifier(judiciary.partner, profile=profile).examine(octets).covered) == ALL_PARTS
    assert refusal(judiciary, octets, STRICT) == "verify.algorithm"
    assert refusal(judiciary, wire, profile) == "verify.algorithm"
    assert {refusal(judiciary, changed, profile) for changed in changes(octets)} == {"verify.digest"}
    claims_the_other = replaced(octets, names.RSA_PSS_SHA256.encode(), names.RSA_SHA256.encode())
    assert refusal(judiciary, claims_the_other, STRICT) == "verify.signature"


def test_xml_crypto_checks_what_we_sign(
    judiciary: JudiciaryService, node: Node, certificate: Path, wire: bytes, now: datetime, tmp_path: Path
) -> None:
    files = [tmp_path / f"{number}.xml" for number in range(6)]
    for file, octets in zip(files, [wire, *changes(wire)], strict=True):
        file.write_bytes(octets)
    verdicts = node.run("xml_crypto_verify.js", certificate, *files).decode().split("\n")
    assert verdicts[:-1] == ["accepted 7", *["refused"] * 5]

    seal = sign_document(notice("EB-" + "A" * 32), judiciary.seal, now)
    files[0].write_bytes(seal)
    files[1].write_bytes(replaced(seal, b"<n:Number>7<", b"<n:Number>8<"))
    signer = judiciary.pki / "municipality" / "seal-article-100.crt.pem"
    verdicts = node.run("xml_crypto_verify.js", signer, *files[:2]).decode().split("\n")
    assert verdicts[:-1] == ["accepted 2", "refused"]
