"""A change moves exactly the deadlines that it should, and says why."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from adapters.settings.legal_folder import legal_files
from adapters.shipped.resources import CALENDAR, RULES
from gateway.legal.calendar_reader import calendar_of
from gateway.legal.law import Law
from gateway.legal.legal_period import Period
from gateway.legal.moved_deadline import (
    MovedDeadline,
    NowClosed,
    NowOpen,
    OtherRule,
    ServedNotice,
    Unread,
    moved_deadlines,
)
from gateway.legal.office_calendar import Holiday
from gateway.legal.origin import Mark, Origin
from gateway.legal.rules import AtHoliday, FromEvent, Starts, Unfixed
from gateway.legal.rules_reader import rules_of
from gateway.notice.written_date import parse_day, written_day
from gateway.overview.legal.moved_deadline_words import reason_in_words
from gateway.runtime.bilingual import Words

LAW = Law(rules=rules_of(legal_files(RULES)), calendar=calendar_of(legal_files(CALENDAR)), province=None)
FIRST = parse_day("1404-02-01")
SMOG = Words(en="smog", fa="آلودگی هوا")


def closed_on(day: date, law: Law = LAW) -> Law:
    """Return the law with one more closure of a day."""
    closure = Holiday(day=day, title=SMOG, origin=Origin(source=SMOG, mark=Mark.CONFIRMED))
    holidays = {**law.calendar.holidays, day: (*law.calendar.holidays.get(day, ()), closure)}
    return replace(law, calendar=replace(law.calendar, holidays=holidays))


def served(day: date, kind: str = "ruling", body: str = "article-100") -> ServedNotice:
    return ServedNotice(reference="EB-A", body=body, kind=kind, served_on=day, then_served_on=day, viewed_at=None)


def moved(day: str, after: Law, before: Law = LAW, body: str = "article-100") -> list[MovedDeadline]:
    return list(moved_deadlines(served(parse_day(day), body=body), before, after))


@given(st.integers(0, 700))
def test_a_closure_moves_exactly_the_deadlines_that_ended_on_it(later: int) -> None:
    day = FIRST + timedelta(days=later)
    after = closed_on(day)
    for start in (day - timedelta(days=number) for number in range(25)):
        [ends] = (derived for derived in _last_days(start, LAW))
        found = list(moved_deadlines(served(start), LAW, after))
        assert [each.before for each in found] == ([ends] if ends == day else [])
        back = list(moved_deadlines(served(start), after, LAW))
        assert [(each.after, each.before) for each in back] == [(each.before, each.after) for each in found]
        for each in found:
            assert each.after is not None
            assert each.after > day
            assert isinstance(each.reasons[0], NowClosed)
            assert each.reasons[0].step.day == day


def _last_days(start: date, law: Law) -> list[date | None]:
    """Return the last day of the objection, found by comparing with a law that has no rule."""
    nothing = replace(law, rules=replace(law.rules, periods=()))
    return [each.before for each in moved_deadlines(served(start), law, nothing)]


def test_old_and_new_day_are_told_with_the_reason() -> None:
    after = closed_on(parse_day("1404-11-25"))
    [found] = moved("1404-11-14", after)
    assert (found.before and written_day(found.before), found.after and written_day(found.after)) == (
        "1404-11-25",
        "1404-11-26",
    )
    assert reason_in_words(found.reasons[0]) == Words(
        en="Offices are now closed on Saturday 14 February 2026 (1404/11/25) (smog).",
        fa="ادارات در روز شنبه ۱۴۰۴/۱۱/۲۵ اکنون تعطیل است (آلودگی هوا).",
    )
    [back] = moved("1404-11-14", LAW, after)
    assert isinstance(back.reasons[0], NowOpen)
    assert "no longer moves over it" in reason_in_words(back.reasons[0]).en


def test_another_rule_is_a_reason_of_its_own() -> None:
    def with_rules(**changes: object) -> Law:
        periods = [replace(each, **changes) for each in LAW.rules.periods]  # type: ignore[arg-type]
        return replace(LAW, rules=replace(LAW.rules, periods=periods))

    [longer] = moved("1404-11-14", with_rules(period=Period(count=20)))
    assert reason_in_words(longer.reasons[0]).en == (
        "The rule is another one: 20 days, by Municipality Act, article 100, note 10 (to be confirmed by counsel); "
        "before: 10 days, by Municipality Act, article 100, note 10 (to be confirmed by counsel)."
    )
    [unknown] = moved("1404-11-14", with_rules(period=Unfixed.UNKNOWN))
    assert (unknown.after, type(unknown.reasons[0])) == (None, OtherRule)
    [kept] = moved("1404-11-11", with_rules(at_holiday=AtHoliday.KEEP))
    assert kept.after is not None
    assert (written_day(kept.after), type(kept.reasons[0])) == ("1404-11-22", OtherRule)
    [unviewed] = moved("1404-11-14", with_rules(event=FromEvent.VIEWING))
    assert unviewed.after is None
    nothing = replace(LAW, rules=replace(LAW.rules, periods=()))
    gone = moved("1404-11-14", nothing, body="article-77")
    assert [each.starts for each in gone] == [Starts.COURT_COMPLAINT]
    assert "بدون قاعده" in reason_in_words(gone[0].reasons[0]).fa


def test_a_day_behind_the_calendar_is_told() -> None:
    short = replace(LAW, calendar=replace(LAW.calendar, last=parse_day("1404-11-20")))
    [found] = moved("1404-11-14", short)
    assert (found.after, type(found.reasons[0])) == (None, Unread)
    assert reason_in_words(found.reasons[0]).en == "The office calendar does not cover that day."


def test_another_rule_of_service_moves_the_day_of_service() -> None:
    notice, later = served(parse_day("1404-11-14")), parse_day("1404-11-24")
    [found] = moved_deadlines(replace(notice, then_served_on=later), LAW, LAW)
    assert found.before is not None
    assert (written_day(found.before), found.after) == ("1404-11-25", _last_days(later, LAW)[0])
    assert [reason_in_words(each).en for each in found.reasons] == [
        "The day of service is another one: 1404-11-24; before: 1404-11-14."
    ]
    [gone] = moved_deadlines(replace(notice, then_served_on=None), LAW, LAW)
    assert gone.after is None
    [first] = moved_deadlines(replace(notice, served_on=None), LAW, LAW)
    assert (first.before, first.after) == (None, found.before)
    assert "بدون روز" in reason_in_words(first.reasons[0]).fa
