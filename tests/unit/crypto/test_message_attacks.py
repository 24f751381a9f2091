"""Messages with one fault each. Where xmlsec believes them, the test says so: our check is all that stands there."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from lxml import etree

from adapters.crypto import names, verifier
from adapters.crypto.message import MessageVerifier
from adapters.crypto.xml import Limits
from gateway.trust import Rejection

from .conftest import SIGNED_AT
from .forge import Edit, believed_by_xmlsec, canonical_octets, edited, find, resigned
from .samples import MESSAGE_ID, Court, J, signed_message

DS, WSU, WSA, SOAP = (f"{{{uri}}}" for uri in (names.DS, names.WSU, names.WSA, names.SOAP))
INCLUSIVE = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
XSLT = "http://www.w3.org/TR/1999/REC-xslt-19991116"
HMAC = "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256"
RSA_SHA1 = "http://www.w3.org/2000/09/xmldsig#rsa-sha1"
SHA1 = "http://www.w3.org/2000/09/xmldsig#sha1"
BODY_REFERENCE = ".//ds:Reference[@URI='#M-Body']"


def refused(court: Court, octets: bytes) -> Rejection:
    with pytest.raises(Rejection) as refusal:
        court.messages.examine(octets)
    return refusal.value


def resign(court: Court, wire: bytes, edit: Edit) -> bytes:
    octets = resigned(wire, edit, court.pki / "municipality" / "transport.key.pem")
    assert believed_by_xmlsec(octets, court.transport)
    return octets


def put(path: str, **attributes: str) -> Edit:
    return lambda root: find(root, path).attrib.update(attributes)


def say(path: str, text: str) -> Edit:
    def edit(root: etree._Element) -> None:
        find(root, path).text = text

    return edit


def drop(path: str) -> Edit:
    def edit(root: etree._Element) -> None:
        element = find(root, path)
        element.getparent().remove(element)

    return edit


def add(path: str, tag: str, **attributes: str) -> Edit:
    def edit(root: etree._Element) -> None:
        etree.SubElement(find(root, path), tag, attributes)

    return edit


def double(path: str) -> Edit:
    """A second element like this one, without its ids."""

    def edit(root: etree._Element) -> None:
        element = find(root, path)
        twin = copy.deepcopy(element)
        for part in twin.iter():
            part.attrib.pop(names.WSU_ID, None)
        element.addprevious(twin)

    return edit


def all_of(*edits: Edit) -> Edit:
    def edit(root: etree._Element) -> None:
        for one in edits:
            one(root)

    return edit


def test_the_forger_changes_nothing_but_what_it_is_told(court: Court, wire: bytes) -> None:
    assert court.messages.examine(resign(court, wire, lambda root: None))


# Wrapping: the signature stays valid, the Body that would be read is another one.


def aside(path: str) -> Edit:
    """The signed Body under the element at ``path``, a forged one in its place."""

    def edit(root: etree._Element) -> None:
        signed = find(root, "soap:Body")
        forged = copy.deepcopy(signed)
        forged.set(names.WSU_ID, "M-Forged")
        find(forged, ".//j:Reference").text = "EB-FORGED"
        signed.addprevious(forged)
        find(root, path).append(signed)

    return edit


@pytest.mark.parametrize(
    ("edit", "code"),
    [
        (all_of(add("soap:Header", "{urn:x}Wrapper"), aside("soap:Header/{urn:x}Wrapper")), "verify.shape"),
        (aside("soap:Header"), "verify.shape"),
        (aside(".//wsse:Security"), "verify.shape"),
        (aside("."), "verify.shape"),
        (aside("soap:Body/*"), "verify.reference"),
    ],
    ids=["a wrapper", "Header", "Security", "Envelope", "the forged Body"],
)
def test_a_body_moved_aside(court: Court, wire: bytes, edit: Edit, code: str) -> None:
    octets = edited(wire, edit)
    assert believed_by_xmlsec(octets, court.transport)
    assert refused(court, octets).code == code


@pytest.mark.parametrize("kind", ["ID", "id", names.WSU_ID, "{http://www.w3.org/XML/1998/namespace}id", "{urn:x}Id"])
def test_an_id_that_stands_there_twice(court: Court, wire: bytes, kind: str) -> None:
    octets = edited(wire, lambda root: find(root, "soap:Body/*").set(kind, "M-Timestamp"))
    assert refused(court, octets).code == "verify.duplicate-id"


# Coverage.


@pytest.mark.parametrize("part", ["Body", "To", "Action", "MessageID", "BinarySecurityToken", "Timestamp"])
def test_a_part_that_is_not_signed(court: Court, wire: bytes, part: str) -> None:
    octets = resign(court, wire, drop(f".//ds:Reference[@URI='#M-{part}']"))
    refusal = refused(court, octets)
    assert refusal.code == "verify.coverage"
    assert part in refusal.detail


def test_only_the_timestamp_is_signed(court: Court, wire: bytes) -> None:
    others = ("Body", "To", "Action", "MessageID", "BinarySecurityToken")
    octets = resign(court, wire, all_of(*(drop(f".//ds:Reference[@URI='#M-{name}']") for name in others)))
    assert refused(court, octets).code == "verify.coverage"


def test_a_relates_to_that_is_not_signed(court: Court) -> None:
    answer = signed_message(court.transport, SIGNED_AT, relates_to="urn:uuid:7").wire
    octets = resign(court, answer, drop(".//ds:Reference[@URI='#M-RelatesTo']"))
    assert refused(court, octets).code == "verify.coverage"


def test_a_relates_to_that_was_put_in(court: Court, wire: bytes) -> None:
    assert refused(court, edited(wire, add("soap:Header", f"{WSA}RelatesTo"))).code == "verify.coverage"


@pytest.mark.parametrize("part", ["Body", "Timestamp", "To", "Action", "MessageID", "BinarySecurityToken"])
def test_a_part_without_an_id(court: Court, wire: bytes, part: str) -> None:
    def edit(root: etree._Element) -> None:
        drop(f".//ds:Reference[@URI='#M-{part}']")(root)
        find(root, f".//*[@wsu:Id='M-{part}']").attrib.pop(names.WSU_ID)
        if part == "BinarySecurityToken":
            find(root, ".//wsse:Reference").attrib.pop("URI")

    code = "verify.shape" if part == "BinarySecurityToken" else "verify.coverage"
    assert refused(court, resign(court, wire, edit)).code == code


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
    court: Court, wire: bytes, octets: Callable[[bytes], bytes], code: str
) -> None:
    assert refused(court, octets(wire)).code == code


def test_an_xml_declaration_of_utf8_is_no_fault(court: Court, wire: bytes) -> None:
    assert court.messages.examine(b'<?xml version="1.0" encoding="utf-8"?>\r\n' + wire)


def test_a_comment_cuts_a_value_and_leaves_the_signature_valid(court: Court, wire: bytes) -> None:
    octets = wire.replace(MESSAGE_ID.encode(), MESSAGE_ID[:-2].encode() + b"<!-- -->" + MESSAGE_ID[-2:].encode())
    assert believed_by_xmlsec(octets, court.transport)
    assert refused(court, octets).code == "verify.comment-or-pi"


def test_a_relative_namespace_cannot_be_canonicalised(court: Court, wire: bytes) -> None:
    octets = wire.replace(b"<j:Inquiry>", b'<j:Inquiry xmlns:q="q">')
    assert refused(court, octets).code == "verify.malformed"


# Too much of it. Nothing may be canonicalised, and no transform may run.


@pytest.mark.parametrize(
    "content",
    [
        b"<a/>" * 70_000,
        b"<a " + b" ".join(b'a%d=""' % i for i in range(400_000)) + b"/>",
        b"<a>" * 40 + b"</a>" * 40,
        b"<a>" * 400 + b"</a>" * 400,
        b"<a " + b" ".join(b'xmlns:a%d="urn:x"' % i for i in range(33)) + b"/>",
        b"".join(b'<a xmlns:a%d="urn:x"/>' % i for i in range(6_001)),
        b'<a xmlns:a="urn:' + b"x" * 256 + b'"/>',
        b'<a Id="' + b"x" * 257 + b'"/>',
        b"<a>" + b"x" * 10_000_001 + b"</a>",
    ],
    ids=["elements", "attributes", "depth", "depth of the parser", "namespaces on one", "namespaces", "a URI", "an id", "a text"],
)  # fmt: skip
def test_too_much_is_refused_before_anything_is_canonicalised(
    court: Court, wire: bytes, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verifier, "canonical", None)
    octets = wire.replace(b"<j:Inquiry>", b"<j:Inquiry>" + content)
    assert refused(court, octets).code == "verify.too-complex"


def test_a_stranger_cannot_make_us_canonicalise_the_body(
    court: Court, wire: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    canonical = verifier.canonical
    monkeypatch.setattr(verifier, "canonical", lambda element: seen.append(element.tag) or canonical(element))
    octets = edited(wire, say(".//ds:SignatureValue", "A" * 340 + "AA=="))
    assert refused(court, octets).code == "verify.signature"
    assert seen == [f"{DS}SignedInfo"]


def test_a_partner_can_be_held_to_less(court: Court, wire: bytes) -> None:
    limits = Limits(max_bytes=len(wire) - 1, max_nodes=100, max_depth=10, max_namespaces_total=50)
    with pytest.raises(Rejection) as refusal:
        MessageVerifier(court.partner, limits).examine(wire)
    assert refusal.value.code == "verify.too-large"


# Algorithms, transforms and references that xmlsec would run, follow or believe.


@pytest.mark.parametrize(
    ("edit", "code"),
    [
        (put(".//ds:CanonicalizationMethod", Algorithm=INCLUSIVE), "verify.algorithm"),
        (put(".//ds:CanonicalizationMethod", Algorithm=names.EXC_C14N + "WithComments"), "verify.algorithm"),
        (put(".//ds:SignatureMethod", Algorithm=RSA_SHA1), "verify.algorithm"),
        (put(f"{BODY_REFERENCE}/ds:DigestMethod", Algorithm=SHA1), "verify.algorithm"),
        (put(f"{BODY_REFERENCE}//ds:Transform", Algorithm=INCLUSIVE), "verify.transform"),
        (put(f"{BODY_REFERENCE}//ds:Transform", Algorithm=names.EXC_C14N + "WithComments"), "verify.transform"),
        (put(f"{BODY_REFERENCE}//ds:Transform", Algorithm=names.ENVELOPED), "verify.transform"),
        (add(f"{BODY_REFERENCE}/ds:Transforms", f"{DS}Transform", Algorithm=names.EXC_C14N), "verify.transform"),
        (add(f"{BODY_REFERENCE}//ds:Transform", f"{{{names.EXC_C14N}}}InclusiveNamespaces", PrefixList="soap"), "verify.transform"),
        (put(BODY_REFERENCE, Type="urn:x"), "verify.reference"),
        (put(".//ds:Reference[@URI='#M-To']", URI="#M-Action"), "verify.reference"),
        (drop(f"{BODY_REFERENCE}/ds:Transforms"), "verify.shape"),
    ],
)  # fmt: skip
def test_a_signature_that_is_valid_by_other_rules(court: Court, wire: bytes, edit: Edit, code: str) -> None:
    assert refused(court, resign(court, wire, edit)).code == code


def another_reference(uri: str | None) -> Edit:
    def edit(root: etree._Element) -> None:
        twin = copy.deepcopy(find(root, BODY_REFERENCE))
        twin.attrib.pop("URI")
        if uri is not None:
            twin.set("URI", uri)
        find(root, ".//ds:SignedInfo").append(twin)

    return edit


@pytest.mark.parametrize("uri", ["#M-Body", "#xpointer(id('M-Body'))"])
def test_a_reference_that_xmlsec_follows(court: Court, wire: bytes, uri: str) -> None:
    assert refused(court, resign(court, wire, another_reference(uri))).code == "verify.reference"


@pytest.mark.parametrize("uri", [None, "", "#", "#nowhere", "M-Body", "http://127.0.0.1:9/x", "#M-Body "])
def test_a_reference_that_leads_nowhere(court: Court, wire: bytes, uri: str | None) -> None:
    assert refused(court, edited(wire, another_reference(uri))).code == "verify.reference"


def test_a_reference_to_a_file_is_not_followed(court: Court, wire: bytes, tmp_path: Path) -> None:
    file = tmp_path / "outside.xml"
    file.write_text("<outside/>")
    octets = resign(court, wire, another_reference(file.as_uri()))
    assert refused(court, octets).code == "verify.reference"


def test_an_xslt_transform_does_not_run(court: Court, wire: bytes) -> None:
    def edit(root: etree._Element) -> None:
        transform = find(root, f"{BODY_REFERENCE}//ds:Transform")
        transform.set("Algorithm", XSLT)
        transform.append(
            etree.fromstring(
                '<x:stylesheet version="1.0" xmlns:x="http://www.w3.org/1999/XSL/Transform">'
                '<x:template match="/"><r/></x:template></x:stylesheet>'
            )
        )

    assert refused(court, resign(court, wire, edit)).code == "verify.transform"


def test_a_public_key_is_no_hmac_secret(court: Court, wire: bytes) -> None:
    octets = resigned(wire, put(".//ds:SignatureMethod", Algorithm=HMAC), court.transport.certificate.der)
    assert refused(court, octets).code == "verify.algorithm"


def test_a_signature_method_has_no_parameters(court: Court, wire: bytes) -> None:
    octets = edited(wire, add(".//ds:SignatureMethod", f"{DS}HMACOutputLength"))
    assert refused(court, octets).code == "verify.algorithm"


# Whose key.


def test_a_message_of_a_stranger(court: Court) -> None:
    octets = signed_message(court.stranger, SIGNED_AT).wire
    assert refused(court, octets).code == "verify.unknown-certificate"


def test_a_strangers_signature_under_the_partners_certificate(court: Court, wire: bytes) -> None:
    octets = resigned(wire, lambda root: None, court.pki / "judiciary" / "transport.key.pem")
    assert believed_by_xmlsec(octets, court.stranger)
    assert refused(court, octets).code == "verify.signature"


def test_a_foreign_key_in_key_info(court: Court, wire: bytes) -> None:
    def edit(root: etree._Element) -> None:
        etree.SubElement(etree.SubElement(find(root, ".//ds:KeyInfo"), f"{DS}KeyValue"), f"{DS}RSAKeyValue")

    assert refused(court, edited(wire, edit)).code == "verify.shape"


def test_key_info_that_points_at_another_token(court: Court, wire: bytes) -> None:
    assert refused(court, edited(wire, put(".//wsse:Reference", URI="#M-Body"))).code == "verify.shape"


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
def test_a_part_that_was_changed(court: Court, wire: bytes, part: str, edit: Edit) -> None:
    refusal = refused(court, edited(wire, edit))
    assert (refusal.code, refusal.where) == ("verify.digest", part)


def test_a_digest_that_was_changed_with_its_part(court: Court, wire: bytes) -> None:
    forged = resigned(wire, say(".//wsa:To", "urn:elsewhere"), court.pki / "judiciary" / "transport.key.pem")
    value = find(etree.fromstring(wire), ".//ds:SignatureValue").text
    assert refused(court, edited(forged, say(".//ds:SignatureValue", value))).code == "verify.signature"


# No signature at all.


@pytest.mark.parametrize("edit", [drop("soap:Header"), drop(".//wsse:Security"), drop(".//ds:Signature")])
def test_a_message_without_a_signature(court: Court, wire: bytes, edit: Edit) -> None:
    assert refused(court, edited(wire, edit)).code == "verify.unsigned"


def test_an_unsigned_fault(court: Court) -> None:
    envelope = etree.Element(f"{SOAP}Envelope")
    etree.SubElement(etree.SubElement(envelope, f"{SOAP}Body"), f"{SOAP}Fault")
    assert refused(court, canonical_octets(envelope)).code == "verify.unsigned"


# Another shape.


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
        put("soap:Header", Id="M-Other"),
        put("soap:Body", role="x"),
        put(".", encodingStyle="x"),
        say(".//wsse:BinarySecurityToken", "not base64!"),
        say(".//wsse:BinarySecurityToken", "سند"),
        say(".//wsse:BinarySecurityToken", "A" * 20_000),
        say(".//ds:SignatureValue", "A"),
        say(".//ds:SignatureValue", "A" * 5_000),
        say(f"{BODY_REFERENCE}/ds:DigestValue", "===="),
        say(f"{BODY_REFERENCE}/ds:DigestValue", "AAAA"),
        lambda root: root.__setattr__("tag", "{http://www.w3.org/2003/05/soap-envelope}Envelope"),
    ],
)
def test_a_message_of_another_shape(court: Court, wire: bytes, edit: Edit) -> None:
    assert refused(court, edited(wire, edit)).code == "verify.shape"


@pytest.mark.parametrize(
    ("path", "attribute"), [(".//ds:SignatureMethod", "Algorithm"), (f"{BODY_REFERENCE}/ds:DigestMethod", "Algorithm")]
)
def test_an_algorithm_that_is_not_named(court: Court, wire: bytes, path: str, attribute: str) -> None:
    octets = edited(wire, lambda root: find(root, path).attrib.pop(attribute))
    assert refused(court, octets).code == "verify.algorithm"


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
def test_a_time_that_is_none(court: Court, wire: bytes, time: str) -> None:
    assert refused(court, resign(court, wire, say(".//wsu:Created", time))).code == "verify.shape"


def test_a_time_with_another_offset_is_the_same_moment(court: Court, wire: bytes) -> None:
    octets = resign(court, wire, say(".//wsu:Created", "2026-02-03T13:00:15+03:30"))
    assert court.messages.examine(octets).signed_at == datetime(2026, 2, 3, 9, 30, 15, tzinfo=UTC)


def test_white_space_between_elements_is_no_fault(court: Court, wire: bytes) -> None:
    def edit(root: etree._Element) -> None:
        for element in (root, find(root, "soap:Header"), find(root, ".//wsse:Security"), find(root, ".//ds:SignedInfo")):
            element.text = "\n  "

    assert court.messages.examine(resign(court, wire, edit))


def test_the_order_of_headers_is_no_fault(court: Court, wire: bytes) -> None:
    def edit(root: etree._Element) -> None:
        for parent in (find(root, "soap:Header"), find(root, ".//wsse:Security")):
            parent[:] = reversed(parent)

    facts = court.messages.examine(resign(court, wire, edit))
    assert facts.claims["MessageID"] == MESSAGE_ID
    assert J.strip("{}").encode() in facts.covered["Body"]
