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
"""Columns of a table of ages: younger than the column's name says, and older than the one before."""

AGES_IN_WORDS: Final = (
    Words(en="under 5 minutes", fa="کمتر از ۵ دقیقه"),
    Words(en="5 to 20 minutes", fa="۵ تا ۲۰ دقیقه"),
    Words(en="20 minutes to 1 hour", fa="۲۰ دقیقه تا ۱ ساعت"),
    Words(en="1 to 4 hours", fa="۱ تا ۴ ساعت"),
    Words(en="4 hours to 1 day", fa="۴ ساعت تا ۱ روز"),
    Words(en="1 day to 1 week", fa="۱ روز تا ۱ هفته"),
    Words(en="over 1 week", fa="بیش از ۱ هفته"),
)
"""Titles of the columns of `gateway.store.stored.Backlog.by_age` for `AGES`, the last one older than all of them."""

COLUMNS: Final = (*AGES, "1w+")
"""Columns of ages: younger than the column's name, and older than the one before."""

COLUMN_WORDS: Final = dict(zip(COLUMNS, AGES_IN_WORDS, strict=True))
"""Columns in words."""


def bounds(column: str, now: datetime) -> tuple[datetime | None, datetime | None]:
    """Return the times between which the notices of a column entered their state; None for no bound.

    Raises `ValueError` for another name than those of `COLUMNS`.
    """
    place, ages = COLUMNS.index(column), list(AGES.values())
    return now - ages[place] if place < len(ages) else None, now - ages[place - 1] if place else None
