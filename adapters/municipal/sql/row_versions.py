"""Versions of rows as databases keep them, and as texts that sort in the same order.

A whole number has twenty digits, and a rowversion of eight octets is such a number. A time is UTC (or unchanged,
without a zone) to the microsecond. A text that begins like RFC 3339 is itself. ``like`` is any version of the source:
it shows which of these kinds they are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from types import NoneType
from uuid import UUID

from gateway.runtime.errors import GatewayError

Version = int | Decimal | bytes | datetime | str

_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[ -~]{0,40}", re.ASCII)
_NUMBER = re.compile(r"\d+", re.ASCII)
_ROWVERSION_OCTETS = 8
_TYPE_NAMES: Mapping[type, str] = {
    NoneType: "NoneType",
    bool: "bool",
    int: "int",
    float: "float",
    Decimal: "Decimal",
    str: "str",
    bytes: "bytes",
    bytearray: "bytearray",
    memoryview: "memoryview",
    date: "date",
    time: "time",
    timedelta: "timedelta",
    UUID: "UUID",
    list: "list",
    tuple: "tuple",
    dict: "dict",
}
"""Names in messages for the types of drivers' values."""


def text_of(version: object) -> str:
    """Return a version as text. Raises ``source.version``."""
    match version:
        case int() if version >= 0:
            return f"{version:020d}"
        case Decimal() if version.is_finite() and version >= 0 and version == version.to_integral_value():
            return f"{int(version):020d}"
        case bytes() | bytearray() | memoryview() if len(version) == _ROWVERSION_OCTETS:
            return f"{int.from_bytes(version, 'big'):020d}"
        case datetime(tzinfo=None):
            return version.isoformat(timespec="microseconds")
        case datetime():
            return version.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
        case str() if _TIME.fullmatch(version):
            return version
    raise GatewayError("source.version", detail=f"a {_type_name(version)}")


def is_like(version: object, like: Version) -> bool:
    """Return True if `text_of` has a text for ``version`` that sorts among those of the source."""
    try:
        bound(text_of(version), like)
    except (GatewayError, ValueError, OverflowError):
        return False
    return isinstance(version, str) == isinstance(like, str)


def bound(version: str, like: Version) -> Version:
    """Return a text of `text_of` as the database keeps it."""
    match like:
        case int() | Decimal():
            return int(version)
        case bytes() | bytearray() | memoryview():
            return int(version).to_bytes(_ROWVERSION_OCTETS, "big")
        case datetime():
            return datetime.fromisoformat(version)
        case str():
            return version


def before(version: str, distance: int, like: Version, now: datetime) -> str | None:
    """Return the version so many change numbers or seconds earlier, or None if ``version`` is of another kind.

    ``now`` replaces a time after it, which a wrong clock or a slip may write: so one such row hides no others. A time
    without a zone counts as UTC; if it is Tehran's, the result is some hours early.
    """
    if not isinstance(like, str | datetime):
        return text_of(max(0, int(version) - distance)) if _NUMBER.fullmatch(version) else None
    try:
        moment = datetime.fromisoformat(version[:19] if isinstance(like, str) else version)
    except ValueError:
        return None
    present = now if moment.tzinfo else now.astimezone(UTC).replace(tzinfo=None)
    moment = min(moment, present)
    if isinstance(like, str):
        # Without a fraction and a zone it sorts before every text of that second.
        return _earlier(moment, distance).isoformat(like[10], "seconds")
    if like.tzinfo is None:
        return text_of(_earlier(moment, distance)) if moment.tzinfo is None else None
    return text_of(_earlier(moment if moment.tzinfo else moment.replace(tzinfo=UTC), distance))


def _earlier(moment: datetime, seconds: int) -> datetime:
    return moment - min(timedelta(seconds=seconds), moment - datetime.min.replace(tzinfo=moment.tzinfo))


def _type_name(value: object) -> str:
    return _TYPE_NAMES.get(type(value), "value of another type")
