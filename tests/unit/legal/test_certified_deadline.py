"""The last day on a certificate: from confirmed rules and a confirmed calendar alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest

from adapters.composition.legal.certified_deadline import confirmed_deadline, with_steps
from gateway.certificate.service_certificate import Deadline
from gateway.legal.law import Law
from gateway.legal.legal_period import Period, Unit
from gateway.legal.office_calendar import OfficeCalendar
from gateway.legal.rules import STARTS, FromEvent, RuleSet, Starts, Unfixed
from gateway.notice.delivery_state import DeliveryState
from gateway.notice.written_date import parse_day
from gateway.runtime.clock import TEHRAN
from gateway.store.stored import Admission
from tests.conformance.builders import admission, entry


def certified(law: Law, notice: Admission) -> Deadline | None:
    return confirmed_deadline(law, notice, notice.entry.service)


def arrived(day: str, body: str = "article-77", kind: str = "ruling") -> Admission:
    """Return a notice that arrived at noon of a Jalali day."""
    at = datetime.combine(parse_day(day), time(12), TEHRAN)
    return admission(replace(entry(), state=DeliveryState.DELIVERED, delivered_at=at), body=body, kind=kind)


@pytest.fixture
def law(rules: RuleSet, calendar: OfficeCalendar) -> Law:
    return Law(rules=rules, calendar=calendar, province=None)


def test_a_confirmed_rule_gives_the_last_day_with_its_steps_and_versions(law: Law) -> None:
    # Three months of 30 days from Saturday 1404-02-06: 91 days later it is 1404-05-04, a Saturday.
    found = certified(law, arrived("1404-02-06"))

    assert found is None  # whether offices work on Saturday is not confirmed

    found = certified(law, arrived("1404-02-07"))
    assert found is not None
    assert parse_day(found.last_day) - parse_day("1404-02-07") == timedelta(days=91)
    assert found.last_day == "1404-05-05"
    assert found.rule.startswith("article-77/ruling/")
    assert law.rules.version.startswith(found.rule.split()[-1])
    assert law.calendar.version.startswith(found.calendar)
    assert "1404/05/05" in found.steps[-2].en
    assert "province" in found.steps[-1].en


@pytest.mark.parametrize(
    ("day", "body", "kind"),
    [
        ("1404-02-07", "article-100", "ruling"),  # counsel must confirm its ten days
        ("1404-02-07", "article-77", "unheard-of"),
        ("1404-02-07", "a-body-without-rules", "ruling"),
    ],
)
def test_without_a_confirmed_rule_there_is_none(law: Law, day: str, body: str, kind: str) -> None:
    assert certified(law, arrived(day, body, kind)) is None


def test_a_certain_period_hides_no_earlier_one_that_is_not_confirmed(law: Law) -> None:
    notice, found = arrived("1404-02-07"), law.rules.periods
    known = certified(law, notice)
    assert known is not None
    certain = next(each for each in found if each.id == known.rule.split()[0])
    of_ten_days = next(each for each in found if each.id.startswith("article-100/ruling/objection"))
    earlier = replace(of_ten_days, body="article-77")
    assert not earlier.origin.is_confirmed
    both = replace(law, rules=replace(law.rules, periods=(certain, earlier)))
    assert certified(both, notice) is None
    for unfixed in (Unfixed.UNKNOWN, Unfixed.STATED):
        of_unknown_end = replace(earlier, period=unfixed, origin=certain.origin)
        unknown = replace(law, rules=replace(law.rules, periods=(certain, of_unknown_end)))
        assert certified(unknown, notice) is None
    one = replace(law, rules=replace(law.rules, periods=(certain,)))
    assert certified(one, notice) is not None


def test_the_other_periods_that_began_are_told_of(law: Law) -> None:
    notice, found = arrived("1404-02-07"), law.rules.periods
    alone = certified(law, notice)
    assert alone is not None
    assert (alone.starts, alone.others) == (Starts.COURT_COMPLAINT, ()), "there is no objection"
    certain = next(each for each in found if each.id == alone.rule.split()[0])
    longer = replace(certain, starts=Starts.COMPLIANCE, period=Period(count=6, unit=Unit.MONTHS))
    viewing = replace(longer, starts=Starts.REPLY, event=FromEvent.VIEWING)
    several = certified(replace(law, rules=replace(law.rules, periods=(longer, certain, viewing))), notice)
    assert several is not None
    assert (several.last_day, several.starts) == (alone.last_day, Starts.COURT_COMPLAINT)
    assert several.others == tuple(STARTS[each] for each in (Starts.COMPLIANCE, Starts.REPLY))
    assert with_steps(replace(several, steps=(), others=()), several) == several


def test_a_period_that_begins_with_a_viewing_to_come_may_end_first(law: Law) -> None:
    notice = arrived("1404-02-07")
    alone = certified(law, notice)
    assert alone is not None
    certain = next(each for each in law.rules.periods if each.id == alone.rule.split()[0])
    shorter = replace(certain, starts=Starts.REPLY, event=FromEvent.VIEWING, period=Period(count=5, unit=Unit.DAYS))
    both = replace(law, rules=replace(law.rules, periods=(certain, shorter)))
    assert certified(both, notice) is None, "the recipient may have looked already"
    at = notice.entry.delivered_at
    assert at is not None
    viewed = replace(notice, entry=replace(notice.entry, state=DeliveryState.VIEWED, viewed_at=at + timedelta(days=1)))
    known = certified(both, viewed)
    assert known is not None
    assert (known.starts, known.last_day < alone.last_day) == (Starts.REPLY, True)


def test_a_notice_that_is_not_served_has_none(law: Law) -> None:
    assert certified(law, admission(entry(), body="article-77", kind="ruling")) is None


def test_a_last_day_beyond_the_calendar_is_none(law: Law) -> None:
    """The calendar ends with 1408; the three months of article 77 end in 1409."""
    assert certified(law, arrived("1408-12-20")) is None


def test_while_the_arrival_is_not_known_no_last_day_is_certain(law: Law) -> None:
    """A viewing, or a statement of service by law, proves service by its day at the latest."""
    known = arrived("1404-02-07")
    at = known.entry.delivered_at
    for fact in ("viewed_at", "legal_service_at"):
        entry = replace(known.entry, delivered_at=None, **{fact: at})
        assert entry.service is not None
        assert entry.service.date == "1404-02-07"
        assert certified(law, replace(known, entry=entry)) is None
        assert certified(law, replace(known, entry=replace(entry, delivered_at=at))) is not None


def test_the_steps_are_printed_while_they_lead_to_the_recorded_day(law: Law) -> None:
    derived = certified(law, arrived("1404-02-07"))
    assert derived is not None
    recorded = replace(derived, steps=())

    assert with_steps(recorded, derived) == derived
    assert with_steps(replace(recorded, calendar="sha256:of-last-year"), derived).steps == ()
    assert with_steps(recorded, None) == recorded
    assert with_steps(None, derived) is None
