"""Price of a service on paper, by day: a later price changes nothing about earlier notices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperPrice:
    """Price of one service on paper in ``rials``, from the civil day ``begins`` on, until the next price."""

    begins: date
    rials: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedDays:
    """Days from ``first`` to ``last``, both included, with one price; None: there is no price for them."""

    first: date
    last: date
    rials: int | None


def priced_days(prices: Sequence[PaperPrice], first: date, last: date) -> Iterator[PricedDays]:
    """Yield all days from ``first`` to ``last``, a span for each price. ``prices`` may have any order."""
    begins, rials = first, None
    for price in sorted(prices, key=lambda each: each.begins):
        if begins < price.begins <= last:
            yield PricedDays(first=begins, last=price.begins - _DAY, rials=rials)
        if price.begins <= last:
            begins, rials = max(begins, price.begins), price.rials
    yield PricedDays(first=begins, last=last, rials=rials)
