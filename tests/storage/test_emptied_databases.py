"""Databases that tests use one after the other are as new for each, or are used no more."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from adapters.storage.sql_store import SqlStore
from gateway.store.stored import Changes
from tests.databases import open_folder, server_with_store
from tests.emptied_databases import EmptiedDatabases

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


@pytest.fixture(scope="module")
def databases() -> Iterator[EmptiedDatabases]:
    """Databases that no other test used: what the server did for one of those, such as an ANALYZE, changes it too."""
    with open_folder() as folder, server_with_store(folder / "server", "template") as server:
        yield EmptiedDatabases(server, "template")


def connected(databases: EmptiedDatabases, name: str) -> psycopg.Connection:
    return psycopg.connect(databases.server.url(name).replace("+psycopg", ""), autocommit=True)


def test_rows_are_gone_and_those_of_an_empty_store_are_back(databases: EmptiedDatabases) -> None:
    with databases.lent() as name, connected(databases, name) as connection:
        before = connection.execute(CONTENT).fetchall()
        store = SqlStore.open(databases.server.url(name))
        store.commit(Changes(cursors={"source:cases": "7"}))
        connection.execute("DELETE FROM store_meta")
        store.close()
    with databases.lent() as again, connected(databases, again) as connection:
        assert again == name
        assert connection.execute(CONTENT).fetchall() == before
        store = SqlStore.open(databases.server.url(again))
        assert store.rows.cursor("source:cases") is None
        store.close()


@pytest.mark.parametrize("change", CHANGES)
def test_one_that_was_changed_otherwise_is_used_no_more(databases: EmptiedDatabases, change: str) -> None:
    with databases.lent() as name, connected(databases, name) as connection:
        connection.execute(change.format(name=name).encode())
    with databases.lent() as other:
        assert other != name
