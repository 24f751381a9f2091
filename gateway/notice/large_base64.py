"""Base64 of large octets, in either direction, and parts of them: each is read in pieces, any number of times."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from gateway.notice.large_octets import Octets, pieces_of

_STEP: Final = 48 * 1024
"""Octets that are converted at a time: several such conversions, one upon another, need little memory."""


@dataclass(frozen=True, slots=True)
class Base64Octets:
    """Implementation of `gateway.notice.large_octets.LargeOctets`: the base64 of other octets (RFC 4648, 4).

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
    """Implementation of `gateway.notice.large_octets.LargeOctets`: the octets whose base64 is ``text``.

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
    """Implementation of `gateway.notice.large_octets.LargeOctets`: other octets from ``start`` up to ``end``.

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
