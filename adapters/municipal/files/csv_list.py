"""A list as CSV: UTF-8 with or without a byte order mark, a header row, commas or semicolons between fields."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence

from adapters.municipal.documents import MAX_ENCODED
from adapters.municipal.lines import MAX_ROWS, Encoded, Line, line_of
from gateway.errors import GatewayError
from gateway.inbox import MAX_FIELDS

KEY, VERSION, DOCUMENT, FILE = "notice_id", "change_no", "document", "document_name"
"""Columns that name the row and its version; that hold its document in base64, or name it in a ZIP."""

# The module has one limit for all its readers: a document in base64 is one field.
csv.field_size_limit(MAX_ENCODED + 2)


def lines_of(octets: bytes, *, zipped: bool) -> list[Line]:
    """Return the lines of a list; in a ZIP (``zipped``) the PDF is an entry, named by the column `FILE`.

    Raises `GatewayError` ``file.encoding``, ``.list``, ``.header``, ``.too-many-rows``: nothing of the file is taken.
    """
    try:
        text = octets.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise GatewayError("file.encoding", detail=f"octet {error.start}") from None
    if "\0" in text:
        raise GatewayError("file.encoding", detail="a NUL")
    first = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=";" if ";" in first else ",")
    lines: list[Line] = []
    header: Sequence[str] | None = None
    number = 0
    try:
        for number, cells in enumerate(filter(None, reader), start=1):
            if header is None:
                header = _header(cells, zipped=zipped)
                continue
            if len(lines) == MAX_ROWS:
                raise GatewayError("file.too-many-rows", detail=f"more than {MAX_ROWS}")
            lines.append(_line(header, cells, f"row {number}", zipped=zipped))
    except csv.Error as error:
        raise GatewayError("file.list", where=f"row {number + 1}", detail=str(error)) from None
    if header is None:
        raise GatewayError("file.header", detail="the file is empty")
    return lines


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
