"""A district is found in any spelling by deadlines, notices at risk and figures, on every database."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from adapters.storage.search import figure_store
from adapters.storage.sql_store import SqlStore
from gateway.notice.delivery_state import DeliveryState
from gateway.overview.dates_in_words import civil_day
from gateway.overview.deadlines.at_risk import at_risk
from gateway.overview.deadlines.cockpit import days_from
from gateway.overview.deadlines.due_deadlines import DueQuery, due_deadlines
from gateway.overview.service_figures import By, Figure, FigureQuery, figures
from gateway.reconciliation.limits import Limit, Limits
from gateway.store.stored import Admission
from tests.conformance.test_deadlines import LAW

from .builders import admission, at, entry, intake

NOW = at(days=20)
TODAY = civil_day(NOW)
LIMITS = Limits(periods=dict.fromkeys(Limit, timedelta(days=10)), warn_at=0.5)
STORED = ("منطقه ۵", "منطقه 5", "منطقه\u200c ۵", "منطقة ٥", "منطقه ۶")
"""Four spellings of one district, and another district."""
ALIKE = frozenset(STORED[:4])
TYPED = ("منطقه ۵", "منطقه 5", " منطقه  ٥", "منطقه\u200c ۵", "منطقة 5")


def _three(number: int, district: str) -> list[Admission]:
    """Return a served notice, one that is to be served, and one without a receipt."""
    served = entry(number, state=DeliveryState.DELIVERED, due_at=None, delivered_at=at(days=9))
    to_be_served = entry(number + 1, serve_by=TODAY, admitted_at=at(days=19))
    without_receipt = entry(number + 2, state=DeliveryState.SUBMITTED, due_at=None)
    return [admission(each, district=district) for each in (served, to_be_served, without_receipt)]


@pytest.fixture
def of_districts(store: SqlStore) -> SqlStore:
    made = [each for n, district in enumerate(STORED) for each in _three(3 * n + 1, district)]
    store.commit(replace(intake(*(each.entry for each in made)), admissions=made))
    return store


@pytest.mark.parametrize("typed", TYPED)
def test_deadlines_and_notices_at_risk(typed: str, of_districts: SqlStore) -> None:
    query = DueQuery(visible_bodies=None, within=days_from(TODAY, 30), today=TODAY, district=typed)
    due = due_deadlines(of_districts.deadlines, LAW, query)
    assert {each.district for each in due.notices} == {row.district for row in due.rows} == ALIKE
    risk = at_risk(of_districts.deadlines, query, NOW, LIMITS, 100)
    assert {district: count for (_, district), count in risk.rows.items()} == dict.fromkeys(ALIKE, 2)
    assert {each.notice.district for each in risk.notices} == ALIKE
    assert len(risk.notices) == 2 * len(ALIKE)


@pytest.mark.parametrize("named", [1000, 0], ids=["few-combinations", "many-combinations"])
@pytest.mark.parametrize("typed", TYPED)
def test_figures(typed: str, named: int, of_districts: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figure_store, "_MOST_NAMED", named)
    query = _asked(typed)
    found = figures(of_districts.figures, query)
    assert {row.key: row.counts[Figure.ADMITTED] for row in found.rows} == dict.fromkeys(ALIKE, 3)
    assert found.total.counts[Figure.ARRIVED] == len(ALIKE)
    of_districts.figures.viewed(query, 10)


@pytest.mark.parametrize("typed", ["منطقه", "منطقه ۵۵", "منطقه ۷", "%", ""])
def test_another_district_is_not_found(typed: str, of_districts: SqlStore) -> None:
    query = DueQuery(visible_bodies=None, within=days_from(TODAY, 30), today=TODAY, district=typed)
    assert not due_deadlines(of_districts.deadlines, LAW, query).total
    assert not at_risk(of_districts.deadlines, query, NOW, LIMITS, 100).total
    assert not figures(of_districts.figures, _asked(typed)).rows


def _asked(district: str) -> FigureQuery:
    first, last = date.fromordinal(TODAY.toordinal() - 60), TODAY
    return FigureQuery(visible_bodies=None, first=first, last=last, by=By.DISTRICT, district=district)
