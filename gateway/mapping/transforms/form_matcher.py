"""Matcher of a text against the pieces of a form, some of which may be absent.

Each pair of a piece and a place in the text is tried at most once, so the work is at most the product of both numbers.
A regular expression with the same optional pieces tries every combination of them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gateway.notice.fields import InvalidField


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Piece of a form: the part ``name`` (empty: a sign).

    It has all characters that ``pattern`` matches or, if ``least`` is given, any number of them from ``least`` on. A
    piece that ``repeats`` may stand there several times. If ``skip`` is given, this piece and the next ones, up to the
    piece of that number, may be absent together.
    """

    pattern: re.Pattern[str]
    name: str = ""
    least: int = 0
    repeats: bool = False
    skip: int | None = None

    def ends(self, text: str, at: int) -> Sequence[int]:
        """Return the places where it may end, the nearest first."""
        found = self.pattern.match(text, at)
        if found is None:
            return ()
        if not self.least:
            return (found.end(),)
        return range(at + self.least, found.end() + 1)


def parts_of(pieces: Sequence[Piece], text: str) -> Mapping[str, str]:
    """Return the text of each part by its name. Raises `InvalidField` if the pieces do not fit the whole text."""
    tried: set[tuple[int, int]] = set()
    # The last way is tried first, and to its end, before those below it.
    ways: list[tuple[int, int, tuple[tuple[str, str], ...]]] = [(0, 0, ())]
    while ways:
        number, at, parts = ways.pop()
        if (number, at) in tried:
            continue  # the rest of the text fitted no rest of the form
        tried.add((number, at))
        if number == len(pieces):
            if at == len(text):
                return dict(parts)
            continue
        piece = pieces[number]
        if piece.skip is not None:
            ways.append((piece.skip, at, parts))
        for end in piece.ends(text, at):
            ways.append((number + 1, end, (*parts, (piece.name, text[at:end])) if piece.name else parts))
            if piece.repeats:
                ways.append((number, end, parts))
    raise InvalidField("notice.date-form")
