"""Deadlines and notices at risk agree with a count notice by notice, on every database."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from adapters.settings.legal_folder import legal_files
from adapters.shipped.resources import CALENDAR, RULES
from adapters.storage.engine.engine import Database
from adapters.storage.schema.search_tables import search_notice
from adapters.storage.sql_store import SqlStore
from gateway.legal.calendar_reader import calendar_of
from gateway.legal.due_deadline import DayRange
from gateway.legal.last_day import derive
from gateway.legal.law import Law
from gateway.legal.rules_reader import rules_of
from gateway.notice.delivery_state import DeliveryEvent, DeliveryState
from gateway.notice.outbox import OutboxEntry, advance
from gateway.notice.written_date import parse_day, written_day
from gateway.overview.dates_in_words import civil_day
from gateway.overview.deadlines.at_risk import Risk, at_risk
from gateway.overview.deadlines.cockpit import days_from
from gateway.overview.deadlines.deadline_alerts import AlertRule, known_near_days, look_ahead, near_days
from gateway.overview.deadlines.due_deadlines import DueQuery, due_deadlines
from gateway.overview.notices.deadline import deadline_of
from gateway.reconciliation.limits import Limit, Limits
from gateway.store.stored import Admission, Changes
from tests.databases import DATABASES
from tests.storage.test_plans import statements
from tests.storage.test_search_plans import _plan

from .builders import admission, at, entry, evidence, intake, reference

LAW = Law(rules=rules_of(legal_files(RULES)), calendar=calendar_of(legal_files(CALENDAR)), province=None)
NUMBER = 600
KINDS = {
    "article-100": ("ruling", "defence-invitation", "execution-order"),
    "article-55-20": ("first-warning", "second-warning", "execution-order"),
}
NOW = at(days=20)
TODAY = civil_day(NOW)
WEEK = DayRange(first=TODAY, last=TODAY + timedelta(days=6))
EVERYTHING = DueQuery(visible_bodies=None, within=WEEK, today=TODAY)
QUERIES = {
    "all": EVERYTHING,
    "body": replace(EVERYTHING, body="article-100"),
    "district": replace(EVERYTHING, district="منطقه 2"),
    "visible": replace(EVERYTHING, visible_bodies=frozenset({"article-55-20"})),
    "none": replace(EVERYTHING, visible_bodies=frozenset()),
    "not visible": replace(EVERYTHING, visible_bodies=frozenset({"article-55-20"}), body="article-100"),
}
LIMITS = Limits(
    periods=dict.fromkeys(Limit, timedelta(days=10)),
    warn_at=0.5,
    kinds={"defence-invitation": {Limit.DELIVER: timedelta(days=30)}},
)


def _made(n: int) -> Admission:
    """Return a notice: most are served within the last three weeks; some are on their way."""
    times: dict[str, datetime | None] = {"delivered_at": at(hours=n * 20 % 480)}
    state, serve_by = DeliveryState.DELIVERED, None
    if n % 3 == 0:
        state, times["viewed_at"] = DeliveryState.VIEWED, at(hours=n * 20 % 480 + n % 50)
    if n % 7 == 0:
        state, times = DeliveryState.SUBMITTED, {}
        serve_by = TODAY + timedelta(days=n % 20 - 5) if n % 2 else None
    made = entry(n, admitted_at=at(hours=n % 400), state=state, serve_by=serve_by, due_at=None, **times)
    return admission(
        made,
        body=list(KINDS)[n % 2],
        kind=list(KINDS.values())[n % 2][n % 5 % 3],
        district=f"منطقه {n % 4}",
    )


MADE = [_made(n) for n in range(NUMBER)]


@pytest.fixture(scope="module", params=list(DATABASES))
def filled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, SqlStore]]:
    with DATABASES[request.param](tmp_path_factory.mktemp("deadlines")) as url:
        store = SqlStore.open(url)
        store.commit(replace(intake(*(each.entry for each in MADE)), admissions=MADE))
        if request.param == "postgresql":
            with closing(Database(url)) as database, closing(database.session()) as session:
                session.exec_driver_sql("VACUUM ANALYZE")
        yield url, store
        store.close()


def is_asked(each: Admission, query: DueQuery) -> bool:
    return (query.bodies is None or each.body in query.bodies) and query.district in (None, each.district)


def by_hand(query: DueQuery) -> list[tuple[str, date]]:
    """Derive the last days of every notice, one by one."""
    found = []
    for each in MADE:
        arrived = each.entry.service_time
        if arrived is None or civil_day(arrived) > query.today or not is_asked(each, query):
            continue
        for rule in LAW.rules.periods:
            if (rule.body, rule.kind) == (each.body, each.kind):
                day = derive(LAW.rules, rule, civil_day(arrived), LAW.calendar).last_day
                if day is not None and day in query.within:
                    found.append((each.entry.reference, day))
    return sorted(found)


@pytest.mark.parametrize("name", QUERIES)
@pytest.mark.exhaustive(draw=["filled"])
def test_deadlines_are_those_of_a_derivation_of_each_notice(name: str, filled: tuple[str, SqlStore]) -> None:
    query, (_, store) = QUERIES[name], filled
    expected = by_hand(query)
    report = due_deadlines(store.deadlines, LAW, query)
    assert sorted((each.reference, each.last_day) for each in report.notices) == expected
    assert report.days == Counter(day for _, day in expected)
    places = {each.entry.reference: (each.body, each.district) for each in MADE}
    assert {(row.body, row.district): row.all for row in report.rows} == Counter(places[r] for r, _ in expected)
    assert report.today == sum(day == TODAY for _, day in expected)
    assert bool(expected) == (name in ("all", "body", "district", "visible"))
    assert not report.more
    days = [each.last_day for each in report.notices]
    assert days == sorted(days)
    # Counsel has confirmed none of these rules yet.
    assert all(each.doubt is not None for each in report.notices)


RULES_OF_ALERTS = [AlertRule(days=0, kinds=frozenset({"second-warning"})), AlertRule(days=5)]


def near_by_hand(today: date) -> Counter[tuple[str, date]]:
    """Count what ends within five days, but for second warnings."""
    query = replace(EVERYTHING, within=days_from(today, 5), today=today)
    of = {each.entry.reference: each for each in MADE}
    found = [(of[reference], day) for reference, day in by_hand(query) if of[reference].kind != "second-warning"]
    return Counter((each.body, day) for each, day in found)


@pytest.mark.exhaustive(draw=["filled"])
def test_alarms_ahead_begin_once_for_each_body_and_day_and_end_with_the_day(filled: tuple[str, SqlStore]) -> None:
    _, store = filled
    told: list[str] = []
    for days in range(4):
        now, today = NOW + timedelta(days=days), TODAY + timedelta(days=days)
        expected = near_by_hand(today)
        report = look_ahead(store, store.deadlines, LAW, RULES_OF_ALERTS, now)
        known = known_near_days(store.rows, now)
        assert Counter({(each.body, each.last_day): each.count for each in known.days}) == expected
        told += [error.where for error in report.alarms]
        assert not look_ahead(store, store.deadlines, LAW, RULES_OF_ALERTS, now).alarms
        over = {error.where for error in report.over}
        assert over == {place for place in told if place.endswith(written_day(today - timedelta(days=1)))}
        assert set(told) - over >= {name.partition(":")[2] for name in known.alarms()}
    assert len(told) == len(set(told)) > 4
    assert known_near_days(store.rows, NOW + timedelta(days=9)).alarms() == {}


def test_without_rules_there_is_no_alarm_ahead(filled: tuple[str, SqlStore]) -> None:
    assert near_days(filled[1].deadlines, LAW, [], TODAY) == []


def test_a_screen_has_the_first_of_them_and_says_that_there_are_more(filled: tuple[str, SqlStore]) -> None:
    whole, few = (due_deadlines(filled[1].deadlines, LAW, EVERYTHING, limit) for limit in (NUMBER, 5))
    assert few.notices == whole.notices[:5]
    assert (few.total, few.more) == (whole.total, True)


@pytest.mark.parametrize("name", QUERIES)
def test_notices_at_risk_are_those_of_a_look_at_each(name: str, filled: tuple[str, SqlStore]) -> None:
    query = QUERIES[name]
    expected: dict[str, set[Risk]] = {}
    for each in MADE:
        present = each.entry
        if present.state is not DeliveryState.SUBMITTED or not is_asked(each, query):
            continue
        risks = expected.setdefault(present.reference, set())
        if present.serve_by is not None and present.serve_by <= WEEK.last:
            risks.add(Risk.SERVE_BY_PASSED if present.serve_by < TODAY else Risk.SERVE_BY_NEAR)
        usual = timedelta(days=15 if each.kind == "defence-invitation" else 5)
        if present.admitted_at < NOW - usual:
            risks.add(Risk.RECEIPT_MISSING)
    report = at_risk(filled[1].deadlines, query, NOW, LIMITS, NUMBER)
    assert {each.notice.reference: set(each.risks) for each in report.notices} == {
        r: v for r, v in expected.items() if v
    }
    assert report.total == len(report.notices)
    assert not report.incomplete
    few = at_risk(filled[1].deadlines, query, NOW, LIMITS, 3)
    assert (list(few.notices), few.total) == (list(report.notices[:3]), report.total)


def test_an_index_answers(filled: tuple[str, SqlStore]) -> None:
    """No notice outside the range is read, however many there are."""
    url, store = filled
    with statements() as executed:
        due_deadlines(store.deadlines, LAW, EVERYTHING)
        at_risk(store.deadlines, EVERYTHING, NOW, LIMITS, 10)
    asked = [(query, parameters) for query, parameters in executed if "search_notice" in query]
    assert asked
    for query, parameters in asked:
        plan = _plan(url, query, parameters)
        assert not [line for line in plan if re.search(r"SCAN search_notice\b", line)], (query, plan)
        assert not any("Seq Scan on search_notice" in line for line in plan), (query, plan)
        if "GROUP BY" in query and url.startswith("sqlite"):
            assert any("COVERING INDEX ix_search_notice" in line for line in plan), (query, plan)


def test_receipts_move_a_notice_to_the_day_of_its_service(store: SqlStore) -> None:
    present = entry(1, state=DeliveryState.SUBMITTED, due_at=None)
    store.commit(intake(present))
    assert due_days(store) == []

    # Service by law does not move a notice to another state, nor does an arrival that is told after the viewing.
    present = step(store, present, DeliveryEvent.CONTENT_HANDOVER, 2, viewed_at=at(days=9))
    assert due_days(store) == [last_day_after(at(days=9))]
    assert perhaps_earlier(store)
    present = step(store, present, DeliveryEvent.LEGAL_SERVICE, 3, legal_service_at=at(days=8))
    assert due_days(store) == [last_day_after(at(days=8))]
    assert perhaps_earlier(store)
    step(store, present, DeliveryEvent.CONTENT_CONSIGNMENT, 4, delivered_at=at(days=7))
    assert due_days(store) == [last_day_after(at(days=7))]
    assert not perhaps_earlier(store)


def test_a_last_day_is_confirmed_only_if_the_arrival_is_known(store: SqlStore) -> None:
    """The page of the notice says so of the same last day, with the same words."""
    [confirmed] = [each for each in LAW.rules.periods_of("article-77", "ruling", TODAY) if each.is_counted]
    assert confirmed.origin.is_confirmed
    day = at(days=13)
    times = {1: {"delivered_at": day}, 2: {"viewed_at": day}, 3: {"legal_service_at": day}}
    made = [
        admission(entry(n, state=DeliveryState.VIEWED, due_at=None, **of), body="article-77", kind="ruling")
        for n, of in times.items()
    ]
    store.commit(replace(intake(*(each.entry for each in made)), admissions=made))
    last = derive(LAW.rules, confirmed, civil_day(day), LAW.calendar).last_day
    assert last is not None
    query = replace(EVERYTHING, within=DayRange(first=last, last=last))
    report = due_deadlines(store.deadlines, LAW, query)
    pages = {each.entry.reference: deadline_of(each.entry, each.body, each.kind, LAW, TODAY).periods for each in made}
    doubts = {reference: periods[-1].doubt for reference, periods in pages.items()}
    assert [each is None for each in doubts.values()] == [True, False, False]
    assert {each.reference: each.doubt for each in report.notices} == doubts
    assert {each.reference: each.arrival_known for each in report.notices} == {
        reference: doubt is None for reference, doubt in doubts.items()
    }


def step(store: SqlStore, present: OutboxEntry, event: DeliveryEvent, n: int, **times: Any) -> OutboxEntry:
    moved = advance(present, event, now=at(days=20), evidence_id=f"e{n}", **times)
    assert not store.commit(Changes(steps=[moved], evidence=[evidence(f"e{n}", notice=reference(1))]))
    return moved.after


AROUND_TODAY = replace(EVERYTHING, within=DayRange(first=TODAY - timedelta(days=15), last=TODAY + timedelta(days=15)))


def due_days(store: SqlStore) -> list[date]:
    return [each.last_day for each in due_deadlines(store.deadlines, LAW, AROUND_TODAY).notices]


def perhaps_earlier(store: SqlStore) -> bool:
    """Return True if the only last day is said to be the latest that is possible."""
    [due] = due_deadlines(store.deadlines, LAW, AROUND_TODAY).notices
    assert due.doubt is not None
    return "no receipt of arrival is known" in due.doubt.en


def last_day_after(moment: datetime) -> date:
    [rule] = LAW.rules.periods_of("article-100", "ruling", parse_day("1404-11-20"))
    found = derive(LAW.rules, rule, civil_day(moment), LAW.calendar).last_day
    assert found is not None
    return found


def test_the_filling_of_the_search_knows_the_days(place: Any, store: SqlStore) -> None:
    """Rows that an earlier version made get their days from the queue."""
    store.commit(intake(*(each.entry for each in MADE[:40])))
    with closing(Database(place.where)) as database:
        before = _days(database)
        nothing: Mapping[str, Any] = dict.fromkeys(("arrived_on", "viewed_on", "stated_on"))
        database.write(lambda c: c.execute(update(search_notice).values(**nothing)))
        from importlib import import_module

        filling = import_module("adapters.storage.migrations.versions.0040_service_days").filling
        database.write(lambda c: c.exec_driver_sql(filling(c.dialect.name)))
        assert _days(database) == before
    assert sum(row[1] is not None for row in before) > 30


def _days(database: Database) -> list[Any]:
    of = search_notice.c
    query = search_notice.select().with_only_columns(of.reference, of.arrived_on, of.viewed_on, of.stated_on)
    return list(database.read(lambda c: c.execute(query.order_by(of.reference)).all()))
