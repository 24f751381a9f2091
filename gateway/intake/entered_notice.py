"""A notice that a person enters by hand: its fields in words, and the row that the inbox keeps of it.

The names of the fields are the columns that the shipped mapping ``by-hand-1`` reads.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from gateway.notice.source_row import ATTACHMENTS, Rows, Value
from gateway.runtime.bilingual import Words

ATTACHMENTS_FIELD: Final = ATTACHMENTS
DOCUMENT: Final = "document"
"""Field of the paper; its file's name is the column ``document_name``."""

MAX_TEXT: Final = 2000
"""Most characters of one field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EnteredField:
    """Field of the form, and column of the spreadsheet. ``example`` is a value that shows its form."""

    name: str
    label: Words
    hint: Words | None = None
    required: bool = False
    example: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldGroup:
    """Fields that belong together on the form."""

    title: Words
    fields: tuple[EnteredField, ...]


BODY: Final = EnteredField(
    name="body_code", label=Words(en="Issuing body", fa="مرجع صادرکننده"), required=True, example="article-100"
)
KIND: Final = EnteredField(
    name="kind", label=Words(en="Kind of notice", fa="نوع ابلاغیه"), required=True, example="ruling"
)
RECIPIENT_KIND: Final = EnteredField(
    name="recipient_kind", label=Words(en="Recipient is", fa="مخاطب"), required=True, example="حقیقی"
)

IDENTIFIER: Final = EnteredField(
    name="recipient_id",
    label=Words(en="National ID or identifier", fa="کد ملی یا شناسه ملی"),
    hint=Words(
        en="Natural person: 10 digits of the national ID. Legal person: 11 digits of the national identifier. "
        "Foreign national: 12 digits. The last digit of the first two is computed from the others, so a typing "
        "mistake is found.",
        fa="شخص حقیقی: کد ملی ۱۰ رقمی. شخص حقوقی: شناسه ملی ۱۱ رقمی. اتباع: شناسه فراگیر ۱۲ رقمی. رقم آخر "
        "کد ملی و شناسه ملی از رقم‌های دیگر محاسبه می‌شود؛ بنابراین اشتباه تایپی مشخص می‌شود.",
    ),
    required=True,
    example="9990000018",
)

_PAPER = FieldGroup(
    title=Words(en="The paper", fa="برگه"),
    fields=(
        EnteredField(
            name="case_number",
            label=Words(en="Case number", fa="شماره پرونده"),
            hint=Words(en="As it stands on the paper.", fa="همان‌گونه که روی برگه آمده است."),
            required=True,
            example="1404-100-1",
        ),
        EnteredField(
            name="paper_number",
            label=Words(en="Paper number", fa="شماره برگه"),
            hint=Words(
                en="Number of this paper in the case. One paper is entered once for each recipient.",
                fa="شماره همین برگه در پرونده. هر برگه برای هر مخاطب یک بار ثبت می‌شود.",
            ),
            required=True,
            example="17",
        ),
        EnteredField(name="subject", label=Words(en="Subject", fa="موضوع"), required=True, example="ابلاغ رأی کمیسیون"),
        EnteredField(
            name="issued_on",
            label=Words(en="Date of issue", fa="تاریخ صدور"),
            hint=Words(
                en="Jalali: year/month/day, the year in four digits, such as 1404/11/14.",
                fa="هجری شمسی، سال با چهار رقم: مانند ۱۴۰۴/۱۱/۱۴",
            ),
            required=True,
            example="1404/11/14",
        ),
        EnteredField(name="district", label=Words(en="District", fa="منطقه"), required=True, example="منطقه ۵"),
    ),
)

_RECIPIENT = FieldGroup(
    title=Words(en="The recipient", fa="مخاطب"),
    fields=(
        EnteredField(
            name="recipient_name",
            label=Words(en="Name", fa="نام"),
            hint=Words(
                en="First and last name, or the name of the company, as on the paper.",
                fa="نام و نام خانوادگی یا نام شرکت، همان‌گونه که روی برگه آمده است.",
            ),
            required=True,
            example="شخص نمونه",
        ),
        IDENTIFIER,
        EnteredField(
            name="mobile",
            label=Words(en="Mobile number", fa="شماره همراه"),
            hint=Words(en="Such as 09121234567.", fa="مانند ۰۹۱۲۱۲۳۴۵۶۷"),
        ),
        EnteredField(
            name="postal_code",
            label=Words(en="Postal code", fa="کد پستی"),
            hint=Words(en="Ten digits.", fa="ده رقم"),
        ),
        EnteredField(name="address", label=Words(en="Address", fa="نشانی")),
    ),
)

_MORE = FieldGroup(
    title=Words(en="More, where there is any", fa="سایر مشخصات (در صورت وجود)"),
    fields=(
        EnteredField(name="archive_number", label=Words(en="Archive number", fa="شماره بایگانی")),
        EnteredField(name="renovation_code", label=Words(en="Renovation code", fa="کد نوسازی")),
        EnteredField(
            name="serve_by",
            label=Words(en="Last useful day of service", fa="آخرین روز مفید ابلاغ"),
            hint=Words(
                en="Jalali. Such as the day before a hearing; earlier ones are sent first.",
                fa="هجری شمسی. مانند روز پیش از جلسه رسیدگی؛ موارد زودتر، زودتر ارسال می‌شود.",
            ),
        ),
        EnteredField(
            name="revision",
            label=Words(en="Revision", fa="نوبت"),
            hint=Words(
                en="Empty, unless the paper was issued again after an earlier notice of it ended without service.",
                fa="خالی بگذارید، مگر آنکه ابلاغیه پیشین همین برگه بدون ابلاغ پایان یافته و برگه دوباره صادر شده باشد.",
            ),
        ),
    ),
)

GROUPS: Final = (_PAPER, _RECIPIENT, _MORE)
FIELDS: Final = (BODY, KIND, *_PAPER.fields, RECIPIENT_KIND, *_RECIPIENT.fields, *_MORE.fields)
"""Every field, in the order of the spreadsheet's columns."""
NAMES: Final = tuple(each.name for each in FIELDS)

RECIPIENT_KINDS: Final[Mapping[str, Words]] = {
    "NATURAL": Words(en="a natural person", fa="شخص حقیقی"),
    "LEGAL": Words(en="a legal person", fa="شخص حقوقی"),
    "FOREIGN": Words(en="a foreign national", fa="اتباع"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class EnteredFile:
    """File of a notice, with the name that it had on the person's computer."""

    name: str
    octets: bytes = field(repr=False)


def row_of(
    fields: Mapping[str, str], paper: EnteredFile | None, attachments: Sequence[EnteredFile]
) -> dict[str, Value | Rows]:
    """Return the fields of the inbox's row: what is there, by the names that the mapping reads."""
    row: dict[str, Value | Rows] = {name: text for name in NAMES if (text := fields.get(name, "").strip())}
    if paper is not None:
        row |= {"document_name": file_name(paper.name), DOCUMENT: paper.octets}
    if attachments:
        row[ATTACHMENTS] = tuple({"name": file_name(each.name), "content": each.octets} for each in attachments)
    return row


def file_name(name: str) -> str:
    """Return a file's own name without folders and invisible characters; it is sealed, and shown to the recipient."""
    own = re.split(r"[/\\]", name)[-1]
    shown = "".join(sign for sign in own if sign.isprintable() or sign == "\u200c").strip()
    return shown[-200:] or "document"


def field_of(column: str) -> str:
    """Return the field at which a problem of a column of the row is shown; empty if it is of no single field."""
    first = column.partition(".")[0].partition("[")[0]
    if first in ("document_name", DOCUMENT):
        return DOCUMENT
    return first if first in (*NAMES, ATTACHMENTS) else ""
