"""The deadline in a result: the certificate's last day, and nothing in its place without a confirmed rule."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from adapters.composition.legal.row_deadlines import row_deadlines
from gateway.legal.law import Law
from gateway.legal.office_calendar import OfficeCalendar
from gateway.legal.rules import RuleSet
from gateway.notice.source_row import RowDeadline
from gateway.runtime.errors import GatewayError
from tests.conformance.builders import entry
from tests.unit.legal.test_certified_deadline import arrived


@pytest.fixture
def law(rules: RuleSet, calendar: OfficeCalendar) -> Law:
    return Law(rules=rules, calendar=calendar, province=None)


def deadline_of(law: Law, day: str, body: str) -> RowDeadline:
    """Return the deadline of a notice of ``body`` that arrived on a Jalali day."""
    served = arrived(day, body).entry
    notices = SimpleNamespace(
        bodies=lambda _refs: {served.reference: body}, kinds=lambda _refs: {served.reference: "ruling"}
    )
    installation: Any = SimpleNamespace(
        store=lambda: SimpleNamespace(notices=notices), laws=lambda: SimpleNamespace(at=lambda _arrival: law)
    )
    queued = replace(entry(), reference="EB-QUEUED")
    found = row_deadlines(installation)([served, queued])
    assert set(found) == {served.reference}, "before service there is none"
    return found[served.reference]


def test_a_confirmed_rule_gives_the_certificates_last_day(law: Law) -> None:
    found = deadline_of(law, "1404-02-07", "article-77")
    assert found.last_day == "1404-05-05"
    assert found.rule is not None
    assert found.rule.startswith("article-77/ruling/")
    assert law.calendar.version.startswith(found.calendar or "-")


def test_a_rule_that_counsel_must_confirm_gives_none(law: Law) -> None:
    assert deadline_of(law, "1404-02-07", "article-100") == RowDeadline()


def test_a_day_beyond_the_calendar_keeps_no_result_back(law: Law, monkeypatch: pytest.MonkeyPatch) -> None:
    def beyond(*_: object) -> None:
        raise GatewayError("legal.range")

    monkeypatch.setattr("adapters.composition.legal.row_deadlines.last_day_by_law", beyond)
    assert deadline_of(law, "1404-02-07", "article-77") == RowDeadline()
