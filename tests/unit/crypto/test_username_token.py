"""A user name beside the signature: what we make, what we believe, and what an auditor makes of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from lxml import etree

from adapters.crypto.keys import names
from adapters.crypto.message.any_message import AnyMessageVerifier
from adapters.crypto.message.credentials import Credentials
from adapters.crypto.message.soap_message import MessageVerifier
from adapters.crypto.message.username_token import KnowsPassword, read_username_token
from adapters.crypto.xml.partner_profile import PartnerProfile, TokenUse
from gateway.trust.trust_policy import AllOf, Facts, Rejection

from .conftest import SIGNED_AT, of_each_kind
from .edits import add, drop, put, say
from .forge import Edit, edited, find
from .samples import JudiciaryService, signed_message

CREDENTIALS = Credentials(username="شهرداری-نمونه & <city>", password="گذرواژه‌ای بلند".encode())
EXPECTED = PartnerProfile(username_token=TokenUse.EXPECTED)
LATER = SIGNED_AT + timedelta(seconds=5)
TOKEN = ".//wsse:UsernameToken"


def message(judiciary: JudiciaryService, soap: str = names.SOAP) -> bytes:
    return signed_message(judiciary.transport, SIGNED_AT, soap=soap, token=CREDENTIALS.token(SIGNED_AT)).wire


def examined(judiciary: JudiciaryService, octets: bytes, soap: str = names.SOAP) -> Facts:
    return MessageVerifier(judiciary.partner, profile=EXPECTED, soap=soap).examine(octets)


def refused(judiciary: JudiciaryService, octets: bytes, profile: PartnerProfile = EXPECTED) -> str:
    with pytest.raises(Rejection) as refusal:
        MessageVerifier(judiciary.partner, profile=profile).examine(octets)
    return refusal.value.code


@pytest.fixture(scope="module")
def wire(judiciary: JudiciaryService) -> bytes:
    return message(judiciary)


@of_each_kind
@pytest.mark.parametrize("soap", [names.SOAP, names.SOAP12])
def test_a_token_is_signed_and_made_with_the_password(judiciary: JudiciaryService, soap: str) -> None:
    facts = examined(judiciary, message(judiciary, soap), soap)
    assert "UsernameToken" in facts.covered
    assert AllOf(KnowsPassword(credentials=CREDENTIALS, now=LATER)).check(facts) == [
        f"of the user {CREDENTIALS.username}"
    ]


def test_the_password_is_nowhere_in_the_message_nor_in_what_we_print(wire: bytes) -> None:
    assert CREDENTIALS.password not in wire
    assert "password" not in repr(CREDENTIALS)
    assert "digest" not in repr(CREDENTIALS.token(SIGNED_AT))


def test_no_two_tokens_are_alike() -> None:
    one, other = CREDENTIALS.token(SIGNED_AT), CREDENTIALS.token(SIGNED_AT)
    assert one.nonce != other.nonce
    assert one.digest != other.digest


def test_an_auditor_believes_a_stored_message_with_a_token_and_without(judiciary: JudiciaryService) -> None:
    verifier = AnyMessageVerifier(judiciary.partner)
    for soap in (names.SOAP, names.SOAP12):
        assert "UsernameToken" in verifier.examine(message(judiciary, soap)).covered
        bare = signed_message(judiciary.transport, SIGNED_AT, soap=soap).wire
        assert "UsernameToken" not in verifier.examine(bare).covered


def test_an_auditor_refuses_a_token_of_another_form(judiciary: JudiciaryService, wire: bytes) -> None:
    tolerated = PartnerProfile(username_token=TokenUse.TOLERATED)
    assert refused(judiciary, edited(wire, drop(".//wsse:Nonce")), tolerated) == "verify.shape"


def test_a_token_where_none_is_agreed_is_refused(judiciary: JudiciaryService, wire: bytes) -> None:
    assert refused(judiciary, wire, PartnerProfile()) == "verify.shape"


@pytest.mark.parametrize(
    "edit",
    [
        drop(f"{TOKEN}/wsse:Username"),
        drop(f"{TOKEN}/wsse:Password"),
        drop(f"{TOKEN}/wsse:Nonce"),
        drop(f"{TOKEN}/wsu:Created"),
        add(TOKEN, "{urn:x}Unknown"),
        add(f"{TOKEN}/wsse:Username", "{urn:x}Unknown"),
        say(f"{TOKEN}/wsse:Username", "x" * 257),
        say(f"{TOKEN}/wsse:Password", "AAAA"),
        say(f"{TOKEN}/wsse:Password", "not base64!"),
        say(f"{TOKEN}/wsse:Nonce", ""),
        say(f"{TOKEN}/wsse:Nonce", "A" * 1_000),
        say(f"{TOKEN}/wsu:Created", "2026-02-03T09:30:15"),
        put(f"{TOKEN}/wsse:Nonce", EncodingType="urn:x"),
        put(f"{TOKEN}/wsse:Username", Id="x"),
        put(TOKEN, role="x"),
    ],
)
def test_a_token_of_another_shape(judiciary: JudiciaryService, wire: bytes, edit: Edit) -> None:
    assert refused(judiciary, edited(wire, edit)) == "verify.shape"


@pytest.mark.parametrize("kind", [None, "", "urn:x", names.USERNAME_DIGEST.replace("Digest", "Text")])
def test_a_password_that_is_no_digest(judiciary: JudiciaryService, wire: bytes, kind: str | None) -> None:
    def edit(root: etree._Element) -> None:
        password = find(root, f"{TOKEN}/wsse:Password")
        password.attrib.pop("Type")
        if kind is not None:
            password.set("Type", kind)

    assert refused(judiciary, edited(wire, edit)) == "verify.password-in-clear"


def test_base64_is_what_a_nonce_is_in_where_it_does_not_say(wire: bytes) -> None:
    element = find(etree.fromstring(wire), TOKEN)
    said = read_username_token(element)
    find(element, "wsse:Nonce").attrib.pop("EncodingType")
    assert read_username_token(element) == said


@pytest.mark.parametrize(
    ("credentials", "now", "code"),
    [
        (replace(CREDENTIALS, password=b""), LATER, "verify.token-password"),
        (replace(CREDENTIALS, password=CREDENTIALS.password + b"\n"), LATER, "verify.token-password"),
        (replace(CREDENTIALS, username="another"), LATER, "verify.token-password"),
        (CREDENTIALS, SIGNED_AT + timedelta(seconds=361), "verify.stale"),
        (CREDENTIALS, SIGNED_AT - timedelta(seconds=61), "verify.not-yet"),
    ],
)
def test_what_the_other_side_asks(
    judiciary: JudiciaryService, wire: bytes, credentials: Credentials, now: datetime, code: str
) -> None:
    with pytest.raises(Rejection) as refusal:
        KnowsPassword(credentials=credentials, now=now).check(examined(judiciary, wire))
    assert refusal.value.code == code


def test_a_message_whose_token_was_not_read_proves_no_user(judiciary: JudiciaryService) -> None:
    bare = signed_message(judiciary.transport, SIGNED_AT).wire
    with pytest.raises(Rejection, match=r"verify\.token-missing"):
        KnowsPassword(credentials=CREDENTIALS, now=LATER).check(judiciary.messages.examine(bare))
