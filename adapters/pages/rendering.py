"""Rendering of the templates: self-contained HTML, in which whatever a file or a database says is text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from gateway.runtime.bilingual import Words

_ALLOWED: Final = "\u200c\u200e\u2068\u2069\n\t"
"""Allowed invisible signs: half-spaces, the mark beside Latin words in Persian, isolates of a value, lines and tabs."""
_WITHOUT_ALLOWED: Final = dict.fromkeys(map(ord, _ALLOWED))


def render(template: str, language: str, **values: object) -> bytes:
    """Return the page in UTF-8. ``language`` is ``fa`` or ``en``; in a template ``say`` chooses by it.

    The same values give the same octets: an evidence file contains pages.
    """

    def say(words: Words) -> str:
        return words.fa if language == "fa" else words.en

    return _ENVIRONMENT.get_template(template).render(language=language, say=say, **values).encode()


def visible(value: Any) -> Any:
    """Return a text in which signs that nobody sees, or that change the direction of others, are told by their numbers.

    A right-to-left mark is ``⟨U+200F⟩``. For running text alone: in a form control it would change what is sent back.
    """
    if not isinstance(value, str) or hasattr(value, "__html__"):
        return value
    if value.translate(_WITHOUT_ALLOWED).isprintable():
        return value
    return _told(value, _ALLOWED)


def apart(text: str, others: Iterable[str | None]) -> str:
    """Return a text that stands beside others, as `visible`.

    Where one of the others looks the same, each sign that is not printed is told by its number: half-spaces and line
    ends, too.
    """
    look = _look(text)
    if any(other and other != text and _look(other) == look for other in others):
        return _told(text, "")
    return str(visible(text))


def lines_apart(lines: Sequence[str]) -> list[str]:
    """Return the lines of a difference (``-old``, ``+new``) as `apart` does: old ones beside new ones."""
    old, new = ([line[1:] for line in lines if line.startswith(sign)] for sign in "-+")
    beside = {"-": new, "+": old}
    return [line[:1] + apart(line[1:], beside.get(line[:1], ())) for line in lines]


def _look(text: str) -> str:
    """Return a text without the signs that nobody sees, and one blank for all white space."""
    return "".join(sign for sign in " ".join(text.split()) if sign.isprintable())


def _told(text: str, allowed: str) -> str:
    return "".join(sign if sign.isprintable() or sign in allowed else f"⟨U+{ord(sign):04X}⟩" for sign in text)


_ENVIRONMENT: Final = Environment(
    loader=FileSystemLoader(Path(__file__).with_name("templates")),
    autoescape=True,
    undefined=StrictUndefined,
    finalize=visible,
    trim_blocks=True,
    lstrip_blocks=True,
)
