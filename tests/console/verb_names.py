"""Verbs of the command line in texts for people."""

from __future__ import annotations

import re
from functools import cache

from adapters.cli.verb_reference import verb_names

THERE = ("on the gateway's machine", "در خود دستگاه درگاه")
"""A text that says this names verbs for the administrators of that machine, where they belong."""


def named_verbs(text: str) -> list[str]:
    """Return the verbs and options of the command line that a text names, unless it says where they are run."""
    if any(place in text for place in THERE):
        return []
    return [found[0] for found in _pattern().finditer(text)]


@cache
def _pattern() -> re.Pattern[str]:
    """A verb of one plain word, such as `check`, is one in backticks or amid Persian."""
    several = [name for name in verb_names() if re.search("[ -]", name)]
    single = [name for name in verb_names() if not re.search("[ -]", name)]
    return re.compile(
        rf"(?<![\w.-])(?:{_any(several)})(?![\w-])|(?<!\w)--[a-z][a-z-]+|eblagh-gateway|run_gateway"
        rf"|`(?:{_any(single)})\b|(?<=[\u0600-\u06ff] )(?:{_any(single)})(?= [\u0600-\u06ff])"
    )


def _any(names: list[str]) -> str:
    return "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
