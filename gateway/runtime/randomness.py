"""Random octets as a port: salts, epochs and ids are drawn from the source in force, in production `secrets`.

A source is in force for a context (`contextvars`), so that no function on the way has an argument for it.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

RandomOctets = Callable[[int], bytes]
"""Function that returns so many octets that nobody can guess."""

_IN_FORCE: ContextVar[RandomOctets] = ContextVar("random_octets", default=secrets.token_bytes)


def random_octets(count: int) -> bytes:
    return _IN_FORCE.get()(count)


def random_hex(octets: int) -> str:
    """Return so many random octets as lower-case hexadecimal digits, two for each."""
    return random_octets(octets).hex()


@contextmanager
def drawing_from(source: RandomOctets) -> Iterator[None]:
    """Draw from ``source`` in this context while the block runs; no production code does."""
    before = _IN_FORCE.set(source)
    try:
        yield
    finally:
        _IN_FORCE.reset(before)
