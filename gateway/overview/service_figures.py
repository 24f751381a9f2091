"""Figures of electronic service: notices that were admitted in a period, by their present state, in groups.

Everyone who shows figures takes them from here: console, CSV and command line never disagree.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from statistics import median
from typing import Final, Protocol

from gateway.notice.delivery_state import DeliveryState
from gateway.notice.legal_effect import persian_digits
from gateway.overview.paper_price import PaperPrice, priced_days
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
SAVED_WORDS: Final = Words(en="Estimated saving, rials", fa="صرفه‌جویی برآوردی (ریال)")
PRICED_WORDS: Final = Words(en="Saving of so many", fa="شمار ابلاغیه‌های محاسبه صرفه‌جویی")

_NO_PRICE: Final = Words(
    en="No saving is claimed: no price of a service on paper is configured for this period ([[reports.paper_prices]]).",
    fa="صرفه‌جویی محاسبه نشده است، زیرا هزینه ابلاغ کاغذی برای این بازه در پیکربندی ثبت نشده است.",
)
_ESTIMATE: Final = Words(
    en="Estimated saving: {rials} rials. Each arrived notice counts with the price of a service on paper of the day of"
    " its admission.",
    fa="صرفه‌جویی برآوردی: {rials} ریال. هر ابلاغیه وصول‌شده با هزینه ابلاغ کاغذی در روز پذیرش آن محاسبه شده است.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureQuery:
    """Question for figures: the civil days in Tehran from ``first`` to ``last``, both included, grouped ``by`` a
    property, of the visible bodies; None is all of them. ``district`` may be in any spelling
    (`gateway.search.searched_text.searchable`). Raises `GatewayError` ``date.range``.
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

    ``of_days`` is the number of notices that it is of. ``saved`` is the sum, in rials, of what a service on paper would
    have cost for the ``of_saved`` arrived notices whose day of admission has a price; None: no price, nothing claimed.
    """

    key: str
    counts: Mapping[Figure, int]
    days: float | None = None
    of_days: int = 0
    saved: int | None = None
    of_saved: int = 0

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

    @property
    def saving_words(self) -> Words:
        """Say what the saving is of, and that it is an estimate; without a price, that none is claimed."""
        left_out = self.total.counts[Figure.ARRIVED] - self.total.of_saved
        if self.total.saved is None:
            return _NO_PRICE
        rials = f"{self.total.saved:,}"
        told = _ESTIMATE.filled(rials=Words(en=rials, fa=persian_digits(rials.replace(",", "٬"))))
        if not left_out:
            return told
        return Words(
            en=f"{told.en} {left_out} arrived notices are left out: no price is configured for their days.",
            fa=f"{told.fa} {persian_digits(str(left_out))} ابلاغیه وصول‌شده محاسبه نشده است، زیرا برای روز"
            " پذیرش آن‌ها هزینه‌ای ثبت نشده است.",
        )


def figures(store: FigureStore, query: FigureQuery, prices: Sequence[PaperPrice] = ()) -> FigureReport:
    """Return the figures that a query asks for. ``prices`` are those of a service on paper."""
    counts: defaultdict[str, Counter[DeliveryState]] = defaultdict(Counter)
    saved, priced = Counter[str](), Counter[str]()
    has_price = False
    for days in priced_days(prices, query.first, query.last):
        has_price = has_price or days.rials is not None
        for key, states in store.counts(replace(query, first=days.first, last=days.last)).items():
            counts[key].update(states)
            if days.rials is not None:
                arrived = _count(states, Figure.ARRIVED)
                priced[key] += arrived
                saved[key] += arrived * days.rials
    waits: dict[str, list[float]] = {}
    for each in store.viewed(query, MOST_VIEWED):
        waits.setdefault(each.key, []).append((each.viewed_at - each.delivered_at) / timedelta(days=1))

    def row(key: str, states: Mapping[DeliveryState, int], of: Iterable[str]) -> Figures:
        groups = list(of)
        days = [wait for group in groups for wait in waits.get(group, ())]
        return Figures(
            key=key,
            counts={figure: _count(states, figure) for figure in Figure},
            days=median(days) if days else None,
            of_days=len(days),
            saved=sum(saved[group] for group in groups) if has_price else None,
            of_saved=sum(priced[group] for group in groups),
        )

    rows = [row(key, states, [key]) for key, states in counts.items() if sum(states.values())]
    rows.sort(key=lambda found: (-found.counts[Figure.ADMITTED], found.key))
    total = row("", sum(counts.values(), Counter[DeliveryState]()), {**counts, **waits})
    return FigureReport(query=query, rows=rows, total=total)


def _count(states: Mapping[DeliveryState, int], figure: Figure) -> int:
    return sum(states.get(state, 0) for state in STATES_OF[figure])
