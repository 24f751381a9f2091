"""Columns of the table of ages: the time for which a notice has been in its state."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from gateway.runtime.bilingual import Words

AGES: Final[Mapping[str, timedelta]] = {
    "5m": timedelta(minutes=5),
    "20m": timedelta(minutes=20),
    "1h": timedelta(hours=1),
    "4h": timedelta(hours=4),
    "1d": timedelta(days=1),
    "1w": timedelta(weeks=1),
}
"""Name of a column → upper bound of the age in it."""

COLUMNS: Final = (*AGES, "1w+")
"""Columns of ages: younger than the column's name, and older than the one before."""

COLUMN_WORDS: Final[Mapping[str, Words]] = {
    "5m": Words(en="up to 5 min", fa="تا ۵ دقیقه"),
    "20m": Words(en="up to 20 min", fa="تا ۲۰ دقیقه"),
    "1h": Words(en="up to 1 h", fa="تا ۱ ساعت"),
    "4h": Words(en="up to 4 h", fa="تا ۴ ساعت"),
    "1d": Words(en="up to 1 day", fa="تا ۱ روز"),
    "1w": Words(en="up to 1 week", fa="تا ۱ هفته"),
    "1w+": Words(en="more than 1 week", fa="بیش از ۱ هفته"),
}


def bounds(column: str, now: datetime) -> tuple[datetime | None, datetime | None]:
    """Return the times between which the notices of a column entered their state; None for no bound.

    Raises `ValueError` for another name than those of `COLUMNS`.
    """
    place, ages = COLUMNS.index(column), list(AGES.values())
    return now - ages[place] if place < len(ages) else None, now - ages[place - 1] if place else None
