"""Octets that are not together in memory, as large ones are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Apart:
    """Octets in these pieces (`gateway.notice.large_octets.LargeOctets`)."""

    pieces: Sequence[bytes]

    @classmethod
    def of(cls, octets: bytes, size: int) -> Apart:
        """Return octets in pieces of this size."""
        return cls([octets[start : start + size] for start in range(0, len(octets), size)])

    def __len__(self) -> int:
        return sum(map(len, self.pieces))

    def __iter__(self) -> Iterator[bytes]:
        yield from self.pieces

    def __bytes__(self) -> bytes:
        return b"".join(self)
