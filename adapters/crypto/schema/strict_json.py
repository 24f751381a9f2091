"""Strict JSON: refuse any form that two parsers would read differently (RFC 8259, 4 and 8; I-JSON, RFC 7493).

Size, UTF-8, depth and number of values are checked before any value is built.
"""

from __future__ import annotations

import json
import math
import re
import secrets
import sys
from codecs import BOM_UTF8
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NoReturn

from gateway.notice.envelope import interleave
from gateway.notice.large_octets import LargeValue, Octets
from gateway.runtime.errors import GatewayError
from gateway.runtime.plain_words import words_of
from gateway.trust.trust_policy import Rejection

# Possessive, with an alternative for an unterminated text: read once, however it is written.
_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[][{},:"]', re.DOTALL)
_OPENS, _CLOSES = frozenset(b"[{"), frozenset(b"]}")
_SURROGATE: Final = re.compile(rb"\\u[dD][89a-fA-F]")
_MAX_DIGITS: Final = 15
"""Maximum length of integers that every parser keeps exactly (RFC 7493, 2.2)."""

_DIGITS_OF_DOUBLES: Final = sys.float_info.max_10_exp
"""Maximum length of integers that no parser reads as infinity (RFC 8259, 6)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonLimits:
    """Limits of input: octets, nested brackets, and the total of strings, brackets, commas and colons."""

    max_bytes: int
    max_depth: int
    max_tokens: int


FILE_LIMITS: Final = JsonLimits(max_bytes=4 * 1024 * 1024, max_depth=200, max_tokens=4 * 1024 * 1024)
"""Limits of a contract's file."""


def parse(octets: bytes, limits: JsonLimits, *, exact: bool = False) -> Any:
    """Parse a value. All numbers are finite; ``exact`` accepts only those that every parser keeps.

    Raises `Rejection`: ``verify.too-large``, ``.encoding`` (no UTF-8, a byte order mark, half a surrogate pair),
    ``.too-complex``, ``.json`` (no JSON, NaN, a number beyond a double; if ``exact``: a fraction, a number that some
    parsers would round), ``.json-duplicate`` (one name twice in an object).
    """
    if len(octets) > limits.max_bytes:
        raise Rejection("verify.too-large", detail=f"{len(octets)} octets")
    if octets.startswith(BOM_UTF8):
        raise Rejection("verify.encoding", detail="a byte order mark")
    try:
        text = octets.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Rejection("verify.encoding", detail=f"octet {error.start}") from None
    measure(octets, limits)
    of_float, of_int = (_fraction, _whole) if exact else (_finite, _integer)
    try:
        found = json.loads(
            text, object_pairs_hook=_object, parse_constant=_constant, parse_float=of_float, parse_int=of_int
        )
        if _SURROGATE.search(octets):
            json.dumps(found, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        raise Rejection("verify.encoding", detail="half a surrogate pair") from None
    except json.JSONDecodeError as error:
        raise Rejection("verify.json", detail=f"{error.msg}, character {error.pos}") from None
    return found


def parse_object(octets: bytes, limits: JsonLimits) -> dict[str, Any]:
    """Parse an object of strings, integers, booleans, null, arrays and objects.

    Raises as `parse` does, and `Rejection` ``verify.json`` for another value.
    """
    found = parse(octets, limits, exact=True)
    if not isinstance(found, dict):
        raise Rejection("verify.json", detail="not an object")
    return found


def parse_file(path: Path, where: str) -> Any:
    """Parse a contract's file, which may begin with a byte order mark.

    Raises `GatewayError` ``courier.contract`` with ``where``.
    """
    try:
        if path.stat().st_size > FILE_LIMITS.max_bytes:
            raise GatewayError("courier.contract", where=where, detail="too large")
        return parse(path.read_bytes().removeprefix(BOM_UTF8), FILE_LIMITS)
    except OSError as error:
        raise GatewayError("courier.contract", where=where, detail=words_of(error)) from error
    except Rejection as error:
        reason = "one name twice" if error.code == "verify.json-duplicate" else error.detail
        raise GatewayError("courier.contract", where=where, detail=f"it is no JSON: {reason}") from error


def dump(value: object) -> bytes:
    """Serialize a value as JSON: UTF-8, minimal escapes, no white space."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode("utf-8")


def dump_in_pieces(value: object) -> Octets:
    """Return the octets of `dump`; a `LargeValue` stands for its text, and is read whenever the octets are.

    Raises `TypeError` for large octets that are no text.
    """
    mark, large = secrets.token_hex(16), list[Octets]()

    def marked(part: object) -> str:
        if not isinstance(part, LargeValue) or not part.is_text:
            raise TypeError("JSON has no such value")
        large.append(part.octets)
        return mark

    written = json.dumps(value, default=marked, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    return interleave(written.split(mark.encode()), large) if large else written


def measure(octets: bytes, limits: JsonLimits) -> None:
    """Raise `Rejection` ``verify.too-complex`` or ``verify.json`` if the octets exceed depth or tokens.

    No value is built.
    """
    depth = 0
    for count, token in enumerate(_TOKEN.finditer(octets)):
        if token.group() == b'"':
            raise Rejection("verify.json", detail=f"a text without an end, octet {token.start()}")
        first = octets[token.start()]
        depth += (first in _OPENS) - (first in _CLOSES)
        if depth > limits.max_depth or count >= limits.max_tokens:
            raise Rejection("verify.too-complex", detail=f"octet {token.start()}")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Rejection("verify.json-duplicate")
    return found


def _constant(name: str) -> NoReturn:
    raise Rejection("verify.json", detail=name)


def _fraction(_number: str) -> NoReturn:
    raise Rejection("verify.json", detail="a number with a fraction or an exponent")


def _finite(number: str) -> float:
    found = float(number)
    if not math.isfinite(found):
        raise Rejection("verify.json", detail="too large a number")
    return found


def _whole(number: str) -> int:
    return _of_digits(number, _MAX_DIGITS)


def _integer(number: str) -> int:
    return _of_digits(number, _DIGITS_OF_DOUBLES)


def _of_digits(number: str, most: int) -> int:
    if len(number.lstrip("-")) > most:
        raise Rejection("verify.json", detail="a number of too many digits")
    return int(number)
