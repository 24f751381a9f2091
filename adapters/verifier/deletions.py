"""What an archive says of its own deletions, for an auditor: gathered in one walk over the headers of all segments,
into a file, since there may be as many as there are records. A deletion may stand in a later segment than what it
concerns."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from adapters.verifier.zip_reader import ZipSegment
from gateway.clock import timestamp
from gateway.deletion import MARK, Deletion, Deletions, NoDeletions, NotADeletion
from gateway.evidence import EvidenceKind, Header, NotARecord
from gateway.notice import sha256
from gateway.segment import NotASegment, payload_name, range_of


class DeletionIndex:
    """`gateway.deletion.Deletions` from a file that `gathered` made; any process may open it."""

    def __init__(self, path: Path) -> None:
        self._rows = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)

    def reason(self, digest: str) -> str | None:
        row = self._rows.execute("SELECT rule, day FROM deletion WHERE digest = ?", (digest,)).fetchone()
        return None if row is None else f"deleted under rule {row[0]} on {row[1]}"

    def close(self) -> None:
        self._rows.close()


@contextmanager
def told_by(folder: Path) -> Iterator[Deletions]:
    """Give what an archive's own records say."""
    files = [path for path in folder.glob("*.zip") if range_of(path.name)]
    with gathered(files) as path:
        if path is None:
            yield NoDeletions()
            return
        with closing(DeletionIndex(path)) as index:
            yield index


@contextmanager
def gathered(files: Sequence[Path]) -> Iterator[Path | None]:
    """Give the file of what these segments say was deleted; None where nothing was. What is wrong with a segment is
    left to its audit."""
    with TemporaryDirectory(prefix="eblagh-audit-") as folder:
        path, found = Path(folder) / "deletions", 0
        with closing(sqlite3.connect(path)) as rows:
            rows.execute("CREATE TABLE deletion (digest TEXT PRIMARY KEY, rule TEXT, day TEXT) WITHOUT ROWID")
            for file in files:
                with suppress(NotASegment):
                    for deletion in _deletions(file):
                        day = timestamp(deletion.at)[:10]
                        told = [(digest, deletion.rule, day) for digest in deletion.digests]
                        rows.executemany("INSERT OR IGNORE INTO deletion VALUES (?, ?, ?)", told)
                        found += len(told)
            rows.commit()
        yield path if found else None


def _deletions(path: Path) -> Iterator[Deletion]:
    """Only a record's own payload says what it deleted."""
    with ZipSegment(path) as segment:
        segment.manifest()
        held = segment.payloads()
        for line in segment.records():
            if MARK not in line:
                continue
            with suppress(NotARecord, NotADeletion):
                header = Header.of(line)
                name = payload_name(header.payload_digest)
                if header.kind is EvidenceKind.PAYLOAD_DELETED and name in held:
                    octets = segment.read(name)
                    if sha256(octets) == header.payload_digest:
                        yield Deletion.of(octets)
