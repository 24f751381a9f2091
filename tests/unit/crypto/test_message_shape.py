"""Messages of another shape, and what may differ without being a fault."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from lxml import etree

from .edits import BODY_REFERENCE, DS, SOAP, add, double, drop, put, say
from .forge import Edit, edited, find
from .refusals import refused, resign
from .samples import MESSAGE_ID, J, JudiciaryService


def reverse(path: str) -> Edit:
    def edit(root: etree._Element) -> None:
        parent = find(root, path)
        parent[:] = reversed(parent)

    return edit


def junk(path: str) -> Edit:
    """A character that lenient decoders of base64 skip."""

    def edit(root: etree._Element) -> None:
        element = find(root, path)
        element.text = f"{element.text[:10]}!{element.text[10:]}"

    return edit


@pytest.mark.parametrize(
    "edit",
    [
        double("soap:Body"),
        double("soap:Header"),
        double(".//wsse:Security"),
        double(".//wsu:Timestamp"),
        double(".//wsse:BinarySecurityToken"),
        double(".//ds:Signature"),
        double(".//wsa:To"),
        double(".//ds:SignedInfo"),
        double("soap:Body/*"),
        double(".//wsu:Created"),
        drop("soap:Body/*"),
        drop(".//wsa:To"),
        drop(".//wsa:Action"),
        drop(".//wsa:MessageID"),
        drop(".//wsu:Timestamp"),
        drop(".//wsse:BinarySecurityToken"),
        drop(".//wsu:Expires"),
        drop(".//ds:KeyInfo"),
        drop(".//ds:SignedInfo"),
        drop(".//ds:SignatureValue"),
        drop(".//ds:SignatureMethod"),
        drop(".//ds:CanonicalizationMethod"),
        drop(f"{BODY_REFERENCE}/ds:DigestValue"),
        drop(f"{BODY_REFERENCE}/ds:DigestMethod"),
        drop(".//wsse:Reference"),
        add("soap:Header", "{urn:x}Unknown"),
        add(".//wsse:Security", "{urn:x}Unknown"),
        add(".//wsa:To", "{urn:x}Unknown"),
        add(".//ds:SignedInfo", "{urn:x}Unknown"),
        add(".//ds:Signature", f"{DS}Object"),
        say("soap:Header", "text"),
        say(".//ds:SignedInfo", "text"),
        say(".//ds:SignedInfo", " " * 300),
        say("soap:Body", "text"),
        say(".//wsse:Security", "\u00a0"),
        say(".//wsse:BinarySecurityToken", "AAAA\u2028AAAA"),
        say(".//wsa:MessageID", "urn:" + "x" * 2_048),
        put(".//wsse:Security", **{f"{SOAP}actor": "urn:another"}),
        put(".//wsa:To", **{f"{SOAP}actor": "urn:another"}),
        put(f"{BODY_REFERENCE}/ds:Transforms", Id="x"),
        put("soap:Header", Id="M-Other"),
        put("soap:Body", role="x"),
        put(".", encodingStyle="x"),
        say(".//wsse:BinarySecurityToken", "not base64!"),
        say(".//wsse:BinarySecurityToken", "سند"),
        say(".//wsse:BinarySecurityToken", "A" * 20_000),
        say(".//ds:SignatureValue", "A"),
        junk(".//ds:SignatureValue"),
        junk(f"{BODY_REFERENCE}/ds:DigestValue"),
        reverse(".//wsu:Timestamp"),
        reverse(BODY_REFERENCE),
        reverse(".//ds:Signature"),
        reverse("."),
        say(".//ds:SignatureValue", "A" * 5_000),
        say(f"{BODY_REFERENCE}/ds:DigestValue", "===="),
        say(f"{BODY_REFERENCE}/ds:DigestValue", "AAAA"),
        lambda root: root.__setattr__("tag", "{http://www.w3.org/2003/05/soap-envelope}Envelope"),
    ],
)
def test_a_message_of_another_shape(judiciary: JudiciaryService, wire: bytes, edit: Edit) -> None:
    assert refused(judiciary, edited(wire, edit)).code == "verify.shape"


@pytest.mark.parametrize(
    ("path", "attribute"), [(".//ds:SignatureMethod", "Algorithm"), (f"{BODY_REFERENCE}/ds:DigestMethod", "Algorithm")]
)
def test_an_algorithm_that_is_not_named(judiciary: JudiciaryService, wire: bytes, path: str, attribute: str) -> None:
    octets = edited(wire, lambda root: find(root, path).attrib.pop(attribute))
    assert refused(judiciary, octets).code == "verify.algorithm"


@pytest.mark.parametrize(
    "time",
    [
        "",
        "yesterday",
        "2026-02-03",
        "2026-02-03T09:30:15",
        "2026-02-30T09:30:15Z",
        "2026-02-03T25:30:15Z",
        "2026-W06-2T09:30:15Z",
        "۲۰۲۶-02-03T09:30:15Z",
        "2026-02-03T09:30:15Z\n",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
    ],
)
def test_a_time_that_is_none(judiciary: JudiciaryService, wire: bytes, time: str) -> None:
    assert refused(judiciary, resign(judiciary, wire, say(".//wsu:Created", time))).code == "verify.shape"


def test_a_time_with_another_offset_is_the_same_moment(judiciary: JudiciaryService, wire: bytes) -> None:
    octets = resign(judiciary, wire, say(".//wsu:Created", "2026-02-03T13:00:15+03:30"))
    assert judiciary.messages.examine(octets).signed_at == datetime(2026, 2, 3, 9, 30, 15, tzinfo=UTC)


def test_white_space_between_elements_is_no_fault(judiciary: JudiciaryService, wire: bytes) -> None:
    def edit(root: etree._Element) -> None:
        for element in (
            root,
            find(root, "soap:Header"),
            find(root, ".//wsse:Security"),
            find(root, ".//ds:SignedInfo"),
        ):
            element.text = "\n  "

    assert judiciary.messages.examine(resign(judiciary, wire, edit))


def test_the_order_of_headers_is_no_fault(judiciary: JudiciaryService, wire: bytes) -> None:
    def edit(root: etree._Element) -> None:
        for parent in (find(root, "soap:Header"), find(root, ".//wsse:Security")):
            parent[:] = reversed(parent)

    facts = judiciary.messages.examine(resign(judiciary, wire, edit))
    assert facts.claims["MessageID"] == MESSAGE_ID
    assert J.strip("{}").encode() in facts.covered["Body"]
