"""SOAP messages that nobody signs."""

from __future__ import annotations

import pytest
from lxml import etree

from adapters.crypto.keys.names import SOAP, SOAP12
from adapters.crypto.message.plain_soap import plain_message, unsigned_payload
from adapters.crypto.xml.strict_xml import canonical
from gateway.trust.trust_policy import Rejection

BODY = etree.fromstring(b'<Ask xmlns="urn:a"><Number>1</Number></Ask>')


def envelope(header: str = "", body: str = '<Told xmlns="urn:a"/>', soap: str = SOAP) -> bytes:
    return f'<s:Envelope xmlns:s="{soap}">{header}<s:Body>{body}</s:Body></s:Envelope>'.encode()


def test_a_message_has_its_header_blocks_and_one_element_in_canonical_form() -> None:
    block = etree.Element("{urn:h}Call")
    made = plain_message(etree.fromstring(etree.tostring(BODY)), [block])
    root = etree.fromstring(made.wire)
    assert canonical(root) == made.wire == made.frame.pieces[0]
    assert [part.tag for part in root] == [f"{{{SOAP}}}Header", f"{{{SOAP}}}Body"]
    assert root[0][0].tag == "{urn:h}Call"
    assert unsigned_payload(made.wire).tag == "{urn:a}Ask"


def test_an_answer_is_read_whatever_headers_stand_beside_it() -> None:
    header = '<s:Header><h:Trace xmlns:h="urn:h" s:mustUnderstand="0">7</h:Trace></s:Header>'
    assert unsigned_payload(envelope(header)).tag == "{urn:a}Told"
    assert unsigned_payload(envelope(soap=SOAP12), soap=SOAP12).tag == "{urn:a}Told"


@pytest.mark.parametrize(
    "octets",
    [
        envelope('<s:Header><h:Act xmlns:h="urn:h" s:mustUnderstand="1"/></s:Header>'),
        envelope(body=""),
        envelope(body='<a xmlns="urn:a"/><b xmlns="urn:a"/>'),
        envelope(soap=SOAP12),
        b"<html/>",
        b"not xml",
        b'<!DOCTYPE a [<!ENTITY b "c">]>' + envelope(),
    ],
)
def test_any_other_shape_is_refused(octets: bytes) -> None:
    with pytest.raises(Rejection):
        unsigned_payload(octets)
