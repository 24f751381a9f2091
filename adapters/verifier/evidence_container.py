"""An evidence file as a stranger reads it: nothing in it is believed, nothing of it is unpacked to a disk.

A ZIP file can say one thing in its directory and hold another: names are on an allow-list and stand there once, entries
lie one behind another from the first octet on without anything between or behind them, and reading stops at what the
directory says.
"""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from adapters.crypto.asic import MEDIA_TYPE
from gateway.evidence_file import MAX_BYTES, MAX_FILES, MIMETYPE, OUTSIDE, NotAnEvidenceFile, is_entry

MAX_ENTRY_BYTES: Final = 32 * 1024 * 1024
_LOCAL: Final = struct.Struct("<4s5H3I2H")
_LOCAL_MAGIC: Final = b"PK\x03\x04"
_END: Final = struct.Struct("<4s4H2IH")
_END_MAGIC: Final = b"PK\x05\x06"
_MAX_DIRECTORY_BYTES: Final = 4 * 1024 * 1024


class EvidenceContainer:
    """The entries of one file. Raises `NotAnEvidenceFile` for whatever is wrong with the container."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._zip: ZipFile | None = None
        self._file: BinaryIO | None = None
        self._entries: dict[str, ZipInfo] = {}

    def __enter__(self) -> EvidenceContainer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for each in (self._zip, self._file):
            if each is not None:
                each.close()

    def open(self) -> None:
        """Judge the container; afterwards it can be read. Raises `OSError` where there is no such file."""
        file = self._file = self._path.open("rb")
        directory = _directory(file)
        try:
            found = self._zip = ZipFile(file)
        except (BadZipFile, struct.error, ValueError, NotImplementedError) as error:
            raise NotAnEvidenceFile(f"no ZIP file: {type(error).__name__}") from error
        entries = found.infolist()
        if len(entries) > MAX_FILES or sum(entry.file_size for entry in entries) > MAX_BYTES:
            raise NotAnEvidenceFile("too large")
        for entry in entries:
            _assert_allowed(entry)
            if entry.filename in self._entries:
                raise NotAnEvidenceFile(f"{entry.filename} stands there twice")
            self._entries[entry.filename] = entry
        if missing := OUTSIDE - self._entries.keys():
            raise NotAnEvidenceFile(f"{min(missing)} is not there")
        self._assert_one_behind_another(file, entries, directory)
        self._assert_typed(entries[0])

    @property
    def names(self) -> frozenset[str]:
        """Every file but those that the signature is not over."""
        return frozenset(self._entries) - OUTSIDE

    def read(self, name: str) -> bytes:
        """`gateway.evidence_audit.Read`."""
        entry = self._entries[name]
        assert self._zip is not None
        try:
            with self._zip.open(entry) as file:
                octets = file.read(entry.file_size)
                if len(octets) != entry.file_size or file.read(1):
                    raise NotAnEvidenceFile(f"{name} is not as large as it says")
        except (BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, ValueError, OSError) as error:
            raise NotAnEvidenceFile(f"{name} cannot be read: {type(error).__name__}") from error
        return octets

    def _assert_one_behind_another(self, file: BinaryIO, entries: list[ZipInfo], directory: int) -> None:
        at = 0
        for entry in sorted(entries, key=lambda each: each.header_offset):
            file.seek(at)
            head = file.read(_LOCAL.size)
            if entry.header_offset != at or len(head) != _LOCAL.size:
                raise NotAnEvidenceFile(f"something lies in front of {entry.filename}")
            magic, _version, flags, method, _time, _date, crc, packed, size, name_length, extra = _LOCAL.unpack(head)
            local = magic, flags, method, crc, packed, size, file.read(name_length), extra
            if local != (_LOCAL_MAGIC, *_said(entry), entry.filename.encode("ascii"), 0):
                raise NotAnEvidenceFile(f"{entry.filename} is another one by its own header")
            at += _LOCAL.size + name_length + entry.compress_size
        if at != directory:
            raise NotAnEvidenceFile("something lies behind the last file")

    def _assert_typed(self, first: ZipInfo) -> None:
        """That any tool can tell the type without a ZIP library (ETSI EN 319 162-1, A.1)."""
        if (first.filename, first.header_offset, first.compress_type) != (MIMETYPE, 0, ZIP_STORED) or first.extra:
            raise NotAnEvidenceFile("mimetype does not come first, or is packed")
        if self.read(MIMETYPE) != MEDIA_TYPE.encode():
            raise NotAnEvidenceFile("the mimetype is another one")


def _said(entry: ZipInfo) -> tuple[int, int, int, int, int]:
    return entry.flag_bits, entry.compress_type, entry.CRC, entry.compress_size, entry.file_size


def _directory(file: BinaryIO) -> int:
    """Where the directory begins, which ends where the file does, but for its end record; it is read at once later."""
    size = file.seek(0, 2)
    file.seek(max(size - _END.size, 0))
    end = file.read(_END.size)
    if len(end) != _END.size or end[:4] != _END_MAGIC:
        raise NotAnEvidenceFile("no ZIP file, or something lies behind it")
    _, disk, first_disk, _, _, length, at, comment = _END.unpack(end)
    if (disk, first_disk, comment) != (0, 0, 0) or at + length + _END.size != size:
        raise NotAnEvidenceFile("something lies in front of it, or behind it")
    if length > _MAX_DIRECTORY_BYTES:
        raise NotAnEvidenceFile("too large")
    return int(at)


def _assert_allowed(entry: ZipInfo) -> None:
    name = entry.orig_filename
    if entry.filename != name or not is_entry(name):
        raise NotAnEvidenceFile(f"{name[:100]!r} is no file of an evidence file")
    # Nothing encrypted, and no size that only stands behind the octets.
    if entry.flag_bits & 0x9 or entry.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise NotAnEvidenceFile(f"{name} is packed in another way")
    if entry.file_size > MAX_ENTRY_BYTES:
        raise NotAnEvidenceFile(f"{name} is too large")
