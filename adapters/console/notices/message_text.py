"""Stored octets as text for a person: nothing of it is interpreted, identifiers are masked, long base64 is left out."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final

from gateway.notice import masked_identifiers

MOST_SIGNS: Final = 100_000
"""Most characters of a text on a page."""

_BASE64: Final = re.compile(r"[A-Za-z0-9+/_=-]{200,}|(?:[A-Za-z0-9+/]{60,80}\s{1,10}){3,}[A-Za-z0-9+/=]*")
_JWS: Final = re.compile(rb"(eyJ[A-Za-z0-9_-]*)\.([A-Za-z0-9_-]*)\.([A-Za-z0-9_-]*)")
_MASK: Final = "•"


@dataclass(frozen=True, slots=True)
class ShownText:
    """Text of stored octets; ``cut`` if it goes on behind the last shown character."""

    text: str = field(repr=False)
    cut: bool


def shown_text(octets: bytes, identifiers: Collection[str]) -> ShownText:
    """Return the octets as text, without these identifiers, and without other numbers that may identify a person."""
    text = _readable(octets)
    for identifier in sorted(identifiers, key=len, reverse=True):
        text = text.replace(identifier, masked(identifier))
    text = _BASE64.sub(_left_out, text)
    return ShownText(masked_identifiers.masked(text[:MOST_SIGNS]), cut=len(text) > MOST_SIGNS)


def masked(identifier: str) -> str:
    """Return a mark for each digit."""
    return _MASK * len(identifier)


def _left_out(run: re.Match[str]) -> str:
    return f"[… {len(run[0])} …]"


def _readable(octets: bytes) -> str:
    """Return UTF-8 text; of a JWS (RFC 7515) its header and payload, decoded."""
    parts = _JWS.fullmatch(octets.strip())
    if parts is not None:
        try:
            told = [json.loads(_decoded(part)) for part in parts.groups()[:2]]
        except (ValueError, RecursionError):
            pass
        else:
            return "\n\n".join(json.dumps(each, ensure_ascii=False, indent=1) for each in told)
    return octets.decode("utf-8", "replace")


def _decoded(part: bytes) -> bytes:
    try:
        return base64.urlsafe_b64decode(part + b"=" * (-len(part) % 4))
    except binascii.Error as error:
        raise ValueError("no base64url") from error
