"""Papers as files below a configured folder, each named by a column of a row.

A name never leads out of the folder: it is resolved part by part, and no part may be a symbolic link. Only the folder
itself may be one.
"""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from gateway.notice.notice import MAX_DOCUMENT_BYTES
from gateway.runtime.errors import GatewayError
from gateway.runtime.plain_words import words_of

NAME, MISSING, CHANGED = "document.file-name", "document.file-missing", "document.file-changed"

_CHUNK = 1024 * 1024
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
# A named pipe or a device is opened without waiting for it, and then refused.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_OF_NAME = frozenset({errno.ENAMETOOLONG, errno.EINVAL})
_OF_SYSTEM = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM})


class FileRefused(ValueError):
    """The file cannot be read: ``code`` is one of this module's."""

    literal_name = "FileRefused"

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class DocumentFolder:
    """Folder of papers. Names use ``/`` or a backslash between folders."""

    path: Path

    def check(self) -> None:
        """Check that the folder can be opened. Raises `GatewayError` ``source.unavailable``."""
        os.close(self._open())

    def read(self, name: str) -> bytes:
        """Return a file's octets, at most one more than a document may have: the mapper reports that it is too large.

        Raises `FileRefused`, and `GatewayError` ``source.unavailable`` if the folder itself cannot be opened.
        """
        *folders, last = _parts(name)
        here = self._open()
        try:
            for folder in folders:
                inner = self._below(folder, _FOLDER | os.O_NOFOLLOW, here)
                os.close(here)
                here = inner
            file = self._below(last, _FILE, here)
        finally:
            os.close(here)
        try:
            return _contents(file)
        except OSError as error:
            raise FileRefused(MISSING) from error
        finally:
            os.close(file)

    def _open(self) -> int:
        try:
            return os.open(self.path, _FOLDER)
        except OSError as error:
            detail = f"document_folder: {words_of(error)}"
            raise GatewayError("source.unavailable", where=str(self.path), detail=detail) from error

    def _below(self, name: str, flags: int, folder: int) -> int:
        try:
            # In UTF-8 whatever the process's locale is: servers of files store names so.
            return os.open(name.encode(), flags, dir_fd=folder)
        except OSError as error:
            if error.errno in _OF_SYSTEM:
                raise GatewayError("source.unavailable", where=str(self.path), detail=words_of(error)) from error
            raise FileRefused(NAME if error.errno in _OF_NAME else MISSING) from error


def _parts(name: str) -> list[str]:
    """Return the parts of a name. Raises `FileRefused` for one that is absolute, or leads upwards."""
    parts = name.strip().replace("\\", "/").split("/")
    upwards = ".." in parts or parts[0] == "" or parts[0].endswith(":")
    left = [part for part in parts if part not in ("", ".")]
    if upwards or not left or "\0" in name or any("\ud800" <= sign <= "\udfff" for sign in name):
        raise FileRefused(NAME)
    return left


def _contents(file: int) -> bytes:
    before = os.fstat(file)
    if not stat.S_ISREG(before.st_mode):
        raise FileRefused(MISSING)
    octets = bytearray()
    while len(octets) <= MAX_DOCUMENT_BYTES:
        if not (part := os.read(file, min(_CHUNK, MAX_DOCUMENT_BYTES + 1 - len(octets)))):
            break
        octets += part
    after = os.fstat(file)
    same = (before.st_size, before.st_mtime_ns, before.st_ctime_ns) == (
        after.st_size,
        after.st_mtime_ns,
        after.st_ctime_ns,
    )
    if not same or len(octets) != min(after.st_size, MAX_DOCUMENT_BYTES + 1):
        raise FileRefused(CHANGED)
    return bytes(octets)
