"""Rows of which several have one key: none of them is read, each pass reports them, and they hold up no other."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from adapters.municipal.sql import flag, view
from adapters.municipal.sql.flag import FlaggedRows
from adapters.municipal.sql.source_config import Owners, SqlSourceConfig
from adapters.municipal.sql.sql_source import SqlCaseSource
from gateway.notice.source_row import KEY_TWICE, RowsUnreadable
from tests.integration.municipal.test_unruly_rows import UncheckedDatabase, database

__all__ = ["database"]


def read(source: SqlCaseSource, *keys: str) -> tuple[list[str], set[str]]:
    """Return the keys of the rows that can be read, and of those that cannot."""
    found: list[str] = []
    try:
        found += (row.key for row in source.rows(keys or [mark.key for mark in source.marks(None, 100)]))
    except RowsUnreadable as unread:
        if unread.code != KEY_TWICE:
            raise
        return found, set(unread.keys)
    return found, set()


def view_of(database: UncheckedDatabase) -> SqlCaseSource:
    return SqlCaseSource("cases", f"sqlite:///{database.path}", SqlSourceConfig(view="notices"))


@pytest.mark.parametrize("others", [0, 5, 40], ids=lambda count: f"{count} between")
@pytest.mark.parametrize("octets", [view.READ_BYTES, 2000], ids=["in one read", "in several reads"])
def test_rows_with_one_key_are_left_out_wherever_they_stand(
    database: UncheckedDatabase, monkeypatch: pytest.MonkeyPatch, others: int, octets: int
) -> None:
    monkeypatch.setattr(view, "READ_BYTES", octets)
    database.put("twice", 1)
    for number in range(others):
        database.put(str(number), 2 + number)
    database.put("twice", 2 + others)
    with closing(view_of(database)) as source:
        found, left_out = read(source)
        assert sorted(found) == sorted(map(str, range(others)))
        assert left_out == {"twice"}
        assert read(source, "twice") == ([], {"twice"})
        assert read(source, "twice", "twice", "0") == (["0"] * (others > 0), {"twice"})


@pytest.mark.parametrize("octets", [view.READ_BYTES, 1], ids=["in one read", "in several reads"])
def test_a_join_that_repeats_a_row_makes_no_second_notice(
    database: UncheckedDatabase, monkeypatch: pytest.MonkeyPatch, octets: int
) -> None:
    monkeypatch.setattr(view, "READ_BYTES", octets)
    for number, key in enumerate("abc"):
        database.put(key, number)
    database.put("b", 1)
    report = database.collect()
    [error] = report.errors
    assert (error.code, error.where) == ("source.key-twice", "cases")
    assert error.detail == "keys: b"
    assert database.admitted() == ["a", "c"]
    assert [each.code for each in database.collect().errors] == ["source.key-twice"], "each pass tells it"
    database.run("DELETE FROM notices WHERE rowid = (SELECT max(rowid) FROM notices)")
    assert database.collect().errors == []
    assert database.admitted() == ["a", "b", "c"]


def test_a_second_row_without_a_version_is_told_as_such(database: UncheckedDatabase) -> None:
    database.put("a", 1)
    database.put("a", None)
    assert [error.code for error in database.collect().errors] == ["source.no-version"]
    assert database.admitted() == ["a"]


def test_an_owner_of_two_cases_whose_key_names_the_person_is_told(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "cases.db", isolation_level=None)) as connection:
        connection.executescript(
            "CREATE TABLE cases (notice_id INTEGER, change_no INTEGER); INSERT INTO cases VALUES (1, 1), (2, 2);"
            "CREATE TABLE owners (of_case INTEGER, person TEXT, name TEXT);"
            "INSERT INTO owners VALUES (1, 'A', 'x'), (2, 'A', 'x'), (2, 'B', 'y');"
        )
    owners = Owners(table="owners", case="of_case", key="person", columns={"name": "name"})
    config = SqlSourceConfig(view="cases", columns=("name",), owners=owners)
    with closing(SqlCaseSource("cases", f"sqlite:///{tmp_path}/cases.db", config)) as source:
        assert read(source) == (["B"], {"A"})


@pytest.mark.parametrize("octets", [flag.READ_BYTES, 1], ids=["in one read", "in several reads"])
def test_a_marked_row_that_stands_there_twice_is_never_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, octets: int
) -> None:
    monkeypatch.setattr(flag, "READ_BYTES", octets)
    with closing(sqlite3.connect(tmp_path / "cases.db", isolation_level=None)) as connection:
        connection.executescript(
            "CREATE TABLE notices (notice_id INTEGER, to_serve INTEGER, paper BLOB);"
            "INSERT INTO notices VALUES (1, 1, x'00'), (2, 1, x'01'), (1, 1, x'02'), (3, 1, x'03');"
        )
    config = SqlSourceConfig(view="notices", flag="to_serve", columns=("paper",))
    with closing(FlaggedRows(f"sqlite:///{tmp_path}/cases.db", config)) as rows:
        left, found = {"1": 1, "2": 2, "3": 3}, set[str]()
        while left and (some := rows.read(left, ("paper",))):
            found |= some.keys()
            left = {text: key for text, key in left.items() if text not in some}
    assert (found, left) == ({"2", "3"}, {"1": 1})
