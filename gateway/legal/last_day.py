"""Compute the last day of a period, and keep each step of the way to it.

Civil Procedure Code, articles 443 to 446: a month is 30 days, a week 7. The day of service and the day of the act do
not count. Holidays inside the period count. A last day on which offices are closed moves to the next working day.

    last day = day of service + days of the period + 1, moved forward while offices are closed
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from gateway.legal.intervals import DAY
from gateway.legal.legal_period import Period
from gateway.legal.office_calendar import (
    FARTHEST_MOVE,
    Closure,
    Friday,
    Holiday,
    OfficeCalendar,
    Province,
    WeekdayRule,
)
from gateway.legal.rules import AtHoliday, FromEvent, PeriodRule, RuleSet, Unfixed
from gateway.runtime.bilingual import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFound:
    """The rule in force on the day of the event, with the titles of its body and kind."""

    rule: PeriodRule
    body: Words
    kind: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class EventDay:
    """Day of service, or of viewing. It does not count."""

    event: FromEvent
    day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class DaysOfPeriod:
    """Length of the period in days. ``abroad``: it is that of a recipient abroad."""

    period: Period
    abroad: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstCounted:
    day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class LastCounted:
    """Last day of the period itself, of ``days`` days."""

    day: date
    days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DayOfAct:
    """Day after the period: the day of the act does not count, so the act may still be done on it."""

    day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Rolled:
    """Day on which offices are closed, so that the last day is a later one."""

    day: date
    closure: Closure


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptOnHoliday:
    """Day on which offices are closed; the rule keeps it as the last day all the same."""

    day: date
    closure: Closure


@dataclass(frozen=True, slots=True, kw_only=True)
class LastDay:
    """Result. ``rolled``: it is later than the day after the period."""

    day: date
    rolled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NotCounted:
    """End of a derivation without a day."""

    rule: PeriodRule
    unfixed: Unfixed
    abroad: bool


Step = (
    RuleFound
    | EventDay
    | DaysOfPeriod
    | FirstCounted
    | LastCounted
    | DayOfAct
    | Rolled
    | KeptOnHoliday
    | LastDay
    | NotCounted
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unconfirmed:
    """Entry that took part, and that counsel must confirm."""

    entry: PeriodRule | Holiday | WeekdayRule


@dataclass(frozen=True, slots=True, kw_only=True)
class Predicted:
    """Lunar feast at or beside the last day: if it comes a day earlier or later, the last day may be another one."""

    holiday: Holiday


@dataclass(frozen=True, slots=True, kw_only=True)
class NationalOnly:
    """No closure of a province was looked at: none was named (None), or it has no entry of its own."""

    province: Province | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrivalNotKnown:
    """No receipt of arrival is known: the day of service is the latest that is possible, and the last day, too."""


Reservation = Unconfirmed | Predicted | NationalOnly | ArrivalNotKnown


@dataclass(frozen=True, slots=True, kw_only=True)
class Derived:
    """Last day with its derivation; ``last_day`` is None if no day follows.

    ``rule`` and ``rules_version`` are None if the number of days was given without a rule.
    """

    steps: Sequence[Step]
    reservations: Sequence[Reservation]
    last_day: date | None
    rule: PeriodRule | None
    rules_version: str | None
    calendar_version: str

    @property
    def is_confirmed(self) -> bool:
        """Return False if counsel must confirm an entry that took part, or if the moon or a receipt of arrival that is
        not known may change the last day.

        A calendar without entries of a province is no such doubt.
        """
        return all(isinstance(each, NationalOnly) for each in self.reservations)


def last_day(
    event_day: date,
    period: Period,
    calendar: OfficeCalendar,
    *,
    province: str | None = None,
    at_holiday: AtHoliday = AtHoliday.ROLL_FORWARD,
) -> date:
    """Return the last day alone. Raises `GatewayError` ``legal.range`` where the calendar ends, ``legal.province``."""
    day = event_day + timedelta(days=period.days) + DAY
    while calendar.closure(day, province) is not None and at_holiday is AtHoliday.ROLL_FORWARD:
        day += DAY
    return day


def derive_days(event_day: date, period: Period, calendar: OfficeCalendar, *, province: str | None = None) -> Derived:
    """Derive the last day of a period that is given as a number of days. Raises as `last_day`."""
    steps: list[Step] = [EventDay(event=FromEvent.SERVICE, day=event_day), DaysOfPeriod(period=period, abroad=False)]
    return _counted(steps, period, event_day, calendar, province, None, None)


def derive(
    rules: RuleSet,
    rule: PeriodRule,
    event_day: date,
    calendar: OfficeCalendar,
    *,
    province: str | None = None,
    abroad: bool = False,
    arrival_known: bool = True,
) -> Derived:
    """Derive the last day of what ``rule`` starts, for a recipient in a province, or abroad.

    ``arrival_known`` is False if no receipt of arrival is known, so that service may be earlier. Raises as `last_day`.
    """
    calendar.assert_known(province)
    body = rules.bodies[rule.body]
    begin: list[Step] = [RuleFound(rule=rule, body=body.title, kind=body.kinds[rule.kind])]
    period = rule.period_for(abroad=abroad)
    if isinstance(period, Unfixed):
        return Derived(
            steps=(*begin, NotCounted(rule=rule, unfixed=period, abroad=abroad)),
            reservations=tuple(_of_rule(rule)),
            last_day=None,
            rule=rule,
            rules_version=rules.version,
            calendar_version=calendar.version,
        )
    begin += [
        EventDay(event=rule.event, day=event_day),
        DaysOfPeriod(period=period, abroad=abroad and period != rule.period),
    ]
    found = _counted(begin, period, event_day, calendar, province, rule, rules.version)
    if arrival_known or rule.event is FromEvent.VIEWING:
        return found
    return replace(found, reservations=(ArrivalNotKnown(), *found.reservations))


def _counted(
    begin: Sequence[Step],
    period: Period,
    event_day: date,
    calendar: OfficeCalendar,
    province: str | None,
    rule: PeriodRule | None,
    rules_version: str | None,
) -> Derived:
    at_holiday = AtHoliday.ROLL_FORWARD if rule is None else rule.at_holiday
    end = event_day + timedelta(days=period.days)
    found = last_day(event_day, period, calendar, province=province, at_holiday=at_holiday)
    closed: list[Step] = []
    for number in range(1, (found - end).days + 1):
        day = end + number * DAY
        if (closure := calendar.closure(day, province)) is not None:
            step = KeptOnHoliday if at_holiday is AtHoliday.KEEP else Rolled
            closed.append(step(day=day, closure=closure))
    steps: list[Step] = [
        *begin,
        FirstCounted(day=event_day + DAY),
        LastCounted(day=end, days=period.days),
        DayOfAct(day=end + DAY),
        *closed,
        LastDay(day=found, rolled=found > end + DAY),
    ]
    of_rule = [] if rule is None else list(_of_rule(rule))
    of_calendar = _of_calendar(calendar, province, end + DAY, found)
    return Derived(
        steps=tuple(steps),
        reservations=(*of_rule, *of_calendar),
        last_day=found,
        rule=rule,
        rules_version=rules_version,
        calendar_version=calendar.version,
    )


def _of_rule(rule: PeriodRule) -> Iterator[Reservation]:
    if not rule.origin.is_confirmed:
        yield Unconfirmed(entry=rule)


def _of_calendar(calendar: OfficeCalendar, province: str | None, first: date, found: date) -> Iterator[Reservation]:
    """Yield the entries at and beside the last day that may change it."""
    met: set[Holiday | WeekdayRule] = set()
    near = FARTHEST_MOVE.days
    for number in range(-near, (found - first).days + near + 1):
        day = first + number * DAY
        for holiday in calendar.holidays.get(day, ()):
            if holiday.predicted and holiday.province in (None, province):
                yield Predicted(holiday=holiday)
                met.add(holiday)
    for number in range((found - first).days + 1):
        day = first + number * DAY
        entry = calendar.closure(day, province) or calendar.weekday_rule(day, province)
        if entry is None or isinstance(entry, Friday) or entry in met or entry.origin.is_confirmed:
            continue
        met.add(entry)
        yield Unconfirmed(entry=entry)
    if province is None:
        yield NationalOnly(province=None)
    elif calendar.is_empty_for(province):
        yield NationalOnly(province=calendar.provinces[province])
