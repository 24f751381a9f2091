"""Figures of service agree with a count by hand, on every database, and know the visible bodies alone."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from datetime import date, datetime, timedelta
from statistics import median

import pytest
from sqlalchemy import bindparam, select

from adapters.bench.console_store import BODIES, END, KINDS, MadeStore, filled_store
from adapters.storage.engine.engine import Database
from adapters.storage.schema.tables import notice, outbox
from adapters.storage.search import figure_store
from adapters.storage.sql_store import SqlStore
from gateway.notice.delivery_state import DeliveryState
from gateway.overview.paper_price import PaperPrice
from gateway.overview.service_figures import STATES_OF, By, Figure, FigureQuery, figures
from gateway.runtime.clock import TEHRAN
from gateway.runtime.errors import GatewayError
from tests.databases import DATABASES

pytestmark = pytest.mark.long

NOTICES = 3000
Row = tuple[dict[str, str], str, datetime, datetime | None, datetime | None]


@pytest.fixture(scope="module", params=list(DATABASES))
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> MadeStore:  # type: ignore[misc]
    folder = tmp_path_factory.mktemp("figures")
    with DATABASES[request.param](folder) as url:
        yield filled_store(folder, url, NOTICES)  # type: ignore[misc]


@pytest.fixture(scope="module")
def rows(made: MadeStore) -> list[Row]:
    """Return every notice as the two tables of the queue have it."""
    with closing(Database(made.url)) as database:
        query = select(
            notice.c.body, notice.c.kind, notice.c.district,
            outbox.c.state, outbox.c.admitted_at, outbox.c.delivered_at, outbox.c.viewed_at,
        ).join_from(notice, outbox, outbox.c.reference == notice.c.reference)  # fmt: skip
        found = database.read(lambda c: c.execute(query).all())
        return [({"body": r[0], "kind": r[1], "district": r[2]}, r[3], r[4], r[5], r[6]) for r in found]


def by_hand(rows: list[Row], query: FigureQuery) -> dict[str, Counter[Figure]]:
    """Count notice by notice, by the civil day of their admission."""
    found: dict[str, Counter[Figure]] = {}
    for about, state, admitted_at, _, _ in rows:
        day = admitted_at.astimezone(TEHRAN).date()
        wanted = {"body": query.body, "kind": query.kind, "district": query.district}
        if not query.first <= day <= query.last or any(v not in (None, about[k]) for k, v in wanted.items()):
            continue
        if query.visible_bodies is not None and about["body"] not in query.visible_bodies:
            continue
        counts = found.setdefault(about[query.by], Counter())
        counts.update(figure for figure in Figure if state in STATES_OF[figure])
    return found


LAST = END.date() + timedelta(days=1)
YEAR = {"first": LAST - timedelta(days=365), "last": LAST}
SOME_DAY = END.date() - timedelta(days=88)
QUERIES = [
    *(FigureQuery(visible_bodies=None, **YEAR, by=by) for by in By),
    FigureQuery(visible_bodies=frozenset({"article-77"}), **YEAR, by=By.KIND),
    FigureQuery(visible_bodies=None, **YEAR, by=By.DISTRICT, body=BODIES[0], kind=KINDS[1]),
    FigureQuery(visible_bodies=None, first=SOME_DAY, last=SOME_DAY),
    FigureQuery(visible_bodies=frozenset(), **YEAR),
]


@pytest.mark.parametrize("query", QUERIES, ids=range(len(QUERIES)))
@pytest.mark.exhaustive(draw=["made"])
def test_figures_are_those_of_a_count_by_hand(made: MadeStore, rows: list[Row], query: FigureQuery) -> None:
    with closing(SqlStore.open(made.url)) as store:
        found = figures(store.figures, query)
    expected = by_hand(rows, query)
    assert {row.key: {k: v for k, v in row.counts.items() if v} for row in found.rows} == expected
    whole = sum(expected.values(), Counter[Figure]())
    assert {k: v for k, v in found.total.counts.items() if v} == whole
    assert [row.counts[Figure.ADMITTED] for row in found.rows] == sorted(
        (counts[Figure.ADMITTED] for counts in expected.values()), reverse=True
    )


@pytest.mark.exhaustive(draw=["made"])
def test_the_median_is_that_of_the_viewed_notices(made: MadeStore, rows: list[Row]) -> None:
    query = QUERIES[0]
    with closing(Database(made.url)) as database:
        # The made store has no such times: give some of the viewed notices theirs.
        references = database.read(
            lambda c: c.execute(
                select(outbox.c.reference, outbox.c.admitted_at, notice.c.body)
                .join_from(outbox, notice, notice.c.reference == outbox.c.reference)
                .where(outbox.c.state == DeliveryState.VIEWED)
            ).all()
        )
        waits: dict[str, list[float]] = {}
        for number, (reference, admitted_at, body) in enumerate(references):
            days, at = number % 17 + 0.5, admitted_at + timedelta(hours=1)
            statement = outbox.update().where(outbox.c.reference == reference)
            values = {"delivered_at": at, "viewed_at": at + timedelta(days=days)}
            database.write(lambda c, s=statement, v=values: c.execute(s.values(v)).rowcount)
            if query.first <= admitted_at.astimezone(TEHRAN).date() <= query.last:
                waits.setdefault(body, []).append(days)
    with closing(SqlStore.open(made.url)) as store:
        found = figures(store.figures, query)
    assert len(waits) > 2
    assert {row.key: row.days for row in found.rows if row.of_days} == {
        body: pytest.approx(median(days)) for body, days in waits.items()
    }
    assert not found.sampled


@pytest.mark.parametrize("named", [1000, 0], ids=["few-combinations", "many-combinations"])
@pytest.mark.exhaustive(draw=["made"])
def test_the_latest_viewed_notices_are_those_of_the_query(
    made: MadeStore, named: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a body, however many combinations of body, district and kind there are: never of other bodies' notices."""
    monkeypatch.setattr(figure_store, "_MOST_NAMED", named)
    with closing(Database(made.url)) as database:
        about = select(outbox.c.reference, outbox.c.admitted_at, notice.c.body, notice.c.kind).join_from(
            outbox, notice, notice.c.reference == outbox.c.reference
        )
        viewed = database.read(lambda c: c.execute(about.where(outbox.c.state == DeliveryState.VIEWED)).all())
        times = {row.reference: END + timedelta(days=1, seconds=n) for n, row in enumerate(viewed)}
        at = (
            outbox.update()
            .where(outbox.c.reference == bindparam("of"))
            .values(delivered_at=END, viewed_at=bindparam("at"))
        )
        database.write(
            lambda c: c.execute(at, [{"of": of, "at": viewed_at} for of, viewed_at in times.items()]).rowcount
        )
    of_year = [row for row in viewed if row.admitted_at.astimezone(TEHRAN).date() >= YEAR["first"]]
    latest = sorted(of_year, key=lambda row: (row.admitted_at, row.reference), reverse=True)
    kind = Counter(row.kind for row in latest).most_common()[-1][0]
    asked = {
        FigureQuery(visible_bodies=None, **YEAR): latest,
        FigureQuery(visible_bodies=None, **YEAR, kind=kind): [row for row in latest if row.kind == kind],
        FigureQuery(visible_bodies=frozenset(), **YEAR): [],
        **{
            FigureQuery(visible_bodies=frozenset({body}), **YEAR): [row for row in latest if row.body == body]
            for body in BODIES
        },
    }
    with closing(SqlStore.open(made.url)) as store:
        for query, expected in asked.items():
            found = [each.viewed_at for each in store.figures.viewed(query, 5)]
            assert sorted(found) == sorted(times[row.reference] for row in expected[:5]), query
    assert sum(len(expected) >= 5 for expected in asked.values()) > 3


@pytest.mark.exhaustive(draw=["made"])
def test_a_notice_counts_with_the_price_of_its_day(made: MadeStore, rows: list[Row]) -> None:
    begins = END.date() - timedelta(days=200), END.date() - timedelta(days=100)
    prices = [PaperPrice(begins=begins[1], rials=900), PaperPrice(begins=begins[0], rials=500)]
    query = QUERIES[0]
    with closing(SqlStore.open(made.url)) as store:
        plain = figures(store.figures, query)
        found = figures(store.figures, query, prices)
    expected, of = Counter[str](), Counter[str]()
    for about, state, admitted_at, _, _ in rows:
        day = admitted_at.astimezone(TEHRAN).date()
        if state in STATES_OF[Figure.ARRIVED] and begins[0] <= day <= query.last:
            expected[about["body"]] += 900 if day >= begins[1] else 500
            of[about["body"]] += 1
    assert {row.key: (row.saved, row.of_saved) for row in found.rows} == {
        row.key: (expected[row.key], of[row.key]) for row in plain.rows
    }
    assert (found.total.saved, found.total.of_saved) == (sum(expected.values()), sum(of.values()))
    assert 0 < found.total.of_saved < found.total.counts[Figure.ARRIVED]
    assert [row.counts for row in found.rows] == [row.counts for row in plain.rows]
    assert plain.total.saved is None
    later = [PaperPrice(begins=query.last + timedelta(days=1), rials=900)]
    with closing(SqlStore.open(made.url)) as store:
        assert figures(store.figures, query, later).total.saved is None


@pytest.mark.parametrize("days", [(2, 1), (1, 4000)])
def test_a_period_is_bounded(days: tuple[int, int]) -> None:
    first, last = (date(2026, 1, 1) + timedelta(days=each) for each in days)
    with pytest.raises(GatewayError) as refusal:
        FigureQuery(visible_bodies=None, first=first, last=last)
    assert refusal.value.code == "date.range"
