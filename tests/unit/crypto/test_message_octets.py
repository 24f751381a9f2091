"""Octets that hide something from a signature or a parser, or cost too much to look at."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from adapters.crypto.message.soap_message import MessageVerifier
from adapters.crypto.xml import signature_verifier, strict_xml
from adapters.crypto.xml.strict_xml import MESSAGE_LIMITS, Limits
from gateway.trust.trust_policy import Rejection

from .edits import DS, say
from .forge import believed_by_xmlsec, edited
from .refusals import refused
from .samples import MESSAGE_ID, JudiciaryService

# What XML can hide.


@pytest.mark.parametrize(
    ("octets", "code"),
    [
        (lambda wire: b"<!DOCTYPE soap:Envelope>" + wire, "verify.doctype"),
        (lambda wire: b'<?xml version="1.0"?>\n<!DOCTYPE e [<!ENTITY a "b">]>' + wire, "verify.doctype"),
        (lambda wire: b'<!DOCTYPE e SYSTEM "file:///etc/hostname">' + wire, "verify.doctype"),
        (lambda wire: wire.replace(b"urn:uuid", b"&uuid;"), "verify.malformed"),
        (lambda wire: wire.replace(b"urn:uuid", b"urn<!-- -->:uuid"), "verify.comment-or-pi"),
        (lambda wire: wire.replace(b"urn:uuid", b"urn<?p i?>:uuid"), "verify.comment-or-pi"),
        (lambda wire: b"<!-- -->" + wire, "verify.comment-or-pi"),
        (lambda wire: wire + b"<!-- -->", "verify.comment-or-pi"),
        (lambda wire: b"<?p i?>" + wire, "verify.comment-or-pi"),
        (lambda wire: wire + b"<?p i?>", "verify.comment-or-pi"),
        (lambda wire: b"\xef\xbb\xbf" + wire, "verify.encoding"),
        (lambda wire: wire.decode().encode("utf-16"), "verify.encoding"),
        (lambda wire: wire.decode().encode("utf-16-le"), "verify.encoding"),
        (lambda wire: wire.decode().encode("utf-32-be"), "verify.encoding"),
        (lambda wire: b'<?xml version="1.0" encoding="ISO-8859-1"?>' + wire, "verify.encoding"),
        (lambda wire: b'<?xml version="1.0" encoding="UTF-7"?>' + wire, "verify.encoding"),
        (lambda wire: wire.replace(b"urn:uuid", b"urn\xff:uuid"), "verify.encoding"),
        (lambda wire: wire[:-1], "verify.malformed"),
        (lambda wire: wire + wire, "verify.malformed"),
        (lambda wire: wire + b"\0", "verify.malformed"),
        (lambda wire: b" " * 100_000, "verify.malformed"),
        (lambda wire: b"", "verify.malformed"),
        (lambda wire: wire + b" " * 12 * 1024 * 1024, "verify.too-large"),
        (lambda wire: b"<html><body>Bad Gateway</body></html>", "verify.shape"),
    ],
)
def test_octets_that_are_no_plain_xml(
    judiciary: JudiciaryService, wire: bytes, octets: Callable[[bytes], bytes], code: str
) -> None:
    assert refused(judiciary, octets(wire)).code == code


def test_an_xml_declaration_of_utf8_is_no_fault(judiciary: JudiciaryService, wire: bytes) -> None:
    assert judiciary.messages.examine(b'<?xml version="1.0" encoding="utf-8"?>\r\n' + wire)


def test_a_comment_cuts_a_value_and_leaves_the_signature_valid(judiciary: JudiciaryService, wire: bytes) -> None:
    octets = wire.replace(MESSAGE_ID.encode(), MESSAGE_ID[:-2].encode() + b"<!-- -->" + MESSAGE_ID[-2:].encode())
    assert believed_by_xmlsec(octets, judiciary.transport)
    assert refused(judiciary, octets).code == "verify.comment-or-pi"


def test_a_relative_namespace_cannot_be_canonicalised(judiciary: JudiciaryService, wire: bytes) -> None:
    octets = wire.replace(b"<j:Inquiry>", b'<j:Inquiry xmlns:q="q">')
    assert refused(judiciary, octets).code == "verify.malformed"


# Too much of it. Nothing may be canonicalised, and no transform may run.


@pytest.mark.parametrize(
    "content",
    [
        b"<a/>" * 70_000,
        b"<a>" * 40 + b"</a>" * 40,
        b"<a>" * 400 + b"</a>" * 400,
        b"<a " + b" ".join(b'a%d=""' % i for i in range(33)) + b"/>",
        b"<a " + b" ".join(b'xmlns:a%d="urn:x"' % i for i in range(33)) + b"/>",
        b"".join(b'<a xmlns:a%d="urn:x"/>' % i for i in range(6_001)),
        b'<a xmlns:a="urn:' + b"x" * 256 + b'"/>',
        b'<a Id="' + b"x" * 257 + b'"/>',
        b"<a>" + b"x" * 10_000_001 + b"</a>",
    ],
    ids=[
        "elements",
        "depth",
        "depth for the parser",
        "attributes on one element",
        "namespaces on one element",
        "namespaces",
        "a URI",
        "an id",
        "a text",
    ],
)
def test_too_much_is_refused_before_anything_is_canonicalised(
    judiciary: JudiciaryService, wire: bytes, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signature_verifier, "canonical_by", None)
    octets = wire.replace(b"<j:Inquiry>", b"<j:Inquiry>" + content)
    assert refused(judiciary, octets).code == "verify.too-complex"


def test_of_too_many_attributes_none_is_read(
    judiciary: JudiciaryService, wire: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """lxml reads an attribute by walking over those before it: 60,000 on one element took 16 s."""
    read = []
    monkeypatch.setattr(strict_xml, "_collect_ids", lambda _element, names, *_: read.append(len(names)))
    octets = wire.replace(b"<j:Inquiry>", b"<j:Inquiry " + b" ".join(b'a%d=""' % i for i in range(50_000)) + b">")
    assert refused(judiciary, octets).code == "verify.too-complex"
    assert max(read) <= MESSAGE_LIMITS.max_attributes


@pytest.mark.parametrize(
    "content",
    [b"<a/>" * 121_000, b"<a>" + b'<b a="" c="" d=""/>' * 40_001 + b"</a>", b"<a>" + b"=" * 121_000 + b"</a>"],
)
def test_far_too_much_is_not_even_parsed(
    judiciary: JudiciaryService, wire: bytes, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(strict_xml, "_parser", None)
    octets = wire.replace(b"<j:Inquiry>", b"<j:Inquiry>" + content)
    assert refused(judiciary, octets).code == "verify.too-complex"


def test_a_stranger_cannot_make_us_canonicalise_the_body(
    judiciary: JudiciaryService, wire: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    canonical_by = signature_verifier.canonical_by
    monkeypatch.setattr(
        signature_verifier,
        "canonical_by",
        lambda how, element, *rest: seen.append(element.tag) or canonical_by(how, element, *rest),
    )
    octets = edited(wire, say(".//ds:SignatureValue", "A" * 340 + "AA=="))
    assert refused(judiciary, octets).code == "verify.signature"
    assert seen == [f"{DS}SignedInfo"]


def test_a_partner_can_be_held_to_less(judiciary: JudiciaryService, wire: bytes) -> None:
    limits = Limits(
        max_bytes=len(wire) - 1, max_nodes=100, max_depth=10, max_attributes_total=300, max_namespaces_total=50
    )
    with pytest.raises(Rejection) as refusal:
        MessageVerifier(judiciary.partner, limits).examine(wire)
    assert refusal.value.code == "verify.too-large"
