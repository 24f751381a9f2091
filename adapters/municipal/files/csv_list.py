"""A list as CSV: UTF-8 with or without a byte order mark, a header row, commas or semicolons between fields."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence

from adapters.municipal.documents import MAX_ENCODED
from adapters.municipal.file_lines import MAX_ROWS, Encoded, Line, line_of
from gateway.runtime.errors import GatewayError
from gateway.store.inbox import MAX_FIELDS

KEY, VERSION, DOCUMENT, FILE = "notice_id", "change_no", "document", "document_name"
"""Columns of the row's key and version; of its document in base64, or of the document's name in a ZIP."""

MAX_HEADER = 64 * 1024
"""Most characters of the header."""

MAX_RECORD = MAX_ENCODED * 2
"""Most characters of a row: a document in base64, and texts."""

MAX_SEPARATORS = 100_000
"""Most separators in a row, for texts may hold some. Each makes a cell before cells can be counted."""

# The module has one limit for all its readers: a document in base64 is one field.
csv.field_size_limit(MAX_ENCODED + 2)


def lines_of(octets: bytes, *, zipped: bool) -> list[Line]:
    """Return the lines of a list; in a ZIP (``zipped``) the PDF is an entry, named by the column `FILE`.

    Raises `GatewayError` ``file.encoding``, ``.list``, ``.header``, ``.too-many-rows``: nothing of the file is taken.
    """
    if b"\0" in octets:
        raise GatewayError("file.encoding", detail="a NUL")
    records = _Records(octets)
    lines: list[Line] = []
    header: Sequence[str] | None = None
    number = 0
    try:
        for number, cells in enumerate(filter(None, records), start=1):
            if header is None:
                header = _header(cells, zipped=zipped)
                continue
            if len(lines) == MAX_ROWS:
                raise GatewayError("file.too-many-rows", detail=f"more than {MAX_ROWS}")
            lines.append(_line(header, cells, f"row {number}", zipped=zipped))
    except csv.Error as error:
        raise GatewayError("file.list", where=f"row {number + 1}", detail=str(error)) from None
    except UnicodeDecodeError:
        raise GatewayError("file.encoding", detail=f"octet {_broken(octets)}") from None
    if header is None:
        raise GatewayError("file.header", detail="the file is empty")
    return lines


class _Records:
    """Rows of a list, each bounded before its cells are made: in all its characters, and in its separators.

    The header stands first and has the names of columns alone.
    """

    def __init__(self, octets: bytes) -> None:
        self._text = io.TextIOWrapper(io.BytesIO(octets), encoding="utf-8-sig", newline="")
        self._characters, self._separators = MAX_HEADER, MAX_FIELDS

    def __iter__(self) -> Iterator[list[str]]:
        first = self._text.readline(MAX_HEADER + 1)
        self._separator = ";" if ";" in first else ","
        self._begin()
        for cells in csv.reader(self._lines(first), strict=True, delimiter=self._separator):
            yield cells
            if cells:
                self._characters, self._separators = MAX_RECORD, MAX_SEPARATORS
            self._begin()

    def _begin(self) -> None:
        self._left, self._separators_left = self._characters, self._separators

    def _lines(self, line: str) -> Iterator[str]:
        """Yield the physical lines of a row; a quoted text may continue on the next one."""
        while line:
            self._left -= len(line)
            self._separators_left -= line.count(self._separator)
            if self._left < 0 or self._separators_left < 0:
                raise csv.Error(f"a row of more than {self._characters} characters, or {self._separators} separators")
            yield line
            line = self._text.readline(self._left + 1)


def _broken(octets: bytes) -> int:
    """Return the offset of the first octet that is no UTF-8."""
    try:
        octets.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return error.start
    return len(octets)


def _header(cells: Sequence[str], *, zipped: bool) -> Sequence[str]:
    names = [cell.strip() for cell in cells]
    twice = sorted(name for name, count in Counter(names).items() if count > 1)
    if twice or "" in names or len(names) > MAX_FIELDS:
        raise GatewayError("file.header", detail=f"twice: {', '.join(twice)}" if twice else "a column without a name")
    if missing := [name for name in (KEY, VERSION, *([FILE] if zipped else [])) if name not in names]:
        raise GatewayError("file.header", detail=f"missing: {', '.join(missing)}")
    return names


def _line(header: Sequence[str], cells: Sequence[str], place: str, *, zipped: bool) -> Line:
    if len(cells) != len(header):
        error = GatewayError("file.row", where=place, detail=f"{len(cells)} fields under {len(header)} columns")
        return Line(place=place, key="", version="", error=error)
    values = dict(zip(header, cells, strict=True))
    key, version = values.pop(KEY), values.pop(VERSION)
    if zipped:
        name = values[FILE]
        return Line(place=place, key=key, version=version, fields=values, files={DOCUMENT: name} if name else {})
    encoded = values.pop(DOCUMENT, "")
    documents = [Encoded(name=DOCUMENT, content=encoded)] if encoded else []
    return line_of(place, key, version, list(values.items()), documents)
