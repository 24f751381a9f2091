"""Cells of a spreadsheet in the form XLSX (ECMA-376), which is a ZIP of XML that a stranger may have made.

The container is bounded before anything is unpacked, and each XML part is scanned: no DOCTYPE, no entity, no more
elements than a sheet of ours can have. The library reads a copy that holds the scanned parts and nothing else, whatever
name a relationship gives to a sheet. A formula is never computed or believed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from typing import Any, Final
from xml.parsers import expat
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

import jdatetime

from gateway.runtime.errors import GatewayError
from gateway.runtime.plain_words import words_of

MAX_SHEET_BYTES: Final = 5 * 1024 * 1024
MAX_COLUMNS: Final = 60
MAX_LINES: Final = 2000
"""Last line of the first sheet at which a row may stand."""

_MAX_ENTRIES: Final = 200
_MAX_UNPACKED: Final = 32 * 1024 * 1024
_MAX_RATIO: Final = 200
_MAX_ELEMENTS: Final = 400_000
_MAX_DEPTH: Final = 50
_MAX_ROW: Final = 1_048_576
_MAX_CELL: Final = 5000
_NUMBER = re.compile(r"[0-9]{1,7}")
_CELL = re.compile(r"[A-Z]{1,3}[0-9]{1,7}")
_ENCRYPTED: Final = 0x1


@dataclass(frozen=True, slots=True)
class Cell:
    """Text of a cell; ``defect`` is True for a formula, an error or a value that is no text.

    ``day`` is True if the program itself knows the cell as a day; the text is then that day as a Jalali one.
    """

    text: str
    defect: bool = False
    day: bool = False


@dataclass(frozen=True, slots=True)
class SheetRow:
    """Row with something in it: its line, and its cells from the first column on."""

    line: int
    cells: tuple[Cell, ...]


def read_rows(octets: bytes) -> Iterator[SheetRow]:
    """Yield the rows of the first sheet that hold something.

    Raises `GatewayError` ``intake.sheet``, and ``intake.too-many`` at the first row behind line `MAX_LINES`.
    """
    scanned, counted = _scanned(octets)
    from openpyxl import load_workbook

    try:
        book = load_workbook(scanned, read_only=True, data_only=False, keep_links=False)
        if len(book.sheetnames) != counted.sheets:  # the library leaves out a sheet whose part is not there
            raise GatewayError("intake.sheet", detail="a sheet is no XML part of the file")
        sheet = book.worksheets[0]
        # The file says itself where its rows end, and some programs say it wrongly: rows beyond would be left out.
        sheet.reset_dimensions()
        for line, row in enumerate(sheet.iter_rows(max_row=MAX_LINES + 1, max_col=MAX_COLUMNS), start=1):
            if line > MAX_LINES:
                raise GatewayError("intake.too-many", detail=f"a row behind line {MAX_LINES}")
            cells = tuple(_cell(each) for each in row)
            if any(cell.text or cell.defect for cell in cells):
                yield SheetRow(line, cells)
    except GatewayError:
        raise
    except Exception as error:  # any error of the library: the contents remain unknown
        raise GatewayError("intake.sheet", detail=words_of(error)) from None


def _cell(cell: Any) -> Cell:
    value = cell.value
    if value is None:
        return Cell("")
    if cell.data_type in ("f", "e"):
        return Cell("", defect=True)
    match value:
        case str():
            return Cell(value.strip()[:_MAX_CELL])
        case bool():
            return Cell("", defect=True)
        case int():
            return Cell(str(value)) if abs(value) < 10**18 else Cell("", defect=True)
        case float():
            return Cell(str(int(value))) if value.is_integer() and abs(value) < 10**15 else Cell("", defect=True)
        case datetime() | date():
            return _jalali(value)
        case _:
            return Cell("", defect=True)


def _jalali(value: date) -> Cell:
    """Return a day that the program itself knows as one; a person types days as Jalali text."""
    day = value.date() if isinstance(value, datetime) else value
    try:
        return Cell(jdatetime.date.fromgregorian(date=day).strftime("%Y/%m/%d"), day=True)
    except ValueError:
        return Cell("", defect=True)


def _scanned(octets: bytes) -> tuple[BytesIO, _Counted]:
    """Return a container of the XML parts alone, each of them scanned, and what they hold.

    Raises `GatewayError` ``intake.sheet`` for a container or a part that is larger or other than it should be.
    """
    if len(octets) > MAX_SHEET_BYTES:
        raise GatewayError("intake.sheet", detail=f"more than {MAX_SHEET_BYTES} octets")
    copy, counted = BytesIO(), _Counted()
    try:
        with ZipFile(BytesIO(octets)) as container, ZipFile(copy, "w") as kept:
            entries = container.infolist()
            if len(entries) > _MAX_ENTRIES or sum(each.file_size for each in entries) > _MAX_UNPACKED:
                raise GatewayError("intake.sheet", detail="unpacked, it is too large")
            if len({each.filename.casefold() for each in entries}) != len(entries):
                raise GatewayError("intake.sheet", detail="two parts have one name")
            for each in entries:
                if each.flag_bits & _ENCRYPTED or each.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
                    raise GatewayError("intake.sheet", detail="encrypted, or packed in another way than deflate")
                if each.file_size > _MAX_RATIO * max(each.compress_size, 1024):
                    raise GatewayError("intake.sheet", detail="packed too tightly")
                if each.filename.lower().endswith((".xml", ".rels")):
                    part = container.read(each)
                    _Scan(counted).read(part)
                    kept.writestr(each.filename, part)
    except (BadZipFile, OSError, EOFError, ValueError, RuntimeError, NotImplementedError) as error:
        raise GatewayError("intake.sheet", detail=words_of(error)) from None
    except expat.ExpatError:
        raise GatewayError("intake.sheet", detail="a part is no XML") from None
    copy.seek(0)
    return copy, counted


class _Counted:
    """Number of elements in all parts, and of sheets that the workbook names."""

    elements = 0
    sheets = 0


class _Scan:
    """One pass over a part by expat, which makes no tree."""

    def __init__(self, counted: _Counted) -> None:
        self._counted, self._depth, self._row = counted, 0, 0
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.StartDoctypeDeclHandler = _refuse
        self._parser.EntityDeclHandler = _refuse

    def read(self, octets: bytes) -> None:
        self._parser.Parse(octets, True)

    def _start(self, name: str, attributes: Mapping[str, str]) -> None:
        self._counted.elements += 1
        self._depth += 1
        if self._counted.elements > _MAX_ELEMENTS or self._depth > _MAX_DEPTH:
            raise GatewayError("intake.sheet", detail="too many elements")
        place = attributes.get("r")
        own = name.rpartition(":")[2]
        if own == "sheet":
            self._counted.sheets += 1
        if own == "row" and place is None:
            self._row += 1
        if place is None or own not in ("row", "c"):
            return
        row = own == "row"
        if not (_NUMBER if row else _CELL).fullmatch(place) or (row and not 0 < int(place) <= _MAX_ROW):
            raise GatewayError("intake.sheet", detail="a row or cell stands outside the sheet")
        if row:
            # The library drops a row whose number is not above that of the row before it.
            if int(place) <= self._row:
                raise GatewayError("intake.sheet", detail=f"row {int(place)} stands after row {self._row}")
            self._row = int(place)

    def _end(self, _name: str) -> None:
        self._depth -= 1


def _refuse(*_parts: object) -> None:
    raise GatewayError("intake.sheet", detail="a DOCTYPE")
