"""The days of events that lead to a range of last days are those that a count of each day finds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.settings.legal_folder import legal_files
from adapters.shipped.resources import CALENDAR, RULES
from gateway.legal.calendar_reader import calendar_of
from gateway.legal.due_deadline import LONGEST_RANGE, DayOf, DayRange, DueSearch, EventSpan, ServiceDays
from gateway.legal.last_day import derive
from gateway.legal.law import Law
from gateway.legal.rules import AtHoliday, FromEvent, Unseen
from gateway.legal.rules_reader import rules_of
from gateway.legal.service_effect import day_of_service
from gateway.notice.written_date import parse_day, written_day
from gateway.runtime.errors import GatewayError

LAW = Law(rules=rules_of(legal_files(RULES)), calendar=calendar_of(legal_files(CALENDAR)), province=None)
FIRST = parse_day("1404-02-01")
BODY, KIND = "article-100", "ruling"
[OBJECTION] = [each for each in LAW.rules.periods if (each.body, each.kind) == (BODY, KIND)]
[SERVICE] = LAW.rules.services


def law(unseen: Unseen, event: FromEvent, at_holiday: AtHoliday) -> Law:
    days = 10 if unseen is Unseen.SERVED_AFTER else None
    service = replace(SERVICE, unseen=unseen, unseen_days=days)
    period = replace(OBJECTION, event=event, at_holiday=at_holiday)
    return replace(LAW, rules=replace(LAW.rules, services=(service,), periods=(period,)))


def is_found(spans: Sequence[EventSpan], days: ServiceDays) -> bool:
    day_of = {DayOf.ARRIVAL: days.arrived, DayOf.VIEWING: days.viewed, DayOf.STATEMENT: days.stated}
    return any((day := day_of[span.event]) is not None and span.first <= day <= span.last for span in spans)


@given(
    st.sampled_from(Unseen),
    st.sampled_from(FromEvent),
    st.sampled_from(AtHoliday),
    st.integers(0, 600),
    st.integers(0, 8),
    st.integers(0, 40),
    st.none() | st.integers(-3, 25),
    st.none() | st.integers(-3, 25),
    st.integers(0, 10),
)
def test_each_notice_is_found_by_the_days_that_lead_to_its_last_day(
    unseen: Unseen,
    event: FromEvent,
    at_holiday: AtHoliday,
    start: int,
    length: int,
    before: int,
    viewed: int | None,
    stated: int | None,
    ago: int,
) -> None:
    of = law(unseen, event, at_holiday)
    first = FIRST + timedelta(days=start)
    within, today = DayRange(first=first, last=first + timedelta(days=length)), first - timedelta(days=ago)
    arrived = first - timedelta(days=before)
    viewed_on, stated_on = (None if each is None else arrived + timedelta(days=each) for each in (viewed, stated))
    days = ServiceDays(arrived=arrived, viewed=viewed_on, stated=stated_on)
    search = DueSearch(of, within, today)
    found = [each.last_day for each in search.due(BODY, KIND, days)]
    assert found == [day for day in [forwards(of, days, today)] if day is not None and day in within]
    if found:
        assert is_found(list(search.spans()), days)


def forwards(of: Law, days: ServiceDays, today: date) -> date | None:
    """Return the last day of a notice, from its events."""
    [service], [rule] = of.rules.services, of.rules.periods
    served_on = day_of_service(service, days.arrived, days.viewed, days.stated, until=today)
    if served_on is None:
        return None
    event_day = served_on
    if rule.event is FromEvent.VIEWING:
        if days.viewed is None:
            return None
        event_day = max(days.viewed, served_on)
    return derive(of.rules, rule, event_day, of.calendar).last_day


def test_a_range_behind_closed_days_has_the_notices_of_these_days() -> None:
    """The offices are closed from 29 Esfand 1404, a Friday, to 4 Farvardin 1405: all of these end on the fifth."""
    day = parse_day("1405-01-05")
    [span] = DueSearch(
        law(Unseen.SERVED, FromEvent.SERVICE, AtHoliday.ROLL_FORWARD), DayRange(first=day, last=day), day
    ).spans()
    assert (written_day(span.first), written_day(span.last)) == ("1404-12-18", "1404-12-23")
    assert span.event is DayOf.ARRIVAL


def test_a_rule_of_another_time_finds_nothing() -> None:
    of = law(Unseen.SERVED, FromEvent.SERVICE, AtHoliday.ROLL_FORWARD)
    over = replace(of, rules=replace(of.rules, periods=[replace(OBJECTION, ends=FIRST)]))
    within = DayRange(first=FIRST + timedelta(days=60), last=FIRST + timedelta(days=70))
    assert list(DueSearch(over, within, within.last).spans()) == []


def test_a_range_is_bounded() -> None:
    for last in (FIRST - timedelta(days=1), FIRST + timedelta(days=LONGEST_RANGE)):
        with pytest.raises(ValueError, match="at most 92 days"):
            DayRange(first=FIRST, last=last)


def test_days_that_the_calendar_does_not_have_are_an_error() -> None:
    within = DayRange(first=LAW.calendar.last - timedelta(days=3), last=LAW.calendar.last + timedelta(days=3))
    search = DueSearch(LAW, within, within.first)
    arrived = within.last - timedelta(days=11)
    with pytest.raises(GatewayError) as caught:
        list(search.due(BODY, KIND, ServiceDays(arrived=arrived, viewed=None, stated=None)))
    assert caught.value.code == "legal.range"
