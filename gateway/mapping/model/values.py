"""Types of values in a mapping, and the test for missing ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from gateway.notice import fields
from gateway.notice.large_octets import LargeValue

_TATWEEL = "\u0640"
"""Tatweel: a letter in Unicode, but without meaning by itself."""


class Type(StrEnum):
    """Type of a value that a transform takes or gives, or that a target holds."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"
    DATE = "date"
    TIME = "time"
    OCTETS = "octets"
    LIST = "list"
    ELEMENT = "element"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class SealElement:
    """Stand-in for the sealed notice ``number`` of a message, where its XML stands as an element."""

    number: int


@dataclass(frozen=True, slots=True)
class TextSlot:
    """Stand-in for the large text ``number`` of a message in XML, which is ``length`` characters of base64.

    Where octets are wanted, ``mark`` is written, and its base64 where a text is (``is_text``). Nothing else in the
    message has this mark.
    """

    number: int
    length: int
    mark: bytes = field(repr=False)
    is_text: bool


def type_of(value: object) -> Type:
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
        case SealElement():
            return Type.ELEMENT
        case LargeValue():
            return Type.TEXT if value.is_text else Type.OCTETS
        case _:
            return Type.ANY


def fits(value: object, wanted: Type) -> bool:
    """Return True if ``value`` is of the type ``wanted``; an integer is a decimal number, too."""
    found = type_of(value)
    return wanted in (Type.ANY, found) or (wanted is Type.DECIMAL and found is Type.INTEGER)


def is_zoneless(value: object) -> bool:
    """Return True for a time without an offset: without a place that it belongs to, it is no moment."""
    return isinstance(value, datetime) and value.utcoffset() is None


def is_missing(value: object) -> bool:
    """Return True for None, an empty list, or a text without visible characters."""
    if value is None:
        return True
    # Most texts show it in their first character; a document in base64 need not be read to its end.
    if isinstance(value, str) and value[:1].isalnum() and not value.startswith(_TATWEEL):
        return False
    if isinstance(value, str | bytes):
        return fields.is_missing(value)
    return isinstance(value, list | tuple) and not value
