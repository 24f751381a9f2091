"""The folder that a municipality and the gateway share, and the moves of files between its parts.

Everything is written beside its place, synced and renamed, so that a reader sees a file whole or not at all.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gateway.runtime.errors import GatewayError

MARKER = ".done"
"""Ending of the marker that a sender puts beside a complete file, after the file's name."""

PARTS = ("in", "work", "done", "refused", "results")

MAX_NAME_OCTETS = 200
"""Most octets of a stored file's name: its reports add endings, and a name has at most 255 octets."""

_LONGEST_ENDING = 10
_HALF_SPACE = "\u200c"
_DIGEST = re.compile(r"([0-9a-f]{64})([ \t].*)?", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class DropFolder:
    """Shared folder of a source.

    ``in`` is the sender's, with its files and their markers. ``work`` holds files being taken. ``done``, ``refused``
    and ``results`` are for the sender to read. Methods raise `GatewayError` ``file.folder``.
    """

    path: Path

    def part(self, name: str) -> Path:
        return self.path / name

    def prepare(self) -> None:
        """Make the parts that are missing. The folder itself must exist: it may be a mount that is missing."""
        try:
            if not self.path.is_dir():
                raise _unfit(self.path, "not there, or no folder")
            for name in PARTS:
                self.part(name).mkdir(exist_ok=True)
                # Refused files would be written wherever a link leads.
                if not stat.S_ISDIR(self.part(name).lstat().st_mode):
                    raise _unfit(self.part(name), "a link, or no folder")
        except OSError as error:
            raise _unfit(self.path, error.strerror or "") from error

    def assert_usable(self) -> None:
        """Check that files can be read, written and moved; leave nothing behind."""
        self.prepare()
        for name in PARTS:
            trial = self.part(name) / f".trial-{secrets.token_hex(8)}"
            try:
                os.listdir(trial.parent)
                trial.touch()
                trial.unlink()
            except OSError as error:
                raise _unfit(trial.parent, error.strerror or "") from error

    def waiting(self) -> int:
        """Return the number of files in ``in`` without a marker."""
        names = {path.name for path in self.part("in").iterdir() if _is_file(path)}
        return sum(not name.endswith(MARKER) and f"{name}{MARKER}" not in names for name in names)

    def take(self) -> None:
        """Move complete files to ``work``.

        The marker goes first: left in ``in``, it would mark a later, partly written file as complete.
        """
        inside, work = self.part("in"), self.part("work")
        for marker in sorted(_files(inside)):
            name = marker.name.removesuffix(MARKER)
            if name == marker.name or name.startswith(".") or not _is_file(inside / name):
                continue
            if not (work / name).exists() and not (work / marker.name).exists():
                os.replace(marker, work / marker.name)
        for marker in sorted(_files(work)):
            name = marker.name.removesuffix(MARKER)
            if not _is_marker(marker) or (work / name).exists():
                continue
            if _is_file(inside / name):
                os.replace(inside / name, work / name)
            else:
                marker.unlink()
        _sync(inside)
        _sync(work)

    def taken(self) -> list[Path]:
        """Return the files in ``work``, in the order of their names."""
        return sorted(path for path in _files(self.part("work")) if not _is_marker(path))

    def assert_whole(self, path: Path) -> None:
        """Compare a file with the SHA-256 in its marker, if there is one. Raises `GatewayError` ``file.digest``."""
        try:
            with path.with_name(path.name + MARKER).open("rb") as marker:
                said = marker.read(512).decode("utf-8", "replace").strip()
        except FileNotFoundError:
            return  # the file's end was interrupted; it was compared then
        match = _DIGEST.fullmatch(said)
        if said and (match is None or match[1].lower() != _sha256(path)):
            raise GatewayError("file.digest", detail="no SHA-256" if match is None else "")

    def place(self, part: str, name: str) -> str:
        """Return a free name for the file in ``part``, since an earlier file may have the same name.

        An unreadable name is escaped. It is short enough for the endings of its reports.
        """
        name = _storable(name)
        stem, dot, ending = name.rpartition(".")
        number, free = 1, name
        while (self.part(part) / free).exists():
            number += 1
            free = f"{stem}~{number}{dot}{ending}" if dot else f"{name}~{number}"
        return free

    def put_away(self, path: Path, part: str, name: str) -> None:
        """Move a file from ``work`` to its end; its marker first, as in `take`."""
        path.with_name(path.name + MARKER).unlink(missing_ok=True)
        os.replace(path, self.part(part) / name)
        _sync(path.parent)
        _sync(self.part(part))

    def write(self, part: str, name: str, octets: bytes) -> None:
        """Write a file whole, or not at all."""
        partial = self.part(part) / f".{secrets.token_hex(8)}.partial"
        try:
            with partial.open("xb") as file:
                file.write(octets)
                file.flush()
                os.fsync(file.fileno())
            os.replace(partial, self.part(part) / name)
        finally:
            partial.unlink(missing_ok=True)
        _sync(self.part(part))


def escaped(name: str) -> str:
    r"""Return a file's name as it can be stored and shown.

    Octets that are no UTF-8 become ``\xe4``; invisible signs (controls, changes of direction; not the half-space of
    Persian) become ``\u202e``.
    """
    octets = name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() or c == _HALF_SPACE else c.encode("unicode_escape").decode() for c in octets)


def is_readable(name: str) -> bool:
    """Return True if a file's name is UTF-8."""
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _storable(name: str) -> str:
    shown = escaped(name)
    octets = shown.encode()
    if len(octets) <= MAX_NAME_OCTETS:
        return shown
    _, dot, ending = shown.rpartition(".")
    ending = f".{ending}" if dot and len(ending) <= _LONGEST_ENDING else ""
    tail = f"~{hashlib.sha256(octets).hexdigest()[:8]}{ending}"
    return octets[: MAX_NAME_OCTETS - len(tail.encode())].decode("utf-8", "ignore") + tail


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.iterdir() if not path.name.startswith(".") and _is_file(path))


def _is_marker(path: Path) -> bool:
    """Return True for a marker; a file whose own name ends like one has a marker beside it."""
    return path.suffix == MARKER and not _is_file(path.with_name(path.name + MARKER))


def _is_file(path: Path) -> bool:
    """Return True for a regular file; a link could lead to any file."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _unfit(path: Path, detail: str) -> GatewayError:
    return GatewayError("file.folder", where=str(path), detail=detail)
