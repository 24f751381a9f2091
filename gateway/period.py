"""A period that an auditor asks about: civil days in Tehran, written in either calendar."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

import jdatetime

from gateway.clock import TEHRAN

_DAY: Final = re.compile(r"([0-9]{4})[-/]([0-9]{1,2})[-/]([0-9]{1,2})")
_JALALI_YEARS: Final = range(1300, 1600)
_GREGORIAN_YEARS: Final = range(1900, 2300)


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """From ``since`` until ``until`` (exclusive), both aware UTC."""

    since: datetime
    until: datetime

    @classmethod
    def of(cls, first: date, last: date) -> Period:
        """The days from ``first`` to ``last``, both included. Raises ``ValueError`` where the last one is earlier."""
        if last < first:
            raise ValueError("it ends before it begins")
        return cls(since=_midnight(first), until=_midnight(last + timedelta(days=1)))

    def holds(self, moment: datetime) -> bool:
        return self.since <= moment < self.until


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamped:
    """A checkpoint of ``size`` records that was there by ``time``, by a time authority's clock."""

    size: int
    time: datetime


def parse_day(text: str) -> date:
    """Read 1404-11-14 (Jalali) or 2026-02-03, with hyphens or strokes; the year tells which. Raises ``ValueError``."""
    found = _DAY.fullmatch(text)
    if found is None:
        raise ValueError("a day is written 1404-11-14 or 2026-02-03")
    year, month, day = map(int, found.groups())
    if year in _JALALI_YEARS:
        gregorian: date = jdatetime.date(year, month, day).togregorian()
        return gregorian
    if year not in _GREGORIAN_YEARS:
        raise ValueError(f"the year {year} is of neither calendar")
    return date(year, month, day)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), TEHRAN).astimezone(UTC)
