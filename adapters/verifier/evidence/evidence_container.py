"""Reader of an untrusted evidence file, without unpacking to a disk.

The file holds no octet that its directory does not list (`strict_zip`).
"""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Final
from zipfile import ZIP_STORED, ZipInfo

from adapters.crypto.xml.asic import MEDIA_TYPE
from adapters.verifier.archive.strict_zip import Bounds, StrictZip
from gateway.evidence.evidence_file import MAX_BYTES, MAX_FILES, MIMETYPE, OUTSIDE, NotAnEvidenceFile, is_entry

MAX_ENTRY_BYTES: Final = 32 * 1024 * 1024
_BOUNDS: Final = Bounds(directory=4 * 1024 * 1024, entries=MAX_FILES, octets=MAX_BYTES)


class EvidenceContainer:
    """Entries of one file. Raises `NotAnEvidenceFile` for every defect of the container."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._zip = StrictZip(_BOUNDS, _assert_allowed, NotAnEvidenceFile)
        self._names: frozenset[str] = frozenset()

    def __enter__(self) -> EvidenceContainer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._zip.close()

    def open(self) -> None:
        """Judge the container; afterwards it can be read. Raises `OSError` for an absent file."""
        entries = self._zip.open(self._path)
        if missing := OUTSIDE - self._zip.entries.keys():
            raise NotAnEvidenceFile(f"{min(missing)} is not there")
        self._assert_typed(entries[0])
        self._names = frozenset(self._zip.entries) - OUTSIDE

    @property
    def names(self) -> frozenset[str]:
        """Return every file that the signature covers."""
        return self._names

    def read(self, name: str) -> bytes:
        """Return a file's octets (`gateway.audit.evidence_audit.Read`)."""
        return self._zip.read(name)

    def _assert_typed(self, first: ZipInfo) -> None:
        """Check that any tool can recognize the type without a ZIP library (ETSI EN 319 162-1, A.1)."""
        if (first.filename, first.header_offset, first.compress_type) != (MIMETYPE, 0, ZIP_STORED):
            raise NotAnEvidenceFile("mimetype does not come first, or is packed")
        if self.read(MIMETYPE) != MEDIA_TYPE.encode():
            raise NotAnEvidenceFile("the mimetype is another one")


def _assert_allowed(entry: ZipInfo) -> None:
    name = entry.orig_filename
    if entry.filename != name or not is_entry(name):
        raise NotAnEvidenceFile(f"{name[:100]!r} is no file of an evidence file")
    if entry.file_size > MAX_ENTRY_BYTES:
        raise NotAnEvidenceFile(f"{name} is too large")
