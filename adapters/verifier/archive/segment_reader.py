"""Reader of an untrusted segment, without unpacking to a disk.

Names are on an allow-list and unique, no octet lies between entries (`strict_zip`), and sizes are bounded before
reading. So is the work: few octets of a file can name many.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final
from zipfile import ZipInfo

from adapters.verifier.archive.strict_zip import Bounds, StrictZip, unreadable
from gateway.archive.segment import (
    MANIFEST,
    MAX_ENTRY_BYTES,
    MAX_MANIFEST_BYTES,
    RECORDS,
    Manifest,
    NotASegment,
    is_entry,
    list_name,
    range_of,
    token_name,
)
from gateway.notice.notice import sha256
from gateway.runtime.plain_words import words_of

MAX_RECORDS_BYTES: Final = 1024 * 1024 * 1024
MAX_LINE_BYTES: Final = 64 * 1024
MAX_SEGMENT_BYTES: Final = 16 * 1024 * 1024 * 1024
MAX_ENTRIES: Final = 1_000_000
MIN_LINE_BYTES: Final = 300
"""Minimum length of a header's line, below its names, times, digest and salt (`gateway.record.evidence_record`)."""
MIN_READ_BYTES: Final = 4 * 1024 * 1024 * 1024
READINGS: Final = 16
"""Bound of reading: that many octets of a segment, or that many times the size of all its entries.

A payload is stored once, and read for each record and message that names it.
"""
_BOUNDS: Final = Bounds(directory=MAX_ENTRIES * 160, entries=MAX_ENTRIES, octets=MAX_SEGMENT_BYTES)


class ZipSegment:
    """Implementation of `gateway.audit.segment_audit.SegmentFiles`.

    ``name`` is the file's, unless the file has no final name yet.
    """

    def __init__(self, path: Path, name: str | None = None) -> None:
        self.name = name or path.name
        self._path = path
        self._zip = StrictZip(_BOUNDS, _assert_allowed, NotASegment)
        self._entries = self._zip.entries
        self._told = self._left = 0

    def __enter__(self) -> ZipSegment:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._zip.close()

    def following(self) -> Path | None:
        """Return the next segment in the same folder."""
        own = range_of(self.name)
        beside = sorted(self._path.parent.glob(f"{own[1]:012d}-*.zip")) if own else []
        return next((path for path in beside if range_of(path.name)), None)

    def manifest(self) -> Manifest:
        self._open()
        if MANIFEST not in self._entries or RECORDS not in self._entries:
            raise NotASegment("segment.json or records.jsonl is not there")
        if self._entries[MANIFEST].file_size > MAX_MANIFEST_BYTES:
            raise NotASegment("segment.json is too large")
        manifest = Manifest.of(self.read(MANIFEST))
        self._told = manifest.end - manifest.first
        return manifest

    def notes(self) -> Sequence[int]:
        return sorted(int(name[12:24]) for name in self._entries if name.endswith(".note"))

    def token(self, size: int) -> bytes | None:
        name = token_name(size)
        return self.read(name) if name in self._entries else None

    def payloads(self) -> frozenset[str]:
        return frozenset(name for name in self._entries if name.startswith(("payloads/", "frames/")))

    def certificates(self) -> dict[str, bytes]:
        """Return certificates in PEM by name: for chains, never for trust."""
        names = sorted(name for name in self._entries if name.startswith("certificates/"))
        return {name.removeprefix("certificates/").removesuffix(".pem"): self.read(name) for name in names}

    def revocation_lists(self) -> dict[str, bytes]:
        """Return revocation lists (DER) by ``sha256:…``.

        Raises `NotASegment` for a list that does not match its name.
        """
        found = {}
        for name in self.list_names():
            octets = self.read(name)
            if list_name(sha256(octets)) != name:
                raise NotASegment(f"{name} is another list than its name says")
            found[sha256(octets)] = octets
        return found

    def list_names(self) -> list[str]:
        """Return the names of its revocation lists."""
        return sorted(name for name in self._entries if name.startswith("revocation/"))

    def read(self, name: str) -> bytes:
        """Return an entry's octets. Raises `KeyError` for an absent entry, and `NotASegment`."""
        self._left -= self._entries[name].file_size
        if self._left < 0:
            raise NotASegment("its records name more octets, again and again, than a segment holds")
        return self._zip.read(name)

    def size(self, name: str) -> int:
        """Return the size of an entry in octets. Raises `KeyError`."""
        return self._entries[name].file_size

    def records(self) -> Generator[bytes]:
        """Yield the lines; `manifest` must have been called for their number. Raises `NotASegment`."""
        try:
            with self._zip.stream(RECORDS) as file:
                number = 0
                while line := file.readline(MAX_LINE_BYTES):
                    number += 1
                    if not line.endswith(b"\n"):
                        raise NotASegment("a line of records.jsonl is too long, or not ended")
                    if len(line) < MIN_LINE_BYTES:
                        raise NotASegment(f"line {number} of records.jsonl is too short for a record")
                    if number > self._told:
                        raise NotASegment(f"more than the {self._told} records that are told")
                    yield line[:-1]
        except unreadable() as error:
            raise NotASegment(f"{RECORDS} cannot be read: {words_of(error)}") from error

    def _open(self) -> None:
        try:
            entries = self._zip.open(self._path)
        except OSError as error:
            raise NotASegment(f"no ZIP file: {words_of(error)}") from error
        self._left = max(MIN_READ_BYTES, READINGS * sum(entry.file_size for entry in entries))


def _assert_allowed(entry: ZipInfo) -> None:
    name = entry.orig_filename
    if entry.filename != name or not is_entry(name):
        raise NotASegment(f"{name[:100]!r} is no file of a segment")
    if entry.file_size > (MAX_RECORDS_BYTES if name == RECORDS else MAX_ENTRY_BYTES):
        raise NotASegment(f"{name} is too large")
