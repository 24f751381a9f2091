"""Messages signed by Apache WSS4J: accepted under the switches that it needs, refused when a character is another."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.crypto.keys import names
from adapters.crypto.message.credentials import Credentials
from adapters.crypto.message.soap_message import MessageVerifier, payload
from adapters.crypto.message.username_token import KnowsPassword
from adapters.crypto.xml.partner_profile import ALL_PARTS, STRICT, PartnerProfile, TokenUse
from gateway.trust.trust_policy import AllOf, Answers, Fresh, Rejection
from tests.unit.crypto.samples import ACTION, MESSAGE_ID, TO, J, JudiciaryService

from .conftest import on_p256
from .jvm import Java, needs_java
from .unsigned import PARTS, TYPES, changes, replaced, with_reply_to, with_type, without_security

pytestmark = needs_java

WSS4J = PartnerProfile(prefix_lists=True, unread_headers=frozenset({"ReplyTo"}))
"""WSS4J as it comes, in a stack with WS-Addressing."""

_NAMESPACES = {
    "Timestamp": names.WSU,
    "BinarySecurityToken": names.WSSE,
    "UsernameToken": names.WSSE,
    "Body": names.SOAP,
}


class Wss4j:
    def __init__(self, java: Java, key: Path, certificate: Path, folder: Path) -> None:
        self._java, self._key, self._certificate, self._folder = java, key, certificate, folder

    def sign(
        self,
        octets: bytes,
        *,
        algorithm: str = names.RSA_SHA256,
        prefix_lists: bool = True,
        parts: tuple[str, ...] = PARTS,
        user: tuple[str, str] = ("", ""),
    ) -> bytes:
        unsigned, signed = self._folder / "unsigned.xml", self._folder / "signed.xml"
        unsigned.write_bytes(octets)
        tags = [f"{{{_NAMESPACES.get(part, names.WSA)}}}{part}" for part in parts]
        switch = str(prefix_lists).lower()
        self._java.run("Wss4jSign", self._key, self._certificate, unsigned, signed, algorithm, switch, *user, *tags)
        return signed.read_bytes()


@pytest.fixture
def wss4j(java: Java, key: Path, certificate: Path, tmp_path: Path) -> Wss4j:
    return Wss4j(java, key, certificate, tmp_path)


def refusal(judiciary: JudiciaryService, octets: bytes, profile: PartnerProfile = WSS4J) -> str:
    with pytest.raises(Rejection) as error:
        MessageVerifier(judiciary.partner, profile=profile).examine(octets)
    return error.value.code


def test_a_message_is_accepted_with_its_switches_alone(judiciary: JudiciaryService, wss4j: Wss4j, wire: bytes) -> None:
    octets = wss4j.sign(with_reply_to(without_security(wire)))
    assert b"PrefixList=" in octets
    facts = MessageVerifier(judiciary.partner, profile=WSS4J).examine(octets)
    assert set(facts.covered) == ALL_PARTS
    assert facts.claims == {"To": TO, "Action": ACTION, "MessageID": MESSAGE_ID, "RelatesTo": "urn:uuid:7"}
    assert payload(facts).tag == f"{J}InquireStatus"
    answered = Answers(message_id="urn:uuid:7", action=ACTION)
    assert AllOf(Fresh(datetime.now(UTC)), answered).check(facts)

    assert refusal(judiciary, octets, STRICT) == "verify.shape"
    assert refusal(judiciary, octets, PartnerProfile(unread_headers=WSS4J.unread_headers)) == "verify.algorithm"
    assert refusal(judiciary, octets, PartnerProfile(prefix_lists=True)) == "verify.shape"


def test_a_changed_message_is_refused(judiciary: JudiciaryService, wss4j: Wss4j, wire: bytes) -> None:
    octets = wss4j.sign(without_security(wire))
    assert {refusal(judiciary, changed) for changed in changes(octets)} == {"verify.digest"}
    assert refusal(judiciary, replaced(octets, b'PrefixList=""', b'PrefixList="soap"')) == "verify.signature"


def test_what_a_listed_prefix_means_is_signed(judiciary: JudiciaryService, wss4j: Wss4j, wire: bytes) -> None:
    octets = wss4j.sign(with_type(without_security(wire)))
    body = MessageVerifier(judiciary.partner, profile=WSS4J).examine(octets).covered["Body"]
    assert b'xmlns:t="%s"' % TYPES in body
    assert refusal(judiciary, replaced(octets, b'xmlns:t="%s"' % TYPES, b'xmlns:t="urn:other"')) == "verify.signature"


def test_without_prefix_lists_no_switch_is_needed(judiciary: JudiciaryService, wss4j: Wss4j, wire: bytes) -> None:
    octets = wss4j.sign(without_security(wire), prefix_lists=False)
    assert set(judiciary.messages.examine(octets).covered) == ALL_PARTS


def test_a_token_that_is_not_signed(judiciary: JudiciaryService, wss4j: Wss4j, wire: bytes) -> None:
    parts = tuple(part for part in PARTS if part != "BinarySecurityToken")
    octets = wss4j.sign(without_security(wire), prefix_lists=False, parts=parts)
    profile = PartnerProfile(signed_parts=frozenset(parts))
    assert set(MessageVerifier(judiciary.partner, profile=profile).examine(octets).covered) == set(parts)
    assert refusal(judiciary, octets, STRICT) == "verify.coverage"


def test_what_is_not_signed_is_no_claim(judiciary: JudiciaryService, wss4j: Wss4j, wire: bytes) -> None:
    octets = wss4j.sign(without_security(wire), prefix_lists=False, parts=("Timestamp", "Body", "Action"))
    profile = PartnerProfile(signed_parts=frozenset({"Timestamp", "Body"}))
    facts = MessageVerifier(judiciary.partner, profile=profile).examine(octets)
    assert facts.claims == {"Action": ACTION}
    with pytest.raises(Rejection, match=r"verify\.relates-to"):
        Answers(message_id="urn:uuid:7", action=ACTION).check(facts)


def test_a_message_with_a_username_token(judiciary: JudiciaryService, wss4j: Wss4j, wire: bytes) -> None:
    known = Credentials(username="court", password=b"long and random")
    parts = (*PARTS, "UsernameToken")
    octets = wss4j.sign(
        without_security(wire), prefix_lists=False, parts=parts, user=(known.username, known.password.decode())
    )
    expected = PartnerProfile(username_token=TokenUse.EXPECTED)
    facts = MessageVerifier(judiciary.partner, profile=expected).examine(octets)
    assert set(facts.covered) == ALL_PARTS | {"UsernameToken"}
    now = datetime.now(UTC)
    assert AllOf(Fresh(now), KnowsPassword(credentials=known, now=now)).check(facts)
    with pytest.raises(Rejection, match=r"verify\.token-password"):
        KnowsPassword(credentials=replace(known, password=b"another"), now=now).check(facts)
    assert refusal(judiciary, octets, STRICT) == "verify.shape"

    unsigned = wss4j.sign(without_security(wire), prefix_lists=False, user=(known.username, "long and random"))
    assert refusal(judiciary, unsigned, expected) == "verify.coverage"


@on_p256
def test_a_message_signed_with_ecdsa(judiciary: JudiciaryService, wss4j: Wss4j, wire: bytes) -> None:
    """Java's s is low in one half of its signatures and high in the other."""
    octets = wss4j.sign(without_security(wire), algorithm=names.ECDSA_SHA256, prefix_lists=False)
    assert set(judiciary.messages.examine(octets).covered) == ALL_PARTS
    assert {refusal(judiciary, changed) for changed in changes(octets)} == {"verify.digest"}
    rsa_alone = PartnerProfile(signature_algorithms=frozenset({names.RSA_SHA256}))
    assert refusal(judiciary, octets, rsa_alone) == "verify.algorithm"
