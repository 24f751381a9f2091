"""Defects of the sample's bad rows: one defect a row, the kinds of defect in turn.

`docs/reference/refusals.md` shows their examples beside the gateway's errors.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import cycle
from typing import Any

from adapters.sandbox.cases.bodies import NOT_CONNECTED
from adapters.sandbox.cases.paper import active_paper, paper_with_file, small_paper
from gateway.notice.fields import MAX_LINE
from gateway.notice.notice import MAX_DOCUMENT_BYTES, RecipientKind
from gateway.notice.text import plain

Make = Callable[[Any, random.Random], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Defect:
    """Bad value in ``table`` and ``column``, of an otherwise good row that must be refused with ``code``.

    ``make`` turns the good value into the bad one. ``example`` (Persian if it is words) shows it to a reader.
    ``recipient`` is the kind of person concerned. ``second`` rows stand beside a good one of the same paper and
    recipient.
    """

    name: str
    code: str
    table: str
    column: str
    make: Make
    example: str
    recipient: RecipientKind = RecipientKind.NATURAL
    second: bool = False


def _one_of(*values: Any) -> Make:
    return lambda _good, rng: rng.choice(values)


def _other_check_digit(good: str, _rng: random.Random) -> str:
    digits = plain(good)
    return digits[:-1] + str((int(digits[-1]) + 1) % 10)


def _one_digit_less(good: str, _rng: random.Random) -> str:
    return plain(good)[:-1]


def _too_large(_good: bytes, _rng: random.Random) -> bytes:
    head, tail = b"%PDF-1.7\n", b"\n%%EOF\n"
    return head + bytes(MAX_DOCUMENT_BYTES + 1 - len(head) - len(tail)) + tail


def _picture(_good: bytes, rng: random.Random) -> bytes:
    return rng.choice((b"II*\x00", b"\xff\xd8\xff\xe0")) + rng.randbytes(20_000)


@cache
def _locked() -> bytes:
    return small_paper("locked", locked=True)


@cache
def _scripted() -> bytes:
    return active_paper()


@cache
def _stuffed() -> bytes:
    return paper_with_file()


def _damaged(_good: bytes, rng: random.Random) -> bytes:
    return b"%PDF-1.7\n" + rng.randbytes(20_000) + b"\n%%EOF\n"


_EMPTY = (None, "", "  ", "\u200c")
_NOTHING = "(خالی)"

DEFECTS = (
    Defect(
        name="wrong-check-digit",
        code="recipient.national-id",
        table="parties",
        column="identifier",
        make=_other_check_digit,
        example="0012345678",
    ),
    Defect(
        name="missing-document",
        code="document.missing",
        table="papers",
        column="document",
        make=_one_of(None, b""),
        example=_NOTHING,
    ),
    Defect(
        name="impossible-date",
        code="notice.date",
        table="papers",
        column="issued_on",
        make=_one_of("1404/12/30", "1400/12/30", "۱۴۰۴/۱۱/۳۱", "1404/13/05", "1404/00/10", "۱۴۰۴/۰۸/۰۰"),
        example="1404/12/30",
    ),
    Defect(
        name="second-row",
        code="notice.two-rows",
        table="notices",
        column="revision",
        make=lambda good, _rng: good,
        example="همان پرونده، برگه، نوع و مخاطب در دو ردیف",
        second=True,
    ),
    Defect(
        name="document-cut-off",
        code="document.cut-off",
        table="papers",
        column="document",
        make=lambda good, _rng: good[: len(good) // 2],
        example="فایلی که `%%EOF` در پایان ندارد",
    ),
    Defect(
        name="missing-name",
        code="recipient.name",
        table="parties",
        column="name",
        make=_one_of(*_EMPTY),
        example=_NOTHING,
    ),
    Defect(
        name="unknown-kind",
        code="notice.kind",
        table="papers",
        column="kind",
        make=_one_of("notice-91", "اجراییه", "summons"),
        example="notice-91",
    ),
    Defect(
        name="wrong-mobile",
        code="recipient.mobile",
        table="parties",
        column="mobile",
        make=_one_of("0970123", "02100000000", "۰۹۷۰۱۲۳۴۵۶۷۸"),
        example="02100000000",
    ),
    Defect(
        name="document-too-large",
        code="document.too-large",
        table="papers",
        column="document",
        make=_too_large,
        example="فایلی با ۷٬۳۴۰٬۰۳۳ بایت",
    ),
    Defect(
        name="document-no-pdf",
        code="document.not-pdf",
        table="papers",
        column="document",
        make=_picture,
        example="تصویر TIFF یا JPEG",
    ),
    Defect(
        name="predecessor-served",
        code="notice.predecessor",
        table="notices",
        column="revision",
        make=_one_of(2),
        example="نوبت ۲ برگه‌ای که نوبت ۱ آن ابلاغ شده است",
        second=True,
    ),
    Defect(
        name="repeated-digit",
        code="recipient.national-id-repeated",
        table="parties",
        column="identifier",
        make=_one_of("9999999999", "۹۹۹۹۹۹۹۹۹۹"),
        example="1111111111",
    ),
    Defect(
        name="wrong-length",
        code="recipient.national-id-length",
        table="parties",
        column="identifier",
        make=_one_of("9990123", "99901234567", "۹۹۹۰۱", "999012345X"),
        example="123456",
    ),
    Defect(
        name="missing-identifier",
        code="recipient.id-missing",
        table="parties",
        column="identifier",
        make=_one_of(*_EMPTY),
        example=_NOTHING,
    ),
    Defect(
        name="legal-wrong-check-digit",
        code="recipient.legal-id",
        table="parties",
        column="identifier",
        make=_other_check_digit,
        example="14007650911",
        recipient=RecipientKind.LEGAL,
    ),
    Defect(
        name="legal-wrong-length",
        code="recipient.legal-id-length",
        table="parties",
        column="identifier",
        make=_one_digit_less,
        example="1400765091",
        recipient=RecipientKind.LEGAL,
    ),
    Defect(
        name="foreign-wrong-length",
        code="recipient.foreign-id",
        table="parties",
        column="identifier",
        make=_one_digit_less,
        example="12345678901",
        recipient=RecipientKind.FOREIGN,
    ),
    Defect(
        name="unknown-recipient-kind",
        code="recipient.kind",
        table="parties",
        column="kind",
        make=_one_of(None, "نامشخص", "شرکت"),
        example="نامشخص",
    ),
    Defect(
        name="name-too-long",
        code="notice.field-too-long",
        table="parties",
        column="name",
        make=lambda good, _rng: good * (MAX_LINE // len(good) + 1),
        example="نامی با ۲۰۰۱ نویسه",
    ),
    Defect(
        name="undecoded-text",
        code="notice.field-invalid",
        table="papers",
        column="subject",
        make=lambda good, rng: good[:9] + rng.choice("\ufffd\x1a") + good[9:],
        example="«احد\ufffd\ufffd بنا»",
    ),
    Defect(
        name="wrong-postal-code",
        code="recipient.postal-code",
        table="parties",
        column="postal_code",
        make=_one_of("000123", "۰۰۰۱۲۳۴۵۶۷۸", "تهران"),
        example="000123",
    ),
    Defect(
        name="unknown-body",
        code="notice.body",
        table="cases",
        column="body_code",
        make=_one_of(NOT_CONNECTED[0]),
        example=NOT_CONNECTED[0],
    ),
    Defect(
        name="missing-district",
        code="notice.field-missing",
        table="cases",
        column="district",
        make=_one_of(*_EMPTY),
        example=_NOTHING,
    ),
    Defect(
        name="date-in-another-form",
        code="notice.date-form",
        table="papers",
        column="issued_on",
        make=_one_of("04/11/14", "1404/11", "۱۴ بهمن ۱۴۰۴", "14041114", "1404.11.14"),
        example="۱۴ بهمن ۱۴۰۴",
    ),
    Defect(
        name="gregorian-date",
        code="notice.date-year",
        table="papers",
        column="issued_on",
        make=_one_of("2026/02/03", "2026-02-03", "۲۰۲۶/۰۲/۰۳"),
        example="2026/02/03",
    ),
    Defect(
        name="wrong-revision",
        code="notice.revision",
        table="notices",
        column="revision",
        make=_one_of(0, 1000, "دوم"),
        example="دوم",
    ),
    Defect(
        name="document-encrypted",
        code="document.encrypted",
        table="papers",
        column="document",
        make=lambda _good, _rng: _locked(),
        example="PDF با گذرواژه",
    ),
    Defect(
        name="document-active",
        code="document.active",
        table="papers",
        column="document",
        make=lambda _good, _rng: _scripted(),
        example="PDF با جاوااسکریپت",
    ),
    Defect(
        name="document-with-files",
        code="document.attachments",
        table="papers",
        column="document",
        make=lambda _good, _rng: _stuffed(),
        example="PDF با فایل جاسازی‌شده",
    ),
    Defect(
        name="document-damaged",
        code="document.damaged",
        table="papers",
        column="document",
        make=_damaged,
        example="PDF که محتوای آن از دست رفته است",
    ),
    Defect(
        name="predecessor-absent",
        code="notice.predecessor",
        table="notices",
        column="revision",
        make=_one_of(2, 3),
        example="نوبت ۲ برگه‌ای که نوبت ۱ آن ثبت نشده است",
    ),
)
"""Defects in order of importance: a small sample has the first ones."""

NOT_MADE = {
    "document.digest": "the sample's view names no digests",
    "document.file-changed": "the sample has its papers in a column, not in a folder",
    "document.file-missing": "the sample has its papers in a column, not in a folder",
    "document.file-name": "the sample has its papers in a column, not in a folder",
    "document.media-type": "the sample has no attachments",
    "document.too-many": "the sample has no attachments",
    "document.total": "the sample has no attachments",
    "document.unmapped": "the sample has no attachments",
    "document.too-complex": "it takes a file that was made to be so",
    "notice.budget": "no row leads to it under the shipped mapping, which has no expression",
    "notice.contract": "the shipped contracts take every notice; one that is bound by files may have no room for it",
    "notice.changed": "a clerk changes a paper after it was taken; the sample changes nothing by itself",
    "notice.field-twice": "the sample's rows are columns of a view; a case that is pulled by REST has members",
    "notice.key-twice": "the sample's view shows each key once",
    "notice.encoding": "the sample's texts are Unicode",
    "notice.renovation-code": "the shipped mapping takes a renovation code as a text",
    "notice.schema": "no row leads to it: a mistake of ours would",
    "notice.unknown-value": "the shipped mapping's table has a code of its own for an unknown word",
    "notice.gregorian-year": "the sample's view has no column of Gregorian days",
    "notice.own-parcel": "the sandbox has an asset register in `demo --with-city` alone",
    "notice.register-silent": "the sandbox has an asset register in `demo --with-city` alone",
    "notice.seal": "no row leads to it: the body's certificate has run out",
}
"""Codes of rows without a defect here, and the reasons."""

_LARGE_DOCUMENTS = 2
"""Most documents of excessive size in a sample: each takes 7 MiB."""


def defects() -> Iterator[Defect]:
    """Yield the defects of one sample without end."""
    large = 0
    for defect in cycle(DEFECTS):
        if defect.make is _too_large:
            large += 1
            if large > _LARGE_DOCUMENTS:
                continue
        yield defect
