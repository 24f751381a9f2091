"""A second implementation of last days: it counts days over a plain list of closed days.

It imports nothing of `gateway.legal`: it reads the year files with the standard library, and steps day by day with a
calendar of its own, so that it shares neither code nor a date library with what it judges.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

_LEAP = (1, 5, 9, 13, 17, 22, 26, 30)
"""Years of the 33-year cycle with 30 days of Esfand: 1399, 1403 and 1408 are such years."""

_FIRST_WEEKDAY = 4
"""Weekday of 1403-01-01, counted from Saturday as 0: a Wednesday."""

Day = tuple[int, int, int]


def month_length(year: int, month: int) -> int:
    if month <= 6:
        return 31
    return 30 if month < 12 or year % 33 in _LEAP else 29


def all_days(first_year: int = 1403, last_year: int = 1408) -> list[Day]:
    return [
        (year, month, day)
        for year in range(first_year, last_year + 1)
        for month in range(1, 13)
        for day in range(1, month_length(year, month) + 1)
    ]


def parsed(text: str) -> Day:
    year, month, day = text.split("-")
    return int(year), int(month), int(day)


def closed_days(folder: Path, *, thursday_works: bool) -> set[Day]:
    """Return every closed day of the six years: Fridays, holidays, and Thursdays where they are closed."""
    closed = {
        parsed(entry["day"])
        for file in folder.glob("14*.toml")
        for entry in tomllib.loads(file.read_text(encoding="utf-8"))["closed"]
    }
    weekend = {6} if thursday_works else {5, 6}
    return closed | {day for number, day in enumerate(all_days()) if (number + _FIRST_WEEKDAY) % 7 in weekend}


def count(service: str, days: int, closed: set[Day]) -> str:
    """Count: cross out the day of service, tick off each day of the period, then look for an open one."""
    line = all_days()
    at = line.index(parsed(service))
    for _ in range(days):
        at += 1
    at += 1
    while line[at] in closed:
        at += 1
    return "{}-{:02}-{:02}".format(*line[at])
