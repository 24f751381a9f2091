"""Lists as CSV, of rows or of their attachments.

They are UTF-8 with or without a byte order mark; a header row, commas or semicolons between fields.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence

from adapters.municipal.documents import MAX_ENCODED
from adapters.municipal.file_lines import MAX_ROWS, Attachment, Encoded, Line, line_of
from gateway.runtime.errors import GatewayError
from gateway.store.inbox import MAX_FIELDS

KEY, VERSION, DOCUMENT, FILE = "notice_id", "change_no", "document", "document_name"
"""Columns of the row's key and version; of its document in base64, or of the document's name in a ZIP."""

_SAID = ("title", "kind", "media_type", "digest")
"""Columns of a list of attachments that may be there; others are refused."""

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
    wanted = (KEY, VERSION, *([FILE] if zipped else []))
    return [_line(header, cells, f"row {number}", zipped=zipped) for number, header, cells in _rows(octets, wanted)]


def attachments_of(octets: bytes, name: str) -> dict[str, list[tuple[str, Attachment]]]:
    """Return the attachments in a list ``name`` of a ZIP with their places, by the key of their row, in order.

    Raises as `lines_of`, and ``file.row``: without a cell of it, nobody knows which notice an attachment belongs to.
    """
    found: dict[str, list[tuple[str, Attachment]]] = {}
    try:
        for number, header, cells in _rows(octets, (KEY, FILE), (*_SAID, KEY, FILE)):
            place = f"row {number}"
            if len(cells) != len(header):
                raise _uneven(header, cells, place)
            values = dict(zip(header, cells, strict=True))
            each = Attachment(
                name=values[FILE],
                title=values.get("title") or None,
                kind=values.get("kind") or None,
                media_type=values.get("media_type") or None,
                digest=values.get("digest") or None,
                file=values[FILE],
            )
            found.setdefault(values[KEY], []).append((f"{name} {place}", each))
    except GatewayError as error:
        raise GatewayError(error.code, where=f"{name} {error.where}".strip(), detail=error.detail) from None
    return found


def _rows(
    octets: bytes, wanted: Sequence[str], known: Sequence[str] | None = None
) -> Iterator[tuple[int, Sequence[str], list[str]]]:
    """Yield the number, the header and the cells of each row; the header has the columns ``wanted``, or more that are
    ``known``.
    """
    if b"\0" in octets:
        raise GatewayError("file.encoding", detail="a NUL")
    header: Sequence[str] | None = None
    number = 0
    try:
        for number, cells in enumerate(filter(None, _Records(octets)), start=1):
            if header is None:
                header = _header(cells, wanted, known)
                continue
            if number - 1 > MAX_ROWS:
                raise GatewayError("file.too-many-rows", detail=f"more than {MAX_ROWS}")
            yield number, header, cells
    except csv.Error as error:
        raise GatewayError("file.list", where=f"row {number + 1}", detail=str(error)) from None
    except UnicodeDecodeError:
        raise GatewayError("file.encoding", detail=f"octet {_broken(octets)}") from None
    if header is None:
        raise GatewayError("file.header", detail="the file is empty")


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


def _header(cells: Sequence[str], wanted: Sequence[str], known: Sequence[str] | None) -> Sequence[str]:
    names = [cell.strip() for cell in cells]
    twice = sorted(name for name, count in Counter(names).items() if count > 1)
    if twice or "" in names or len(names) > MAX_FIELDS:
        raise GatewayError("file.header", detail=f"twice: {', '.join(twice)}" if twice else "a column without a name")
    if missing := [name for name in wanted if name not in names]:
        raise GatewayError("file.header", detail=f"missing: {', '.join(missing)}")
    if unknown := [name for name in names if known is not None and name not in known]:
        raise GatewayError("file.header", detail=f"unknown: {', '.join(unknown)[:200]}")
    return names


def _line(header: Sequence[str], cells: Sequence[str], place: str, *, zipped: bool) -> Line:
    if len(cells) != len(header):
        return Line(place=place, key="", version="", error=_uneven(header, cells, place))
    values = dict(zip(header, cells, strict=True))
    key, version = values.pop(KEY), values.pop(VERSION)
    if zipped:
        name = values[FILE]
        return Line(place=place, key=key, version=version, fields=values, files={DOCUMENT: name} if name else {})
    encoded = values.pop(DOCUMENT, "")
    documents = [Encoded(name=DOCUMENT, content=encoded)] if encoded else []
    return line_of(place, key, version, list(values.items()), documents)


def _uneven(header: Sequence[str], cells: Sequence[str], place: str) -> GatewayError:
    return GatewayError("file.row", where=place, detail=f"{len(cells)} fields under {len(header)} columns")
