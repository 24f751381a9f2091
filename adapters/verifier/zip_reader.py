"""A segment as a stranger reads it: nothing in the file is believed, and nothing of it is unpacked to a disk.

Names are on an allow-list and stand there once; sizes are bounded before anything is read, and reading stops at what
the directory of the file says, so that no entry can be larger than it claims.
"""

from __future__ import annotations

import zlib
from collections.abc import Generator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from gateway.notice import sha256
from gateway.segment import (
    MANIFEST,
    MAX_MANIFEST_BYTES,
    RECORDS,
    Manifest,
    NotASegment,
    is_entry,
    list_name,
    range_of,
    token_name,
)

MAX_ENTRY_BYTES: Final = 32 * 1024 * 1024
MAX_RECORDS_BYTES: Final = 1024 * 1024 * 1024
MAX_LINE_BYTES: Final = 64 * 1024
MAX_SEGMENT_BYTES: Final = 16 * 1024 * 1024 * 1024
MAX_ENTRIES: Final = 1_000_000
_ENCRYPTED: Final = 0x1


class ZipSegment:
    """`gateway.segment_audit.SegmentFiles`. ``name`` is the file's, unless it has not got its own yet."""

    def __init__(self, path: Path, name: str | None = None) -> None:
        self.name = name or path.name
        self._path = path
        self._zip: ZipFile | None = None
        self._entries: dict[str, ZipInfo] = {}

    def __enter__(self) -> ZipSegment:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._zip is not None:
            self._zip.close()

    def following(self) -> Path | None:
        """The segment beside it that begins where this one ends."""
        own = range_of(self.name)
        beside = sorted(self._path.parent.glob(f"{own[1]:012d}-*.zip")) if own else []
        return next((path for path in beside if range_of(path.name)), None)

    def manifest(self) -> Manifest:
        self._open()
        if MANIFEST not in self._entries or RECORDS not in self._entries:
            raise NotASegment("segment.json or records.jsonl is not there")
        if self._entries[MANIFEST].file_size > MAX_MANIFEST_BYTES:
            raise NotASegment("segment.json is too large")
        return Manifest.of(self.read(MANIFEST))

    def notes(self) -> Sequence[int]:
        return sorted(int(name[12:24]) for name in self._entries if name.endswith(".note"))

    def token(self, size: int) -> bytes | None:
        name = token_name(size)
        return self.read(name) if name in self._entries else None

    def payloads(self) -> frozenset[str]:
        return frozenset(name for name in self._entries if name.startswith(("payloads/", "frames/")))

    def certificates(self) -> dict[str, bytes]:
        """PEM by name, as it stands there: for chains, never for trust."""
        names = sorted(name for name in self._entries if name.startswith("certificates/"))
        return {name.removeprefix("certificates/").removesuffix(".pem"): self.read(name) for name in names}

    def revocation_lists(self) -> dict[str, bytes]:
        """DER by ``sha256:…``, as it stands there. Raises `NotASegment` where one is another than its name says."""
        found = {}
        for name in sorted(name for name in self._entries if name.startswith("revocation/")):
            octets = self.read(name)
            if list_name(sha256(octets)) != name:
                raise NotASegment(f"{name} is another list than its name says")
            found[sha256(octets)] = octets
        return found

    def read(self, name: str) -> bytes:
        """Return an entry's octets. Raises `KeyError` for one that is not there, and `NotASegment`."""
        entry = self._entries[name]
        assert self._zip is not None
        try:
            with self._zip.open(entry) as file:
                octets = file.read(entry.file_size)
                if len(octets) != entry.file_size or file.read(1):
                    raise NotASegment(f"{name} is not as large as it says")
        except (BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
            raise NotASegment(f"{name} cannot be read: {type(error).__name__}") from error
        return octets

    def records(self) -> Generator[bytes]:
        assert self._zip is not None
        try:
            with self._zip.open(self._entries[RECORDS]) as file:
                while line := file.readline(MAX_LINE_BYTES):
                    if not line.endswith(b"\n"):
                        raise NotASegment("a line of records.jsonl is too long, or not ended")
                    yield line[:-1]
        except (BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
            raise NotASegment(f"{RECORDS} cannot be read: {type(error).__name__}") from error

    def _open(self) -> None:
        try:
            self._zip = ZipFile(self._path)
        except (BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise NotASegment(f"no ZIP file: {type(error).__name__}") from error
        entries = self._zip.infolist()
        if len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > MAX_SEGMENT_BYTES:
            raise NotASegment("too large")
        for entry in entries:
            _assert_allowed(entry)
            if entry.filename in self._entries:
                raise NotASegment(f"{entry.filename} stands there twice")
            self._entries[entry.filename] = entry


def _assert_allowed(entry: ZipInfo) -> None:
    name = entry.orig_filename
    if entry.filename != name or not is_entry(name):
        raise NotASegment(f"{name[:100]!r} is no file of a segment")
    if entry.flag_bits & _ENCRYPTED or entry.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise NotASegment(f"{name} is packed in another way")
    if entry.file_size > (MAX_RECORDS_BYTES if name == RECORDS else MAX_ENTRY_BYTES):
        raise NotASegment(f"{name} is too large")
