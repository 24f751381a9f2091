"""Metric: a name, and the making of its values from the facts of one scrape."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from adapters.web.facts import Facts, Reading

Values = Iterable[tuple[tuple[str, ...], float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Facts of one scrape."""

    facts: Facts
    reading: Reading
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Metric: its name without ``eblagh_``, its labels, its meaning, and its values by labels."""

    name: str
    labels: tuple[str, ...]
    meaning: str
    values: Callable[[Seen], Values]
    counts_up: bool = False


def one(value: float) -> Values:
    return [((), value)]


def since_epoch(moment: datetime | None) -> float | None:
    return moment.timestamp() if moment else None
