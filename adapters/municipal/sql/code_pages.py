"""Texts in code pages from before Unicode: Windows-1256, ISO 8859-6, DOS 720, ISIRI 3342.

Databases hold such texts as octets, or as texts of Latin letters: the server takes each octet for a letter of
ISO 8859-1 or Windows-1252. Either way the octets are decoded anew.
"""

from __future__ import annotations

from typing import Final

ISIRI_3342: Final = "isiri-3342"
CODE_PAGES: Final = ("cp1256", "iso8859_6", "cp720", ISIRI_3342)

# ISIRI 3342:1371, A0 to FE: the signs of Persian texts; EC to EF are free.
_ISIRI_UPPER: Final = (
    " \u200c\u200d!¤٪.٬)(×+،-٫/"
    "۰۱۲۳۴۵۶۷۸۹:؛<=>؟"
    "آاءبپتثجچحخدذرزژ"
    "سشصضطظعغفقکگلمنو"
    "هی][}{«»*ـ|\\\ufffe\ufffe\ufffe\ufffe"
    "\u064e\u0650\u064f\u064b\u064d\u064c\u0651\u0652أؤإئةكي"
)
_UNDEFINED: Final = "\ufffe"
_ISIRI: Final = "".join(map(chr, range(0x80))) + _UNDEFINED * 0x20 + _ISIRI_UPPER + _UNDEFINED
_OCTET: Final = 0x100


class Undecodable(ValueError):
    """The text is not in the code page: ``position`` is that of the first wrong octet, from 1 on."""

    literal_name = "Undecodable"

    def __init__(self, position: int) -> None:
        super().__init__(position)
        self.position = position


def decoded(value: str | bytes, page: str, *, as_utf8: bool) -> str:
    """Return a text that is stored in the code page ``page``.

    A driver's text stands for its octets in UTF-8 with surrogate escapes (``as_utf8``, SQLite), or each of its letters
    for an octet. Raises `Undecodable`.
    """
    if isinstance(value, str):
        if value.isascii():
            return value
        value = value.encode("utf-8", "surrogateescape") if as_utf8 else _octets(value)
    if page != ISIRI_3342:
        try:
            return value.decode(page)
        except UnicodeDecodeError as error:
            raise Undecodable(error.start + 1) from error
    text = "".join(_ISIRI[octet] for octet in value)
    if (wrong := text.find(_UNDEFINED)) >= 0:
        raise Undecodable(wrong + 1)
    return text


def _octets(text: str) -> bytes:
    """Return the octets that a server took for letters.

    MariaDB's latin1 is Windows-1252 with control characters in its gaps. PostgreSQL's LATIN1 has them in all of 80–9F.
    """
    octets = bytearray()
    for position, letter in enumerate(text, start=1):
        try:
            octets += letter.encode("cp1252")
        except UnicodeEncodeError:
            if ord(letter) >= _OCTET:
                raise Undecodable(position) from None
            octets.append(ord(letter))
    return bytes(octets)
