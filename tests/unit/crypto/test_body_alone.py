"""Messages of which the Body alone is signed, and certificates that are named in other ways than by a token."""

from __future__ import annotations

import copy
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA1
from lxml import etree

from adapters.crypto.keys import names
from adapters.crypto.message.any_message import AnyMessageVerifier
from adapters.crypto.message.soap_message import MessageVerifier, payload
from adapters.crypto.message.soap_signing import Addressing, sign_message
from adapters.crypto.xml.partner_profile import KeyName, PartnerProfile
from adapters.crypto.xml.signature import encode
from gateway.trust.trust_policy import CertificateValid, Facts, Fresh, Rejection

from .conftest import SIGNED_AT
from .edits import DS, SOAP, add, all_of, drop, put
from .forge import Edit, edited, find
from .refusals import resign
from .samples import ACTION, LIFETIME, MESSAGE_ID, TO, JudiciaryService, inquiry

BODY_ALONE = PartnerProfile(signed_parts=frozenset({"Body"}), body_alone=True)
NAMED = PartnerProfile(signed_parts=frozenset({"Body"}), body_alone=True, key_names=frozenset(KeyName))
WSSE, OTHER = f"{{{names.WSSE}}}", "{urn:other}"
ADDRESSED = Addressing(to=TO, action=ACTION, message_id=MESSAGE_ID)
RECEIVED_AT = SIGNED_AT + timedelta(seconds=2)


@pytest.fixture
def bare(judiciary: JudiciaryService) -> bytes:
    """A message with a header of its own, without address and time, whose Body alone is signed."""
    header = etree.Element(f"{OTHER}CallHeader")
    header.text = "call 7"
    made = sign_message(inquiry(), None, judiciary.transport, SIGNED_AT, None, headers=[header], body_alone=True)
    return made.wire


def examined(judiciary: JudiciaryService, octets: bytes, profile: PartnerProfile = BODY_ALONE) -> Facts:
    return MessageVerifier(judiciary.partner, profile=profile).examine(octets, RECEIVED_AT)


def refusal(judiciary: JudiciaryService, octets: bytes, profile: PartnerProfile = BODY_ALONE) -> str:
    with pytest.raises(Rejection) as error:
        examined(judiciary, octets, profile)
    return error.value.code


def named_by(tag: str, text: str = "", **children: str) -> Edit:
    """Name the certificate so in the SecurityTokenReference, and leave out the token."""

    def edit(root: etree._Element) -> None:
        holder = find(root, ".//wsse:SecurityTokenReference")
        holder.clear()
        inner = etree.SubElement(holder, tag)
        inner.text = text or None
        pair = etree.SubElement(inner, f"{DS}X509IssuerSerial") if children else None
        for name, value in children.items():
            etree.SubElement(pair, f"{DS}{name}").text = value
        drop(".//wsse:BinarySecurityToken")(root)

    return edit


def by_serial(judiciary: JudiciaryService, number: int | None = None) -> Edit:
    own = x509.load_der_x509_certificate(judiciary.transport.certificate.der)
    serial = str(own.serial_number if number is None else number)
    return named_by(f"{DS}X509Data", X509IssuerName="CN=written, O=in its own way", X509SerialNumber=serial)


def test_the_body_is_all_that_is_signed_and_all_that_is_read(judiciary: JudiciaryService, bare: bytes) -> None:
    facts = examined(judiciary, bare)
    assert facts.covered.keys() == {"Body"}
    assert facts.claims == {}
    assert payload(facts).tag.endswith("InquireStatus")
    assert b"CallHeader" in bare


def test_it_counts_as_signed_when_it_came_and_never_as_fresh(judiciary: JudiciaryService, bare: bytes) -> None:
    facts = examined(judiciary, bare)
    assert (facts.signed_at, facts.expires_at) == (RECEIVED_AT, None)
    with pytest.raises(Rejection) as stale:
        Fresh(RECEIVED_AT).check(facts)
    assert stale.value.code == "verify.expired"
    assert CertificateValid(RECEIVED_AT).check(facts)


def test_without_the_switch_such_a_message_is_refused(judiciary: JudiciaryService, bare: bytes) -> None:
    assert refusal(judiciary, bare, PartnerProfile()) == "verify.shape"


def test_a_message_with_everything_signed_is_read_as_well(judiciary: JudiciaryService, wire: bytes) -> None:
    facts = examined(judiciary, wire)
    assert "Body" in facts.covered
    assert facts.claims == {}, "no header is read"
    assert facts.signed_at == SIGNED_AT, "it states its time itself"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("another Body", "verify.digest"),
        ("the signed Body moved into the header", "verify.coverage"),
        ("no signature", "verify.unsigned"),
        ("no Security", "verify.unsigned"),
        ("two Securities", "verify.shape"),
        ("a header that must be understood", "verify.shape"),
        ("a stranger in Security", "verify.shape"),
        ("two elements in the Body", "verify.shape"),
    ],
)
def test_nothing_else_gets_in(judiciary: JudiciaryService, bare: bytes, name: str, code: str) -> None:
    def moved(root: etree._Element) -> None:
        body = find(root, "soap:Body")
        aside = copy.deepcopy(body)
        find(root, "soap:Header").append(aside)
        body[0][0].tag = f"{OTHER}Changed"
        body.set(names.WSU_ID, "M-New")

    edits: dict[str, Edit] = {
        "another Body": lambda root: setattr(find(root, "soap:Body")[0], "tag", f"{OTHER}Changed"),
        "the signed Body moved into the header": moved,
        "no signature": drop(".//ds:Signature"),
        "no Security": drop(".//wsse:Security"),
        "two Securities": add("soap:Header", f"{WSSE}Security"),
        "a header that must be understood": add("soap:Header", f"{OTHER}Act", **{f"{SOAP}mustUnderstand": "1"}),
        "a stranger in Security": add(".//wsse:Security", f"{OTHER}Token"),
        "two elements in the Body": add("soap:Body", f"{OTHER}Second"),
    }
    assert refusal(judiciary, edited(bare, edits[name])) == code


def test_a_certificate_may_be_named_by_its_serial_number_or_identifier(
    judiciary: JudiciaryService, bare: bytes
) -> None:
    own = x509.load_der_x509_certificate(judiciary.transport.certificate.der)
    thumbprint = named_by(f"{WSSE}KeyIdentifier", encode(own.fingerprint(SHA1())))
    for edit in (by_serial(judiciary), thumbprint):
        facts = examined(judiciary, edited(bare, edit), NAMED)
        assert facts.signer.thumbprint == judiciary.transport.certificate.thumbprint


def test_a_name_of_no_pinned_certificate_is_refused_and_so_is_one_of_another_key(
    judiciary: JudiciaryService, bare: bytes
) -> None:
    assert refusal(judiciary, edited(bare, by_serial(judiciary, 4711)), NAMED) == "verify.unknown-certificate"
    seal = x509.load_der_x509_certificate(judiciary.seal.certificate.der)
    assert refusal(judiciary, edited(bare, by_serial(judiciary, seal.serial_number)), NAMED) == "verify.signature"
    assert refusal(judiciary, edited(bare, by_serial(judiciary)), BODY_ALONE) == "verify.shape", "it was not agreed"


def test_a_reference_to_a_header_is_no_reference_to_the_body(judiciary: JudiciaryService, bare: bytes) -> None:
    """The header is called Body, and signed by the partner; the Body is not."""
    swap = all_of(
        add("soap:Header", f"{OTHER}Body", **{names.WSU_ID: "M-Aside"}),
        put(".//ds:Reference", URI="#M-Aside"),
    )
    assert refusal(judiciary, resign(judiciary, bare, swap)) == "verify.coverage"


def test_an_offline_reader_believes_no_time_that_is_not_signed(judiciary: JudiciaryService) -> None:
    """Anybody can write a day into it at which a revoked certificate was good."""
    wire = sign_message(inquiry(), None, judiciary.transport, SIGNED_AT, LIFETIME, body_alone=True).wire
    year = f"{SIGNED_AT:%Y-}".encode()
    moved = wire.replace(year, f"{SIGNED_AT.year - 1}-".encode())
    assert moved != wire
    for octets in (wire, moved):
        facts = AnyMessageVerifier(judiciary.partner).examine(octets, RECEIVED_AT)
        assert (facts.covered.keys(), facts.signed_at, facts.expires_at) == ({"Body"}, RECEIVED_AT, None)
    with pytest.raises(Rejection):
        AnyMessageVerifier(judiciary.partner).examine(wire)
    whole = sign_message(inquiry(), ADDRESSED, judiciary.transport, SIGNED_AT, LIFETIME).wire
    assert AnyMessageVerifier(judiciary.partner).examine(whole, RECEIVED_AT).signed_at == SIGNED_AT
