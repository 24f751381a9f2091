"""Last days: the examples of the law's rules, properties, and a second implementation of the published table."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.cli.legal.deadline_reference import page
from adapters.settings.legal_folder import legal_files
from adapters.shipped.resources import CALENDAR
from gateway.legal.calendar_reader import calendar_of
from gateway.legal.last_day import (
    DayOfAct,
    DaysOfPeriod,
    EventDay,
    FirstCounted,
    KeptOnHoliday,
    LastCounted,
    LastDay,
    NationalOnly,
    NotCounted,
    Predicted,
    Rolled,
    RuleFound,
    Unconfirmed,
    derive,
    derive_days,
    last_day,
)
from gateway.legal.legal_period import Period, Unit
from gateway.legal.office_calendar import Friday, Holiday, OfficeCalendar, Weekday, WeekdayRule
from gateway.legal.origin import Mark, Origin
from gateway.legal.rules import AtHoliday, RuleSet, Unfixed
from gateway.notice.written_date import parse_day, written_day
from gateway.runtime.bilingual import Words
from gateway.runtime.errors import GatewayError
from tests.unit.legal.plain_counting import closed_days, count

ROOT = Path(__file__).parents[3]
SHIPPED = calendar_of(legal_files(CALENDAR))
ORIGIN = Origin(source=Words(en="test", fa="آزمون"), mark=Mark.CONFIRMED)


def with_thursday(calendar: OfficeCalendar, *, works: bool) -> OfficeCalendar:
    changed = [
        replace(each, works=works) if each.weekday is Weekday.THURSDAY else each for each in calendar.weekday_rules
    ]
    return replace(calendar, weekday_rules=changed)


BOTH = {works: with_thursday(SHIPPED, works=works) for works in (True, False)}


def counted(day: str, days: int, calendar: OfficeCalendar, **options: str) -> str:
    return written_day(last_day(parse_day(day), Period(count=days), calendar, **options))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("service", "days", "works", "closed"),
    [
        ("1404-11-14", 10, "1404-11-25", "1404-11-25"),
        ("1404-11-11", 10, "1404-11-23", "1404-11-25"),
        ("1404-12-17", 10, "1404-12-28", "1405-01-05"),
        ("1405-09-03", 30, "1405-10-05", "1405-10-05"),
    ],
)
def test_the_known_examples(service: str, days: int, works: str, closed: str) -> None:
    assert counted(service, days, BOTH[True]) == works
    assert counted(service, days, BOTH[False]) == closed


def test_each_step_is_kept_with_its_day() -> None:
    found = derive_days(parse_day("1404-11-11"), Period(count=10), BOTH[False])
    told = [
        (type(step), written_day(step.day))
        for step in found.steps
        if not isinstance(step, DaysOfPeriod | RuleFound | NotCounted)
    ]
    assert told == [
        (EventDay, "1404-11-11"),
        (FirstCounted, "1404-11-12"),
        (LastCounted, "1404-11-21"),
        (DayOfAct, "1404-11-22"),
        (Rolled, "1404-11-22"),
        (Rolled, "1404-11-23"),
        (Rolled, "1404-11-24"),
        (LastDay, "1404-11-25"),
    ]
    reasons = [step.closure for step in found.steps if isinstance(step, Rolled)]
    assert [type(each) for each in reasons] == [Holiday, WeekdayRule, Friday]


def test_a_month_is_thirty_days_and_a_week_seven() -> None:
    assert [Period.of(text).days for text in ("3 months", "۲ weeks", "١ day")] == [90, 14, 1]
    for wrong in ("", "1 year", "0 days", "10", "-3 days", "10 days 2", "999999 months"):
        with pytest.raises(GatewayError, match=r"legal\.period"):
            Period.of(wrong)


# Properties

starts = st.dates(SHIPPED.first, SHIPPED.last - timedelta(days=500))
lengths = st.integers(1, 400)
thursdays = st.booleans()


@given(starts, lengths, thursdays)
def test_a_last_day_is_no_holiday_and_no_period_is_shortened(start: date, days: int, works: bool) -> None:
    found = last_day(start, Period(count=days), BOTH[works])
    assert BOTH[works].closure(found) is None
    # The days between, neither of which is the day of service nor the day of the act, are at least the period.
    assert (found - start).days - 1 >= days
    between = [start + timedelta(days=days + 1 + more) for more in range((found - start).days - days - 1)]
    assert all(BOTH[works].closure(day) is not None for day in between)


@given(starts, st.integers(0, 60), lengths, thursdays)
def test_a_later_start_has_no_earlier_end(start: date, later: int, days: int, works: bool) -> None:
    period = Period(count=days)
    assert last_day(start, period, BOTH[works]) <= last_day(start + timedelta(days=later), period, BOTH[works])


@given(starts, lengths, thursdays)
def test_the_derivation_ends_with_the_last_day(start: date, days: int, works: bool) -> None:
    found = derive_days(start, Period(count=days), BOTH[works])
    end = found.steps[-1]
    assert isinstance(end, LastDay)
    assert end.day == found.last_day == last_day(start, Period(count=days), BOTH[works])
    assert sum(isinstance(step, Rolled) for step in found.steps) == (end.day - start).days - days - 1


# The second implementation

CLOSED = {works: closed_days(CALENDAR, thursday_works=works) for works in (True, False)}


@given(starts, lengths, thursdays)
@settings(max_examples=60)
def test_plain_counting_finds_the_same_day(start: date, days: int, works: bool) -> None:
    assert counted(written_day(start), days, BOTH[works]) == count(written_day(start), days, CLOSED[works])


def test_the_published_table_is_counted_again() -> None:
    text = (ROOT / "docs/reference/deadlines.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d{4}-\d\d-\d\d) \| (\d+) \| (.+?) \| (.+?) \|$", text, re.MULTILINE)
    assert len(set(rows)) >= 64
    assert {service[:4] for service, *_ in rows} == {"1404", "1405", "1406"}
    for service, days, works, closed in rows:
        for told, thursday_works in ((works, True), (closed, False)):
            last = re.findall(r"\*\*(.+?)\*\*", told)
            assert last == [count(service, int(days), CLOSED[thursday_works])], (service, days)
            moved = re.findall(r"\d{4}-\d\d-\d\d(?! *\*)", told.partition("**")[0])
            assert all(tuple(map(int, day.split("-"))) in CLOSED[thursday_works] for day in moved)


def test_the_published_table_is_as_the_code_makes_it() -> None:
    assert (ROOT / "docs/reference/deadlines.md").read_text(encoding="utf-8") == page()


# Provinces and reservations


def test_a_province_has_closures_and_working_days_of_its_own() -> None:
    smog = Holiday(
        day=parse_day("1404-11-25"), title=Words(en="smog", fa="آلودگی هوا"), origin=ORIGIN, province="tehran"
    )
    short_week = WeekdayRule(
        weekday=Weekday.THURSDAY, works=False, begins=SHIPPED.first, ends=None, origin=ORIGIN, province="qom"
    )
    changed = replace(
        BOTH[True],
        holidays={**SHIPPED.holidays, smog.day: (smog,)},
        weekday_rules=(*BOTH[True].weekday_rules, short_week),
    )
    assert counted("1404-11-14", 10, changed) == "1404-11-25"
    assert counted("1404-11-14", 10, changed, province="tehran") == "1404-11-26"
    assert counted("1404-11-11", 10, changed, province="tehran") == "1404-11-23"
    assert counted("1404-11-11", 10, changed, province="qom") == "1404-11-25"
    with pytest.raises(GatewayError, match=r"legal\.province"):
        counted("1404-11-11", 10, changed, province="paris")


def test_what_is_uncertain_about_a_last_day_is_said() -> None:
    thursday = derive_days(parse_day("1404-11-11"), Period(count=10), BOTH[True]).reservations
    assert [type(each) for each in thursday] == [Unconfirmed, NationalOnly]
    own = derive_days(parse_day("1404-11-14"), Period(count=10), BOTH[True], province="tehran").reservations
    assert own[-1] == NationalOnly(province=SHIPPED.provinces["tehran"])
    # The feast is computed for 1406-02-27: a day later or earlier, it would be the last day itself, or free it.
    for service in ("1406-02-15", "1406-02-16", "1406-02-17"):
        feast = derive_days(parse_day(service), Period(count=10), BOTH[True]).reservations[0]
        assert isinstance(feast, Predicted)
        assert written_day(feast.holiday.day) == "1406-02-27"


def test_where_the_calendar_ends_nothing_is_guessed() -> None:
    with pytest.raises(GatewayError, match=r"legal\.range"):
        counted("1408-12-25", 10, SHIPPED)


# By rules


def test_a_kind_starts_what_its_body_s_rule_says(rules: RuleSet, calendar: OfficeCalendar) -> None:
    day = parse_day("1404-11-14")
    [objection] = rules.periods_of("article-100", "ruling", day)
    found = derive(rules, objection, day, calendar)
    assert found.last_day is not None
    assert (written_day(found.last_day), found.rules_version) == ("1404-11-25", rules.version)
    assert Unconfirmed(entry=objection) in found.reservations
    final, court = rules.periods_of("article-77", "ruling", day)
    assert derive(rules, final, day, calendar).last_day is None
    at_home, abroad = (derive(rules, court, day, calendar, abroad=each).last_day for each in (False, True))
    assert at_home == last_day(day, Period(count=3, unit=Unit.MONTHS), calendar)
    assert abroad == last_day(day, Period(count=180), calendar)
    assert Unconfirmed(entry=court) not in derive(rules, court, day, calendar).reservations


def test_an_unknown_period_is_not_computed(rules: RuleSet, calendar: OfficeCalendar) -> None:
    day = parse_day("1404-11-14")
    [objection] = rules.periods_of("article-100", "ruling", day)
    abroad = derive(rules, objection, day, calendar, abroad=True)
    end = abroad.steps[-1]
    assert abroad.last_day is None
    assert isinstance(end, NotCounted)
    assert (end.unfixed, end.abroad) == (Unfixed.UNKNOWN, True)


def test_a_rule_may_keep_a_last_day_on_a_holiday(rules: RuleSet, calendar: OfficeCalendar) -> None:
    day = parse_day("1404-11-11")
    [objection] = rules.periods_of("article-100", "ruling", day)
    kept = derive(rules, replace(objection, at_holiday=AtHoliday.KEEP), day, calendar)
    assert kept.last_day is not None
    assert written_day(kept.last_day) == "1404-11-22"
    assert any(isinstance(step, KeptOnHoliday) for step in kept.steps)
