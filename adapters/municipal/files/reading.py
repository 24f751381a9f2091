"""Reader of one dropped file. A defect of the whole refuses the whole; a bad row refuses itself alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from adapters.municipal.file_lines import Attachment, Item, Line, item_of, refused
from adapters.municipal.files import csv_list, xml_list
from adapters.municipal.files.zip_bundle import Bundle
from gateway.notice.notice import excess_of
from gateway.notice.source_row import ATTACHMENTS, MAX_KEY
from gateway.runtime.errors import GatewayError

MAX_FILE_BYTES = {".csv": 64 * 1024 * 1024, ".xml": 64 * 1024 * 1024, ".zip": 1024 * 1024 * 1024}
"""Most octets of a file, by the ending of its name, which shows its kind."""


def items_of(path: Path) -> Iterator[Item]:
    """Yield the items of a file; documents are read when they are needed.

    Raises `GatewayError` ``file.*`` for the whole file: then nothing of it is to be taken. Raises `OSError`.
    """
    ending = path.suffix.lower()
    if ending not in MAX_FILE_BYTES:
        raise GatewayError("file.kind", detail=ending or "no ending")
    size = path.stat().st_size
    if size > MAX_FILE_BYTES[ending]:
        raise GatewayError("file.too-large", detail=f"{size} octets, {MAX_FILE_BYTES[ending]} at most")
    if ending == ".zip":
        return _bundled(Bundle(path))
    octets = path.read_bytes()
    lines = csv_list.lines_of(octets, zipped=False) if ending == ".csv" else xml_list.lines_of(octets)
    return iter([item_of(line) for line in lines])


def _bundled(bundle: Bundle) -> Iterator[Item]:
    try:
        octets = bundle.read_list(bundle.list)
        is_csv = bundle.list.lower().endswith(".csv")
        lines = csv_list.lines_of(octets, zipped=True) if is_csv else xml_list.lines_of(octets)
        if bundle.attachments is not None:
            if not is_csv:
                raise GatewayError(
                    "file.list", where=bundle.attachments, detail="a list in XML has its own attachments"
                )
            lines = _with_attachments(lines, bundle.attachments, bundle.read_list(bundle.attachments))
    except BaseException:
        bundle.close()
        raise
    return _items(bundle, lines)


def _with_attachments(lines: list[Line], name: str, octets: bytes) -> list[Line]:
    """Give each row its attachments; those of no row follow, as lines with an error."""
    attached = csv_list.attachments_of(octets, name)
    given = [_attach(line, [each for _, each in attached.get(line.key, ())]) for line in lines]
    keys = {line.key for line in lines}
    for key, place, each in ((key, *each) for key, those in attached.items() if key not in keys for each in those):
        error = GatewayError("file.document-unlisted", where=place, detail=f"{each.file}: no row {key[:MAX_KEY]}")
        given.append(Line(place=place, key="", version="", attachments=[each], error=error))
    return given


def _attach(line: Line, attachments: list[Attachment]) -> Line:
    if attachments and ATTACHMENTS in line.fields:
        error = GatewayError("push.field", where=line.place, detail=f"{ATTACHMENTS} twice")
        return replace(line, attachments=attachments, error=line.error or error)
    return replace(line, attachments=attachments)


def _items(bundle: Bundle, lines: list[Line]) -> Iterator[Item]:
    try:
        named: set[str | None] = set()
        for line in lines:
            named |= {*line.files.values(), *(each.file for each in line.attachments)}
            yield _item(bundle, line)
        for name in sorted(bundle.documents - named):
            yield refused("file.document-unlisted", name)
    finally:
        bundle.close()


def _item(bundle: Bundle, line: Line) -> Item:
    try:
        found = {field: name for field, name in line.files.items() if name in bundle.documents}
        contents = {field: bundle.read(name) for field, name in found.items()}
        return item_of(replace(line, attachments=_attachments(bundle, line)), contents)
    except GatewayError as error:
        return refused(error.code, line.place, f"{error.where} {error.detail}", line.key)


def _attachments(bundle: Bundle, line: Line) -> list[Attachment]:
    """Return a line's attachments with the octets of their entries, up to the limits of a notice's documents."""
    read = list(line.attachments)
    octets = 0
    for index, each in enumerate(read):
        there = line.error is None and each.file is not None and each.file in bundle.documents
        if there and excess_of(len(read), octets) is None:
            content = bundle.read(str(each.file))
            read[index], octets = replace(each, octets=content), octets + len(content)
    return read
