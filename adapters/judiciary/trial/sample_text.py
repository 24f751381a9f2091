"""Samples of texts: one that a pattern allows, and usual ones of a type."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from re import _constants as sre  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any, Final

_MOST: Final = 64
_OTHERS: Final = "aA0-_ .:/ا"

USUAL: Final = (
    "1", "0", "12345", "1234567890", "0012345679", "10123456789", "09121234567", "14041114", "1404/11/14", "1404-11-14",
    "1404/11/14 10:30:00", "10:30", "10:30:00", "2026-02-03", "2026-02-03T07:00:00Z", "2026-02-03T10:30:00+03:30",
    "07:00:00", "true", "1.5", "AAAA", "5f0c8a52-3f0e-4c5e-9a53-2f1d6a7c9b10", "sample", "نمونه", "a@example.invalid",
    "https://example.invalid/", "AB-1234567890", f"{'0' * 63}1",
)  # fmt: skip
"""Texts that elements of contracts usually hold: numbers, identifiers, days and times in either calendar."""


def of_pattern(pattern: str) -> str | None:
    """Return a text that a pattern allows, or None if none is found."""
    try:
        made = "".join(_made(_parser.parse(pattern)))[:10_000]
        return made if re.search(pattern, made) else None
    except (re.error, OverflowError, RecursionError, ValueError, LookupError):
        return None


def of_length(least: int, most: int | None) -> Iterator[str]:
    """Yield texts of a length between two bounds."""
    for text in ("1", "نمونه"):
        for wanted in (least, most or 0):
            if 0 < wanted <= 10_000:
                yield (text * wanted)[:wanted]


def _made(tree: Any) -> Iterator[str]:
    for kind, value in tree:
        if kind is sre.LITERAL:
            yield chr(value)
        elif kind is sre.ANY:
            yield "a"
        elif kind is sre.NOT_LITERAL:
            yield "a" if value != ord("a") else "b"
        elif kind is sre.IN:
            yield _of_class(value)
        elif kind in (sre.MAX_REPEAT, sre.MIN_REPEAT):
            least, _, inner = value
            yield from [part for _ in range(min(least, _MOST)) for part in _made(inner)]
        elif kind is sre.BRANCH:
            yield from _made(value[1][0])
        elif kind is sre.SUBPATTERN:
            yield from _made(value[-1])
        elif kind is not sre.AT:
            raise ValueError(str(kind))


def _of_class(members: Sequence[tuple[Any, Any]]) -> str:
    kind, value = members[0]
    if kind is sre.NEGATE:
        rest = list(members[1:])
        return next(each for each in _OTHERS if not any(_is_in(each, member) for member in rest))
    if kind is sre.LITERAL:
        return chr(value)
    if kind is sre.RANGE:
        return chr(value[0])
    return next(each for each in _OTHERS if _is_in(each, (kind, value)))


def _is_in(character: str, member: tuple[Any, Any]) -> bool:
    kind, value = member
    if kind is sre.LITERAL:
        return ord(character) == int(value)
    if kind is sre.RANGE:
        return bool(value[0] <= ord(character) <= value[1])
    forms = {sre.CATEGORY_DIGIT: r"\d", sre.CATEGORY_NOT_DIGIT: r"\D", sre.CATEGORY_SPACE: r"\s",
             sre.CATEGORY_NOT_SPACE: r"\S", sre.CATEGORY_WORD: r"\w", sre.CATEGORY_NOT_WORD: r"\W"}  # fmt: skip
    return kind is sre.CATEGORY and re.fullmatch(forms[value], character) is not None
