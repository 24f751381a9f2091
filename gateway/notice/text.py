"""Persian text in old municipal databases: folding for comparison, never for signed content."""

from __future__ import annotations

import re
import unicodedata

_DIGITS = {ord("۰") + i: str(i) for i in range(10)} | {ord("٠") + i: str(i) for i in range(10)}

# NFKC keeps these apart: Windows-1256 has no Persian ye and kaf, so both spellings of a name are in use.
_LETTERS = str.maketrans(
    {"ي": "ی", "ى": "ی", "ئ": "ی", "ك": "ک", "ة": "ه", "ۀ": "ه", "أ": "ا", "إ": "ا", "ٱ": "ا", "ؤ": "و"}
)

# Invisible characters: ZWNJ, ZWJ, tatweel, bidi controls, BOM, soft hyphen.
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

_PLAIN = _UNSEEN | _DIGITS


class _Folding(dict[int, int | str | None]):
    """Table of one translation: letters, invisible characters, digits; marks on letters are left out."""

    def __missing__(self, code: int) -> int | None:
        found = None if unicodedata.category(chr(code)) == "Mn" else code
        if len(self) < _MOST_KEPT:
            self[code] = found
        return found


_MOST_KEPT = 4096
"""Characters whose place in the table is kept, once each was met: more than Persian and Latin texts have."""

_FOLDING = _Folding(_LETTERS | _UNSEEN | _DIGITS)


def ascii_digits(text: str) -> str:
    """Return ``text`` with Persian and Arabic digits as 0-9; all other characters remain."""
    return text if text.isascii() else text.translate(_DIGITS)


def plain(text: str) -> str:
    """Normalize a number or code: Latin digits, no invisible characters, no white space around it."""
    return (text if text.isascii() else text.translate(_PLAIN)).strip()


def fold(text: str) -> str:
    """Return the form in which two spellings of one name are equal. For comparison only.

    A notice is served as it was issued, so a folded text is never put into it.
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).translate(_FOLDING)
    return " ".join(text.casefold().split())


# Unicode, Default_Ignorable_Code_Point, and the interlinear annotations.
_HIDDEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)


def visible(text: str) -> str:
    """Return the text without the signs that no font shows; half-spaces and joiners are among them.

    `plain` and `fold` leave out the usual ones of these alone: numbers and words of admitted notices were made by them.
    """
    return text if text.isascii() else _HIDDEN.sub("", text)


def hidden_sign(text: str) -> str | None:
    """Return the first sign that no font shows, such as ``U+200B``; None if there is none."""
    found = None if text.isascii() else _HIDDEN.search(text)
    return None if found is None else f"U+{ord(found[0]):04X}"


_LINE_END = re.compile("\r\n?|[\v\f\x85\u2028\u2029]")
_JOINERS = "\u200c\u200d"


def own_words(text: str) -> str:
    """Return a person's own words as a record has them; they are empty if they have no sign that can be seen.

    A line ends with LF, other white space is a blank. Half-spaces and joiners stay; control signs, marks of direction
    and other signs of the format (Unicode, category Cf) are left out: a record must say what its reader sees.
    """
    lines = _LINE_END.sub("\n", text)
    kept = "".join(" " if sign.isspace() and sign != "\n" else sign for sign in lines if _is_kept(sign)).strip()
    return kept if kept.strip(_JOINERS) else ""


def _is_kept(sign: str) -> bool:
    return sign in _JOINERS or sign.isspace() or unicodedata.category(sign) not in ("Cc", "Cf")
