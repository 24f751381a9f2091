"""Targets in a file: names with dots between them, or a column's name in quotes."""

from __future__ import annotations

import re

_LONGEST = 200
_LONGEST_COLUMN = 100
_STEP = r"(@?[^\W\d][\w-]*|#text|#xml)"
_TARGET = re.compile(rf"{_STEP}(\.{_STEP})*")


class BadTarget(ValueError):
    """The text is no target."""

    literal_name = "BadTarget"


def parse_target(text: str, *, quoted: bool = False) -> tuple[str, ...]:
    """Parse a target into its names. Raises `BadTarget`.

    For a column (``quoted``) the name may stand in quotes, and then hold blanks and dots.
    """
    if quoted:
        name = text[1:-1] if len(text) > 2 and text[0] == text[-1] == '"' else None
        if name is not None and name.isprintable() and '"' not in name and name.strip() == name:
            return (_column(name),)
    if len(text) > _LONGEST or not _TARGET.fullmatch(text):
        raise BadTarget(text)
    return (_column(text),) if quoted and "." not in text else tuple(text.split("."))


def _column(name: str) -> str:
    if len(name) > _LONGEST_COLUMN:
        raise BadTarget(name)
    return name
