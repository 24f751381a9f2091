"""Columns of the table of ages: the time for which a notice has been in its state."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from gateway.overview.notices.work_line import AGES, AGES_IN_WORDS

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
