"""The list of moved deadlines of all served notices, also beside a notice without a rule of its day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from gateway.legal.law import Law
from gateway.legal.office_calendar import OfficeCalendar
from gateway.legal.rules import RuleSet
from gateway.notice.delivery_state import DeliveryState
from gateway.notice.written_date import parse_day
from gateway.overview.legal.moved_deadline_words import NOT_COMPARED, moved_effects
from gateway.record.version_subject import Subject
from gateway.store.ports.notice_store import NoticeStore
from gateway.store.stored import Admission, Changes, MappingChange
from gateway.versions.laws import Laws
from gateway.versions.moved_report import Comparison, compared
from tests.conformance.builders import NOW, admission, entry, reference

from .test_moved_deadlines import closed_on
from .test_moved_records import DECISION

BEFORE_EVERY_RULE = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Notices:
    """The notices of a store that have arrived, on one page."""

    arrived: Sequence[Admission]

    def find(self, *, state: DeliveryState | None, limit: int, after: str | None) -> list[Admission]:
        return [each for each in self.arrived if each.entry.state is state and after is None]


@dataclass(frozen=True)
class OneLaw:
    """One law for all notices."""

    law: Law
    now: datetime = NOW + timedelta(days=1)

    @property
    def province(self) -> str | None:
        return self.law.province

    def at(self, arrival: datetime | None) -> Law:
        return self.law


def delivered(number: int, at: datetime) -> Admission:
    return admission(entry(number, state=DeliveryState.DELIVERED, delivered_at=at), kind="ruling")


def report(law: Law, *notices: Admission, **other: Any) -> Comparison:
    return compared(cast("NoticeStore", Notices(notices)), cast("Laws", OneLaw(law)), **other)


def test_a_notice_before_every_rule_takes_the_list_from_no_other(rules: RuleSet, calendar: OfficeCalendar) -> None:
    law = Law(rules=rules, calendar=calendar, province=None)
    other = closed_on(parse_day("1404-11-25"), law).calendar
    notice, old = delivered(1, NOW), delivered(2, BEFORE_EVERY_RULE)
    alone = report(law, notice, calendar=other)
    assert [each.notice.reference for each in alone.moved] == [reference(1)]
    assert report(law, old, notice, calendar=other) == alone


def test_rules_of_an_earlier_beginning_give_such_a_notice_a_day_of_service(
    rules: RuleSet, calendar: OfficeCalendar
) -> None:
    law = Law(rules=rules, calendar=calendar, province=None)
    earlier = replace(rules, services=tuple(replace(each, begins=BEFORE_EVERY_RULE.date()) for each in rules.services))
    assert report(law, delivered(2, BEFORE_EVERY_RULE), rules=earlier).notices == 1


def test_a_decision_about_a_calendar_that_could_not_be_compared_says_so() -> None:
    decided = Changes(mappings=MappingChange(activations=[DECISION]))
    assert list(moved_effects(decided)) == [NOT_COMPARED]
    of_rules = replace(DECISION, subject=Subject.RULES)
    assert list(moved_effects(Changes(mappings=MappingChange(activations=[of_rules])))) == []
