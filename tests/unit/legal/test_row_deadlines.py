"""The deadline in a result: the certificate's last day, and nothing in its place without a confirmed rule."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from adapters.composition.legal.row_deadlines import row_deadlines
from gateway.legal.law import Law
from gateway.legal.office_calendar import OfficeCalendar
from gateway.legal.rules import RuleSet, Unseen
from gateway.notice.source_row import RowDeadline
from tests.conformance.builders import entry
from tests.unit.legal.test_certified_deadline import arrived


@pytest.fixture
def law(rules: RuleSet, calendar: OfficeCalendar) -> Law:
    return Law(rules=rules, calendar=calendar, province=None)


def deadline_of(law: Law, day: str, body: str) -> RowDeadline | None:
    """Return the deadline of a notice of ``body`` that arrived on a Jalali day."""
    served = arrived(day, body).entry
    assert served.delivered_at is not None
    now = served.delivered_at + timedelta(days=3)
    notices = SimpleNamespace(
        bodies=lambda _refs: {served.reference: body}, kinds=lambda _refs: {served.reference: "ruling"}
    )
    installation: Any = SimpleNamespace(
        store=lambda: SimpleNamespace(notices=notices),
        laws=lambda: SimpleNamespace(at=lambda _arrival: law),
        clock=lambda: now,
    )
    queued = replace(entry(), reference="EB-QUEUED")
    found = row_deadlines(installation)([served, queued])
    assert queued.reference not in found, "before service there is none"
    return found.get(served.reference)


def test_a_confirmed_rule_gives_the_certificates_last_day(law: Law) -> None:
    found = deadline_of(law, "1404-02-07", "article-77")
    assert found is not None
    assert found.last_day == "1404-05-05"
    assert found.rule is not None
    assert found.rule.startswith("article-77/ruling/")
    assert law.calendar.version.startswith(found.calendar or "-")


def test_a_rule_that_counsel_must_confirm_gives_none(law: Law) -> None:
    assert deadline_of(law, "1404-02-07", "article-100") == RowDeadline()


def test_a_day_beyond_the_calendar_keeps_no_result_back(law: Law) -> None:
    assert deadline_of(law, "1408-12-20", "article-77") == RowDeadline()


def test_a_notice_that_its_rule_does_not_serve_yet_has_none(law: Law) -> None:
    [by_law] = law.rules.services
    refusal = replace(by_law, unseen=Unseen.SERVED_AFTER, unseen_days=10)
    later = replace(law, rules=replace(law.rules, services=[refusal]))
    assert deadline_of(later, "1404-02-07", "article-77") is None


def test_an_arrival_before_every_rule_keeps_no_result_back(law: Law) -> None:
    assert deadline_of(law, "1402-12-20", "article-77") is None
