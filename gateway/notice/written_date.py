"""Dates and times written by persons, in either calendar. The year determines the calendar.

Years 1300 to 1499 are Jalali (1921 to 2121), years 1900 to 2199 are Gregorian. Every other year is a typing error.
Read as Gregorian, 1405 would lie six centuries back, and any question about that time would seem to be in order.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Final

import jdatetime

from gateway.notice.text import plain
from gateway.runtime.clock import TEHRAN
from gateway.runtime.errors import GatewayError

JALALI_YEARS: Final = range(1300, 1500)
GREGORIAN_YEARS: Final = range(1900, 2200)

_DAY: Final = re.compile(r"([0-9]{4})(?P<sign>[-/])([0-9]{1,2})(?P=sign)([0-9]{1,2})")
_MOMENT: Final = re.compile(
    rf"({_DAY.pattern})"
    r"(?:(?:T| +)([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]{1,9}))?)? ?(Z|[+-][0-9]{2}:?[0-9]{2})?)?"
)


def parse_day(text: str) -> date:
    """Return the Gregorian day of ``1404-11-14`` or ``2026/02/03``, digits of any script.

    Raises `GatewayError` ``date.form``, ``date.year`` or ``date.day``.
    """
    found = _DAY.fullmatch(plain(text))
    if found is None:
        raise GatewayError("date.form", detail=text[:40])
    year, _, month, day = found.groups()
    return _day(int(year), int(month), int(day))


def parse_moment(text: str, zone: tzinfo = UTC) -> datetime:
    """Return the aware UTC time of a day (its midnight), or of a day with a time of day, as `parse_day`.

    Without an offset a Jalali date is Tehran's, and a Gregorian one is in ``zone``.
    """
    found = _MOMENT.fullmatch(plain(text))
    if found is None:
        raise GatewayError("date.form", detail=text[:40])
    _, year, _, month, day, hour, minute, second, fraction, offset = found.groups()
    civil = _day(int(year), int(month), int(day))
    try:
        local = datetime(civil.year, civil.month, civil.day, int(hour or 0), int(minute or 0), int(second or 0))  # noqa: DTZ001 - the zone follows
        zone = TEHRAN if int(year) in JALALI_YEARS else zone
        if offset:
            zone = datetime.fromisoformat(f"2000-01-01T00:00:00{offset}").tzinfo or UTC
    except ValueError as error:
        raise GatewayError("date.day", detail=text[:40]) from error
    return (local.replace(tzinfo=zone) + timedelta(microseconds=int((fraction or "0").ljust(6, "0")[:6]))).astimezone(
        UTC
    )


# The library asks for the locale with every date, which costs more than the date; days repeat.
@lru_cache(maxsize=4096)
def jalali_day(year: int, month: int, day: int) -> date:
    """Return the Gregorian day of a Jalali one. Raises ``ValueError`` if there is no such day."""
    found: date = jdatetime.date(year, month, day).togregorian()
    return found


@lru_cache(maxsize=4096)
def written_day(day: date) -> str:
    """Return a civil day by the Jalali calendar, 1404-11-14."""
    return str(jdatetime.date.fromgregorian(date=day).strftime("%Y-%m-%d"))


def _day(year: int, month: int, day: int) -> date:
    if year not in JALALI_YEARS and year not in GREGORIAN_YEARS:
        raise GatewayError("date.year", detail=str(year))
    try:
        return jalali_day(year, month, day) if year in JALALI_YEARS else date(year, month, day)
    except ValueError as error:
        raise GatewayError("date.day", detail=f"{year}-{month}-{day}") from error
