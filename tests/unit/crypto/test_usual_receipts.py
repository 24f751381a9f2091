"""A receipt in the usual form has one verdict, by the template and as a tree; so has whatever is close to one."""

from __future__ import annotations

import base64
import re
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from adapters.crypto.keys import ecdsa, names
from adapters.crypto.keys.certificate import Certificate
from adapters.crypto.keys.keys import EcdsaSigner, RsaSigner, Signer
from adapters.crypto.keys.partner import Member, Partner
from adapters.crypto.xml import receipt_fields
from adapters.crypto.xml.document import DocumentVerifier, sign_document
from adapters.crypto.xml.receipt_fields import NAME, TAG, is_of, usual_claims
from adapters.crypto.xml.seal_template import MOMENT
from adapters.crypto.xml.signature import encode
from adapters.crypto.xml.strict_xml import load_schema
from adapters.shipped.resources import RECEIPT_SCHEMA, SCHEMAS
from gateway.runtime.clock import timestamp
from gateway.trust.trust_policy import Facts, Rejection

from .certificates import Issued, ec_key, issue, rsa_key
from .conftest import SIGNED_AT
from .test_mutations import octet_edits, places, replaced

pytestmark = pytest.mark.long

R = f"{{{names.RECEIPT}}}"
EACH = settings(deadline=None, database=None, max_examples=max(300, settings().max_examples))
GOOD = {
    "ReceiptId": "T-1-A",
    "Reference": "EB-" + "A2" * 16,
    "TrackingNumber": "T-1",
    "SealDigest": "sha256:" + "0a" * 32,
    "Event": "ContentConsignment",
    "EventTime": timestamp(SIGNED_AT),
    "IssuedAt": timestamp(SIGNED_AT),
}


@cache
def issued(name: str) -> Issued:
    return issue(name, key=rsa_key(name) if name == "rsa" else ec_key(name))


@cache
def signer_of(name: str) -> Signer:
    certificate, key = Certificate.of(issued(name).certificate), issued(name).key
    if isinstance(key, EllipticCurvePrivateKey):
        return EcdsaSigner(certificate=certificate, key=key)
    return RsaSigner(certificate=certificate, key=key)


@cache
def verifier() -> DocumentVerifier:
    """It knows the signers "ec" and "rsa"."""
    members = (Member.of(one.certificate, one.key.public_key()) for one in map(issued, ("ec", "rsa")))
    partner = Partner(name="judiciary", members={each.certificate.thumbprint: each for each in members})
    return DocumentVerifier(partner, TAG, load_schema(RECEIPT_SCHEMA, SCHEMAS))


def receipt(fields: dict[str, str], id_: str = "R-T-1-A") -> etree._Element:
    root = etree.Element(TAG, nsmap={"r": names.RECEIPT}, Id=id_, version="1")
    for name, text in fields.items():
        etree.SubElement(root, R + name).text = text
    return root


@cache
def good(by: str = "ec") -> bytes:
    return sign_document(receipt(GOOD | {"Code": "R-1"}), signer_of(by), SIGNED_AT)


def verdict(judge: object, octets: bytes) -> Facts | tuple[object, ...]:
    try:
        return judge(octets)  # type: ignore[operator,no-any-return]
    except Rejection as refusal:
        return refusal.code, refusal.where, refusal.detail


def same_verdict(octets: bytes) -> Facts | tuple[object, ...]:
    as_tree = verdict(verifier()._judged, octets)
    assert verdict(verifier().examine, octets) == as_tree
    if isinstance(as_tree, Facts):
        assert usual_claims(octets) in (None, as_tree.claims)
    return as_tree


def resigned(octets: bytes, by: str) -> bytes:
    """Sign the SignedInfo that is there, whatever it says."""
    inside = octets.partition(b"<ds:SignedInfo>")[2].partition(b"</ds:SignedInfo>")[0]
    info = b'<ds:SignedInfo xmlns:ds="%s">%s</ds:SignedInfo>' % (names.DS.encode(), inside)
    value = encode(signer_of(by).sign(info)).encode()
    return re.sub(rb"(?<=<ds:SignatureValue>)[^<]*", value, octets)


names_ = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.\-]{0,99}", fullmatch=True)
FIRST, LAST = (datetime(*day, tzinfo=UTC).replace(tzinfo=None) for day in ((1000, 1, 1), (2999, 12, 31)))
moments = st.datetimes(FIRST, LAST, timezones=st.just(UTC))
days = moments.map(timestamp)
fitting = st.fixed_dictionaries(
    {
        "ReceiptId": names_,
        "Reference": st.from_regex(r"EB-[A-Z2-7]{32}", fullmatch=True),
        "TrackingNumber": names_,
        "SealDigest": st.from_regex(r"sha256:[0-9a-f]{64}", fullmatch=True),
        "Event": names_,
        "EventTime": days | st.sampled_from(["2024-02-29T00:00:00Z", "2026-02-03T09:30:15.1Z"]),
        "IssuedAt": days,
    },
    optional={"Code": names_},
).map(lambda fields: {name: fields[name] for name in (*GOOD, "Code") if name in fields})
unfitting = st.sampled_from(
    [
        *(
            "",
            " ",
            "a" * 101,
            "-a",
            "a b",
            "a\n",
            "\n a",
            "۱",
            "a&b",
            "<",
            "é",
            "EB-" + "A1" * 16,
            "sha256:" + "0A" * 32,
        ),
        *("2026-02-30T00:00:00Z", "2025-02-29T00:00:00Z", "2026-02-03T24:00:00Z", "2026-02-03T23:59:60Z", "2026-02-03"),
        *("2026-02-03T09:30:15", "2026-02-03T09:30:15+03:30", "2026-02-03T09:30:15.1234567Z", " 2026-02-03T09:30:15Z"),
        *("2026-13-03T09:30:15Z", "0999-02-03T09:30:15Z", "3000-02-03T09:30:15Z", "2026-02-03T09:30:15Z ", "2026-W01"),
        *(
            "2026-02-03T09:30:15z",
            "2026-02-03t09:30:15Z",
            "2026-02-03T09:30:15,5Z",
            "20260203T093015Z",
            "2026-00-03T09:30:15Z",
        ),
    ]
)
ids = st.from_regex(r"[A-Za-z_][A-Za-z0-9_.\-]{0,99}", fullmatch=True)


@EACH
@given(fields=fitting, id_=ids, at=moments)
def test_a_receipt_in_the_usual_form_is_believed_by_the_template(
    fields: dict[str, str], id_: str, at: datetime
) -> None:
    octets = sign_document(receipt(fields, id_), signer_of("ec"), at)
    facts = verifier()._usual(octets)
    assert facts is not None
    assert facts == same_verdict(octets)
    assert list(facts.claims) == list(fields)
    assert usual_claims(octets) == facts.claims
    assert set(facts.covered) == {NAME}


@EACH
@given(
    fields=fitting,
    changed=st.dictionaries(st.sampled_from([*GOOD, "Code", "Other"]), unfitting, max_size=1),
    id_=ids | st.sampled_from(["1", "", "a b", "ß", "a" * 257, "a" * 250, "a:b", "a&b"]),
    order=st.permutations(range(8)) | st.just(range(8)),
    by=st.sampled_from(["ec", "ec", "stranger"]),
)
def test_a_receipt_of_other_fields(
    fields: dict[str, str], changed: dict[str, str], id_: str, order: Sequence[int], by: str
) -> None:
    told = list((fields | changed).items())
    root = receipt(dict(told[each] for each in order if each < len(told)), id_)
    same_verdict(sign_document(root, signer_of(by), SIGNED_AT))


@EACH
@given(edits=octet_edits, by=st.sampled_from(["ec", "rsa"]), again=st.booleans())
def test_a_receipt_with_other_octets(edits: list[tuple[float, int, bytes]], by: str, again: bool) -> None:
    octets = replaced(good(by), edits)
    found = same_verdict(resigned(octets, by) if again else octets)
    assert not isinstance(found, Facts) or again or octets == good(by)


WORDS = [each for each in re.split(rb"([<>\" =#/]+)", good()) if each]


@EACH
@given(
    edits=st.lists(st.tuples(places, st.sampled_from(WORDS)), min_size=1, max_size=2),
    by=st.sampled_from(["ec", "rsa"]),
)
def test_a_receipt_with_other_words_signed_again(edits: list[tuple[float, bytes]], by: str) -> None:
    words = [each for each in re.split(rb"([<>\" =#/]+)", good(by)) if each]
    for place, word in edits:
        words[int(place * len(words))] = word
    same_verdict(resigned(b"".join(words), by))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"-reference", b"-other"),
        (b"-properties", b"-other"),
        (b"-signature", b"-other"),
        (b"</ds:SignatureValue>", b"</ds:SignatureValue> "),
        (b"<ds:KeyInfo>", b"<ds:KeyInfo> "),
        (b"rsa-sha256", b"rsa-sha512"),
        (b"ecdsa-sha256", b"rsa-sha256"),
        (b"</r:Code>", b"</r:Code><r:Code>R-2</r:Code>"),
        (b"<r:Code>R-1</r:Code>", b""),
        (b'version="1"', b'version="2"'),
        (b'" version="1">', b'" version="1" xmlns:x="urn:x">'),
        (b"urn:eblagh:receipt:1", b"urn:eblagh:receipt:2"),
        (b"</r:Receipt>", b"</r:Receipt>\n"),
        (b"<r:Receipt", b'<?xml version="1.0"?><r:Receipt'),
        (b"<r:Event>", b"<r:Event><!-- -->"),
        (b"ContentConsignment", b"<![CDATA[ContentConsignment]]>"),
        (b"ContentConsignment", b"&#67;ontentConsignment"),
        (b"</r:Receipt>", b"</r:Receipt><!-- -->"),
        (b"</r:Receipt>", b"<r:Extra/></r:Receipt>"),
    ],
)
@pytest.mark.parametrize("by", ["ec", "rsa"])
@pytest.mark.parametrize("again", [True, False])
def test_a_receipt_with_one_change(old: bytes, new: bytes, by: str, again: bool) -> None:
    octets = good(by).replace(old, new)
    same_verdict(resigned(octets, by) if again else octets)


@pytest.mark.parametrize("by", ["ec", "rsa"])
def test_the_content_that_was_signed_is_the_content_that_is_believed(by: str) -> None:
    octets = good(by).replace(b"ContentConsignment", b"ContentHandover")
    assert same_verdict(octets)[:2] == ("verify.digest", NAME)  # type: ignore[index]
    value = re.search(rb"<ds:SignatureValue>([^<]*)", good(by))
    assert value is not None
    octets = good(by).replace(value[1], encode(bytes(64 if by == "ec" else 256)).encode())
    assert same_verdict(octets)[0] == "verify.signature"  # type: ignore[index]


def test_the_other_signature_on_the_curve_is_refused() -> None:
    value = re.search(rb"<ds:SignatureValue>([^<]*)", good())
    assert value is not None
    r, s = ecdsa.split(base64.b64decode(value[1]))
    octets = good().replace(value[1], encode(ecdsa.join(r, ecdsa.ORDER - s)).encode())
    assert same_verdict(octets)[0] == "verify.not-canonical"  # type: ignore[index]


def test_a_receipt_that_is_longer_than_any() -> None:
    same_verdict(good() + b" " * receipt_fields.MAX_USUAL)


def test_a_stricter_schema_has_no_usual_form(tmp_path: Path) -> None:
    copied = tmp_path / "schemas"
    shutil.copytree(SCHEMAS, copied)
    file = copied / RECEIPT_SCHEMA.relative_to(SCHEMAS)
    written = file.read_text(encoding="utf-8")
    file.write_text(written.replace("{0,99}", "{0,98}"), encoding="utf-8")
    assert not is_of(load_schema(file, copied))


def test_the_patterns_are_those_of_the_schema() -> None:
    found = {
        each.get("value") for each in etree.parse(RECEIPT_SCHEMA).iter("{http://www.w3.org/2001/XMLSchema}pattern")
    }
    assert set(receipt_fields._FIELDS.values()) - {MOMENT} < found
