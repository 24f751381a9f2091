"""Figures of electronic service: notices that were admitted in a period, by their present state, in groups.

Everyone who shows figures takes them from here: console, CSV and command line never disagree.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from statistics import median
from typing import Final, Protocol

from gateway.notice.delivery_state import DeliveryState
from gateway.runtime.bilingual import Words
from gateway.runtime.clock import TEHRAN
from gateway.runtime.errors import GatewayError

_S = DeliveryState

MOST_DAYS: Final = 1100
"""Most days of a period: three years."""

MOST_VIEWED: Final = 2_000
"""Notices, the latest admitted ones, whose time until they were viewed is read."""


class By(StrEnum):
    """Property by which figures are grouped."""

    BODY = "body"
    KIND = "kind"
    DISTRICT = "district"


class Figure(StrEnum):
    """Column of figures. `STATES_OF` has the present states that it counts."""

    ADMITTED = "admitted"
    UNDER_WAY = "under-way"
    SENT = "sent"
    ARRIVED = "arrived"
    VIEWED = "viewed"
    NO_ACCOUNT = "no-account"
    UNDELIVERABLE = "undeliverable"
    OTHER_CHANNEL = "other-channel"
    REJECTED = "rejected"
    DOUBT = "doubt"
    DEAD_LETTER = "dead-letter"
    WITHDRAWN = "withdrawn"


STATES_OF: Final[Mapping[Figure, frozenset[DeliveryState]]] = {
    Figure.ADMITTED: frozenset(DeliveryState),
    Figure.UNDER_WAY: frozenset({_S.QUEUED, _S.SENDING, _S.PENDING}),
    Figure.SENT: frozenset({_S.SUBMITTED, _S.DELIVERED, _S.VIEWED, _S.UNDELIVERABLE}),
    Figure.ARRIVED: frozenset({_S.DELIVERED, _S.VIEWED}),
    Figure.VIEWED: frozenset({_S.VIEWED}),
    Figure.NO_ACCOUNT: frozenset({_S.NO_ACCOUNT}),
    Figure.UNDELIVERABLE: frozenset({_S.UNDELIVERABLE}),
    Figure.OTHER_CHANNEL: frozenset({_S.OTHER_CHANNEL}),
    Figure.REJECTED: frozenset({_S.REJECTED}),
    Figure.DOUBT: frozenset({_S.IN_DOUBT}),
    Figure.DEAD_LETTER: frozenset({_S.DEAD_LETTER}),
    Figure.WITHDRAWN: frozenset({_S.WITHDRAWN}),
}
"""Present states that each figure counts. An arrived notice was sent, and a viewed one has arrived."""

FIGURE_WORDS: Final[Mapping[Figure, Words]] = {
    Figure.ADMITTED: Words(en="Admitted", fa="پذیرفته‌شده"),
    Figure.UNDER_WAY: Words(en="To be sent", fa="در انتظار ارسال"),
    Figure.SENT: Words(en="Sent", fa="ارسال‌شده"),
    Figure.ARRIVED: Words(en="Arrived", fa="وصول‌شده"),
    Figure.VIEWED: Words(en="Viewed", fa="رؤیت‌شده"),
    Figure.NO_ACCOUNT: Words(en="No account", fa="بدون حساب کاربری"),
    Figure.UNDELIVERABLE: Words(en="Undeliverable", fa="غیرقابل تحویل"),
    Figure.OTHER_CHANNEL: Words(en="On paper", fa="ابلاغ از شیوه دیگر"),
    Figure.REJECTED: Words(en="Rejected", fa="ردشده"),
    Figure.DOUBT: Words(en="In doubt", fa="نامعلوم"),
    Figure.DEAD_LETTER: Words(en="Not sent in time", fa="ارسال‌نشده در مهلت"),
    Figure.WITHDRAWN: Words(en="Withdrawn", fa="پس‌گرفته‌شده"),
}

BY_WORDS: Final[Mapping[By, Words]] = {
    By.BODY: Words(en="Issuing body", fa="مرجع صادرکننده"),
    By.KIND: Words(en="Kind", fa="نوع ابلاغیه"),
    By.DISTRICT: Words(en="District", fa="منطقه"),
}
SHARE_WORDS: Final = Words(en="Viewed, % of arrived", fa="درصد رؤیت از وصول‌شده")
DAYS_WORDS: Final = Words(en="Median days until viewed", fa="میانه روزها تا رؤیت")


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureQuery:
    """Question for figures: the civil days in Tehran from ``first`` to ``last``, both included, grouped ``by`` a
    property, of the visible bodies; None is all of them. Raises `GatewayError` ``date.range``.
    """

    visible_bodies: frozenset[str] | None
    first: date
    last: date
    by: By = By.BODY
    body: str | None = None
    kind: str | None = None
    district: str | None = None

    def __post_init__(self) -> None:
        if not 0 <= (self.last - self.first).days <= MOST_DAYS:
            raise GatewayError("date.range", detail=f"at most {MOST_DAYS} days, and the first day before the last")

    @property
    def begin(self) -> datetime:
        return datetime.combine(self.first, time(), TEHRAN)

    @property
    def end(self) -> datetime:
        return datetime.combine(self.last + timedelta(days=1), time(), TEHRAN)


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewedTime:
    """Time between arrival and viewing of a notice in the group ``key``."""

    key: str
    delivered_at: datetime
    viewed_at: datetime


class FigureStore(Protocol):
    """Count notices. Raises `gateway.runtime.errors.GatewayError` with ``store.*``."""

    def counts(self, query: FigureQuery) -> Mapping[str, Mapping[DeliveryState, int]]:
        """Return the number of notices by their present state, by the group's key. It reads an index alone."""
        ...

    def viewed(self, query: FigureQuery, up_to: int) -> list[ViewedTime]:
        """Return the times of those of the latest admitted ``up_to`` viewed notices that have both."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Figures of one group, or of all. ``days`` is the median until a notice was viewed; None: not known.

    ``of_days`` is the number of notices that it is of.
    """

    key: str
    counts: Mapping[Figure, int]
    days: float | None = None
    of_days: int = 0

    @property
    def share(self) -> float | None:
        """Percentage of arrived notices that were viewed; None without any."""
        arrived = self.counts[Figure.ARRIVED]
        return 100 * self.counts[Figure.VIEWED] / arrived if arrived else None


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureReport:
    """Figures of a query: a row for each group, the largest first, and the ``total``."""

    query: FigureQuery
    rows: Sequence[Figures] = field(default_factory=tuple)
    total: Figures

    @property
    def sampled(self) -> bool:
        """True if the median is of the latest notices alone."""
        return self.total.counts[Figure.VIEWED] > MOST_VIEWED


def figures(store: FigureStore, query: FigureQuery) -> FigureReport:
    """Return the figures that a query asks for."""
    counts = store.counts(query)
    waits: dict[str, list[float]] = {}
    for each in store.viewed(query, MOST_VIEWED):
        waits.setdefault(each.key, []).append((each.viewed_at - each.delivered_at) / timedelta(days=1))
    rows = [_figures(key, of, waits.get(key, [])) for key, of in counts.items() if sum(of.values())]
    rows.sort(key=lambda row: (-row.counts[Figure.ADMITTED], row.key))
    whole = Counter[DeliveryState]()
    for of in counts.values():
        whole.update(of)
    total = _figures("", whole, [days for each in waits.values() for days in each])
    return FigureReport(query=query, rows=rows, total=total)


def _figures(key: str, states: Mapping[DeliveryState, int], waits: Sequence[float]) -> Figures:
    counts = {figure: sum(states.get(state, 0) for state in of) for figure, of in STATES_OF.items()}
    return Figures(key=key, counts=counts, days=median(waits) if waits else None, of_days=len(waits))
