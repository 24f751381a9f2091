"""Audit of segment files against the rows that name places in them. Both are read once, from front to back.

Of payloads in pieces only the lengths are compared, since octets in the database are the database's to keep.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, func, or_, select

from adapters.storage.payloads.segment_file import SUFFIX, Record, walk
from adapters.storage.schema.tables import payload, payload_piece
from gateway.notice.notice import sha256
from gateway.runtime.errors import GatewayError


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Octets that a row names and that can no longer be read. ``found`` is ``not there`` or ``changed``.

    Without a ``file`` they are pieces in the database.
    """

    digest: str
    file: Path | None
    start: int
    found: str


@dataclass(slots=True, kw_only=True)
class Audit:
    """Counts of an audit.

    ``orphans`` are records that no row names: their transaction failed, or has not yet committed. ``torn_octets``
    stand behind the last complete record of their file. ``in_rows`` are payloads in the database.
    """

    in_rows: int = 0
    files: int = 0
    records: int = 0
    octets: int = 0
    orphans: int = 0
    orphan_octets: int = 0
    torn_octets: int = 0
    problems: int = 0


_SIZE = func.sum(func.length(payload_piece.c.octets))
_PIECES = func.count(payload_piece.c.number)
_INCOMPLETE = (
    select(payload.c.digest, _PIECES.label("pieces"))
    .outerjoin(payload_piece, payload_piece.c.digest == payload.c.digest)
    .where(payload.c.segment.is_(None), payload.c.octets.is_(None))
    .group_by(payload.c.digest, payload.c.length)
    .having(or_(_SIZE.is_distinct_from(payload.c.length), func.max(payload_piece.c.number) != _PIECES - 1))
    .order_by(payload.c.digest)
)
"""Payloads whose pieces have other octets together than they should, or other numbers."""


def audit(connection: Connection, folder: Path, report: Callable[[Problem], None]) -> Audit:
    """Return the counts; call ``report`` with each problem as it is found.

    The check sum of every record is computed, and the digest of every record except frames. Raises `GatewayError`
    ``store.payload-folder`` if a file cannot be read.
    """
    auditor, named = _Auditor(report), set()
    for row in connection.execute(_INCOMPLETE):
        auditor.tell(row.digest, None, 0, "changed" if row.pieces else "not there")
    auditor.counted.in_rows = connection.scalar(select(func.count()).where(payload.c.segment.is_(None))) or 0
    columns = [payload.c[name] for name in ("segment", "start", "length", "digest", "framed")]
    query = select(*columns).where(payload.c.segment.is_not(None)).order_by(payload.c.segment, payload.c.start)
    rows = connection.execute(query.execution_options(yield_per=1000))
    for segment, inside in groupby(rows, key=lambda row: row.segment):
        named.add(segment)
        auditor.compare(folder / segment, inside)
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        if path.name not in named:
            auditor.compare(path, iter(()))
    return auditor.counted


class _Auditor:
    def __init__(self, report: Callable[[Problem], None]) -> None:
        self.counted, self._report = Audit(), report

    def compare(self, path: Path, rows: Iterator[Row[Any]]) -> None:
        """Compare a file with its rows; both are in the order of their places."""
        try:
            with path.open("rb") as file:
                self.counted.files += 1
                row = next(rows, None)
                for record in walk(file):
                    while row is not None and row.start < record.start:
                        self._tell(row, path, "changed")
                        row = next(rows, None)
                    if row is not None and row.start == record.start:
                        if not _is(record, row):
                            self._tell(row, path, "changed")
                        row = next(rows, None)
                    else:
                        self.counted.orphans += 1
                        self.counted.orphan_octets += len(record.payload.octets)
                    self.counted.records += 1
                    self.counted.octets += len(record.payload.octets)
                size = os.fstat(file.fileno()).st_size
                self.counted.torn_octets += size - file.tell()
                while row is not None:
                    self._tell(row, path, "changed" if row.start + row.length < size else "not there")
                    row = next(rows, None)
        except FileNotFoundError:
            for row in rows:
                self._tell(row, path, "not there")
        except OSError as error:
            raise GatewayError("store.payload-folder", where=str(path), detail=str(error.strerror)) from error

    def _tell(self, row: Row[Any], path: Path, found: str) -> None:
        self.tell(row.digest, path, row.start, found)

    def tell(self, digest: str, file: Path | None, start: int, found: str) -> None:
        self.counted.problems += 1
        self._report(Problem(digest=digest, file=file, start=start, found=found))


def _is(record: Record, row: Row[Any]) -> bool:
    """Return True if a record is the one that a row names. A frame's digest is that of the filled message."""
    kept = record.payload
    described = (kept.digest, kept.framed, len(kept.octets)) == (row.digest, row.framed, row.length)
    return described and record.whole and (kept.framed or sha256(kept.octets) == kept.digest)
