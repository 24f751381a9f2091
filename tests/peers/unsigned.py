"""Input for the tools to sign: our message without its signature."""

from __future__ import annotations

from typing import Final

from lxml import etree

from adapters.crypto.keys import names
from tests.unit.crypto.forge import find

PARTS: Final = ("Timestamp", "BinarySecurityToken", "To", "Action", "MessageID", "RelatesTo", "Body")
TYPES: Final = b"urn:eblagh:types"

_XSI = b"http://www.w3.org/2001/XMLSchema-instance"
_REPLY_TO = b"<a:ReplyTo xmlns:a='%s'><a:Address>urn:eblagh:city</a:Address></a:ReplyTo>" % names.WSA.encode()


def without_signature(wire: bytes) -> bytes:
    """The message with Timestamp and BinarySecurityToken and every id."""
    root = etree.fromstring(wire)
    _remove(find(root, ".//ds:Signature"))
    return etree.tostring(root)


def without_security(wire: bytes) -> bytes:
    """The message with its addressing headers alone and no id."""
    root = etree.fromstring(wire)
    _remove(find(root, ".//wsse:Security"))
    for element in root.iter():
        element.attrib.pop(names.WSU_ID, None)
    return etree.tostring(root)


def with_reply_to(octets: bytes) -> bytes:
    """The header that many a stack adds to requests, with a prefix of its own."""
    return replaced(octets, b"</soap:Header>", _REPLY_TO + b"</soap:Header>")


def with_type(octets: bytes) -> bytes:
    """A type in an attribute's value, whose prefix the Envelope alone declares: what PrefixLists are there for."""
    declared = replaced(octets, b"<soap:Envelope ", b'<soap:Envelope xmlns:t="%s" xmlns:xsi="%s" ' % (TYPES, _XSI))
    return replaced(declared, b"<j:InquireStatus ", b'<j:InquireStatus xsi:type="t:Inquiry" ')


def replaced(octets: bytes, before: bytes, after: bytes) -> bytes:
    assert octets.count(before) == 1, before
    return octets.replace(before, after)


def changes(octets: bytes) -> list[bytes]:
    """The message with one character changed: in the Body, and in each header that is acted on."""
    return [
        replaced(octets, b">EB-AAAA", b">EB-BAAA"),
        replaced(octets, b">urn:eblagh:court<", b">urn:eblagh:count<"),
        replaced(octets, b"/SubmitNotices<", b"/SubmitNotice<"),
        replaced(octets, b">urn:uuid:0000-1<", b">urn:uuid:0000-2<"),
        replaced(octets, b">urn:uuid:7<", b">urn:uuid:8<"),
    ]


def _remove(element: etree._Element) -> None:
    parent = element.getparent()
    assert parent is not None
    parent.remove(element)
