"""The spreadsheet of notices: the empty one with its lists of choices, and the columns of a filled one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Final

from adapters.municipal.sheets.workbook import SheetRow, read_rows
from gateway.intake.entered_notice import (
    ATTACHMENTS_FIELD,
    BODY,
    DOCUMENT,
    FIELDS,
    KIND,
    RECIPIENT_KIND,
    EnteredField,
)
from gateway.intake.notice_draft import FieldProblem
from gateway.mapping import BodyConfig
from gateway.notice.text import fold
from gateway.runtime.bilingual import Words
from gateway.runtime.errors import GatewayError

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.styles import Font

MAX_ROWS: Final = 500

PAPER_COLUMN: Final = EnteredField(
    name=DOCUMENT,
    label=Words(en="PDF of the paper", fa="فایل PDF برگه"),
    hint=Words(en="The file's name, such as 17.pdf.", fa="نام فایل، مانند \u200e17.pdf\u200e"),
    required=True,
    example="17.pdf",
)
ATTACHMENTS_COLUMN: Final = EnteredField(
    name=ATTACHMENTS_FIELD,
    label=Words(en="Attachments", fa="فایل‌های پیوست"),
    hint=Words(en="Names of files, with semicolons between them.", fa="نام فایل‌ها، جداشده با نقطه‌ویرگول"),
)
COLUMNS: Final = (*FIELDS, PAPER_COLUMN, ATTACHMENTS_COLUMN)

DAY_COLUMNS: Final = frozenset({"issued_on", "serve_by"})
"""Columns in which a cell may hold a day of the program's own. Elsewhere it made one of a number such as 12/5."""

_RECIPIENT_WORDS: Final = ("حقیقی", "حقوقی", "اتباع")
_SEPARATORS = re.compile(r"[;؛\n]")


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetNotice:
    """Row of a filled spreadsheet: its texts, and the names of its files."""

    line: int
    fields: Mapping[str, str]
    paper: str
    attachments: tuple[str, ...]
    problems: tuple[FieldProblem, ...]


def read_notices(octets: bytes, bodies: Mapping[str, BodyConfig]) -> list[SheetNotice]:
    """Return the rows of a filled spreadsheet.

    Raises `GatewayError` ``intake.sheet``, ``intake.header``, ``intake.too-many``.
    """
    rows = read_rows(octets)
    columns = _columns(next(rows, None))
    found: list[SheetNotice] = []
    for row in rows:
        if len(found) == MAX_ROWS:
            raise GatewayError("intake.too-many", detail=f"more than {MAX_ROWS} rows")
        found.append(_notice(row, columns, bodies))
    if not found:
        raise GatewayError("intake.too-many", detail="no row")
    return found


def _columns(header: SheetRow | None) -> Sequence[str]:
    """Return the field of each column; an empty one for a column without a title."""
    known = {fold(word): each.name for each in COLUMNS for word in (each.name, each.label.en, each.label.fa)}
    titles = [] if header is None else [cell.text.rstrip(" *") for cell in header.cells]
    columns = [known.get(fold(title), "?") if title else "" for title in titles]
    wrong = [title for title, column in zip(titles, columns, strict=True) if column == "?"]
    named = [column for column in columns if column]
    missing = [each.label.fa for each in COLUMNS if each.required and each.name not in (*named, BODY.name)]
    if wrong or missing or len(set(named)) != len(named):
        raise GatewayError("intake.header", detail=", ".join([*wrong, *missing])[:200] or "one title twice")
    return columns


def _notice(row: SheetRow, columns: Sequence[str], bodies: Mapping[str, BodyConfig]) -> SheetNotice:
    texts: dict[str, str] = {}
    problems: list[FieldProblem] = []
    for column, cell in zip(columns, row.cells, strict=False):
        if not column:
            continue
        made_of_a_number = cell.day and column not in DAY_COLUMNS
        texts[column] = "" if made_of_a_number else cell.text
        if cell.defect or made_of_a_number:
            problems.append(FieldProblem(field=column, code="intake.cell"))
    paper, attached = texts.pop(DOCUMENT, ""), texts.pop(ATTACHMENTS_FIELD, "")
    if not paper and not any(each.field == DOCUMENT for each in problems):
        problems.append(FieldProblem(field=DOCUMENT, code="intake.document"))
    names = tuple(name.strip() for name in _SEPARATORS.split(attached) if name.strip())
    texts[BODY.name], texts[KIND.name] = _codes(texts.get(BODY.name, ""), texts.get(KIND.name, ""), bodies)
    return SheetNotice(line=row.line, fields=texts, paper=paper, attachments=names, problems=tuple(problems))


def _codes(body: str, kind: str, bodies: Mapping[str, BodyConfig]) -> tuple[str, str]:
    """Return codes for a body and a kind that may be written as titles. One body alone need not be written."""
    if not body and len(bodies) == 1:
        body = next(iter(bodies))
    by_title = {fold(each.title): code for code, each in bodies.items()}
    body = body if body in bodies else by_title.get(fold(body), body)
    kinds = bodies[body].kinds if body in bodies else {}
    titles = {fold(title): code for code, title in kinds.items()}
    return body, kind if kind in kinds else titles.get(fold(kind), kind)


def empty_sheet(bodies: Mapping[str, BodyConfig], language: str) -> bytes:
    """Return an empty spreadsheet for these bodies, with a sheet that explains each column and lists the choices."""
    # The console begins without the library of spreadsheets: few people ask for one.
    from openpyxl import Workbook
    from openpyxl.styles import Font, PatternFill
    from openpyxl.utils import get_column_letter

    book = Workbook()
    rows, guide = book.active, book.create_sheet(_say(Words(en="Guide", fa="راهنما"), language))
    rows.title = _say(Words(en="Notices", fa="ابلاغیه‌ها"), language)
    for sheet in (rows, guide):
        sheet.sheet_view.rightToLeft = language == "fa"
    bold, ground = Font(bold=True), PatternFill("solid", fgColor="E3EEF0")
    for number, column in enumerate(COLUMNS, start=1):
        letter = get_column_letter(number)
        cell = rows.cell(row=1, column=number, value=_say(column.label, language) + (" *" if column.required else ""))
        cell.font, cell.fill = bold, ground
        rows.column_dimensions[letter].width = 22
        # Texts: Excel would drop the zeros at the beginning of a number, and take 1/2 for a day.
        rows.column_dimensions[letter].number_format = "@"
    rows.freeze_panes = "A2"
    _write_guide(guide, bodies, language, bold)
    _add_choices(book, rows, bodies, language)
    octets = BytesIO()
    book.save(octets)
    return octets.getvalue()


def _write_guide(guide, bodies: Mapping[str, BodyConfig], language: str, bold: Font) -> None:  # type: ignore[no-untyped-def]
    from openpyxl.styles import Alignment

    titles = (
        Words(en="Column", fa="ستون"),
        Words(en="Required", fa="الزامی"),
        Words(en="Explanation", fa="توضیح"),
        Words(en="Example", fa="نمونه"),
    )
    guide.append([_say(title, language) for title in titles])
    yes = Words(en="yes", fa="بله")
    first = next(iter(bodies.values()), None)
    examples = {} if first is None else {BODY.name: first.title, KIND.name: next(iter(first.kinds.values()), "")}
    for column in COLUMNS:
        hint = _say(column.hint, language) if column.hint else ""
        example = examples.get(column.name) or column.example
        guide.append([_say(column.label, language), _say(yes, language) if column.required else "", hint, example])
    for cell in guide[1]:
        cell.font = bold
    for letter, width in (("A", 26), ("B", 10), ("C", 90), ("D", 24)):
        guide.column_dimensions[letter].width = width
    for row in guide.iter_rows(min_row=2):
        for cell in row:
            cell.alignment = Alignment(wrap_text=True, vertical="top")


def _add_choices(book: Workbook, rows, bodies: Mapping[str, BodyConfig], language: str) -> None:  # type: ignore[no-untyped-def]
    """Offer the titles of bodies and kinds, and the kinds of recipients, in the cells themselves."""
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    kinds = list(dict.fromkeys(title for each in bodies.values() for title in each.kinds.values()))
    choices = {
        BODY.name: [each.title for each in bodies.values()],
        KIND.name: kinds,
        RECIPIENT_KIND.name: list(_RECIPIENT_WORDS),
    }
    lists = book.create_sheet(_say(Words(en="Choices", fa="گزینه‌ها"), language))
    names = [column.name for column in COLUMNS]
    for number, (name, values) in enumerate(choices.items(), start=1):
        for line, value in enumerate(values, start=1):
            lists.cell(row=line, column=number, value=value)
        letter, place = get_column_letter(number), get_column_letter(names.index(name) + 1)
        choice = DataValidation(
            type="list", formula1=f"'{lists.title}'!${letter}$1:${letter}${len(values)}", allow_blank=True
        )
        rows.add_data_validation(choice)
        choice.add(f"{place}2:{place}{MAX_ROWS + 1}")


def _say(words: Words, language: str) -> str:
    return words.fa if language == "fa" else words.en
