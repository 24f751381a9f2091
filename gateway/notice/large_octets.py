"""Octets of any size. Large ones stay in the places where they lie, and are read a piece at a time."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

LARGE: Final = 256 * 1024
"""Fewer octets are kept together in memory. Large ones are read in pieces of this size."""


class LargeOctets(Protocol):
    """Octets that can be read any number of times. Reading may raise `gateway.runtime.errors.GatewayError`."""

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[bytes]:
        """Yield the octets in pieces, from the beginning."""
        ...

    def __bytes__(self) -> bytes:
        """Return all octets, in memory."""
        ...


Octets = bytes | LargeOctets
"""Octets, in memory or not: both have ``len`` and ``bytes``; `pieces_of` reads them."""


def pieces_of(octets: Octets) -> Iterable[bytes]:
    """Return the octets in pieces, one behind another. Those in memory are one piece."""
    return (octets,) if isinstance(octets, bytes) else octets


def short_pieces(octets: Octets) -> Iterator[bytes]:
    """Yield the octets in pieces of at most `LARGE`, also those in memory."""
    for piece in pieces_of(octets):
        if len(piece) <= LARGE:
            yield piece
        else:
            yield from (piece[start : start + LARGE] for start in range(0, len(piece), LARGE))


def sha256_of(octets: Octets) -> bytes:
    """Return the SHA-256 of the octets."""
    digest = hashlib.sha256()
    for piece in pieces_of(octets):
        digest.update(piece)
    return digest.digest()


def parts_of(octets: Octets) -> Sequence[Octets]:
    """Return the parts that `joined` has put together without a copy; any other octets are their own only part."""
    return octets.parts if isinstance(octets, _Joined) else (octets,)


def joined(parts: Sequence[Octets]) -> Octets:
    """Return the parts one behind another. They are copied only if all of them together are few."""
    if sum(map(len, parts)) <= LARGE:
        return b"".join(map(bytes, parts))
    return _Joined(tuple(each for part in parts for each in parts_of(part)))


def contains(octets: Octets, wanted: bytes) -> bool:
    """Return True if ``wanted`` stands in the octets, also across the border of two pieces."""
    before = b""
    for piece in pieces_of(octets):
        if wanted in piece or wanted in before + piece[: len(wanted)]:
            return True
        before = (before + piece[-len(wanted) :])[-len(wanted) :]
    return False


@dataclass(frozen=True, slots=True)
class _Joined:
    """Implementation of `LargeOctets`. Small parts are read together."""

    parts: tuple[Octets, ...] = field(repr=False)

    def __len__(self) -> int:
        return sum(map(len, self.parts))

    def __iter__(self) -> Iterator[bytes]:
        small: list[bytes] = []
        size = 0
        for part in self.parts:
            for piece in pieces_of(part):
                if small and size + len(piece) > LARGE:
                    yield b"".join(small)
                    small, size = [], 0
                small.append(piece)
                size += len(piece)
        yield b"".join(small)

    def __bytes__(self) -> bytes:
        return b"".join(map(bytes, self.parts))
