"""Deadlines that end in a range of days: their numbers by day, body and district, and the notices.

Nothing of it is stored: notices are looked for by the days of service that lead to the range, by rules and calendar.
The gateway does not know what a recipient does: an objection that was lodged ends no deadline here.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Final

from gateway.legal.due_deadline import DayRange, DueDay, DueSearch
from gateway.legal.last_day import derive
from gateway.legal.law import Law
from gateway.legal.rules import Starts
from gateway.overview.deadlines.deadline_store import DeadlineStore, ServedGroup
from gateway.overview.legal.legal_names import doubt_in_words
from gateway.runtime.bilingual import Words

MOST_SHOWN: Final = 200
"""Deadlines on a screen."""

MOST_LISTED: Final = 10_000
"""Deadlines in a file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DueQuery:
    """Question for the deadlines of the visible bodies (None: all of them) whose last day lies ``within`` a range.

    Events after ``today``, a civil day in Tehran, are not known yet. ``district`` may be in any spelling
    (`gateway.search.searched_text.searchable`).
    """

    visible_bodies: frozenset[str] | None
    within: DayRange
    today: date
    body: str | None = None
    district: str | None = None

    @property
    def bodies(self) -> frozenset[str] | None:
        """The bodies that are looked at."""
        if self.body is None:
            return self.visible_bodies
        chosen = frozenset({self.body})
        return chosen if self.visible_bodies is None else chosen & self.visible_bodies


@dataclass(frozen=True, slots=True, kw_only=True)
class DueNotice:
    """Deadline that a notice started. ``doubt`` says why its last day is not confirmed; None if it is.

    ``arrival_known`` is False if no receipt of arrival is known: then the last day is the latest that is possible.
    """

    reference: str
    body: str
    district: str
    kind: str
    starts: Starts
    last_day: date
    doubt: Words | None
    arrival_known: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DueRow:
    """Deadlines of a body and district: those that end ``today``, and all in the range."""

    body: str
    district: str
    today: int
    all: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DueReport:
    """Deadlines of a query: their number by last day, rows by body and district, and the first of the notices.

    A notice that started two periods is counted twice.
    """

    query: DueQuery
    days: Mapping[date, int]
    rows: Sequence[DueRow]
    notices: Sequence[DueNotice]

    @property
    def total(self) -> int:
        return sum(self.days.values())

    @property
    def today(self) -> int:
        return self.days.get(self.query.today, 0)

    @property
    def more(self) -> bool:
        """True if there are more deadlines than ``notices``."""
        return self.total > len(self.notices)


def due_deadlines(store: DeadlineStore, law: Law, query: DueQuery, limit: int = MOST_SHOWN) -> DueReport:
    """Return the deadlines of a query, and the first ``limit`` of their notices by last day.

    Raises `GatewayError` ``legal.range`` where the calendar does not cover the range, and ``store.*``.
    """
    search = DueSearch(law, query.within, query.today)
    groups = store.groups(list(search.spans()), query.bodies, query.district)
    found: defaultdict[date, list[tuple[ServedGroup, DueDay]]] = defaultdict(list)
    rows: defaultdict[tuple[str, str], Counter[date]] = defaultdict(Counter)
    for group in groups:
        for due in search.due(group.body, group.kind, group.days):
            found[due.last_day].append((group, due))
            rows[group.body, group.district][due.last_day] += group.count
    return DueReport(
        query=query,
        days={day: sum(group.count for group, _ in found[day]) for day in sorted(found)},
        rows=[
            DueRow(body=body, district=district, today=counts[query.today], all=counts.total())
            for (body, district), counts in sorted(rows.items())
        ],
        notices=_listed(store, law, found, limit),
    )


def _listed(
    store: DeadlineStore, law: Law, found: Mapping[date, Sequence[tuple[ServedGroup, DueDay]]], limit: int
) -> list[DueNotice]:
    @cache
    def doubt(due: DueDay, arrival_known: bool) -> Words | None:
        found = derive(
            law.rules, due.rule, due.event_day, law.calendar, province=law.province, arrival_known=arrival_known
        )
        return doubt_in_words(found)

    listed: list[DueNotice] = []
    for day in sorted(found):
        if (left := limit - len(listed)) <= 0:
            break
        by_group: defaultdict[ServedGroup, list[DueDay]] = defaultdict(list)
        for group, due in found[day]:
            by_group[group].append(due)
        ordered = sorted(by_group, key=lambda each: (each.body, each.district, each.kind, each.days.arrived))
        listed += [
            DueNotice(
                reference=notice.reference,
                body=notice.group.body,
                district=notice.group.district,
                kind=notice.group.kind,
                starts=due.starts,
                last_day=day,
                doubt=doubt(due, notice.arrival_known),
                arrival_known=notice.arrival_known,
            )
            for notice in store.references(ordered, left)
            for due in by_group[notice.group]
        ]
    return listed[:limit]
