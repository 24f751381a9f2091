"""Stored octets as text for a person: nothing of it is interpreted, identifiers are masked, long base64 is left out."""

from __future__ import annotations

import base64
import binascii
import codecs
import json
import re
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final

from gateway.notice import masked_identifiers

MOST_SIGNS: Final = 100_000
"""Most characters of a text on a page."""

_BASE64: Final = re.compile(r"[A-Za-z0-9+/_=-]{200,}|(?:[A-Za-z0-9+/]{60,80}\s{1,10}){3,}[A-Za-z0-9+/=]*")
_SHORT_BASE64: Final = re.compile(r"(?:(?:[A-Za-z0-9+/]{60,80}\s{1,10})+[A-Za-z0-9+/_-]*|[A-Za-z0-9+/_-]{14,})={0,2}")
"""Run of base64 that may hold an identifier: ten octets are fourteen characters."""
_MOST_NESTED: Final = 3
_JWS: Final = re.compile(rb"(eyJ[A-Za-z0-9_-]*)\.([A-Za-z0-9_-]*)\.([A-Za-z0-9_-]*)")
_URL_SAFE: Final = str.maketrans("-_", "+/")
_MASK: Final = "•"
_MARGIN: Final = 1_000
"""Characters behind the last shown one that are masked, too, so that no number is cut before it is known as one."""


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
    return masked_text(text, MOST_SIGNS)


def masked_text(text: str, most: int) -> ShownText:
    """Return up to ``most`` characters of a text of which each number is masked that may identify a person.

    Base64 that holds such a number is left out.
    """
    near = _SHORT_BASE64.sub(lambda run: _left_out(run) if _holds(run[0]) else run[0], text[: most + _MARGIN])
    shown = masked_identifiers.masked(near)
    return ShownText(shown[:most], cut=len(shown) > most or len(text) > most + _MARGIN)


def _holds(encoded: str, depth: int = 1) -> bool:
    """Return True if a run of base64 holds a number that may identify a person.

    A text may stand directly in front of the run, so each place at which an octet may begin is tried.
    """
    plain = "".join(encoded.split()).rstrip("=").translate(_URL_SAFE)
    for start in range(4):
        part = plain[start:]
        told = base64.b64decode(part[: len(part) - (len(part) % 4 == 1)] + "===").decode("utf-8", "replace")
        if masked_identifiers.masked(told) != told:
            return True
        if depth < _MOST_NESTED and any(_holds(run[0], depth + 1) for run in _SHORT_BASE64.finditer(told)):
            return True
    return False


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
    return text_of(octets)


def text_of(octets: bytes) -> str:
    """Return octets as UTF-8, or as the UTF-16 that their first two say."""
    is_utf_16 = octets.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return octets.decode("utf-16" if is_utf_16 else "utf-8", "replace")


def _decoded(part: bytes) -> bytes:
    try:
        return base64.urlsafe_b64decode(part + b"=" * (-len(part) % 4))
    except binascii.Error as error:
        raise ValueError("no base64url") from error
