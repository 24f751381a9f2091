"""Messages that the partner did not make, that were changed since, or that are not signed at all."""

from __future__ import annotations

import pytest
from lxml import etree

from .conftest import SIGNED_AT
from .edits import DS, SOAP, drop, put, say
from .forge import Edit, believed_by_xmlsec, canonical_octets, edited, find, resigned
from .refusals import refused
from .samples import JudiciaryService, signed_message

# Whose key.


def test_a_message_of_a_stranger(judiciary: JudiciaryService) -> None:
    octets = signed_message(judiciary.stranger, SIGNED_AT).wire
    assert refused(judiciary, octets).code == "verify.unknown-certificate"


def test_a_strangers_signature_under_the_partners_certificate(judiciary: JudiciaryService, wire: bytes) -> None:
    octets = resigned(wire, lambda root: None, judiciary.pki / "judiciary" / "transport.key.pem")
    assert believed_by_xmlsec(octets, judiciary.stranger)
    assert refused(judiciary, octets).code == "verify.signature"


def test_a_foreign_key_in_key_info(judiciary: JudiciaryService, wire: bytes) -> None:
    def edit(root: etree._Element) -> None:
        etree.SubElement(etree.SubElement(find(root, ".//ds:KeyInfo"), f"{DS}KeyValue"), f"{DS}RSAKeyValue")

    assert refused(judiciary, edited(wire, edit)).code == "verify.shape"


def test_key_info_that_points_at_another_token(judiciary: JudiciaryService, wire: bytes) -> None:
    assert refused(judiciary, edited(wire, put(".//wsse:Reference", URI="#M-Body"))).code == "verify.shape"


# Changed after signing.


@pytest.mark.parametrize(
    ("part", "edit"),
    [
        ("Body", say(".//j:Reference", "EB-OTHER")),
        ("Timestamp", say(".//wsu:Expires", "2099-01-01T00:00:00Z")),
        ("To", say(".//wsa:To", "urn:elsewhere")),
        ("Action", say(".//wsa:Action", "urn:another")),
        ("MessageID", say(".//wsa:MessageID", "urn:uuid:2")),
        ("BinarySecurityToken", put(".//wsse:BinarySecurityToken", EncodingType="urn:x")),
    ],
)
def test_a_part_that_was_changed(judiciary: JudiciaryService, wire: bytes, part: str, edit: Edit) -> None:
    refusal = refused(judiciary, edited(wire, edit))
    assert (refusal.code, refusal.where) == ("verify.digest", part)


def test_a_digest_that_was_changed_with_its_part(judiciary: JudiciaryService, wire: bytes) -> None:
    forged = resigned(wire, say(".//wsa:To", "urn:elsewhere"), judiciary.pki / "judiciary" / "transport.key.pem")
    value = find(etree.fromstring(wire), ".//ds:SignatureValue").text
    assert refused(judiciary, edited(forged, say(".//ds:SignatureValue", value))).code == "verify.signature"


# No signature at all.


@pytest.mark.parametrize("edit", [drop("soap:Header"), drop(".//wsse:Security"), drop(".//ds:Signature")])
def test_a_message_without_a_signature(judiciary: JudiciaryService, wire: bytes, edit: Edit) -> None:
    assert refused(judiciary, edited(wire, edit)).code == "verify.unsigned"


def test_an_unsigned_fault(judiciary: JudiciaryService) -> None:
    envelope = etree.Element(f"{SOAP}Envelope")
    etree.SubElement(etree.SubElement(envelope, f"{SOAP}Body"), f"{SOAP}Fault")
    assert refused(judiciary, canonical_octets(envelope)).code == "verify.unsigned"
