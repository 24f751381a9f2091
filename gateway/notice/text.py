"""Persian text as old municipal databases hold it: folding for comparison, never for what is signed."""

from __future__ import annotations

import unicodedata

_DIGITS = {ord("۰") + i: str(i) for i in range(10)} | {ord("٠") + i: str(i) for i in range(10)}

# NFKC leaves these apart: Windows-1256 has no Persian ye and kaf, so both spellings of a name are in use.
_LETTERS = str.maketrans(
    {"ي": "ی", "ى": "ی", "ئ": "ی", "ك": "ک", "ة": "ه", "ۀ": "ه", "أ": "ا", "إ": "ا", "ٱ": "ا", "ؤ": "و"}
)

# Signs that nobody sees: ZWNJ, ZWJ, tatweel, bidi controls, BOM, soft hyphen.
_UNSEEN = dict.fromkeys(
    [
        0x200C,
        0x200D,
        0x0640,
        0x00AD,
        0xFEFF,
        0x061C,
        *range(0x200E, 0x2010),
        *range(0x202A, 0x202F),
        *range(0x2066, 0x206A),
    ]
)


def ascii_digits(text: str) -> str:
    """Return ``text`` with Persian and Arabic digits as 0-9; all else stays."""
    return text.translate(_DIGITS)


def plain(text: str) -> str:
    """Return a number or code as it is meant: Latin digits, no signs that nobody sees, no white space around it."""
    return ascii_digits(text.translate(_UNSEEN)).strip()


def fold(text: str) -> str:
    """Return the form in which two spellings of one name are equal. For comparison only.

    What was issued is what is served, so a folded text is never put into a notice.
    """
    text = unicodedata.normalize("NFKC", text).translate(_LETTERS).translate(_UNSEEN).translate(_DIGITS)
    marks_off = "".join(c for c in text if unicodedata.category(c) != "Mn")
    return " ".join(marks_off.casefold().split())
