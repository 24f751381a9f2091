"""Strict reader of an untrusted ZIP file that holds exactly its directory's entries, without unpacking to a disk.

A ZIP file can list other content in its directory than it holds. Here entries follow each other from the first octet
on, then the directory, then its end record: no prefix, gap, suffix or comment. Every end record names that directory.
Each local header must agree with the directory. Bounds are checked before reading, and reading stops at the directory's
size, so that no entry is larger than it claims.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO, Final
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from gateway.runtime.plain_words import words_of

_LOCAL: Final = struct.Struct("<4s5H3I2H")
_LOCAL_MAGIC: Final = b"PK\x03\x04"
_END: Final = struct.Struct("<4s4H2IH")
_END_MAGIC: Final = b"PK\x05\x06"
_LOCATOR: Final = struct.Struct("<4sIQI")
_LOCATOR_MAGIC: Final = b"PK\x06\x07"
_END_64: Final = struct.Struct("<4sQ2H2I4Q")
_END_64_MAGIC: Final = b"PK\x06\x06"
_SIZES_64: Final = struct.Struct("<2H2Q")
_MAX_16: Final = 0xFFFF
_MAX_32: Final = 0xFFFFFFFF
_LIMIT_64: Final = 0x7FFFFFFF
_ENCRYPTED: Final = 0x1
_SIZE_BEHIND: Final = 0x8
"""Flag of sizes behind the octets, which are then unknown before reading."""
_TWO_DIRECTORIES: Final = "its end names two directories, so that readers show different files"
_UNREADABLE: Final = (BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, ValueError, OSError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Maximum octets of the directory, number of entries, and octets of all entries together."""

    directory: int
    entries: int
    octets: int


class StrictZip:
    """Entries of one file by name. Raises ``problem`` with a few words for every defect."""

    def __init__(self, bounds: Bounds, assert_allowed: Callable[[ZipInfo], None], problem: type[Exception]) -> None:
        self._bounds, self._assert_allowed, self._problem = bounds, assert_allowed, problem
        self._zip: ZipFile | None = None
        self._file: BinaryIO | None = None
        self.entries: dict[str, ZipInfo] = {}

    def close(self) -> None:
        for each in (self._zip, self._file):
            if each is not None:
                each.close()

    def open(self, path: Path) -> list[ZipInfo]:
        """Judge the container, and return its entries in the directory's order. Raises `OSError` for an absent file."""
        file = self._file = path.open("rb")
        directory, count = self._directory(file)
        try:
            found = self._zip = ZipFile(file)
        except _UNREADABLE as error:
            raise self._problem(f"no ZIP file: {words_of(error)}") from error
        entries = found.infolist()
        if (found.start_dir, len(entries)) != (directory, count):
            raise self._problem(_TWO_DIRECTORIES)
        if len(entries) > self._bounds.entries or sum(entry.file_size for entry in entries) > self._bounds.octets:
            raise self._problem("too large")
        for entry in entries:
            self._judge(entry)
            if entry.filename in self.entries:
                raise self._problem(f"{entry.filename} stands there twice")
            self.entries[entry.filename] = entry
        self._assert_one_behind_another(file, entries, directory)
        return entries

    def read(self, name: str) -> bytes:
        """Return an entry's octets. Raises `KeyError` for an absent entry."""
        entry = self.entries[name]
        try:
            with self.stream(name) as file:
                octets = file.read(entry.file_size)
                if len(octets) == entry.file_size and not file.read(1):
                    return octets
        except _UNREADABLE as error:
            raise self._problem(f"{name} cannot be read: {words_of(error)}") from error
        raise self._problem(f"{name} is not as large as it says")

    def stream(self, name: str) -> IO[bytes]:
        """Open an entry; the caller catches the errors of reading it (`unreadable`)."""
        assert self._zip is not None
        return self._zip.open(self.entries[name])

    def _judge(self, entry: ZipInfo) -> None:
        self._assert_allowed(entry)
        name = entry.filename
        if entry.flag_bits & (_ENCRYPTED | _SIZE_BEHIND) or entry.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
            raise self._problem(f"{name} is packed in another way")
        if entry.comment or (entry.extra and not _is_needed_64(entry)):
            raise self._problem(f"{name} has a comment, or more than its name and sizes, in the directory")

    def _assert_one_behind_another(self, file: BinaryIO, entries: list[ZipInfo], directory: int) -> None:
        at = 0
        for entry in sorted(entries, key=lambda each: each.header_offset):
            file.seek(at)
            head = file.read(_LOCAL.size)
            if entry.header_offset != at or len(head) != _LOCAL.size:
                raise self._problem(f"something lies in front of {entry.filename}")
            magic, _version, flags, method, _time, _date, crc, packed, size, length, extra = _LOCAL.unpack(head)
            name, beside = file.read(length), file.read(extra)
            if (packed, size) == (_MAX_32, _MAX_32) and extra == _SIZES_64.size:
                kind, of, size, packed = _SIZES_64.unpack(beside)
                beside = b"" if (kind, of) == (1, _SIZES_64.size - 4) else beside
            said = entry.flag_bits, entry.compress_type, entry.CRC, entry.compress_size, entry.file_size
            here = flags, method, crc, packed, size
            if (magic, name, beside) != (_LOCAL_MAGIC, entry.orig_filename.encode("utf-8"), b"") or here != said:
                raise self._problem(f"{entry.filename} is another one by its own header")
            at += _LOCAL.size + length + extra + entry.compress_size
        if at != directory:
            raise self._problem("something lies behind the last file")

    def _directory(self, file: BinaryIO) -> tuple[int, int]:
        """Return start and number of entries of the directory; the end records must follow it, and end the file."""
        total = file.seek(0, 2)
        end_at = max(total - _END.size, 0)
        file.seek(end_at)
        end = file.read(_END.size)
        if len(end) != _END.size or end[:4] != _END_MAGIC:
            raise self._problem("no ZIP file, or something lies behind it")
        _, disk, first_disk, here, count, length, at, comment = _END.unpack(end)
        if (disk, first_disk, comment) != (0, 0, 0):
            raise self._problem("no ZIP file, or something lies behind it")
        told = here, count, length, at
        if _MAX_16 in (here, count) or _MAX_32 in (length, at) or self._has_locator(file, end_at):
            here, count, length, at, end_at = self._end_64(file, end_at)
            if told != (min(here, _MAX_16), min(count, _MAX_16), min(length, _MAX_32), min(at, _MAX_32)):
                raise self._problem(_TWO_DIRECTORIES)
        if here != count:
            raise self._problem(_TWO_DIRECTORIES)
        if at + length != end_at:
            raise self._problem("something lies in front of it, or behind it")
        if length > self._bounds.directory or count > self._bounds.entries:
            raise self._problem("too large")
        return at, count

    def _has_locator(self, file: BinaryIO, end_at: int) -> bool:
        """Return True if `zipfile` will follow a ZIP64 locator: it does even if 32 bits hold every number."""
        file.seek(max(end_at - _LOCATOR.size, 0))
        return file.read(4) == _LOCATOR_MAGIC

    def _end_64(self, file: BinaryIO, end_at: int) -> tuple[int, int, int, int, int]:
        """Return both counts, length and place of the directory, and the start of the end records (APPNOTE 4.3.14)."""
        begin = end_at - _LOCATOR.size - _END_64.size
        file.seek(max(begin, 0))
        record, locator = file.read(_END_64.size), file.read(_LOCATOR.size)
        if begin < 0 or record[:4] != _END_64_MAGIC or locator[:4] != _LOCATOR_MAGIC:
            raise self._problem("no ZIP file: its end is of another form")
        _, size, _, _, disk, first_disk, here, count, length, at = _END_64.unpack(record)
        _, locator_disk, record_at, disks = _LOCATOR.unpack(locator)
        if (size, disk, first_disk, locator_disk, record_at, disks) != (_END_64.size - 12, 0, 0, 0, begin, 1):
            raise self._problem("no ZIP file: its end is of another form")
        return int(here), int(count), int(length), int(at), begin


def unreadable() -> tuple[type[Exception], ...]:
    """Return the exceptions that reading a damaged `StrictZip.stream` may raise."""
    return _UNREADABLE


def _is_needed_64(entry: ZipInfo) -> bool:
    """Return True if the extra field holds only sizes or a place that exceed 32 bits."""
    large = sum(each > _LIMIT_64 for each in (entry.file_size, entry.compress_size, entry.header_offset))
    kind, length = struct.unpack("<2H", entry.extra[:4]) if len(entry.extra) >= 4 else (0, 0)
    return kind == 1 and large > 0 and length in (8, 16, 24) and len(entry.extra) == length + 4
