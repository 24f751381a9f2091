"""Storage of exact octets by digest.

Before a transaction `PayloadStore.keep` makes octets durable and returns their place. The transaction writes the rows
that name the place. Every store reads every kind of row, so the place of new payloads can be changed at any time. A
framed message is filled with its seals. All octets are compared with their digest before they are returned.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Connection, Row, select

from adapters.storage.engine.keyed_query import KeyedQuery
from adapters.storage.payloads import offloaded_records, segment_file
from adapters.storage.schema.row_conversion import Values, values_of
from adapters.storage.schema.tables import payload
from gateway.archive.offloaded import Archived
from gateway.notice.envelope import Frame
from gateway.notice.notice import sha256
from gateway.record.deletion import Deleted
from gateway.runtime.errors import GatewayError
from gateway.store.stored import Payload

Known = Callable[[Iterable[str]], set[str]]
"""Function that returns the digests that rows name already: their octets need not be stored again."""


_PAYLOADS = KeyedQuery(select(payload), payload.c.digest)
_DIGESTS = KeyedQuery(select(payload.c.digest), payload.c.digest)


class PayloadStore(Protocol):
    """Store of new payloads. Segment files are read from ``folder``."""

    folder: Path

    def keep(self, payloads: Sequence[Payload], known: Known) -> list[Values]:
        """Store octets durably; return the rows of table ``payload`` that name their place.

        The rows may be inserted any number of times, or never. Raises `GatewayError` of area ``store``; then no row
        names the octets.
        """
        ...

    def check(self) -> str:
        """Test that payloads can be stored; return a description of the place. Raises as `keep` does."""
        ...

    def close(self) -> None:
        """Close open files. A closed store opens again by itself."""
        ...


class DatabasePayloads:
    """Octets in the rows themselves: for machines that share nothing but the database."""

    def __init__(self, folder: Path = Path("payloads")) -> None:
        self.folder = folder

    def keep(self, payloads: Sequence[Payload], known: Known) -> list[Values]:  # noqa: ARG002 - inserting finds out
        return [values_of(each, payload, segment=None, start=None, length=None) for each in payloads]

    def check(self) -> str:
        return "in the database"

    def close(self) -> None:
        """Do nothing: nothing is open."""


def known(connection: Connection, digests: Iterable[str]) -> set[str]:
    """Return the digests that a row names, or whose octets are in the archive and need not be stored again."""
    asked = set(digests)
    found = set(_DIGESTS.scalars(connection, asked))
    return found | offloaded_records.known(connection, asked - found)


def gone(connection: Connection, digests: Sequence[str]) -> dict[str, Deleted]:
    """Return the digests that were deleted on record and are not stored again."""
    found = offloaded_records.deleted(connection, digests)
    return {digest: found[digest] for digest in found.keys() - known(connection, found)}


def octets_of(
    connection: Connection, digests: Sequence[str], folder: Path, archived: Archived | None = None
) -> dict[str, bytes]:
    """Return the octets of each digest. ``folder`` holds the segment files, ``archived`` what has left the database.

    Raises `GatewayError` ``store.payload-missing`` for missing or changed octets, ``retention.deleted`` for octets that
    were deleted on record, and ``store.payload-folder`` if a segment file cannot be read.
    """
    stored = _stored(connection, digests, folder, archived)
    frames = {digest: _frame(stored[digest]) for digest in digests if digest in stored and stored[digest].kept.framed}
    seals = {seal for frame in frames.values() for seal in frame.seals}
    stored |= _stored(connection, seals - stored.keys(), folder, archived)
    if absent := [digest for digest in (*digests, *seals) if digest not in stored]:
        offloaded_records.assert_not_deleted(connection, absent)
    found: dict[str, bytes] = {}
    for digest in digests:
        octets = _fill(digest, frames[digest], stored) if digest in frames else _piece(digest, stored)
        if sha256(octets) != digest:
            inside = frames[digest].seals if digest in frames else ()
            guilty = next((seal for seal in inside if sha256(_piece(seal, stored)) != seal), digest)
            raise _missing(guilty, "changed", stored[guilty].file)
        found[digest] = octets
    return found


def as_kept(
    connection: Connection, digests: Iterable[str], folder: Path, archived: Archived | None = None
) -> dict[str, Payload]:
    """Return payloads as they are stored, without a comparison. Missing ones are left out."""
    return {digest: stored.kept for digest, stored in _stored(connection, digests, folder, archived).items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stored:
    """Payload that a row names. ``file`` is its segment file, None for the row itself."""

    kept: Payload
    file: Path | None = None


def _stored(
    connection: Connection, digests: Iterable[str], folder: Path, archived: Archived | None
) -> dict[str, _Stored]:
    digests = frozenset(digests)
    stored: dict[str, _Stored] = {}
    segments: dict[str, list[Row[Any]]] = {}
    for row in _PAYLOADS.rows(connection, digests):
        if row.segment is None:
            stored[row.digest] = _Stored(kept=Payload(digest=row.digest, octets=row.octets, framed=row.framed))
        else:
            segments.setdefault(row.segment, []).append(row)
    for segment, rows in segments.items():
        file = folder / segment
        for row, octets in zip(rows, _read(file, rows), strict=True):
            stored[row.digest] = _Stored(kept=Payload(digest=row.digest, octets=octets, framed=row.framed), file=file)
    if archived is not None and (missing := digests - stored.keys()):
        stored |= {
            d: _Stored(kept=kept) for d, kept in offloaded_records.payloads(connection, missing, archived).items()
        }
    return stored


def _read(file: Path, rows: Sequence[Row[Any]]) -> list[bytes]:
    try:
        return segment_file.read(file, [(row.start, row.length) for row in rows])
    except FileNotFoundError as error:
        raise _missing(rows[0].digest, "not there", file) from error
    except OSError as error:
        raise GatewayError("store.payload-folder", where=str(file), detail=str(error.strerror)) from error


def _frame(stored: _Stored) -> Frame:
    try:
        return Frame.load(stored.kept.octets)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _missing(stored.kept.digest, "changed", stored.file) from error


def _fill(digest: str, frame: Frame, stored: Mapping[str, _Stored]) -> bytes:
    try:
        return frame.fill(lambda seal: _piece(seal, stored))
    except ValueError as error:
        raise _missing(digest, "changed", stored[digest].file) from error


def _piece(digest: str, stored: Mapping[str, _Stored]) -> bytes:
    if digest not in stored:
        raise _missing(digest, "not there")
    return stored[digest].kept.octets


def _missing(digest: str, detail: str, file: Path | None = None) -> GatewayError:
    return GatewayError("store.payload-missing", where=digest, detail=f"{detail}: {file}" if file else detail)
