"""Octets of a payload that stay in its segment file, and how an unreadable one is told."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from adapters.storage.payloads import segment_file
from gateway.notice.notice import sha256
from gateway.runtime.errors import GatewayError


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredOctets:
    """Implementation of `gateway.notice.large_octets.LargeOctets`: ``length`` octets of ``file`` from ``start`` on.

    Each reading compares them with their digest before it gives out the last piece, so nobody gets others as a whole.
    Raises ``store.payload-missing`` for missing or changed octets, ``store.payload-folder`` if they cannot be read.
    """

    digest: str
    file: Path
    start: int
    length: int

    def __len__(self) -> int:
        return self.length

    def __iter__(self) -> Iterator[bytes]:
        digest, left = hashlib.sha256(), self.length
        with reading(self.digest, self.file):
            for piece in segment_file.pieces(self.file, self.start, self.length):
                digest.update(piece)
                left -= len(piece)
                if not left and f"sha256:{digest.hexdigest()}" != self.digest:
                    raise missing(self.digest, "changed", self.file)
                yield piece
        if left:
            raise missing(self.digest, "changed", self.file)

    def __bytes__(self) -> bytes:
        with reading(self.digest, self.file):
            [octets] = segment_file.read(self.file, [(self.start, self.length)])
        if sha256(octets) != self.digest:
            raise missing(self.digest, "changed", self.file)
        return octets


@contextmanager
def reading(digest: str, file: Path) -> Iterator[None]:
    """Raise `GatewayError` for errors of reading a payload from its segment file."""
    try:
        yield
    except FileNotFoundError as error:
        raise missing(digest, "not there", file) from error
    except OSError as error:
        raise GatewayError("store.payload-folder", where=str(file), detail=str(error.strerror)) from error


def missing(digest: str, detail: str, file: Path | None = None) -> GatewayError:
    """Return the error of a payload that cannot be read: it is ``not there``, or ``changed``."""
    return GatewayError("store.payload-missing", where=digest, detail=f"{detail}: {file}" if file else detail)
