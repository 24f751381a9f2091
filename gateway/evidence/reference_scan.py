"""Which notices some octets speak of: the references in them, and in whatever of them stands in base64.

A message may be a JWS (base64url of JSON, with seals and receipts in base64 inside); a document may hold files. Nothing
is believed here: what could be a reference counts as one.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator
from typing import Any

_REFERENCE = re.compile(rb"EB-[A-Z2-7]{32}")
_RUN = re.compile(rb"[A-Za-z0-9+/_-]{47,}")
"""Base64 in which a reference fits: its 35 octets are 47 letters."""

_BETWEEN = re.compile(rb"[^<>\"]+")
_SPACES = b" \t\r\n"
_STANDARD = bytes.maketrans(b"-_", b"+/")


def mentioned(octets: bytes) -> frozenset[str]:
    """Return the references of all notices that these octets speak of."""
    found: set[str] = set()
    waiting = [octets]
    while waiting:
        part = waiting.pop()
        found |= {each.decode() for each in _REFERENCE.findall(part)}
        # What comes out is shorter than what it came from, so that this ends.
        waiting += _inside(part)
    return frozenset(found)


def _inside(part: bytes) -> Iterator[bytes]:
    if part.lstrip()[:1] in (b"{", b"["):
        try:
            yield from _texts(json.loads(part))
        except (ValueError, RecursionError):
            pass
        else:
            return
    for run in _RUN.findall(part):
        yield _decoded(run)
    for text in _BETWEEN.findall(part):
        joined = text.translate(None, _SPACES)
        if len(joined) < len(text) and (whole := _RUN.match(joined)):
            yield _decoded(whole[0])


def _texts(told: Any) -> Iterator[bytes]:
    """The texts of a JSON value as they read, however their letters were written."""
    match told:
        case str():
            yield told.encode("utf-8", "surrogatepass")
        case dict():
            for name, value in told.items():
                yield from _texts(name)
                yield from _texts(value)
        case list():
            for value in told:
                yield from _texts(value)
        case _:
            pass


def _decoded(run: bytes) -> bytes:
    text = run.translate(_STANDARD)
    text = text[: len(text) - (len(text) % 4 == 1)]
    try:
        return base64.b64decode(text + b"=" * (-len(text) % 4))
    except binascii.Error:
        return b""
