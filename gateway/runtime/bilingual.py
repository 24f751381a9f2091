"""Texts in English and Persian."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

PERSIAN_DIGITS: Final = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")


@dataclass(frozen=True, slots=True)
class Words:
    """Text in both languages."""

    en: str
    fa: str

    def filled(self, **values: Words | str | int) -> Words:
        """Return a text with each ``{name}`` in it replaced by the value of that name, language by language.

        A text is the same in both languages; a number has Persian digits in the Persian one.
        """
        given = {name: value if isinstance(value, Words) else _words(value) for name, value in values.items()}
        return Words(
            en=self.en.format_map({name: value.en for name, value in given.items()}),
            fa=self.fa.format_map({name: value.fa for name, value in given.items()}),
        )


NOTHING: Final = Words(en="", fa="")


def same(text: str) -> Words:
    """Return a text that is the same in both languages, such as a name."""
    return Words(en=text, fa=text)


def listed(names: Iterable[str]) -> Words:
    """Return names with the comma of each language between them."""
    found = list(names)
    return Words(en=", ".join(found), fa="، ".join(found))


def _words(value: str | int) -> Words:
    return same(value) if isinstance(value, str) else Words(en=str(value), fa=str(value).translate(PERSIAN_DIGITS))
