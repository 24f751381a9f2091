"""Readers of a case database's columns: from a raw value to the form that a notice needs.

A reader gets a present value and returns the notice's value, or raises `InvalidField` with an entry of the error
catalogue. Names and other lines of text do not change; numbers, which are keys, are normalized.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

from gateway.notice.identifiers import InvalidIdentifier
from gateway.notice.notice import MAX_DOCUMENT_BYTES, RecipientKind
from gateway.notice.source_row import Value
from gateway.notice.text import fold, plain
from gateway.notice.written_date import JALALI_YEARS, jalali_day

MAX_LINE = 2000
"""Maximum length of a line of text in characters (type ``Line`` of `schemas/notice/notice-1.xsd`)."""

MAX_REVISION = 999

_MAX_INTEGER_BITS = 64
# XML 1.0, section 2.2: Char; but without U+FFFD, which replaces undecodable text.
_NOT_IN_NOTICE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffc\U00010000-\U0010ffff]")
_JALALI = re.compile(r"([0-9]{4})([/-])([0-9]{1,2})\2([0-9]{1,2})")
_REVISION = re.compile(r"0*([1-9][0-9]{0,2})")
_PDF_REACH = 1024  # readers look no farther for header and end-of-file marker: PDF Reference 1.7, H.3, notes 13 and 18

PDF = "application/pdf"
_STARTS = {
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/tiff": (b"II*\0", b"MM\0*"),
}
"""Media types of pictures, by the first octets of their files."""

_RECIPIENT_KINDS = {
    fold(word): kind
    for kind, words in {
        RecipientKind.NATURAL: ("حقیقی", "NATURAL"),
        RecipientKind.LEGAL: ("حقوقی", "LEGAL"),
        RecipientKind.FOREIGN: ("اتباع", "FOREIGN"),
    }.items()
    for word in words
}


class InvalidField(ValueError):
    """The value is not valid in this column; ``code`` is an entry of the error catalogue.

    ``reason`` are a mapping's own words for people (empty: the code's).
    """

    literal_name = "InvalidField"

    def __init__(self, code: str, reason: str = "") -> None:
        super().__init__(code)
        self.code, self.reason = code, reason


def is_missing(value: Value) -> bool:
    """Return True for None, an empty value, or a text without visible characters (white space, bidi controls)."""
    return value is None or value == b"" or (isinstance(value, str) and not plain(value))


def line(value: Value) -> str:
    """Return a text unchanged: 1 to 2000 characters, all allowed in XML 1.0. Integers become text."""
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() <= _MAX_INTEGER_BITS:
        value = str(value)
    if not isinstance(value, str) or _NOT_IN_NOTICE.search(value):
        raise InvalidField("notice.field-invalid")
    if len(value) > MAX_LINE:
        raise InvalidField("notice.field-too-long")
    return value


def number(value: Value) -> str:
    """Normalize an identifying number (case, paper, archive): Latin digits, without the usual invisible characters.

    It is part of a notice's key: the same number typed with other digits must not become a second notice. Admission
    refuses a number with another invisible character (`gateway.intake.hidden_signs`).
    """
    return plain(line(value))


def recipient_kind(value: Value) -> RecipientKind:
    """Return the kind of recipient: حقیقی, حقوقی, اتباع or its English code, in any spelling."""
    try:
        return _RECIPIENT_KINDS[fold(line(value))]
    except (KeyError, InvalidField):
        raise InvalidField("recipient.kind") from None


def jalali_date(value: Value) -> date:
    """Return the Gregorian day of a Jalali text year/month/day (or with hyphens), the year in four digits."""
    match = _JALALI.fullmatch(plain(value)) if isinstance(value, str) else None
    if match is None:
        raise InvalidField("notice.date-form")
    year, month, day = int(match[1]), int(match[3]), int(match[4])
    if year not in JALALI_YEARS:
        raise InvalidField("notice.date-year")
    try:
        return jalali_day(year, month, day)
    except ValueError:
        raise InvalidField("notice.date") from None


def revision(value: Value) -> int:
    """Return a whole number from 1 to 999."""
    match = _REVISION.fullmatch(number(value))
    if match is None:
        raise InvalidField("notice.revision")
    return int(match[1])


def pdf(value: Value) -> bytes:
    """Return the octets of a PDF of at most 7 MiB: header near its beginning, end-of-file marker near its end.

    Its content is not examined here.
    """
    if not isinstance(value, bytes):
        raise InvalidField("document.not-pdf")
    if len(value) > MAX_DOCUMENT_BYTES:
        raise InvalidField("document.too-large")
    if value.find(b"%PDF-", 0, _PDF_REACH) < 0:
        raise InvalidField("document.not-pdf")
    if b"%%EOF" not in value[-_PDF_REACH:]:
        raise InvalidField("document.cut-off")
    return value


def attachment(value: Value) -> bytes:
    """Return the octets of an attachment: a PDF, or a picture (JPEG, PNG, TIFF), of at most 7 MiB.

    A PDF's content is not examined here.
    """
    if not isinstance(value, bytes):
        raise InvalidField("document.media-type")
    if len(value) > MAX_DOCUMENT_BYTES:
        raise InvalidField("document.too-large")
    return pdf(value) if media_type(value) == PDF else value


def media_type(octets: bytes) -> str:
    """Return the media type by the first octets."""
    found = next((name for name, starts in _STARTS.items() if octets.startswith(starts)), None)
    if found is None and octets.find(b"%PDF-", 0, _PDF_REACH) >= 0:
        return PDF
    if found is None:
        raise InvalidField("document.media-type")
    return found


def identifier(check: Callable[[str], str]) -> Callable[[Value], str]:
    """Return a reader that passes the text through ``check``, a function of `gateway.notice.identifiers`."""

    def read(value: Value) -> str:
        try:
            return check(number(value))
        except InvalidIdentifier as error:
            raise InvalidField(error.code) from None

    return read
