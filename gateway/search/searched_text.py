"""Texts by which a search finds notices: their folded form, and the rule for the beginning of a text.

Both sides are folded (`gateway.notice.text.fold`): what a store holds for its search, and what a person types. A typed
text that ends with ``*`` stands for every text that begins so. Without the star a number must be equal, and a name must
contain these words, whole and in this order.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

from gateway.notice.text import fold, visible

_STARS: Final = "*٭"


class TextField(IntEnum):
    """Text of a notice that is searched. The numbers are stored."""

    CASE_NUMBER = 1
    PAPER_NUMBER = 2
    TRACKING_NUMBER = 3
    NAME = 4


def searchable(text: str) -> str:
    """Return the folded form of a text, without signs that no font shows.

    It has no characters that a database refuses either (NUL and lone surrogates).
    """
    folded = fold(visible(text).replace("\0", "").encode("utf-8", "ignore").decode("utf-8"))
    # Lower case brings marks, and letters that stand together at last become one: until nothing changes.
    for _ in range(4):
        if folded.isascii() or (again := fold(folded)) == folded:
            break
        folded = again
    return folded


def name_form(name: str) -> str:
    """Return the folded name with a space around each word, so that words are found with their limits."""
    return f" {searchable(name)} "


def name_endings(form: str) -> list[str]:
    """Return the ends of a `name_form`, one from each of its words on, each with a space behind it.

    A name contains a word if one of its ends begins with it.
    """
    words = form.split()
    return list(dict.fromkeys(" ".join([*words[first:], ""]) for first in range(len(words))))


@dataclass(frozen=True, slots=True)
class SoughtText:
    """Text that a person looks for, folded; ``begins`` if it is the beginning of the text alone."""

    text: str = field(repr=False)
    begins: bool = False

    def __post_init__(self) -> None:
        if not self.text or self.text != searchable(self.text):
            raise ValueError("a sought text is folded and not empty, as SoughtText.typed makes it")

    @classmethod
    def typed(cls, text: str | None) -> SoughtText | None:
        """Return what a person typed, in any spelling and digits; None if it says nothing."""
        folded = searchable(text or "")
        sought = folded.rstrip(_STARS).rstrip()
        return cls(sought, begins=sought != folded) if sought else None

    def is_number(self, number: str) -> bool:
        """Return True if this is a number, a code or a title, or its beginning."""
        folded = searchable(number)
        return folded.startswith(self.text) if self.begins else folded == self.text

    @property
    def in_name_form(self) -> str:
        """The part that `name_form` of a found name contains."""
        return f" {self.in_name_ending}"

    @property
    def in_name_ending(self) -> str:
        """The beginning of one of the `name_endings` of a found name."""
        return self.text if self.begins else f"{self.text} "
