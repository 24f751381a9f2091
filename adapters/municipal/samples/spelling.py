"""Text as it gets into old databases: digits of three scripts, and Arabic letters where Persian ones are meant."""

from __future__ import annotations

import random

_PERSIAN_DIGITS = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
_ARABIC_DIGITS = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
_ARABIC_LETTERS = str.maketrans("یک", "يك")


def typed_digits(text: str, rng: random.Random) -> str:
    """Return ``text`` as some clerk typed its digits."""
    chance = rng.random()
    if chance < 0.70:
        return text
    return text.translate(_PERSIAN_DIGITS if chance < 0.90 else _ARABIC_DIGITS)


def typed_letters(text: str, rng: random.Random) -> str:
    """Return ``text`` as some keyboard wrote its ye and kaf."""
    return text.translate(_ARABIC_LETTERS) if rng.random() < 0.2 else text
