"""Spreadsheets: the empty one is read back, and whatever a stranger puts into one is refused within bounds."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from adapters.municipal.sheets import workbook
from adapters.municipal.sheets.notice_sheet import (
    COLUMNS,
    DAY_COLUMNS,
    MAX_ROWS,
    SheetNotice,
    empty_sheet,
    read_notices,
)
from gateway.intake.notice_draft import FieldProblem
from gateway.mapping import BodyConfig
from gateway.runtime.errors import GatewayError

BODIES = {
    "article-100": BodyConfig(
        code="article-100", title="کمیسیون ماده صد", kinds={"ruling": "ابلاغ رأی", "hearing": "دعوت به جلسه"}
    )
}
ROW = {
    "kind": "ابلاغ رأي",
    "case_number": "۱۴۰۴-۱",
    "paper_number": 17,
    "subject": "ابلاغ",
    "issued_on": "۱۴۰۴/۱۱/۱۴",
    "district": "منطقه ۵",
    "recipient_kind": "حقیقی",
    "recipient_id": 9990000018.0,
    "recipient_name": "شخص نمونه",
    "document": "17.pdf",
}


def filled(*rows: Mapping[str, Any], language: str = "fa") -> bytes:
    """Return the empty spreadsheet with these rows filled in."""
    book = load_workbook(io.BytesIO(empty_sheet(BODIES, language)))
    sheet = book.worksheets[0]
    for line, row in enumerate(rows, start=2):
        for name, value in row.items():
            sheet.cell(row=line, column=[each.name for each in COLUMNS].index(name) + 1, value=value)
    octets = io.BytesIO()
    book.save(octets)
    return octets.getvalue()


def with_part(octets: bytes, name: str, change: Callable[[bytes], bytes], packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a spreadsheet of which one part was changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(octets)) as source, zipfile.ZipFile(out, "w", packing) as target:
        for entry in source.infolist():
            content = source.read(entry)
            target.writestr(entry.filename, change(content) if entry.filename == name else content)
    return out.getvalue()


def refusal(octets: bytes) -> str:
    with pytest.raises(GatewayError) as error:
        read_notices(octets, BODIES)
    return error.value.code


@pytest.mark.parametrize("language", ["fa", "en"])
def test_the_empty_spreadsheet_is_read_back_when_it_is_filled(language: str) -> None:
    [found] = read_notices(filled(ROW, language=language), BODIES)
    assert isinstance(found, SheetNotice)
    assert found.line == 2
    assert (found.paper, found.attachments, found.problems) == ("17.pdf", (), ())
    assert {name: found.fields[name] for name in ("body_code", "kind", "paper_number", "recipient_id")} == {
        "body_code": "article-100",
        "kind": "ruling",
        "paper_number": "17",
        "recipient_id": "9990000018",
    }


def test_lines_are_those_of_the_spreadsheet_and_attachments_are_parted() -> None:
    rows = read_notices(filled({}, ROW, {**ROW, "attachments": "a.png؛ b.pdf;c.tiff"}), BODIES)
    assert [(row.line, row.attachments) for row in rows] == [(3, ()), (4, ("a.png", "b.pdf", "c.tiff"))]


def test_a_day_that_the_program_knows_becomes_a_jalali_text() -> None:
    [row] = read_notices(filled({**ROW, "issued_on": datetime(2026, 2, 3, tzinfo=UTC).replace(tzinfo=None)}), BODIES)
    assert row.fields["issued_on"] == "1404/11/14"


@pytest.mark.parametrize("value", ["=1+1", '=HYPERLINK("http://x")', True, 1.5])
def test_a_formula_or_no_text_is_a_problem_of_its_cell(value: Any) -> None:
    [row] = read_notices(filled({**ROW, "subject": value}), BODIES)
    assert row.problems == (FieldProblem(field="subject", code="intake.cell"),)
    assert row.fields["subject"] == ""


@pytest.mark.parametrize("column", ["paper_number", "case_number", "subject", "recipient_id", "mobile", "document"])
def test_a_day_that_the_program_made_of_a_number_is_a_problem_of_its_cell(column: str) -> None:
    typed = datetime(2026, 5, 12)  # noqa: DTZ001 - Excel's cell for a typed 12/5
    [row] = read_notices(filled({**ROW, column: typed}), BODIES)
    assert row.problems == (FieldProblem(field=column, code="intake.cell"),)
    assert row.fields.get(column, row.paper) == ""


@pytest.mark.parametrize("column", sorted(DAY_COLUMNS))
def test_a_column_of_days_may_hold_a_day_of_the_program(column: str) -> None:
    [row] = read_notices(filled({**ROW, column: datetime(2026, 2, 3)}), BODIES)  # noqa: DTZ001 - Excel has no zone
    assert (row.fields[column], row.problems) == ("1404/11/14", ())


def test_every_field_of_a_day_is_a_column_of_days() -> None:
    assert {each.name for each in COLUMNS if each.example == "1404/11/14"} <= DAY_COLUMNS
    assert {each.name for each in COLUMNS} >= DAY_COLUMNS


def test_a_row_without_a_paper_has_a_problem_there() -> None:
    [row] = read_notices(filled({**ROW, "document": None}), BODIES)
    assert row.problems == (FieldProblem(field="document", code="intake.document"),)


def test_the_header_must_be_that_of_the_empty_spreadsheet() -> None:
    book = Workbook()
    book.active.append(["یادداشت", *(each.label.fa for each in COLUMNS)])
    octets = io.BytesIO()
    book.save(octets)
    assert refusal(octets.getvalue()) == "intake.header"
    book = Workbook()
    book.active.append([COLUMNS[1].label.fa])
    octets = io.BytesIO()
    book.save(octets)
    assert refusal(octets.getvalue()) == "intake.header"


def test_as_many_rows_are_taken_as_is_said_and_no_more() -> None:
    assert len(read_notices(filled(*[ROW] * MAX_ROWS), BODIES)) == MAX_ROWS
    assert refusal(filled(*[ROW] * (MAX_ROWS + 1))) == "intake.too-many"
    assert refusal(empty_sheet(BODIES, "fa")) == "intake.too-many"


SHEET = "xl/worksheets/sheet1.xml"
BILLION = (
    b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData/></worksheet>'
)
FILE_ENTITY = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><worksheet>&a;</worksheet>'


def _rows(count: int) -> bytes:
    cells = b"".join(b'<row r="%d"><c r="A%d"><v>1</v></c></row>' % (n, n) for n in range(1, count + 1))
    return _sheet(cells)


def _sheet(rows: bytes) -> bytes:
    space = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return b'<worksheet xmlns="%s"><sheetData>%s</sheetData></worksheet>' % (space, rows)


@pytest.mark.parametrize(
    "part",
    [
        BILLION,
        FILE_ENTITY,
        b"no XML",
        b"<worksheet>" + b"<a>" * 60 + b"</a>" * 60 + b"</worksheet>",
        _sheet(b'<row r="99999999999999"><c r="A1"><v>1</v></c></row>'),
        _sheet(b'<row r="2"><c r="ZZZZZ2"><v>1</v></c></row>'),
        _sheet(b'<row r="2"><c r="A2" t="s"><v>999999</v></c></row>'),
    ],
    ids=["entities", "a file", "no XML", "depth", "a far row", "a far column", "no such text"],
)
def test_a_hostile_part_is_refused(part: bytes) -> None:
    assert refusal(with_part(filled(ROW), SHEET, lambda _: part)) == "intake.sheet"


def test_a_doctype_is_refused_in_every_part() -> None:
    for name in ("xl/workbook.xml", "_rels/.rels", "xl/styles.xml", "[Content_Types].xml"):
        assert refusal(with_part(filled(ROW), name, lambda _: FILE_ENTITY)) == "intake.sheet", name


@pytest.mark.parametrize("stated", [b"A1:T2", b"A1", b"B2:C3", b""], ids=["too few", "one cell", "a part", "none"])
def test_every_row_is_read_wherever_the_file_says_that_its_rows_end(stated: bytes) -> None:
    said = b'<dimension ref="%s"/>' % stated if stated else b""
    told = with_part(filled(ROW, {}, ROW, ROW), SHEET, lambda part: re.sub(rb'<dimension ref="[^"]*" ?/>', said, part))
    assert [row.line for row in read_notices(told, BODIES)] == [2, 4, 5]


def test_the_first_row_behind_the_last_line_ends_the_reading() -> None:
    row = b'<row r="%d"><c r="A%d"><v>1</v></c></row>'
    for line, taken in ((workbook.MAX_LINES, True), (workbook.MAX_LINES + 1, False), (1_048_576, False)):
        book = with_part(filled(ROW), SHEET, partial(_replaced, _sheet(row % (2, 2) + row % (line, line))))
        if taken:
            assert [each.line for each in workbook.read_rows(book)] == [2, line]
        else:
            with pytest.raises(GatewayError, match="too-many"):
                list(workbook.read_rows(book))


def _replaced(part: bytes, _before: bytes) -> bytes:
    return part


FAR = _sheet(b'<row r="1"/><row r="999999999999999"/>')
BACK = _sheet(b'<row r="5"><c r="A5"><v>5</v></c></row><row r="2"><c r="A2"><v>2</v></c></row>')


@pytest.mark.parametrize("name", ["sheet1.bin", "sheet1.xml.bin", "sheet1", "sheet1.xm"])
@pytest.mark.parametrize(
    "part", [FAR, BACK, BILLION, _sheet(b"")], ids=["far rows", "rows back", "DOCTYPE", "harmless"]
)
def test_a_sheet_under_a_name_that_is_not_scanned_is_not_read(name: str, part: bytes) -> None:
    """The relationships name such a part; a workbook of 7,390 octets held the console this way."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(filled(ROW))) as source, zipfile.ZipFile(out, "w") as target:
        for entry in source.infolist():
            content = source.read(entry)
            if entry.filename == SHEET:
                target.writestr(f"xl/worksheets/{name}", part)
            else:
                target.writestr(
                    entry.filename, content.replace(b"worksheets/sheet1.xml", f"worksheets/{name}".encode())
                )
    assert refusal(out.getvalue()) == "intake.sheet"


def test_a_part_that_is_no_xml_and_no_sheet_is_left_unread() -> None:
    """Excel stores the settings of a printer so."""
    octets = io.BytesIO(filled(ROW))
    with zipfile.ZipFile(octets, "a") as container:
        container.writestr("xl/printerSettings/printerSettings1.bin", b"\0\1\2")
    assert len(read_notices(octets.getvalue(), BODIES)) == 1


@pytest.mark.parametrize("second", [1, 2], ids=["before", "twice"])
def test_rows_out_of_order_are_refused(second: int) -> None:
    rows = b'<row r="2"><c r="A2"><v>1</v></c></row><row r="%d"><c r="A%d"><v>2</v></c></row>' % (second, second)
    assert refusal(with_part(filled(ROW), SHEET, lambda _: _sheet(rows))) == "intake.sheet"


def test_a_million_rows_are_refused_before_they_are_read() -> None:
    assert refusal(with_part(filled(ROW), SHEET, lambda _: _rows(150_000))) == "intake.sheet"


def test_a_bomb_is_refused_by_its_directory() -> None:
    zeros = with_part(filled(ROW), SHEET, lambda _: b" " * (20 * 1024 * 1024))
    assert len(zeros) < 100_000
    assert refusal(zeros) == "intake.sheet"


@pytest.mark.parametrize(
    "octets", [b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0" + b"\0" * 600, b"x" * (5 * 1024 * 1024 + 1)]
)
def test_what_is_no_such_file_is_refused(octets: bytes) -> None:
    assert refusal(octets) == "intake.sheet"


def test_two_parts_of_one_name_are_refused() -> None:
    octets = io.BytesIO(filled(ROW))
    with zipfile.ZipFile(octets, "a") as container, pytest.warns(UserWarning, match="Duplicate"):
        container.writestr(SHEET, _sheet(b""))
    assert refusal(octets.getvalue()) == "intake.sheet"
