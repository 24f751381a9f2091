"""Index of an archive's own records of deletions, damage and replaced seals, and of its lists, for an auditor.

One walk over the headers of all segments writes them into a file, since there may be as many as there are records. A
deletion may stand in a later segment than the payload that it deletes.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, assert_never

from adapters.verifier.archive.list_index import LIST_PLACE, LIST_TABLE, ListGathering
from adapters.verifier.archive.segment_reader import ZipSegment
from gateway.archive.segment import NotASegment, payload_name, range_of
from gateway.notice.notice import sha256
from gateway.record import damage, deletion
from gateway.record.damage import DamageReport, NotADamage
from gateway.record.deletion import Deletion, Deletions, NoDeletions, NotADeletion
from gateway.record.evidence_record import INSTEAD_OF, EvidenceKind, Header, NotARecord
from gateway.runtime.clock import timestamp

_READ_BY: Final[Mapping[EvidenceKind, Callable[[bytes], Deletion | DamageReport]]] = {
    EvidenceKind.PAYLOAD_DELETED: Deletion.of,
    EvidenceKind.PAYLOAD_DAMAGED: DamageReport.of,
}


_REPLACING: Final = f'"{INSTEAD_OF}":'.encode()
"""Part of the header of a seal that replaced another, for a search before parsing."""


_DELETION_TABLE: Final = """CREATE TABLE deletion (
    digest TEXT, place INTEGER, rule TEXT, day TEXT, PRIMARY KEY (digest, place)) WITHOUT ROWID"""
"""Deletions by the digests of payloads and the places of the records of deletion."""

_DELETED: Final = "SELECT rule, day FROM deletion WHERE digest = ? AND place > ? ORDER BY place LIMIT 1"

_REPLACED: Final = """SELECT 1 FROM replaced WHERE record = ? AND notice = ? AND at < ?
    AND NOT EXISTS (SELECT 1 FROM sent WHERE digest = ?)"""

_SENDING: Final = tuple(f'"kind":"{kind}"'.encode() for kind in (EvidenceKind.MESSAGE_SENT, EvidenceKind.RECEIPT))
_DIGEST: Final = re.compile(rb"sha256:[0-9a-f]{64}")
"""Pattern of a seal's digest in a frame or a receipt."""


class DeletionIndex:
    """`gateway.record.deletion.Deletions` from a file of `gathered`; any process may open it."""

    def __init__(self, path: Path) -> None:
        self._rows = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)

    def reason(self, digest: str, place: int) -> str | None:
        row = self._rows.execute(_DELETED, (digest, place)).fetchone()
        return None if row is None else f"deleted under rule {row[0]} on {row[1]}"

    def damage(self, digest: str) -> str | None:
        row = self._rows.execute("SELECT found, day FROM damage WHERE digest = ?", (digest,)).fetchone()
        return None if row is None else f"its octets in the store were {row[0]}, as was recorded on {row[1]}"

    def replaced(self, seal: Header) -> bool:
        known = seal.id, seal.notice, seal.recorded_at, seal.payload_digest
        return self._rows.execute(_REPLACED, known).fetchone() is not None

    def close(self) -> None:
        self._rows.close()


@contextmanager
def told_by(folder: Path) -> Iterator[Deletions]:
    """Provide the deletions that an archive's own records contain."""
    files = [path for path in folder.glob("*.zip") if range_of(path.name)]
    with gathered(files) as path:
        if path is None:
            yield NoDeletions()
            return
        with closing(DeletionIndex(path)) as index:
            yield index


@contextmanager
def gathered(files: Sequence[Path]) -> Iterator[Path | None]:
    """Provide the file of the deletions and revocation lists in these segments; None without any.

    Defects of a segment are left to its audit.
    """
    with TemporaryDirectory(prefix="eblagh-audit-") as folder:
        path, found = Path(folder) / "deletions", 0
        with closing(sqlite3.connect(path)) as rows:
            rows.execute(_DELETION_TABLE)
            rows.execute("CREATE TABLE damage (digest TEXT PRIMARY KEY, found TEXT, day TEXT) WITHOUT ROWID")
            rows.execute("CREATE TABLE replaced (record TEXT PRIMARY KEY, notice TEXT, at TEXT) WITHOUT ROWID")
            rows.execute("CREATE TABLE sent (digest TEXT PRIMARY KEY) WITHOUT ROWID")
            rows.execute(LIST_TABLE)
            lists = ListGathering(rows)
            for file in files:
                with suppress(NotASegment), ZipSegment(file) as segment:
                    first = segment.manifest().first
                    lists.add(segment)
                    for place, each in _told(segment, first):
                        table, told = _as_rows(place, each)
                        rows.executemany(_INSERT[table], told)
                        found += len(told)
            rows.execute(LIST_PLACE)
            # There is seldom one, and finding the sent seals costs a second walk.
            if rows.execute("SELECT 1 FROM replaced").fetchone():
                for file in files:
                    with suppress(NotASegment):
                        rows.executemany("INSERT OR IGNORE INTO sent VALUES (?)", _sent(file))
            rows.commit()
        yield path if found or lists else None


_INSERT: Final = {
    "deletion": "INSERT OR IGNORE INTO deletion VALUES (?, ?, ?, ?)",
    "damage": "INSERT OR IGNORE INTO damage VALUES (?, ?, ?)",
    "replaced": "INSERT OR IGNORE INTO replaced VALUES (?, ?, ?)",
}


def _as_rows(place: int, each: Deletion | DamageReport | Header) -> tuple[str, list[tuple[str | int | None, ...]]]:
    match each:
        case Deletion():
            return "deletion", [(digest, place, each.rule, timestamp(each.at)[:10]) for digest in each.digests]
        case DamageReport():
            return "damage", [(spoiled.digest, spoiled.found, timestamp(each.at)[:10]) for spoiled in each.payloads]
        case Header():
            # A text that is no UTF-8 is the id of no record.
            record = each.context[INSTEAD_OF].encode(errors="replace").decode()
            return "replaced", [(record, each.notice, each.recorded_at)]
        case _:
            assert_never(each)


def _told(segment: ZipSegment, first: int) -> Iterator[tuple[int, Deletion | DamageReport | Header]]:
    """Read deletions and damage from a record's own payload, and replaced seals from its header; yield them with the
    record's place."""
    held = segment.payloads()
    for place, line in enumerate(segment.records(), first):
        if not any(mark in line for mark in (deletion.MARK, damage.MARK, _REPLACING)):
            continue
        with suppress(NotARecord, NotADeletion, NotADamage):
            header = Header.of(line)
            if header.kind is EvidenceKind.SEALED_NOTICE and INSTEAD_OF in header.context:
                yield place, header
            name = payload_name(header.payload_digest)
            if header.kind in _READ_BY and name in held:
                octets = segment.read(name)
                if sha256(octets) == header.payload_digest:
                    yield place, _READ_BY[header.kind](octets)


def _sent(path: Path) -> Iterator[tuple[str]]:
    """Yield the digests of seals in messages and receipts: no record can make those unsent."""
    with ZipSegment(path) as segment:
        segment.manifest()
        held = segment.payloads()
        for line in segment.records():
            if not any(mark in line for mark in _SENDING):
                continue
            with suppress(NotARecord):
                digest = Header.of(line).payload_digest
                for name in {payload_name(digest), payload_name(digest, framed=True)} & held:
                    yield from ((each.decode(),) for each in _DIGEST.findall(segment.read(name)))
