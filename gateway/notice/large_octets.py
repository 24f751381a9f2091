"""Octets of any size. Large ones stay in the places where they lie, and are read a piece at a time, also in base64."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

LARGE: Final = 256 * 1024
"""Fewer octets are kept together in memory. Large ones are read in pieces of this size."""

_STEP: Final = 48 * 1024
"""Octets that are converted at a time: several such conversions, one upon another, need little memory."""


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


@dataclass(frozen=True, slots=True)
class Base64Octets:
    """Implementation of `LargeOctets`: the base64 of other octets (RFC 4648, 4).

    It is on one line. With ``is_url`` it is base64url without padding (RFC 4648, 5; RFC 7515, 2).
    """

    octets: Octets = field(repr=False)
    is_url: bool = False

    def __len__(self) -> int:
        whole, rest = divmod(len(self.octets), 3)
        last = rest + 1 if self.is_url else 4
        return 4 * whole + (last if rest else 0)

    def __iter__(self) -> Iterator[bytes]:
        if not self.is_url:
            return _in_groups(self.octets, 3, base64.b64encode)
        return _in_groups(self.octets, 3, lambda group: base64.urlsafe_b64encode(group).rstrip(b"="))

    def __bytes__(self) -> bytes:
        return b"".join(self)


@dataclass(frozen=True, slots=True)
class DecodedOctets:
    """Implementation of `LargeOctets`: the octets whose base64 is ``text``.

    ``text`` has whole groups of four, ``padding`` signs of padding at its end, and no white space. Reading raises
    `ValueError` if it is no base64.
    """

    text: Octets = field(repr=False)
    padding: int

    def __len__(self) -> int:
        return len(self.text) // 4 * 3 - self.padding

    def __iter__(self) -> Iterator[bytes]:
        return _in_groups(self.text, 4, binascii.a2b_base64)

    def __bytes__(self) -> bytes:
        return b"".join(self)


@dataclass(frozen=True, slots=True)
class PartOctets:
    """Implementation of `LargeOctets`: other octets from ``start`` up to ``end``.

    Each reading goes on to the end of the others, which may compare themselves with their digest there.
    """

    octets: Octets = field(repr=False)
    start: int
    end: int

    def __len__(self) -> int:
        return self.end - self.start

    def __iter__(self) -> Iterator[bytes]:
        at = 0
        for piece in pieces_of(self.octets):
            if part := piece[max(0, self.start - at) : max(0, self.end - at)]:
                yield part
            at += len(piece)

    def __bytes__(self) -> bytes:
        return b"".join(self)


@dataclass(frozen=True, slots=True, eq=False)
class LargeValue:
    """Large octets, or the text in ASCII that they are (``is_text``), which are read while a message is sent.

    Whoever needs them together asks for `whole`.
    """

    octets: Octets = field(repr=False)
    is_text: bool = False

    def __len__(self) -> int:
        return len(self.octets)

    @property
    def whole(self) -> bytes | str:
        """The value in memory."""
        octets = bytes(self.octets)
        return octets.decode("ascii") if self.is_text else octets


def whole(value: Any) -> Any:
    """Return a value, or a list or table of such, with every `LargeValue` in memory.

    A part that occurs in several places is copied for each: count the parts first where they may be many.
    """
    if isinstance(value, LargeValue):
        return value.whole
    if isinstance(value, list | tuple):
        return [whole(each) for each in value]
    return {name: whole(each) for name, each in value.items()} if isinstance(value, dict) else value


def _in_groups(octets: Octets, size: int, convert: Callable[[bytes], bytes]) -> Iterator[bytes]:
    """Yield what ``convert`` makes of the octets, which it gets in whole groups of ``size`` but for the last."""
    rest = b""
    for piece in pieces_of(octets):
        for start in range(0, len(piece), _STEP):
            here = rest + piece[start : start + _STEP]
            rest = here[len(here) - len(here) % size :]
            if len(here) >= size:
                yield convert(here[: len(here) - len(rest)] if rest else here)
    if rest:
        yield convert(rest)
