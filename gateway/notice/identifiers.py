"""Identifiers of persons and places in Iran, checked by their check digits alone.

A check digit proves correct typing, not identity. Every function takes the text as a clerk typed it (Persian, Arabic or
Latin digits), returns the plain form and raises `InvalidIdentifier`.
"""

from __future__ import annotations

import re

from gateway.notice.text import ascii_digits

# ASCII only: `\d` and `int()` would accept digits of any script.
_DIGITS_ONLY = re.compile(r"[0-9]+")
_LEGAL_WEIGHTS = (29, 27, 23, 19, 17) * 2


class InvalidIdentifier(ValueError):
    """The text is no such identifier; ``code`` is an entry of the error catalogue."""

    literal_name = "InvalidIdentifier"

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def _digits(text: str, code: str, lengths: range) -> str:
    plain = ascii_digits(text.strip())
    if not _DIGITS_ONLY.fullmatch(plain) or len(plain) not in lengths:
        raise InvalidIdentifier(code)
    return plain


def national_id(text: str) -> str:
    """Return a natural person's ten-digit کد ملی; eight and nine digits are padded with zeros."""
    plain = _digits(text, "recipient.national-id-length", range(8, 11)).zfill(10)
    if len(set(plain)) == 1:
        raise InvalidIdentifier("recipient.national-id-repeated")
    remainder = sum(int(d) * (10 - i) for i, d in enumerate(plain[:9])) % 11
    if int(plain[9]) != (remainder if remainder < 2 else 11 - remainder):
        raise InvalidIdentifier("recipient.national-id")
    return plain


def legal_entity_id(text: str) -> str:
    """Return a legal person's eleven-digit شناسه ملی."""
    plain = _digits(text, "recipient.legal-id-length", range(11, 12))
    shift = int(plain[9]) + 2
    remainder = sum((int(d) + shift) * w for d, w in zip(plain, _LEGAL_WEIGHTS, strict=False)) % 11
    if int(plain[10]) != remainder % 10:
        raise InvalidIdentifier("recipient.legal-id")
    return plain


def foreign_id(text: str) -> str:
    """Return a foreign national's twelve-digit شناسه فراگیر; its check digit is not published."""
    return _digits(text, "recipient.foreign-id", range(12, 13))


def postal_code(text: str) -> str:
    """Return a ten-digit postal code; spaces and hyphens between the digits are dropped."""
    return _digits(re.sub(r"[\s-]", "", text), "recipient.postal-code", range(10, 11))


def mobile(text: str) -> str:
    """Return a mobile number as +989…; accepts 09…, 989… and +989…."""
    plain = ascii_digits(re.sub(r"[\s-]", "", text))
    match = re.fullmatch(r"(?:0|\+98|0098|98)(9[0-9]{9})", plain)
    if match is None:
        raise InvalidIdentifier("recipient.mobile")
    return "+98" + match[1]
