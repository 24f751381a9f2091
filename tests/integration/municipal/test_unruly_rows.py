"""One row that is not as it should be keeps no other row back, whatever database the store stands on."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path

import pytest

from adapters.municipal.sql import view
from adapters.municipal.sql.source_config import COLUMNS, RESULT_FIELDS, ResultColumns, SqlSourceConfig
from adapters.municipal.sql.sql_source import SqlCaseSource
from adapters.storage.sql_store import SqlStore
from gateway.intake.collection import IntakePolicy, collect
from gateway.mapping import BodyConfig
from gateway.mapping.model.mapper import Always
from gateway.runtime.pass_report import PassReport
from gateway.writeback.result_writing import write_back
from tests.databases import DATABASES
from tests.manual_clock import ManualClock
from tests.mappers import case_mapper
from tests.passes.case_table import ROW
from tests.passes.ports import Stamp
from tests.sampling import on_one_of

BODY = BodyConfig(code="article-100", title="کمیسیون ماده صد", kinds={"ruling": "رأی"})


class UncheckedDatabase:
    """A case database without rules: SQLite keeps in a column whatever it is given."""

    def __init__(self, path: Path, store: SqlStore) -> None:
        self.path, self.store, self.clock = path, store, ManualClock()
        columns = ", ".join(["notice_id", "change_no", *COLUMNS, *(getattr(ResultColumns(), f) for f in RESULT_FIELDS)])
        self.run(f"CREATE TABLE notices ({columns})")
        self.source = SqlCaseSource("cases", f"sqlite:///{path}", SqlSourceConfig(view="notices"), clock=self.clock)

    def run(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(self.path, isolation_level=None)) as connection:
            return connection.execute(statement, values).fetchall()

    def put(self, key: object, version: object) -> None:
        row = ROW | {"notice_id": key, "change_no": version, "paper_number": f"P-{hash(key)}"}
        self.run(f"INSERT INTO notices ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", *row.values())

    def collect(self) -> PassReport:
        mapper = case_mapper({BODY.code: BODY})
        policy = IntakePolicy(destination="court", page_rows=3)
        return collect(self.source, self.store, Always(mapper), Stamp(), self.clock, policy)

    def admitted(self) -> list[str]:
        return sorted(found.entry.row_key for found in self.store.notices.find(state=None, limit=100, after=None))


@pytest.fixture(params=on_one_of(DATABASES, "database"))
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[UncheckedDatabase]:
    with DATABASES[request.param](tmp_path) as url, closing(SqlStore.open(url)) as store:
        yield UncheckedDatabase(tmp_path / "cases.db", store)


@pytest.mark.parametrize("slip", ["2099-02-03T08:00:00", "2026-02-03T20:00:00"], ids=["a year", "an afternoon"])
def test_a_row_from_the_future_hides_none_that_come_after_it(database: UncheckedDatabase, slip: str) -> None:
    database.put("a", "2026-02-03T08:00:00")
    database.put("slip", slip)
    assert database.collect().counts["admitted"] == 2
    database.put("b", "2026-02-03T09:00:00")
    assert database.collect().counts == {"collected": 1, "admitted": 1}
    database.clock.advance(days=3)
    database.put("c", "2026-02-06T07:59:59")
    assert database.collect().counts == {"collected": 1, "admitted": 1}


LONG = "\u067e" * 3000


@pytest.mark.parametrize(
    ("key", "version"),
    [("", 2), ("x\0y", 2), (LONG, 2), ("x", "2026-02-03T08:00:00"), ("x", -1), ("x", 2.5), ("x", b"12"), ("x", "2")],
    ids=lambda value: repr(value)[:12],
)
def test_a_row_that_cannot_be_marked_is_told_and_keeps_no_other_back(
    database: UncheckedDatabase, key: str, version: object
) -> None:
    for number in range(1, 4):
        database.put(f"good {number}", number)
    database.put(key, version)
    (error,) = database.collect().errors
    assert (error.code, error.detail) == ("source.no-version", "1 rows")
    assert database.admitted() == ["good 1", "good 2", "good 3"]
    database.run("UPDATE notices SET notice_id = 'x', change_no = 5 WHERE notice_id = ?", key)
    assert database.collect().errors == []
    assert "x" in database.admitted()


@pytest.mark.long
@pytest.mark.parametrize("version", ["", "0000-00-00 00:00:00", "1404/11/14 08:00:00", "2026-02-03T08:00:02\0", 17])
def test_the_same_where_versions_are_times(
    database: UncheckedDatabase, version: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.intake.collection.LISTED", 2)
    good = [f"good {second}" for second in range(4)]
    for second, key in enumerate(good):
        database.put(key, f"2026-02-03T08:00:0{second}")
    for number in range(3):
        database.put(f"bad {number}", version)
    usable = version == "0000-00-00 00:00:00"  # a text like any other, that sorts before them
    assert [error.detail for error in database.collect().errors] == ([] if usable else ["3 rows"])
    assert set(good) <= set(database.admitted())


def test_a_trigger_that_guards_one_row_keeps_no_result_of_another_back(database: UncheckedDatabase) -> None:
    for number, key in enumerate("abc"):
        database.put(key, number)
    database.collect()
    database.run(
        "CREATE TRIGGER closed BEFORE UPDATE ON notices WHEN OLD.notice_id = 'b'"
        " BEGIN SELECT RAISE(ABORT, 'closed, 0012345679'); END"
    )
    (error,) = write_back(database.store, database.source).errors
    assert (error.code, error.where, error.detail) == (
        "source.row-refused",
        "cases row b",
        "it breaks a rule of its table",
    )
    shown = "SELECT notice_id FROM notices WHERE eblagh_state = 'QUEUED' ORDER BY notice_id"
    assert database.run(shown) == [("a",), ("c",)]
    database.run("DROP TRIGGER closed")
    assert write_back(database.store, database.source).errors == []
    assert database.run(shown) == [("a",), ("b",), ("c",)]


def test_a_large_row_whose_key_has_another_spelling_now_is_not_read_for_ever(
    database: UncheckedDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(view, "READ_BYTES", 1)
    database.run("ALTER TABLE notices ADD COLUMN spelling TEXT COLLATE NOCASE")
    for number, key in enumerate("ab"):
        database.put(key, number)
    database.run("UPDATE notices SET spelling = upper(notice_id)")
    config = SqlSourceConfig(view="notices", key="spelling")
    with closing(SqlCaseSource("cases", f"sqlite:///{database.path}", config)) as source:
        assert [row.key for row in islice(source.rows(["a", "B"]), 9)] == ["B"]
