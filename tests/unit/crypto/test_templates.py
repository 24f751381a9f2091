"""Octets from templates are those of the plain construction, from elements; and what they leave to it, it judges."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from adapters.crypto.keys import names
from adapters.crypto.keys.certificate import Certificate
from adapters.crypto.message.credentials import Credentials
from adapters.crypto.message.soap_signing import Addressing, sign_message
from adapters.crypto.xml.document import sign_document
from adapters.crypto.xml.notice_template import (
    _least,
    _most,
    code,
    digest,
    identifier,
    is_of,
    mobile,
    notice_octets,
    postal_code,
    recipient_kind,
    reference,
)
from adapters.crypto.xml.sealing import NoticeSealer
from adapters.crypto.xml.strict_xml import load_schema
from adapters.shipped.resources import NOTICE_SCHEMA, SCHEMAS
from gateway.judiciary.courier import SealSlice
from gateway.notice.large_octets import pieces_of
from gateway.notice.notice import RECIPIENT_PARTS, Document, IssuingBody, Notice, Recipient, RecipientKind, sha256
from gateway.runtime.errors import GatewayError
from tests.apart import Apart

from .conftest import SIGNED_AT
from .plain_signing import plainly_signed, plainly_signed_message
from .samples import inquiry, notice, slice_of, submission

EACH = settings(deadline=None, database=None)
FIRST, LAST = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
TIMES = st.datetimes(timezones=st.just(UTC))
XML_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\ufffe\uffff", exclude_categories=["Cc", "Cs"]))
MARKUP = st.text("&<>\"'\t\n\r]= aب\u200c𐎠", max_size=12)
ROOTS = st.sampled_from(["{urn:x}n:Root", "Root", "{urn:x}Root"])


class Stand:
    """A signer whose signatures are digests: only their place matters here."""

    def __init__(self, der: bytes, algorithm: str) -> None:
        self.certificate = Certificate(
            der=der, thumbprint=sha256(der), subject="CN=Stand", not_before=FIRST, not_after=LAST, development=True
        )
        self.algorithm = algorithm

    def sign(self, octets: bytes) -> bytes:
        return hashlib.sha512(octets).digest()

    def sign_digest(self, digest: bytes) -> bytes:
        raise NotImplementedError


SIGNERS = st.builds(Stand, st.binary(max_size=9), st.sampled_from([names.RSA_SHA256, names.ECDSA_SHA256]))


def root_of(name: str, id_: str, text: str) -> etree._Element:
    space, _, rest = name.rpartition("}")
    prefix, _, local = rest.rpartition(":")
    root = etree.Element(f"{space}}}{local}" if space else local, nsmap={prefix or None: space[1:]} if space else None)
    root.set("Id", id_)
    root.text = text
    return root


@EACH
@given(signer=SIGNERS, name=ROOTS, id_=MARKUP | XML_TEXT, text=MARKUP | XML_TEXT, at=TIMES)
def test_a_signature_from_a_template_is_the_one_from_elements(
    signer: Stand, name: str, id_: str, text: str, at: datetime
) -> None:
    written = sign_document(root_of(name, id_, text), signer, at)
    assert written == plainly_signed(root_of(name, id_, text), signer, at)


@EACH
@given(signer=SIGNERS, text=XML_TEXT, at=TIMES)
def test_a_seal_from_a_template_is_the_one_from_elements(signer: Stand, text: str, at: datetime) -> None:
    root = notice("EB-" + "A" * 32, subject=text)
    assert sign_document(root, signer, at) == plainly_signed(root, signer, at)


# Notices: each value is of its type, at its bounds or beyond them.


def values(good: st.SearchStrategy[str], *bad: str, any_: bool) -> st.SearchStrategy[str]:
    """Values of a type; ``any_``: one in thirty is not, so that a notice often has just one of those."""
    return st.one_of(*[good] * 29, st.sampled_from(bad)) if any_ else good


def notices(*, any_: bool) -> st.SearchStrategy[Notice]:
    """Notices whose values are of their types, at the bounds too; ``any_``: or beyond them."""
    texts = st.text("&<>\"'=\t\n aب\u200c𐎠\x85\ufffd", min_size=1, max_size=9)
    texts |= st.sampled_from(["x" * 2_000, "𐎠" * 2_000, "&" * 2_000])
    bad_texts = "", "x" * 2_001, "\r", "a\r\nb", "\x00", "\x0b", "\ufffe", "=" * 1_900
    lines = values(texts, *bad_texts, any_=any_)
    codes_ = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.\-]{0,63}", fullmatch=True)
    codes = values(codes_, "", "-a", "a" * 65, "۱", "a b", "a\n", "_", any_=any_)
    good = st.just("EB-" + "A2" * 16)
    references = values(good, "EB-" + "A2" * 16 + "\n", "EB-" + "A1" * 16, "eb-" + "A2" * 16, "", any_=any_)
    digits = st.from_regex(r"[0-9]{10,12}", fullmatch=True)
    identifiers = values(digits, "۹۹۹۰۰۰۰۰۰۰", "9990000000\n", "", "9" * 9, "9" * 13, any_=any_)
    mobiles = values(st.just("+989121234567"), "+989121234567\n", "09121234567", "+98912123456۷", "", any_=any_)
    postal_codes = values(st.just("1234567890"), "123456789", "1234567890\n", "۱۲۳۴۵۶۷۸۹۰", any_=any_)
    octets = st.binary(min_size=0 if any_ else 1, max_size=40)
    documents = st.builds(
        Document, name=lines, media_type=lines, octets=octets, title=st.none() | lines, kind=st.none() | lines
    )
    return st.builds(
        Notice,
        body=st.builds(IssuingBody, code=codes, title=lines, district=lines),
        case_number=lines,
        paper_number=lines,
        kind=codes,
        subject=lines,
        issued_on=st.dates(),
        recipient=st.builds(
            Recipient,
            kind=st.sampled_from(RecipientKind),
            identifier=identifiers,
            name=lines,
            mobile=st.none() | mobiles,
            postal_code=st.none() | postal_codes,
            address=st.none() | lines,
            **{part: st.none() | lines for part in RECIPIENT_PARTS},
        ),
        document=documents,
        archive_number=st.none() | lines,
        renovation_code=st.none() | lines,
        revision=st.sampled_from([1, 2, 10**8, *([10**9, 10**30, 0, -1] if any_ else [])]),
        predecessor=st.none() | references,
        extra=st.lists(st.tuples(codes, lines), max_size=3).map(tuple),
        attachments=st.lists(documents, max_size=2).map(tuple),
    )


def sealed(sealer: NoticeSealer, one: Notice) -> bytes | tuple[object, ...]:
    """Return the octets, or the error."""
    try:
        made = sealer.seal(one, SIGNED_AT)
        assert made.digest == sha256(made.octets)
        return bytes(made.octets)
    except GatewayError as error:
        return error.code, error.where, error.detail
    except ValueError as error:
        return (str(error),)


def sealers(schema: etree.XMLSchema) -> tuple[NoticeSealer, NoticeSealer]:
    """A sealer with the template, and one without."""
    with_template, plain = (NoticeSealer(AnyBody(), schema) for _ in range(2))
    assert with_template._has_template
    plain._has_template = False
    return with_template, plain


class AnyBody(dict[str, Any]):
    """Signers of every body but one."""

    def get(self, code: str, default: object = None) -> Any:
        return default if code == "a" * 64 else Stand(b"der", names.RSA_SHA256)


@pytest.mark.long
@settings(EACH, max_examples=200)
@given(one=notices(any_=False))
def test_a_notice_from_the_template_is_the_one_from_elements(schema: etree.XMLSchema, one: Notice) -> None:
    with_template, plain = sealers(schema)
    assert notice_octets(one) is not None
    octets = sealed(with_template, one)
    assert isinstance(octets, bytes)
    assert octets == sealed(plain, one)


@pytest.mark.long
@settings(EACH, max_examples=400)
@given(one=notices(any_=True))
def test_a_notice_that_does_not_fit_gets_the_same_error(schema: etree.XMLSchema, one: Notice) -> None:
    with_template, plain = sealers(schema)
    assert sealed(with_template, one) == sealed(plain, one)


@pytest.mark.parametrize("count", [0, 1, 19, 20])
@pytest.mark.parametrize("fields", [0, 1, 100, 101])
def test_as_many_fields_and_attachments_as_there_may_be(schema: etree.XMLSchema, count: int, fields: int) -> None:
    paper = Document(name="a", media_type="b", octets=b"c")
    one = replace(_least(), attachments=(paper,) * count, extra=tuple((f"f{n}", "=" * 30) for n in range(fields)))
    with_template, plain = sealers(schema)
    assert sealed(with_template, one) == sealed(plain, one)


@pytest.mark.parametrize("size", [0, 1, 3_000_000, 7_300_000, 7_420_000, 7_440_000, 7_460_000, 7_860_000])
def test_papers_up_to_the_size_that_is_read(schema: etree.XMLSchema, size: int) -> None:
    one = replace(_least(), document=Document(name="a", media_type="b", octets=b"\xff" * size))
    with_template, plain = sealers(schema)
    assert sealed(with_template, one) == sealed(plain, one)


@pytest.mark.parametrize("one", [_least(), _most()])
def test_the_bounds_are_written_by_the_template(one: Notice) -> None:
    assert notice_octets(one) is not None


def test_the_template_is_not_of_a_stricter_schema(tmp_path: Path) -> None:
    copied = tmp_path / "schemas"
    shutil.copytree(SCHEMAS, copied)
    file = copied / NOTICE_SCHEMA.relative_to(SCHEMAS)
    narrow = file.read_text(encoding="utf-8").replace('maxLength value="2000"', 'maxLength value="1999"')
    file.write_text(narrow, encoding="utf-8")
    assert not is_of(load_schema(file, copied))


XS = "{http://www.w3.org/2001/XMLSchema}"


def test_the_types_of_the_template_are_those_of_the_schema() -> None:
    """Each pattern of the schema is one of the template's, and the other way round."""
    found = {each.get("value") for each in etree.parse(NOTICE_SCHEMA).iter(f"{XS}pattern")}
    fits = (code, reference, digest, identifier, mobile, postal_code)
    assert found == {each.__self__.pattern for each in fits}  # type: ignore[attr-defined]
    kinds = {each.get("value") for each in etree.parse(NOTICE_SCHEMA).iter(f"{XS}enumeration")}
    assert kinds == set(recipient_kind.__self__.pattern.split("|"))  # type: ignore[attr-defined]


# Messages.

LATEST = datetime(9999, 12, 31, tzinfo=UTC).replace(tzinfo=None)
REFERENCES = ["EB-" + letter * 32 for letter in "ABC"]
TEXTS = MARKUP | XML_TEXT
ADDRESSINGS = st.builds(Addressing, to=TEXTS, action=TEXTS, message_id=TEXTS, relates_to=st.none() | TEXTS)
TOKENS = st.builds(Credentials, username=st.just("city & <town>"), password=st.just(b"secret"))
SLICES = [slice_of(one, sign_document(notice(one), Stand(b"der", names.RSA_SHA256), SIGNED_AT)) for one in REFERENCES]


def block(text: str) -> etree._Element:
    made = etree.Element("{urn:h}Header", nsmap={"h": "urn:h"})
    made.set(f"{{{names.SOAP}}}mustUnderstand", "0")
    made.text = text
    return made


@EACH
@given(
    signer=SIGNERS,
    addressing=st.none() | ADDRESSINGS,
    at=st.datetimes(max_value=LATEST, timezones=st.just(UTC)),
    lifetime=st.none() | st.just(timedelta(minutes=5)),
    seals=st.tuples(st.integers(0, 3), st.just(0)) | st.tuples(st.just(0), st.integers(1, 2)),
    soap=st.sampled_from([names.SOAP, names.SOAP12]),
    credentials=st.none() | TOKENS,
    headers=st.lists(TEXTS, max_size=2),
    body_alone=st.booleans(),
    pieces=st.integers(1, 2_000),
    large=st.integers(1, 5_000),
)
def test_a_message_with_a_signature_from_the_template_is_the_one_from_elements(
    signer: Stand,
    addressing: Addressing | None,
    at: datetime,
    lifetime: timedelta | None,
    seals: tuple[int, int],
    soap: str,
    credentials: Credentials | None,
    headers: list[str],
    body_alone: bool,
    pieces: int,
    large: int,
) -> None:
    """So is one whose seals stay where they are, and are read in pieces."""
    token = credentials.token(SIGNED_AT) if credentials else None
    inside, beside = seals

    def made(sign: Callable[..., Any], slices: Sequence[SealSlice] = SLICES) -> Any:
        return sign(
            submission(REFERENCES[:inside]) if inside else inquiry(),
            addressing,
            signer,
            at,
            lifetime,
            slices[:inside],
            soap=soap,
            token=token,
            attached=slices[:beside],
            headers=[block(each) for each in headers],
            body_alone=body_alone,
        )

    wire = made(plainly_signed_message)
    assert made(sign_message).wire == wire
    with patch("gateway.notice.large_octets.LARGE", large):
        streamed = made(sign_message, [replace(each, octets=Apart.of(bytes(each.octets), pieces)) for each in SLICES])
        assert isinstance(streamed.wire, bytes) == (len(wire) <= large)
        assert (b"".join(pieces_of(streamed.wire)), len(streamed.wire)) == (wire, len(wire))
        assert streamed.frame == made(sign_message).frame
