"""No search reads a whole table: each follows an index, on SQLite and on PostgreSQL."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Connection

from adapters.storage.engine.engine import Database
from adapters.storage.search import search_plan, search_store
from adapters.storage.sql_store import SqlStore
from gateway.notice.delivery_state import DeliveryState
from gateway.notice.recipient_index import RecipientKey
from gateway.search.notice_query import NoticeQuery
from gateway.search.page_key import PageKey
from gateway.search.searched_text import SoughtText
from tests.conformance.builders import admission, at, entry, intake, reference
from tests.databases import DATABASES

from .test_plans import statements

pytestmark = pytest.mark.long

KEY = RecipientKey(b"k" * 32)
WHO = "0012345679"
NUMBER = 1500

ASKED: dict[str, dict[str, Any]] = {
    "all": {},
    "body": {"visible_bodies": frozenset({"article-77"})},
    "state": {"states": frozenset({DeliveryState.REJECTED})},
    "body and state": {"bodies": frozenset({"article-77"}), "states": frozenset({DeliveryState.DELIVERED})},
    "district and kind": {"district": "منطقه 5", "kinds": frozenset({"hearing"})},
    "time": {"admitted_from": at(days=3), "admitted_before": at(days=5)},
    "case": {"case_number": "1404/77"},
    "beginning of a case": {"case_number": "1404/7*"},
    "case and state": {"case_number": "1404/*", "states": frozenset({DeliveryState.DELIVERED})},
    "tracking number": {"tracking_number": "T-77"},
    "name": {"name": "محمد*", "bodies": frozenset({"article-77"})},
    "name and case": {"name": "محمدی", "case_number": "1404/1*"},
    "reference": {"reference": reference(77)},
    "beginning of a reference": {"reference": "EB-*", "bodies": frozenset({"article-77"})},
    "recipient": {"recipient": [KEY.hash_of(WHO)], "states": frozenset({DeliveryState.DELIVERED})},
}


def _fill(store: SqlStore) -> None:
    states = [DeliveryState.DELIVERED] * 8 + [DeliveryState.QUEUED, DeliveryState.REJECTED]
    made = [
        admission(
            entry(n, admitted_at=at(hours=n), state=states[n % 10], tracking_number=f"T-{n}"),
            body=("article-100", "article-77")[n % 2],
            kind=("ruling", "hearing", "warning")[n % 3],
            case_number=f"1404/{n}",
            recipient_name=f"{('محمد', 'علی', 'رضا')[n % 3]} {('محمدی', 'کاظمی')[n % 2]}",
        )
        for n in range(NUMBER)
    ]
    recipients = [KEY.entry_of(each.entry.reference, WHO) for each in made[::300]]
    store.commit(replace(intake(*(each.entry for each in made)), admissions=made, recipients=recipients))


@pytest.fixture(scope="module", params=list(DATABASES))
def filled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, SqlStore]]:
    with DATABASES[request.param](tmp_path_factory.mktemp("search")) as url:
        store = SqlStore.open(url)
        _fill(store)
        if request.param == "postgresql":
            with closing(Database(url)) as database, closing(database.session()) as session:
                session.exec_driver_sql("VACUUM ANALYZE")
        yield url, store
        store.close()


@pytest.mark.parametrize(("rare", "handful"), [(search_plan.RARE, search_plan.HANDFUL), (20, 0)])
@pytest.mark.parametrize("question", ASKED)
def test_an_index_answers(
    question: str, rare: int, handful: int, filled: tuple[str, SqlStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_plan, "RARE", rare)
    monkeypatch.setattr(search_plan, "HANDFUL", handful)
    url, store = filled
    asked = NoticeQuery(**{"visible_bodies": None} | {n: _typed(value) for n, value in ASKED[question].items()})
    middle = PageKey(admitted_at=at(hours=NUMBER // 2), reference=reference(NUMBER // 2))
    with statements() as executed:
        assert store.search.find(asked, after=None, limit=10).notices
        store.search.find(asked, after=middle, limit=10)
        store.search.count(asked, up_to=100)
    for query, parameters in executed:
        if "search_" in query:
            plan = _plan(url, query, parameters)
            whole = [line for line in plan if re.search(r"SCAN search_(notice|text)\b(?!.* INDEX)", line)]
            assert not whole, (query, plan)
            assert not any("Seq Scan on search_" in line for line in plan), (query, plan)


@pytest.mark.parametrize("question", ["case", "tracking number"])
def test_a_text_of_few_notices_is_looked_up_once(question: str, filled: tuple[str, SqlStore]) -> None:
    """Each look goes through all days of the store."""
    _, store = filled
    asked = {name: _typed(value) for name, value in ASKED[question].items()}
    with statements() as executed:
        assert store.search.find(NoticeQuery(visible_bodies=None, **asked), after=None, limit=10).notices
    assert sum("search_text" in query for query, _ in executed) == 1


def _typed(value: object) -> object:
    return SoughtText.typed(value) if isinstance(value, str) else value


def _plan(url: str, query: str, parameters: Any) -> list[str]:
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
            return [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {query}", parameters)]
    with closing(Database(url)) as database:
        return database.read(lambda c: _explained(c, query, parameters))


def _explained(connection: Connection, query: str, parameters: Any) -> list[str]:
    search_store.plan_by_index(connection)
    return list(connection.exec_driver_sql(f"EXPLAIN {query}", parameters).scalars())
