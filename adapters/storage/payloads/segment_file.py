"""A segment file: payloads one behind another, to which one process appends.

`docs/operate/payloads.md` gives the format.
A file's name is its time of creation and random digits, so only its creator opens it for writing, once. An incomplete
end after a power cut or a full disk is never overwritten, and nothing is appended behind it.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import zlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from gateway.notice.large_octets import LARGE, Octets, joined, pieces_of
from gateway.runtime.clock import system_clock
from gateway.store.stored import Payload

HEAD = b"EBLAGH-SEGMENT 1\n"
"""The first octets of each file: its type, and the version of its format."""

SUFFIX = ".segment"

_HEADER = re.compile(rb"(sha256:[0-9a-f]{64}) (plain|frame) (0|[1-9][0-9]{0,9}) ([0-9a-f]{8})\n")
_LONGEST_HEADER = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One payload in a segment file. ``whole`` is True if its check sum is right."""

    start: int
    payload: Payload = field(repr=False)
    whole: bool = True


class SegmentWriter:
    """Writer of a new segment file, used by its owner alone. Raises ``OSError``; after one, the file must be closed.

    ``name`` is the file's, ``size`` the octets written so far. Appended records are durable once `sync` has returned.
    """

    def __init__(self, folder: Path) -> None:
        _make(folder)
        self.name = f"{system_clock():%Y%m%dT%H%M%SZ}-{secrets.token_hex(8)}{SUFFIX}"
        self.size = 0
        self.process = os.getpid()
        self._path, self._synced = folder / self.name, False
        self._descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with suppress(OSError):  # where a file cannot be locked, it cannot be freed either
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def append(self, payloads: Sequence[Payload]) -> list[int]:
        """Write a record of each payload, small ones together, and return where their octets start."""
        parts: list[Octets] = [] if self.size else [HEAD]
        starts, end = list[int](), self.size or len(HEAD)
        for payload in payloads:
            header = _header(payload)
            parts += header, payload.octets, b"\n"
            starts.append(end + len(header))
            end = starts[-1] + len(payload.octets) + 1
        for piece in pieces_of(joined(parts)):
            self._write(piece)
        return starts

    def sync(self) -> None:
        """Make everything that was appended durable, and the file's name too."""
        self.flush()
        if not self._synced:
            sync_folder(self._path.parent)
            self._synced = True

    def flush(self) -> None:
        """Make everything that was appended durable, but not the file's name."""
        os.fsync(self._descriptor)

    def close(self) -> None:
        """Close the file. A file that was never synced is named by no row, and is deleted."""
        os.close(self._descriptor)
        if not self._synced:
            self._path.unlink(missing_ok=True)

    def _write(self, octets: bytes) -> None:
        rest = memoryview(octets)
        while rest:
            rest = rest[os.write(self._descriptor, rest) :]
        self.size += len(octets)


def read(path: Path, places: Sequence[tuple[int, int]]) -> list[bytes]:
    """Return the octets at each ``(start, length)``, fewer where the file ends before. Raises ``OSError``."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return [_read(descriptor, start, length) for start, length in places]
    finally:
        os.close(descriptor)


def pieces(path: Path, start: int, length: int) -> Iterator[bytes]:
    """Yield the octets at a place a piece at a time, fewer where the file ends before. Raises ``OSError``."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        while length > 0 and (piece := os.pread(descriptor, min(length, LARGE), start)):
            yield piece
            start, length = start + len(piece), length - len(piece)
    finally:
        os.close(descriptor)


def walk(file: BinaryIO) -> Iterator[Record]:
    """Yield the records of a segment file in their order, up to the first incomplete one.

    ``file.tell()`` is then the end of the last complete record: before the end of a file that has a torn tail.
    """
    if file.read(len(HEAD)) != HEAD:
        file.seek(0)
        return
    while True:
        begin = file.tell()
        header = _HEADER.fullmatch(file.readline(_LONGEST_HEADER))
        start = file.tell()
        if not header or start + int(header[3]) >= os.fstat(file.fileno()).st_size:
            file.seek(begin)
            return
        octets, end = file.read(int(header[3])), file.read(1)
        payload = Payload(digest=header[1].decode(), octets=octets, framed=header[2] == b"frame")
        yield Record(start=start, payload=payload, whole=_header(payload) == header[0] and end == b"\n")


def _header(payload: Payload) -> bytes:
    described = f"{payload.digest} {'frame' if payload.framed else 'plain'} {len(payload.octets)}"
    check_sum = zlib.crc32(described.encode())
    for piece in pieces_of(payload.octets):
        check_sum = zlib.crc32(piece, check_sum)
    return f"{described} {check_sum:08x}\n".encode()


def _read(descriptor: int, start: int, length: int) -> bytes:
    parts: list[bytes] = []
    while length > 0 and (part := os.pread(descriptor, length, start)):
        parts.append(part)
        start, length = start + len(part), length - len(part)
    return b"".join(parts)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        return
    sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
