"""Reader of one dropped file. A defect of the whole refuses the whole; a bad row refuses itself alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from adapters.municipal.file_lines import MAX_ROWS, Item, Line, item_of, refused
from adapters.municipal.files import csv_list, xml_list
from adapters.municipal.files.zip_bundle import Bundle
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
        octets = bundle.read_list()
        is_csv = bundle.list.lower().endswith(".csv")
        lines = csv_list.lines_of(octets, zipped=True) if is_csv else xml_list.lines_of(octets)
    except BaseException:
        bundle.close()
        raise
    assert len(lines) <= MAX_ROWS
    return _items(bundle, lines)


def _items(bundle: Bundle, lines: list[Line]) -> Iterator[Item]:
    try:
        named: set[str] = set()
        for line in lines:
            named |= set(line.files.values())
            yield _item(bundle, line)
        for name in sorted(bundle.documents - named):
            yield refused("file.document-unlisted", name)
    finally:
        bundle.close()


def _item(bundle: Bundle, line: Line) -> Item:
    try:
        found = {field: name for field, name in line.files.items() if name in bundle.documents}
        return item_of(line, {field: bundle.read(name) for field, name in found.items()})
    except GatewayError as error:
        return refused(error.code, line.place, f"{error.where} {error.detail}", line.key)
