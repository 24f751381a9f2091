"""Values that PostgreSQL keeps and Python has nothing for spoil their own row, and no other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from adapters.municipal.sql.source_config import SqlSourceConfig
from adapters.municipal.sql.sql_source import SqlCaseSource
from gateway.mapping import BodyConfig, RowRefused
from gateway.notice.source_row import CaseRow
from tests import databases
from tests.conformance.test_source import delivered, read_all
from tests.integration.municipal.plain_database import PlainCaseDatabase
from tests.mappers import case_mapper

MAPPER = case_mapper({"article-100": BodyConfig(code="article-100", title="کمیسیون ماده صد", kinds={"ruling": "رأی"})})


@pytest.fixture(params=["UTF8", "SQL_ASCII"])
def database(request: pytest.FixtureRequest) -> Iterator[PlainCaseDatabase]:
    """A case database with three rows, and no view over them."""
    server, name = databases.server(), f"cases_{request.param.lower()}"
    with server.connect() as connection:
        options = f"TEMPLATE template0 ENCODING '{request.param}' LC_COLLATE 'C' LC_CTYPE 'C'"
        connection.execute(f"CREATE DATABASE {name} {options}".encode())
    with closing(PlainCaseDatabase(f"{server.url(name)}&client_encoding=utf8", "text", "time")) as made:
        run(made, "DROP VIEW eblagh_notices")
        for _ in range(3):
            made.add()
        yield made
    server.drop_database(name)


def run(database: PlainCaseDatabase, statement: str) -> None:
    with database.engine.begin() as connection:
        connection.exec_driver_sql(statement)


def read(database: PlainCaseDatabase) -> tuple[list[CaseRow], int]:
    """The rows that can be read, and how many are told not to be."""
    with closing(SqlCaseSource("cases", database.url, SqlSourceConfig(view="notices"))) as source:
        return read_all(source, limit=9), source.unlisted()


LAST = "WHERE notice_id = (SELECT max(notice_id) FROM notices)"


@pytest.mark.long
@pytest.mark.parametrize("version", ["infinity", "-infinity", "0044-03-15 BC", "20000-01-01"])
def test_a_version_without_a_time_keeps_no_other_row_back(database: PlainCaseDatabase, version: str) -> None:
    run(database, f"UPDATE notices SET change_no = '{version}' {LAST}")
    rows, _ = read(database)
    assert len(rows) == 2


@pytest.mark.long
@pytest.mark.parametrize(
    ("kind", "value"),
    [("date", "infinity"), ("timestamp", "20000-01-01 00:00:00"), ("time", "24:00:00"), ("timetz", "24:00:00+00")],
)
def test_a_value_without_a_time_is_a_matter_of_its_row(database: PlainCaseDatabase, kind: str, value: str) -> None:
    run(database, "UPDATE notices SET issued_on = NULL")
    run(database, f"ALTER TABLE notices ALTER COLUMN issued_on TYPE {kind} USING NULL::{kind}")
    run(database, f"UPDATE notices SET issued_on = '{value}' {LAST}")
    rows, unlisted = read(database)
    assert (len(rows), unlisted) == (3, 0)
    assert rows[-1].fields["issued_on"] == value
    with pytest.raises(RowRefused):
        MAPPER.map(rows[-1])


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tehran"])
def test_a_time_with_a_zone_is_the_same_moment_in_every_session(database: PlainCaseDatabase, zone: str) -> None:
    run(database, "UPDATE notices SET issued_on = NULL")
    run(database, "ALTER TABLE notices ALTER COLUMN issued_on TYPE timestamptz USING NULL::timestamptz")
    run(database, f"UPDATE notices SET issued_on = '2026-02-03 00:00:00+03:30' {LAST}")
    run(database, f"ALTER DATABASE {sa.make_url(database.url).database} SET timezone = '{zone}'")
    rows, _ = read(database)
    assert rows[-1].fields["issued_on"] == datetime(2026, 2, 2, 20, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        ("jsonb", '{"a": "رأی", "b": [true, null]}', '{"a": "رأی", "b": [true, null]}'),
        ("text[]", "{رأی,ب}", '["رأی", "ب"]'),
    ],
)
def test_json_and_arrays_are_json_texts(database: PlainCaseDatabase, kind: str, value: str, text: str) -> None:
    run(database, "UPDATE notices SET recipient_name = NULL")
    run(database, f"ALTER TABLE notices ALTER COLUMN recipient_name TYPE {kind} USING NULL::{kind}")
    run(database, f"UPDATE notices SET recipient_name = '{value}'")
    rows, _ = read(database)
    assert {row.fields["recipient_name"] for row in rows} == {text}


@pytest.mark.parametrize("database", ["SQL_ASCII"], indirect=True)
def test_a_text_in_another_encoding_is_a_matter_of_its_row(database: PlainCaseDatabase) -> None:
    run(database, f"UPDATE notices SET recipient_name = convert_from('\\xDAE1ED', 'SQL_ASCII') {LAST}")
    rows, _ = read(database)
    assert [row.fields["recipient_name"] for row in rows] == ["علی یکتا (نمونه)"] * 2 + ["\ufffd" * 3]
    with pytest.raises(RowRefused):
        MAPPER.map(rows[-1])


def test_persian_is_read_and_written(database: PlainCaseDatabase) -> None:
    rows, _ = read(database)
    assert {row.fields["recipient_name"] for row in rows} == {"علی یکتا (نمونه)"}
    assert rows[0].key.startswith("شماره")
    with closing(SqlCaseSource("cases", database.url, SqlSourceConfig(view="notices"))) as source:
        assert source.write_results([delivered(rows[0].key)]) == []
    assert database.shown(rows[0].key)["eblagh_state"] == "DELIVERED"
