"""Scan of octets for references of notices, also within base64.

A message may be a JWS (base64url of JSON, with seals and receipts in base64 inside); a document may hold files. The
content is not trusted: anything in the form of a reference counts as one.
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
"""Base64 long enough for a reference: 35 octets are 47 letters."""

_BETWEEN = re.compile(rb"[^<>\"]+")
_SPACES = b" \t\r\n"
_STANDARD = bytes.maketrans(b"-_", b"+/")


MOST_DECODED = 16
"""Most octets that are scanned, in multiples of the input; a little is always scanned."""
_LITTLE = 1024 * 1024


def mentioned(octets: bytes) -> frozenset[str] | None:
    """Return the references of all notices that occur in these octets; None if that takes too long to find out.

    Each level of base64 may be read in two ways, so content that is made for it would double the work with each.
    """
    found: set[str] = set()
    waiting, left = [octets], max(MOST_DECODED * len(octets), _LITTLE)
    while waiting:
        part = waiting.pop()
        left -= len(part)
        if left < 0:
            return None
        found |= {each.decode() for each in _REFERENCE.findall(part)}
        # Decoded octets are shorter than their source, so the loop ends.
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
    """Return the texts of a JSON value, decoded from any escapes."""
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
