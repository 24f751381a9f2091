"""Times of MariaDB: a TIMESTAMP is a moment, whatever zone its program has; a DATETIME has no zone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from adapters.municipal.sql.flag import FlaggedRows
from adapters.municipal.sql.source_config import RowList, SqlSourceConfig
from adapters.municipal.sql.sql_source import SqlCaseSource
from gateway.mapping.transforms.dates import TRANSFORMS
from gateway.notice.source_row import Position
from tests.conformance.test_source import read_all
from tests.integration.municipal.plain_database import empty

MIDNIGHT = datetime(2026, 2, 2, 20, 30, tzinfo=UTC)
"""The beginning of 3 February 2026 in Tehran."""

COLUMNS = ("moment", "clock", "zero")
CONFIG = SqlSourceConfig(view="cases", key="number", version="changed_at", columns=COLUMNS)


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """A database whose program has Tehran's zone in its sessions."""
    with empty("mariadb", tmp_path) as url:
        run(
            url,
            "SET time_zone = '+03:30'",
            "SET sql_mode = ''",
            "CREATE TABLE cases (number INTEGER, changed_at TIMESTAMP(6) NULL, moment TIMESTAMP NULL, clock DATETIME,"
            " zero TIMESTAMP NULL, to_serve INTEGER)",
            "INSERT INTO cases VALUES (1, '2026-02-03 00:00:00.25', '2026-02-03', '2026-02-03', 0, 1),"
            " (2, '2026-02-03 01:00:00', NULL, NULL, NULL, 1)",
            "CREATE TABLE papers (of_case INTEGER, place INTEGER, made_at TIMESTAMP NULL)",
            "INSERT INTO papers VALUES (1, 1, '2026-02-03')",
        )
        yield url


def run(url: str, *statements: str) -> None:
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


def day_of(value: Any) -> date:
    """Return the day that a mapping's `time` and `day-of` make of a value."""
    made = {each.name: each for each in TRANSFORMS}
    time = made["time"].make(zone="Asia/Tehran").apply(value)
    day: date = made["day-of"].make(zone="Asia/Tehran").apply(time)
    return day


@pytest.mark.parametrize("query", [None, "SELECT number, changed_at, moment, clock, zero FROM cases"])
def test_a_timestamp_is_read_with_its_zone(url: str, query: str | None) -> None:
    config = SqlSourceConfig(view="cases", query=query, key="number", version="changed_at", columns=COLUMNS)
    with closing(SqlCaseSource("cases", url, config)) as source:
        first, second = read_all(source)
    assert first.fields["moment"] == MIDNIGHT
    assert type(first.fields["moment"]) is datetime
    assert first.fields["clock"] == datetime(2026, 2, 3)  # noqa: DTZ001 - a DATETIME has no zone
    assert {day_of(first.fields[name]) for name in ("moment", "clock")} == {date(2026, 2, 3)}
    assert first.fields["zero"] == "0000-00-00 00:00:00"
    assert [second.fields[name] for name in COLUMNS] == [None, None, None]


def test_versions_and_positions_keep_their_form(url: str) -> None:
    with closing(SqlCaseSource("cases", url, CONFIG)) as source:
        marks = source.marks(None, 9)
        assert [mark.version for mark in marks] == ["2026-02-02T20:30:00.250000", "2026-02-02T21:30:00.000000"]
        assert source.marks(Position(version=marks[0].version, key=marks[0].key), 9) == marks[1:]
        assert source.marks(Position(version=marks[1].version), 9) == marks[1:]
        assert source.before(marks[1].version, 3600) == "2026-02-02T20:30:00.000000"


def test_an_unfit_row_at_the_end_of_a_page_hides_none_behind_it(url: str) -> None:
    run(url, "INSERT INTO cases (number, changed_at) VALUES (NULL, '2026-02-02 21:00:00')")
    run(
        url, "ALTER TABLE cases MODIFY number VARCHAR(600)", f"UPDATE cases SET number = '{'9' * 501}' WHERE number = 1"
    )
    with closing(SqlCaseSource("cases", url, CONFIG)) as source:
        assert [mark.key for mark in source.marks(None, 1)] == ["2"]


def test_a_marked_row_and_a_list_have_it_too(url: str) -> None:
    papers = RowList(table="papers", of="of_case", order="place", columns=("made_at",))
    config = SqlSourceConfig(view="cases", key="number", table="cases", flag="to_serve", lists={"papers": papers})
    with closing(FlaggedRows(url, config)) as rows:
        found = rows.read({"1": 1}, ("moment", "clock", "papers"))["1"]
    assert found.fields["moment"] == MIDNIGHT
    assert found.fields["papers"] == ({"made_at": MIDNIGHT},)
