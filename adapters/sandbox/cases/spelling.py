"""Text as it is entered into old databases: digits of three scripts, Arabic letters instead of Persian ones, and
invisible signs.
"""

from __future__ import annotations

import random
import re

_PERSIAN_DIGITS = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
_ARABIC_DIGITS = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
_SCRIPTS: tuple[dict[int, int], ...] = ({}, _PERSIAN_DIGITS, _ARABIC_DIGITS)
_ARABIC_LETTERS = str.maketrans("یک", "يك")

_ZWNJ, _TATWEEL = "\u200c", "\u0640"
_LAST_YE, _LAST_HE, _BETWEEN = re.compile(r"ی\b"), re.compile(r"ه\b"), re.compile("(?<=[بسشمنیکهل])(?=[ا-ی])")
_EMBEDDED = "\u202b{}\u202c"  # right-to-left embedding, as copied from a word processor


def typed_digits(text: str, rng: random.Random) -> str:
    """Return ``text`` as some clerk typed its digits."""
    chance = rng.random()
    if chance < 0.66:
        return text
    if chance < 0.84:
        return text.translate(_PERSIAN_DIGITS)
    if chance < 0.93:
        return text.translate(_ARABIC_DIGITS)
    if chance < 0.97:
        return "".join(sign.translate(rng.choice(_SCRIPTS)) for sign in text)
    return rng.choice((" {} ", "\u200f{}", "\u200e{}\u200e", _EMBEDDED)).format(text)


def typed_letters(text: str, rng: random.Random) -> str:
    """Return ``text`` as some keyboard or word processor wrote it; it folds to the same name."""
    chance = rng.random()
    if chance < 0.70:
        return text
    if chance < 0.86:
        return text.translate(_ARABIC_LETTERS)
    if chance < 0.89:
        return _LAST_YE.sub("ى", text)
    if chance < 0.91:
        return _LAST_HE.sub(rng.choice("ةۀ"), text)
    if chance < 0.94:
        return text.replace(_ZWNJ, rng.choice(("", _ZWNJ * 2)))
    if chance < 0.96:
        return _BETWEEN.sub(_TATWEEL, text, count=1)
    if chance < 0.98:
        return text.replace(" ", "  ")
    return rng.choice(("\u200f{}", _EMBEDDED)).format(text)
