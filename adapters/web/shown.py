"""What a metric is: a name and how its values are made of the facts that one scrape sees."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from adapters.web.facts import Facts, Reading

Values = Iterable[tuple[tuple[str, ...], float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What one scrape sees."""

    facts: Facts
    reading: Reading
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A metric: its name without ``eblagh_``, its labels, what it means, and its values by labels."""

    name: str
    labels: tuple[str, ...]
    meaning: str
    values: Callable[[Seen], Values]
    counts_up: bool = False


def one(value: float) -> Values:
    return [((), value)]


def since_epoch(moment: datetime | None) -> float | None:
    return moment.timestamp() if moment else None
