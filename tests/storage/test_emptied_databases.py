"""Databases that tests use one after the other are as new for each, or are used no more."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from adapters.storage.sql_store import SqlStore
from gateway.store.stored import Changes
from tests import databases

CONTENT = "SELECT version_num FROM alembic_version UNION ALL SELECT md5(store_meta::text) FROM store_meta ORDER BY 1"
CHANGES = [
    "ALTER TABLE outbox ADD COLUMN more INTEGER",
    "CREATE INDEX more ON outbox (reference, state)",
    "CREATE TABLE more (one INTEGER)",
    "CREATE FUNCTION more() RETURNS INTEGER LANGUAGE SQL AS 'SELECT 1'",
    "ALTER DATABASE {name} SET statement_timeout = 5",
    "GRANT SELECT ON outbox TO PUBLIC",
    "INSERT INTO cursor SELECT n::text, n::text FROM generate_series(1, 1000) AS n; ANALYZE cursor",
]


def connected(url: str) -> psycopg.Connection:
    return psycopg.connect(url.replace("+psycopg", ""), autocommit=True)


def test_rows_are_gone_and_those_of_an_empty_store_are_back(tmp_path: Path) -> None:
    with databases.postgresql_database(tmp_path) as url, connected(url) as connection:
        before = connection.execute(CONTENT).fetchall()
        store = SqlStore.open(url)
        store.commit(Changes(cursors={"source:cases": "7"}))
        connection.execute("DELETE FROM store_meta")
        store.close()
    with databases.postgresql_database(tmp_path) as again, connected(again) as connection:
        assert again == url
        assert connection.execute(CONTENT).fetchall() == before
        store = SqlStore.open(again)
        assert store.rows.cursor("source:cases") is None
        store.close()


@pytest.mark.parametrize("change", CHANGES)
def test_one_that_was_changed_otherwise_is_used_no_more(tmp_path: Path, change: str) -> None:
    with databases.postgresql_database(tmp_path) as url, connected(url) as connection:
        connection.execute(change.format(name=make_url(url).database).encode())
    with databases.postgresql_database(tmp_path) as other:
        assert other != url
