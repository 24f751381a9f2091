"""Storage of exact octets by digest.

Before a transaction `PayloadStore.keep` makes octets durable and returns their place. The transaction writes the rows
that name the place. Every store reads every kind of row, so the place of new payloads can be changed at any time. A
framed message is filled with its seals. All octets are compared with their digest before they are returned.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Connection, Row, func, select

from adapters.storage.engine.keyed_query import KeyedQuery
from adapters.storage.payloads import offloaded_records, segment_file
from adapters.storage.payloads.payload_pieces import PieceOctets, Read, pieces_in
from adapters.storage.payloads.stored_octets import StoredOctets, missing, reading
from adapters.storage.schema.row_conversion import Values, values_of
from adapters.storage.schema.tables import payload
from gateway.archive.offloaded import Archived
from gateway.notice.envelope import Frame
from gateway.notice.large_octets import LARGE, Octets
from gateway.notice.notice import sha256
from gateway.record.deletion import Deleted
from gateway.runtime.errors import GatewayError
from gateway.store.stored import Payload

Known = Callable[[Iterable[str]], set[str]]
"""Function that returns the digests that rows name already: their octets need not be stored again."""


_PAYLOADS = KeyedQuery(select(payload), payload.c.digest)
_SIZES = KeyedQuery(
    select(
        payload.c.digest,
        payload.c.framed,
        func.coalesce(payload.c.length, func.length(payload.c.octets)).label("size"),
    ),
    payload.c.digest,
)
_DIGESTS = KeyedQuery(select(payload.c.digest), payload.c.digest)


class PayloadStore(Protocol):
    """Store of new payloads. Segment files are read from ``folder``."""

    folder: Path

    def keep(self, payloads: Sequence[Payload], known: Known) -> list[Values]:
        """Store octets durably; return the rows of table ``payload`` that name their place, or have the octets.

        `payload_pieces.write` writes the rows, any number of times, or never. Raises `GatewayError` of area ``store``;
        then no row names the octets.
        """
        ...

    def check(self) -> str:
        """Test that payloads can be stored; return a description of the place. Raises as `keep` does."""
        ...

    def close(self) -> None:
        """Close open files. A closed store opens again by itself."""
        ...


class DatabasePayloads:
    """Octets in the rows themselves, large ones in pieces: for machines that share nothing but the database."""

    def __init__(self, folder: Path = Path("payloads")) -> None:
        self.folder = folder

    def keep(self, payloads: Sequence[Payload], known: Known) -> list[Values]:  # noqa: ARG002 - inserting finds out
        nowhere = {"segment": None, "start": None, "length": None}
        return [values_of(each, payload, octets=_in_memory(each.octets), **nowhere) for each in payloads]

    def check(self) -> str:
        return "in the database"

    def close(self) -> None:
        """Do nothing: nothing is open."""


def _in_memory(octets: Octets) -> Octets:
    return octets if len(octets) > LARGE else bytes(octets)


def known(connection: Connection, digests: Iterable[str]) -> set[str]:
    """Return the digests that a row names, or whose octets are in the archive and need not be stored again.

    Those that a purge is deleting are not known: they may be gone before the record that names them is written.
    """
    asked = set(digests)
    found = set(_DIGESTS.scalars(connection, asked))
    found -= offloaded_records.waiting(connection, found)
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
    found = _octets_of(connection, digests, folder, archived)
    return {digest: bytes(octets) for digest, octets in found.items()}


def streamed(
    connection: Connection, digests: Sequence[str], folder: Path, archived: Archived | None, read: Read
) -> dict[str, Octets]:
    """Return the octets of each digest as `octets_of` does, but leave large ones in their segment file or pieces.

    Whoever reads these does so by ``read``, also after this transaction.
    """
    return _octets_of(connection, digests, folder, archived, read)


def _octets_of(
    connection: Connection,
    digests: Sequence[str],
    folder: Path,
    archived: Archived | None,
    read: Read | None = None,
) -> dict[str, Octets]:
    stored = _stored(connection, digests, folder, archived, read)
    frames = {
        digest: _frame(digest, stored[digest]) for digest in digests if digest in stored and stored[digest].framed
    }
    seals = {seal for frame in frames.values() for seal in frame.seals}
    stored |= _stored(connection, seals - stored.keys(), folder, archived, read)
    if absent := [digest for digest in (*digests, *seals) if digest not in stored]:
        offloaded_records.assert_not_deleted(connection, absent)
    found: dict[str, Octets] = {}
    for digest in digests:
        octets = _fill(digest, frames[digest], stored) if digest in frames else _piece(digest, stored)
        if sha256(octets) != digest:
            inside = frames[digest].seals if digest in frames else ()
            guilty = next((seal for seal in inside if sha256(_piece(seal, stored)) != seal), digest)
            raise missing(guilty, "changed", stored[guilty].file)
        found[digest] = octets
    return found


def as_kept(
    connection: Connection, digests: Iterable[str], folder: Path, archived: Archived | None = None
) -> dict[str, Payload]:
    """Return payloads as they are stored, without a comparison. Missing ones are left out."""
    found = _stored(connection, digests, folder, archived)
    return {digest: Payload(digest=digest, octets=each.octets, framed=each.framed) for digest, each in found.items()}


def sizes(connection: Connection, digests: Iterable[str], folder: Path) -> dict[str, dict[str, int]]:
    """Return for each payload that a row names its own number of octets as stored, and those of its seals, by digest.

    Of the octets, only those of frames are read. A frame that cannot be read has no seals.
    """
    rows = _SIZES.rows(connection, digests)
    frames = _stored(connection, [row.digest for row in rows if row.framed], folder, None)
    seals: dict[str, Sequence[str]] = {}
    for digest, frame in frames.items():
        with suppress(GatewayError):
            seals[digest] = _frame(digest, frame).seals
    carried = _SIZES.rows(connection, chain.from_iterable(seals.values()))
    known = {row.digest: row.size for row in (*carried, *rows)}
    return {
        row.digest: {each: known[each] for each in (row.digest, *seals.get(row.digest, ())) if each in known}
        for row in rows
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stored:
    """Payload that a row names, as it is stored. ``file`` is its segment file, None for the database."""

    octets: Octets
    framed: bool
    file: Path | None = None


def _stored(
    connection: Connection,
    digests: Iterable[str],
    folder: Path,
    archived: Archived | None,
    read: Read | None = None,
) -> dict[str, _Stored]:
    """Return what is stored of these. With ``read``, large octets stay where they are, except those of frames."""
    digests = frozenset(digests)
    stored: dict[str, _Stored] = {}
    segments: dict[str, list[Row[Any]]] = {}
    for row in _PAYLOADS.rows(connection, digests):
        if row.segment is not None:
            segments.setdefault(row.segment, []).append(row)
        elif (octets := row.octets if row.octets is not None else _in_pieces(connection, row, read)) is not None:
            stored[row.digest] = _Stored(octets=octets, framed=row.framed)
    for segment, rows in segments.items():
        file = folder / segment
        small = [row for row in rows if read is None or row.framed or row.length <= LARGE]
        for row, octets in zip(small, _read(file, small), strict=True):
            stored[row.digest] = _Stored(octets=octets, framed=row.framed, file=file)
        for row in rows:
            if row.digest not in stored:
                left = StoredOctets(digest=row.digest, file=file, start=row.start, length=row.length)
                stored[row.digest] = _Stored(octets=left, framed=False, file=file)
    if archived is not None and (elsewhere := digests - stored.keys()):
        found = offloaded_records.payloads(connection, elsewhere, archived)
        stored |= {digest: _Stored(octets=kept.octets, framed=kept.framed) for digest, kept in found.items()}
    return stored


def _in_pieces(connection: Connection, row: Row[Any], read: Read | None) -> Octets | None:
    """Return the octets of a payload in pieces; None if none of them is there."""
    if read is not None and not row.framed:
        return PieceOctets(digest=row.digest, length=row.length, read=read)
    return b"".join(pieces_in(lambda work: work(connection), row.digest)) or None


def _read(file: Path, rows: Sequence[Row[Any]]) -> list[bytes]:
    if not rows:
        return []
    with reading(rows[0].digest, file):
        return segment_file.read(file, [(row.start, row.length) for row in rows])


def _frame(digest: str, stored: _Stored) -> Frame:
    try:
        return Frame.load(bytes(stored.octets))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise missing(digest, "changed", stored.file) from error


def _fill(digest: str, frame: Frame, stored: Mapping[str, _Stored]) -> bytes:
    try:
        return frame.fill(lambda seal: _piece(seal, stored))
    except ValueError as error:
        raise missing(digest, "changed", stored[digest].file) from error


def _piece(digest: str, stored: Mapping[str, _Stored]) -> Octets:
    if digest not in stored:
        raise missing(digest, "not there")
    return stored[digest].octets
