"""The kinds of value that flow through a mapping, and what is missing."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from gateway.notice import fields

_TATWEEL = "\u0640"
"""A letter to Unicode, and nothing by itself."""


class Type(StrEnum):
    """What a transform takes and gives, and what a target holds."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"
    DATE = "date"
    TIME = "time"
    OCTETS = "octets"
    LIST = "list"
    ANY = "any"


def type_of(value: object) -> Type:
    """Return the type of a value that a file or a document holds."""
    match value:
        case str():
            return Type.TEXT
        case bool():
            return Type.BOOLEAN
        case int():
            return Type.INTEGER
        case float():
            return Type.DECIMAL
        case datetime():
            return Type.TIME
        case date():
            return Type.DATE
        case bytes():
            return Type.OCTETS
        case list() | tuple():
            return Type.LIST
        case _:
            return Type.ANY


def fits(value: object, wanted: Type) -> bool:
    """Return whether ``value`` is of the type ``wanted``; a whole number is a decimal one, too."""
    found = type_of(value)
    return wanted in (Type.ANY, found) or (wanted is Type.DECIMAL and found is Type.INTEGER)


def is_missing(value: object) -> bool:
    """Nothing, an empty list, or a text of which nothing is seen."""
    # Nearly every text shows it in its first character, and a document in base64 need not be read to its end.
    if isinstance(value, str) and value[:1].isalnum() and not value.startswith(_TATWEEL):
        return False
    if value is None or isinstance(value, str | bytes):
        return fields.is_missing(value)
    return isinstance(value, list) and not value
