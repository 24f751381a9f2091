"""ZIP files whose end records name two directories, of which readers choose different ones."""

from __future__ import annotations

import io
import struct
from pathlib import Path
from typing import NamedTuple
from zipfile import ZipFile

_END = struct.Struct("<4s4H2IH")
_END_64 = struct.Struct("<4sQ2H2I4Q")
_LOCATOR = struct.Struct("<4sIQI")
_COMMENT_LENGTH = slice(32, 34)
"""Length of the comment in a directory's entry (APPNOTE 4.3.12)."""


class _Parts(NamedTuple):
    files: bytes
    directory: bytes
    count: int


def hide_directory(path: Path) -> None:
    """Put the genuine directory, with ZIP64 records, into a comment in a directory that names another file.

    The end record is that of the outer directory; `zipfile` follows the ZIP64 locator in front of it.
    """
    found = _parts(path)
    outer = _directory_of_another_file()
    at = len(found.files)
    comment = found.directory + _records_64(found, at + len(outer))
    outer[_COMMENT_LENGTH] = len(comment).to_bytes(2, "little")
    path.write_bytes(found.files + outer + comment + _end(1, len(outer) + len(comment), at))


def name_two_places(path: Path) -> None:
    """State another place of the directory in 32 bits than in 64: some readers take only the number in 64 bits."""
    found = _parts(path)
    at, length = len(found.files), len(found.directory)
    path.write_bytes(found.files + found.directory + _records_64(found, at) + _end(0xFFFF, length, at - 1))


def name_all_twice(path: Path) -> None:
    """State the same in 32 and in 64 bits, as `zipfile` does between 2 and 4 GiB."""
    found = _parts(path)
    at, length = len(found.files), len(found.directory)
    path.write_bytes(found.files + found.directory + _records_64(found, at) + _end(found.count, length, at))


def state_fewer_entries(path: Path) -> None:
    """State one entry less than the directory has: some readers do not show the last one."""
    found = _parts(path)
    path.write_bytes(found.files + found.directory + _end(found.count - 1, len(found.directory), len(found.files)))


def _parts(path: Path) -> _Parts:
    octets = path.read_bytes()
    *_, count, length, at, _ = _END.unpack(octets[-_END.size :])
    return _Parts(octets[:at], octets[at : at + length], count)


def _records_64(found: _Parts, at: int) -> bytes:
    """Return ZIP64 end record and locator of a directory at this place."""
    length = len(found.directory)
    end = _END_64.pack(b"PK\x06\x06", _END_64.size - 12, 45, 45, 0, 0, found.count, found.count, length, at)
    return end + _LOCATOR.pack(b"PK\x06\x07", 0, at + length, 1)


def _end(count: int, length: int, at: int) -> bytes:
    return _END.pack(b"PK\x05\x06", 0, 0, count, count, length, at, 0)


def _directory_of_another_file() -> bytearray:
    made = io.BytesIO()
    with ZipFile(made, "w") as file:
        file.writestr("another.html", b"")
        start = file.start_dir
    return bytearray(made.getvalue()[start : -_END.size])
