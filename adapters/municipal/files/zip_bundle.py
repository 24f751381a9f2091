"""A ZIP with one list, or one beside it of attachments, and the files that they name. Nothing is unpacked to a disk.

Names are flat and occur once. Sizes are bounded before anything is read, and reading stops at the bound whatever the
directory of the file states.
"""

from __future__ import annotations

import os
import zlib
from collections import Counter
from collections.abc import Mapping
from io import BufferedReader, FileIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from gateway.notice.notice import MAX_DOCUMENT_BYTES
from gateway.runtime.errors import GatewayError
from gateway.runtime.plain_words import words_of

MAX_ENTRIES = 10_001
MAX_DIRECTORY_BYTES = 4 * 1024 * 1024
"""Most octets of a ZIP's directory: 400 for each entry."""
MAX_LIST_BYTES = 32 * 1024 * 1024
MAX_BUNDLE_BYTES = 2 * 1024 * 1024 * 1024
"""Most octets of all entries, unpacked."""
MAX_RATIO = 200
"""Highest ratio of an entry's octets to its packed ones; deflate reaches a thousand."""

LISTS = (".csv", ".xml")
ATTACHMENTS = "attachments.csv"
"""Name of a second list, which has the attachments of the first one's rows."""
_ENCRYPTED = 0x1


class Bundle:
    """Open ZIP. Raises `GatewayError` ``file.zip``, ``.entry-name``, ``.entry-twice``, ``.bomb``, ``.list``."""

    def __init__(self, path: Path) -> None:
        file = _Bounded(FileIO(path))
        try:
            self._zip = ZipFile(file)
        except BaseException as error:
            file.close()
            if isinstance(error, BadZipFile | OSError | ValueError | NotImplementedError):
                raise GatewayError("file.zip", detail=words_of(error)) from None
            raise
        self._file = file
        try:
            entries = self._zip.infolist()
            _assert_good(entries)
            self.entries: Mapping[str, ZipInfo] = {entry.filename: entry for entry in entries}
            lists = [name for name in self.entries if name.lower().endswith(LISTS)]
            beside = [name for name in lists if name.lower() == ATTACHMENTS] if len(lists) == 2 else []
            lists = [name for name in lists if name not in beside]
            if len(lists) != 1:
                raise GatewayError("file.list", detail=f"{len(lists)} lists in the ZIP, one is wanted")
        except BaseException:
            self.close()
            raise
        [self.list] = lists
        self.attachments = beside[0] if beside else None

    def close(self) -> None:
        self._zip.close()
        self._file.close()

    @property
    def documents(self) -> set[str]:
        return set(self.entries) - {self.list, self.attachments}

    def read_list(self, name: str) -> bytes:
        return self._read(name, MAX_LIST_BYTES)

    def read(self, name: str) -> bytes:
        """Return an entry's octets, at most one more than a document may have: the mapper reports that it is too large.

        Raises `GatewayError` ``file.entry``.
        """
        return self._read(name, MAX_DOCUMENT_BYTES + 1, cut=True)

    def _read(self, name: str, bound: int, *, cut: bool = False) -> bytes:
        try:
            with self._zip.open(self.entries[name]) as entry:
                octets = entry.read(bound if cut else bound + 1)
        except (BadZipFile, OSError, EOFError, ValueError, RuntimeError, zlib.error) as error:
            raise GatewayError("file.entry", where=name, detail=words_of(error)) from None
        if len(octets) > bound:
            raise GatewayError("file.too-large", where=name, detail=f"more than {bound} octets")
        return octets


class _Bounded(BufferedReader):
    """File of which one read returns no more than a directory may have.

    `ZipFile` reads its directory whole, and makes an object of each entry, before entries can be counted.
    """

    def read(self, size: int | None = -1, /) -> bytes:
        wanted = os.fstat(self.fileno()).st_size - self.tell() if size is None or size < 0 else size
        if wanted > MAX_DIRECTORY_BYTES:
            raise GatewayError("file.bomb", detail=f"a directory of {wanted} octets")
        return super().read(size)


def _assert_good(entries: list[ZipInfo]) -> None:
    if len(entries) > MAX_ENTRIES:
        raise GatewayError("file.bomb", detail=f"{len(entries)} entries")
    for entry in entries:
        name = entry.filename
        # `orig_filename` is the name in the file: ZipFile cuts a name at its NUL.
        odd = (
            set(name) & set("/\\:\0")
            or name in ("", ".", "..")
            or name != entry.orig_filename
            or not name.isprintable()
        )
        if odd:
            raise GatewayError("file.entry-name", where=ascii(name)[:100])
        if entry.flag_bits & _ENCRYPTED or entry.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
            raise GatewayError("file.zip", where=name, detail="encrypted, or packed in another way than deflate")
        if entry.file_size > MAX_RATIO * max(entry.compress_size, 1024):
            raise GatewayError("file.bomb", where=name, detail=f"{entry.compress_size} → {entry.file_size} octets")
    if (total := sum(entry.file_size for entry in entries)) > MAX_BUNDLE_BYTES:
        raise GatewayError("file.bomb", detail=f"{total} octets in all")
    # Most lists are made on systems on which two names that differ in case alone are one.
    counted = Counter(entry.filename.casefold() for entry in entries)
    if twice := sorted(name for name, count in counted.items() if count > 1):
        raise GatewayError("file.entry-twice", where=twice[0])
