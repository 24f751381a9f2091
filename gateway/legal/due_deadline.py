"""Last days of served notices in a range of days, without reading the notices whose last days lie outside it.

A last day follows from the day of an event. So the days of the event that can lead to the range are computed backwards,
for each rule; a store finds the notices by those days. The last day of each is then computed forwards, as everywhere.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from gateway.legal.intervals import DAY, in_force
from gateway.legal.last_day import last_day
from gateway.legal.law import Law
from gateway.legal.legal_period import Period
from gateway.legal.rules import AtHoliday, FromEvent, PeriodRule, Starts, Unseen
from gateway.legal.service_effect import day_of_service, event_day

LONGEST_RANGE: Final = 92
"""Most days of a range."""


class DayOf(StrEnum):
    """Event by whose civil day in Tehran notices are found."""

    ARRIVAL = "arrival"
    VIEWING = "viewing"
    STATEMENT = "statement"
    """The judiciary stated service by law."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceDays:
    """Civil days in Tehran of a notice's events so far; ``arrived`` is the first day on which it is known to have
    arrived (`gateway.notice.legal_effect.service_time`).
    """

    arrived: date
    viewed: date | None
    stated: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventSpan:
    """Days of an event, ``first`` to ``last``, on which notices of a body and kind are to be looked for."""

    body: str
    kind: str
    event: DayOf
    first: date
    last: date


@dataclass(frozen=True, slots=True, kw_only=True)
class DayRange:
    """Range of last days, both included: 1 to `LONGEST_RANGE` days."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if not 0 <= (self.last - self.first).days < LONGEST_RANGE:
            raise ValueError(f"{self.first} to {self.last}: at most {LONGEST_RANGE} days, and not none")

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last


@dataclass(frozen=True, slots=True, kw_only=True)
class DueDay:
    """Last day of the period that a notice started by ``rule`` on ``event_day``."""

    rule: PeriodRule
    event_day: date
    last_day: date

    @property
    def starts(self) -> Starts:
        return self.rule.starts


class DueSearch:
    """Search for the last days in a range by one law. ``today``: events after it are not known yet.

    Raises `GatewayError` ``legal.range`` where the calendar does not cover the range, and ``legal.province``.
    """

    def __init__(self, law: Law, within: DayRange, today: date) -> None:
        self._law, self._within, self._today = law, within, today
        self._rules: defaultdict[tuple[str, str], list[_CountedRule]] = defaultdict(list)
        for rule in law.rules.periods:
            if isinstance(rule.period, Period):
                self._rules[rule.body, rule.kind].append(_counted(law, rule, rule.period, within))

    def spans(self) -> Iterator[EventSpan]:
        """Yield the days of events that can lead to a last day in the range. Spans may overlap."""
        for counted in (each for rules in self._rules.values() for each in rules):
            rule, first, last = counted.rule, counted.first, counted.last
            if rule.event is FromEvent.VIEWING:
                yield _span(rule, DayOf.VIEWING, first, last)
                yield _span(rule, DayOf.ARRIVAL, first, last)  # viewed before, by its receipt
                continue
            # The rule is that of the day of service.
            first, last = max(first, rule.begins), last if rule.ends is None else min(last, rule.ends)
            if first > last:
                continue
            waits = [each.unseen_days or 0 for each in self._law.rules.services if each.unseen is Unseen.SERVED_AFTER]
            yield _span(rule, DayOf.ARRIVAL, first - timedelta(days=max(waits, default=0)), last)
            if any(each.unseen is Unseen.NOT_SERVED for each in self._law.rules.services):
                yield _span(rule, DayOf.VIEWING, first, last)
                yield _span(rule, DayOf.STATEMENT, first, last)

    def due(self, body: str, kind: str, days: ServiceDays) -> Iterator[DueDay]:
        """Yield the last days in the range of a notice. Raises `GatewayError` ``legal.rule``, ``legal.range``."""
        service = self._law.rules.service_on(days.arrived)
        served_on = day_of_service(service, days.arrived, days.viewed, days.stated, until=self._today)
        if served_on is None:
            return
        for counted in self._rules.get((body, kind), ()):
            rule = counted.rule
            day = event_day(rule.event, served_on, days.viewed)
            if day is None or not in_force(rule, served_on) or not counted.first <= day <= counted.last:
                continue
            calendar, province = self._law.calendar, self._law.province
            found = last_day(day, counted.period, calendar, province=province, at_holiday=rule.at_holiday)
            if found in self._within:
                yield DueDay(rule=rule, event_day=day, last_day=found)


@dataclass(frozen=True, slots=True, kw_only=True)
class _CountedRule:
    """Rule with a number of days; events from ``first`` to ``last`` can lead to the range."""

    rule: PeriodRule
    period: Period
    first: date
    last: date


def _counted(law: Law, rule: PeriodRule, period: Period, within: DayRange) -> _CountedRule:
    first = within.first
    if rule.at_holiday is AtHoliday.ROLL_FORWARD:
        # Days before the range roll into it as long as offices are closed.
        while law.calendar.closure(first - DAY, law.province) is not None:
            first -= DAY
    before = timedelta(days=period.days) + DAY
    return _CountedRule(rule=rule, period=period, first=first - before, last=within.last - before)


def _span(rule: PeriodRule, event: DayOf, first: date, last: date) -> EventSpan:
    return EventSpan(body=rule.body, kind=rule.kind, event=event, first=first, last=last)
