"""Notices that were here before the search are found once their rows are made, in batches that may be interrupted."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, delete

from adapters.storage.engine.engine import Database
from adapters.storage.schema.search_tables import search_day, search_facet, search_notice, search_text
from adapters.storage.schema.tables import cursor
from adapters.storage.search import search_filling
from adapters.storage.search.search_filling import UNFILLED, fill
from adapters.storage.sql_store import SqlStore
from gateway.notice.delivery_state import DeliveryEvent, DeliveryState
from gateway.notice.notice import sha256
from gateway.notice.outbox import advance
from gateway.runtime.may_continue import always
from gateway.store.stored import Changes, NewSeal

from .builders import NOW, admit, at, entry, evidence, intake, reference
from .conftest import Place
from .test_search import found


@pytest.fixture
def database(place: Place) -> Iterator[Database]:
    opened = Database(place.where)
    yield opened
    opened.close()


@pytest.fixture
def earlier(store: SqlStore, database: Database, monkeypatch: pytest.MonkeyPatch) -> SqlStore:
    """A store of nine notices without a row of the search, as an upgrade of an earlier version leaves it."""
    monkeypatch.setattr(search_filling, "BATCH", 2)
    admit(store, *(entry(n, admitted_at=at(days=n)) for n in range(1, 10)))

    def forget(connection: Connection) -> None:
        for table in (search_text, search_notice, search_facet, search_day):
            connection.execute(delete(table))
        connection.execute(cursor.insert().values(name=UNFILLED, value=""))

    database.write(forget)
    return store


def test_every_notice_is_found_after_the_filling(earlier: SqlStore, database: Database) -> None:
    assert not earlier.search.complete
    assert found(earlier) == []
    assert fill(database, always) == 9
    assert earlier.search.complete
    assert found(earlier, name="نمونه") == [9, 8, 7, 6, 5, 4, 3, 2, 1]
    assert fill(database, always) == 0


def test_a_filling_goes_on_where_it_was_interrupted_beside_the_work_of_the_service(
    earlier: SqlStore, database: Database
) -> None:
    turns = iter([True, True, False])
    assert fill(database, lambda: next(turns)) == 4
    assert not earlier.search.complete
    assert found(earlier) == [4, 3, 2, 1]
    earlier.commit(intake(entry(20)))
    for number in (1, 6):
        present = earlier.notices.entries([reference(number)])[reference(number)]
        step = advance(present, DeliveryEvent.WITHDRAWAL, now=at(days=30), evidence_id=f"w{number}")
        earlier.commit(Changes(steps=[step], evidence=[evidence(f"w{number}")]))
    before = earlier.notices.entries([reference(8)])[reference(8)]
    # It gets an earlier time of admission than the place that the filling has reached.
    seal = NewSeal(
        reference=reference(8),
        instead_of=before.seal_digest,
        digest=sha256(b"another seal"),
        size=12,
        at=NOW,
        evidence_id="again",
    )
    assert not earlier.commit(Changes(new_seals=[seal], evidence=[evidence("again")]))
    assert fill(database, always) == 4
    assert earlier.search.complete
    assert found(earlier, name="نمونه") == found(earlier) == [9, 7, 6, 5, 4, 3, 2, 1, 20, 8]
    assert found(earlier, states=frozenset({DeliveryState.WITHDRAWN})) == [6, 1]
