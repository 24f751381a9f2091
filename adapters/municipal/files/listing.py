"""What is read from a file: a line for each row or document that it names, with the place where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.errors import GatewayError
from gateway.inbox import MAX_VERSION, PushedRow
from gateway.source import Value, is_key

MAX_ROWS = 10_000
"""Rows in one file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One row of a list, as it stands there. ``documents`` are octets, by the field that they are for; ``files`` are
    names of entries beside the list, alike. ``error`` is what is wrong with it already."""

    place: str
    key: str
    version: str
    fields: Mapping[str, str] = field(default_factory=dict, repr=False)
    documents: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    files: Mapping[str, str] = field(default_factory=dict)
    error: GatewayError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What a file brings at one place: a row, or an error that says why there is none."""

    place: str
    key: str = ""
    version: int = 0
    row: PushedRow | None = field(default=None, repr=False)
    error: GatewayError | None = None


def refused(code: str, place: str, detail: str = "", key: str = "") -> Item:
    return Item(place=place, key=key, error=GatewayError(code, where=place, detail=detail))


def item_of(line: Line, documents: Mapping[str, bytes]) -> Item:
    """Return the row of a line, with the documents that were found for it."""
    if line.error is not None:
        return Item(place=line.place, key=line.key, error=line.error)
    if not is_key(line.key):
        return refused("push.key", line.place)
    version = line.version.strip()
    if not (version.isascii() and version.isdecimal() and len(version) <= len(str(MAX_VERSION))):
        return refused("push.version", line.place, key=line.key)
    values: dict[str, Value] = {**line.fields, **line.documents, **documents}
    row = PushedRow(key=line.key, version=int(version), fields=values)
    return Item(place=line.place, key=row.key, version=row.version, row=row)
