"""Intervals of days in which dated entries are in force: gaps and overlaps between them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import pairwise
from typing import Protocol, TypeVar

DAY = timedelta(days=1)


class Dated(Protocol):
    """Entry in force from ``begins`` to ``ends``, both included; None: without an end."""

    @property
    def begins(self) -> date: ...
    @property
    def ends(self) -> date | None: ...


Entry = TypeVar("Entry", bound=Dated)


def in_force(entry: Dated, day: date) -> bool:
    return entry.begins <= day and (entry.ends is None or day <= entry.ends)


def overlaps(entries: Iterable[Entry]) -> Iterator[tuple[Entry, Entry]]:
    """Yield each two neighbours, by their beginning, that are in force on one day."""
    ordered = sorted(entries, key=lambda entry: entry.begins)
    for earlier, later in pairwise(ordered):
        if earlier.ends is None or earlier.ends >= later.begins:
            yield earlier, later


def gaps(entries: Iterable[Entry]) -> Iterator[tuple[Entry, date, date | None]]:
    """Yield each gap behind an entry: the entry, the gap's first day, and its last one (None: without an end)."""
    ordered = sorted(entries, key=lambda entry: entry.begins)
    for number, entry in enumerate(ordered):
        later = ordered[number + 1].begins if number + 1 < len(ordered) else None
        if entry.ends is not None and (later is None or entry.ends + DAY < later):
            yield entry, entry.ends + DAY, later and later - DAY
