"""Password policy: length, no login in it, and none of the passwords that are guessed first.

There are no composition rules, and a password does not expire (NIST SP 800-63B-4, 3.1.1.2). The refused passwords are
derived here from keyboards, sequences and a few words: lists of leaked passwords hold few of this length, and none that
Persian keyboards suggest.
"""

from __future__ import annotations

import unicodedata
from typing import Final

from gateway.notice.text import ascii_digits
from gateway.runtime.errors import GatewayError

SHORTEST: Final = 12
LONGEST: Final = 256
_REST: Final = 8
"""Characters that must remain besides the login."""
_DISTINCT: Final = 5
_RUN: Final = 4

_LETTERS: Final = str.maketrans({"ي": "ی", "ك": "ک"})
_LEET: Final = str.maketrans({"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s", "!": "i"})

_ROWS: Final = (
    "`1234567890-=",
    "qwertyuiop[]",
    "asdfghjkl;'",
    "zxcvbnm,./",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "abcdefghijklmnopqrstuvwxyz",
    "ضصثقفغعهخحجچ",
    "شسیبلاتنمکگ",
    "ظطزرذدپو",
    "ابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهی",
)
"""Keys side by side, columns of the keyboard, and alphabets."""

_WORDS: Final = (
    *("password", "passwd", "pass", "admin", "administrator", "user", "root", "login", "welcome", "letmein", "secret"),
    *("iloveyou", "monkey", "dragon", "master", "sunshine", "princess", "football", "changeme", "default", "test"),
    *("iran", "irani", "persian", "tehran", "esfahan", "isfahan", "mashhad", "shiraz", "tabriz", "khodaya", "salam"),
    *("eblagh", "gateway", "darghah", "dargah", "sana", "shahrdari", "municipality", "commission", "dadgah", "adliran"),
    *(
        "گذرواژه",
        "رمزعبور",
        "رمز",
        "عبور",
        "مدیر",
        "کاربر",
        "سلام",
        "ایران",
        "تهران",
        "اصفهان",
        "مشهد",
        "شیراز",
        "تبریز",
    ),
    *("ابلاغ", "درگاه", "ثنا", "شهرداری", "کمیسیون", "دادگاه", "خدا", "دوستتدارم"),
)
"""Words that alone, repeated, or with numbers make no password."""


def normal_form(password: str) -> str:
    """Return the form of a password that is hashed and compared.

    Keyboards of one person differ: NFKC, one ye and kaf, and Latin digits make one password of what they type.
    """
    octets = password.encode("utf-8", "replace")  # a lone surrogate is no character
    return ascii_digits(unicodedata.normalize("NFKC", octets.decode()).translate(_LETTERS))


def assert_good(password: str, login: str) -> None:
    """Raise `GatewayError` unless ``password``, in its normal form, may be used.

    ``people.password-length``, ``people.password-login`` or ``people.password-common``. No error quotes it.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise GatewayError("people.password-length", detail=f"{SHORTEST} to {LONGEST} characters are wanted")
    folded = password.casefold()
    if login in folded and len(folded.replace(login, "")) < _REST:
        raise GatewayError("people.password-login")
    if is_common(password):
        raise GatewayError("people.password-common")


def is_common(password: str) -> bool:
    """Return True for a password that is guessed first: few characters, repetitions, sequences, words with numbers."""
    folded = password.casefold()
    if len(set(folded)) < _DISTINCT or _repeats(folded):
        return True
    plain = _without_runs(folded)
    texts = (folded, plain, folded.translate(_LEET), plain.translate(_LEET))
    return any(len(_letters_beside_words(text)) < _RUN for text in texts)


def _repeats(text: str) -> bool:
    """Return True if a text is one part of it again and again, the last time perhaps not whole."""
    return any((text[:size] * (len(text) // size + 1)).startswith(text) for size in range(1, len(text) // 2 + 1))


def _without_runs(text: str) -> str:
    """Return a text without keys side by side, in either direction."""
    rows = [*_ROWS, *(row[::-1] for row in _ROWS)]
    at, left = 0, []
    while at < len(text):
        run = max(_run_at(text, at, row) for row in rows)
        if run < _RUN:
            left.append(text[at])
            run = 1
        at += run
    return "".join(left)


def _run_at(text: str, at: int, row: str) -> int:
    """Return the number of characters from ``at`` on that stand side by side in a row, which goes round."""
    begin = row.find(text[at])
    if begin < 0:
        return 0
    size = 1
    while at + size < len(text) and text[at + size] == row[(begin + size) % len(row)]:
        size += 1
    return size


def _letters_beside_words(text: str) -> str:
    """Return the letters of a text outside of the common words; numbers and signs around them make no password."""
    letters = "".join(each for each in text if each.isalpha())
    for word in sorted(_WORDS, key=len, reverse=True):
        letters = letters.replace(word, "")
    return letters
