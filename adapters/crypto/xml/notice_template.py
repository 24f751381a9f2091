"""Fields of a notice (schemas/notice), and a template that writes its exclusive C14N as octets, without a tree.

The template compares each value with its type in the schema, so what it writes need not be judged again. It leaves a
notice with any other value to the plain construction (`adapters.crypto.xml.sealing.notice_element`) and to the schema,
which says what is wrong. A property test compares the octets of both.
"""

from __future__ import annotations

import re
from binascii import b2a_base64
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from typing import Final

from lxml import etree

from adapters.crypto.keys.names import NOTICE, RSA_SHA256
from adapters.crypto.xml.seal_template import signature_template
from adapters.crypto.xml.sealed_fields import ATTACHMENT, xml_name
from adapters.crypto.xml.strict_xml import DOCUMENT_LIMITS, conforms, parse
from gateway.notice.notice import RECIPIENT_PARTS, Document, IssuingBody, Notice, Recipient, RecipientKind
from gateway.runtime.clock import timestamp
from gateway.trust.trust_policy import Rejection

CLOSING: Final = b"</n:Notice>"

Fits = Callable[[str], object]
"""Function that is true of the values of a type."""

Field = tuple[str, str | None, Fits]
"""Element's name, its text (None: it is left out) and its type."""

_MAX_LINE: Final = 2_000
_MAX_EXTRA: Final = 100
_MAX_ATTACHMENTS: Final = 19
_MAX_OCTETS: Final = 9_900_000
"""Less than `DOCUMENT_LIMITS` allows, and than libxml2 reads as one text, with room for the signature."""

_MAX_EQUALS: Final = DOCUMENT_LIMITS.max_attributes_total - 500
"""Most equals signs in texts: the parser counts them as attributes. There is room for all that are attributes."""

_UNUSUAL: Final = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML does not have, and the carriage return, which a parser would change."""


def _pattern(expression: str) -> Fits:
    return re.compile(expression).fullmatch


def line(text: str) -> bool:
    return 1 <= len(text) <= _MAX_LINE


code: Final = _pattern(r"[A-Za-z0-9][A-Za-z0-9_.\-]{0,63}")
reference: Final = _pattern(r"EB-[A-Z2-7]{32}")
digest: Final = _pattern(r"sha256:[0-9a-f]{64}")
identifier: Final = _pattern(r"[0-9]{10,12}")
mobile: Final = _pattern(r"\+989[0-9]{9}")
postal_code: Final = _pattern(r"[0-9]{10}")
recipient_kind: Final = _pattern(r"NATURAL|LEGAL|FOREIGN")
day: Final = _pattern(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
number: Final = _pattern(r"[1-9][0-9]{0,8}")

_RECIPIENT: Final = tuple((name, xml_name(name)) for name in RECIPIENT_PARTS)


def groups_of(notice: Notice) -> list[tuple[str, list[Field]]]:
    """Return the groups of a notice's fields that stand before its documents."""
    body, who = notice.body, notice.recipient
    return [
        ("IssuingBody", [("Code", body.code, code), ("Title", body.title, line), ("District", body.district, line)]),
        ("Case", [
            ("Number", notice.case_number, line),
            ("ArchiveNumber", notice.archive_number, line),
            ("RenovationCode", notice.renovation_code, line),
        ]),
        ("Paper", [
            ("Number", notice.paper_number, line),
            ("Kind", notice.kind, code),
            ("Subject", notice.subject, line),
            ("IssuedOn", notice.issued_on.isoformat(), day),
            ("Revision", str(notice.revision), number),
            ("Predecessor", notice.predecessor, reference),
        ]),
        ("Recipient", [
            ("Kind", who.kind.value, recipient_kind),
            ("Identifier", who.identifier, identifier),
            ("Name", who.name, line),
            ("Mobile", who.mobile, mobile),
            ("PostalCode", who.postal_code, postal_code),
            ("Address", who.address, line),
            *((name, getattr(who, part), line) for part, name in _RECIPIENT),
        ]),
    ]  # fmt: skip


def fields_of(document: Document) -> list[Field]:
    """Return the fields of a document that stand before its content."""
    return [
        ("Name", document.name, line),
        ("Title", document.title, line),
        ("Kind", document.kind, line),
        ("MediaType", document.media_type, line),
        ("Size", str(len(document.octets)), number),
        ("Digest", document.digest, digest),
    ]


def notice_octets(notice: Notice) -> list[bytes] | None:
    """Return the canonical octets of the unsigned ``Notice`` without `CLOSING`, in pieces.

    None for a notice that is left to the plain construction.
    """
    try:
        return _pieces(notice)
    except ValueError:
        return None


def is_of(schema: etree.XMLSchema) -> bool:
    """Return True if a schema allows what the template writes: the least and the most of every value."""
    for notice in (_least(), _most()):
        pieces = notice_octets(notice)
        assert pieces is not None
        signature = signature_template("N-", bytes(32), timestamp(datetime.max.replace(tzinfo=UTC)), b"\0", RSA_SHA256)
        try:
            conforms(schema, parse(b"".join((*pieces, signature.octets(b"\0"), CLOSING)), DOCUMENT_LIMITS))
        except Rejection:
            return False
    return True


def _least() -> Notice:
    return Notice(
        body=IssuingBody(code="0", title="<", district=">"),
        case_number="\t",
        paper_number="\n",
        kind="0",
        subject="&",
        issued_on=date.min,
        recipient=Recipient(kind=RecipientKind.NATURAL, identifier="0" * 10, name=" "),
        document=Document(name="0", media_type="0", octets=b"0"),
    )


def _most() -> Notice:
    longest, longest_code = "\U0010ffff" + "z" * (_MAX_LINE - 1), "z" + "_.-9A" * 12 + "___"
    parts = dict.fromkeys(RECIPIENT_PARTS, longest)
    document = Document(name=longest, title=longest, kind=longest, media_type=longest, octets=b"0")
    attachment = Document(name="0", media_type="0", octets=b"0")
    return Notice(
        body=IssuingBody(code=longest_code, title=longest, district=longest),
        case_number=longest,
        archive_number=longest,
        renovation_code=longest,
        paper_number=longest,
        kind=longest_code,
        subject=longest,
        issued_on=date.max,
        revision=999_999_999,
        predecessor="EB-" + "A2" * 16,
        recipient=Recipient(
            kind=RecipientKind.FOREIGN,
            identifier="9" * 12,
            name=longest,
            mobile="+989" + "9" * 9,
            postal_code="9" * 10,
            address=longest,
            **parts,
        ),
        document=document,
        extra=((longest_code, longest), *((("0", "0"),) * (_MAX_EXTRA - 1))),
        attachments=(document, *((attachment,) * (_MAX_ATTACHMENTS - 1))),
    )


def _pieces(notice: Notice) -> list[bytes]:
    """Raise `ValueError` for a notice that is left to the plain construction."""
    if len(notice.extra) > _MAX_EXTRA or len(notice.attachments) > _MAX_ATTACHMENTS:
        raise ValueError("too many parts")
    said = notice.reference
    texts = [f'<n:Notice xmlns:n="{NOTICE}" Id="N-{said}" version="1">', _elements([("Reference", said, reference)])]
    texts += [f"<n:{name}>{_elements(fields)}</n:{name}>" for name, fields in groups_of(notice)]
    pieces = [*_document("".join(texts), "Document", notice.document)]
    after = "</n:Content></n:Document>"
    if notice.extra:
        extra = [f'<n:Field name="{_text(name, code)}">{_text(text, line)}</n:Field>' for name, text in notice.extra]
        after += f"<n:Extra>{''.join(extra)}</n:Extra>"
    for each in notice.attachments:
        pieces += _document(after, ATTACHMENT, each)
        after = f"</n:Content></n:{ATTACHMENT}>"
    pieces.append(_encoded(after))
    if sum(map(len, pieces)) > _MAX_OCTETS or sum(each.count(b"=") for each in pieces[::2]) > _MAX_EQUALS:
        raise ValueError("too much of it")
    return pieces


def _document(before: str, name: str, document: Document) -> tuple[bytes, bytes]:
    """Return the octets before the document's content, and its content."""
    opening = f"{before}<n:{name}>{_elements(fields_of(document))}<n:Content>"
    return _encoded(opening), b2a_base64(document.octets, newline=False)


def _elements(fields: Iterable[Field]) -> str:
    return "".join([f"<n:{name}>{_text(text, fits)}</n:{name}>" for name, text, fits in fields if text is not None])


def _text(text: str, fits: Fits) -> str:
    """Return a text as exclusive C14N escapes it (Canonical XML, 2.3). Raises `ValueError` if it is not of its type."""
    if not fits(text):
        raise ValueError("not of its type")
    if "&" in text or "<" in text or ">" in text:
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text


def _encoded(octets: str) -> bytes:
    if _UNUSUAL.search(octets):
        raise ValueError("a character that is not written")
    return octets.encode()
