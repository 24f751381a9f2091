"""A server of PostgreSQL that is restarted, full or wrongly set up: each failure has a name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.sandbox.postgres.postgres_server import PostgresServer
from adapters.storage.engine import engine, migrate
from adapters.storage.engine.advisory_locks import duties_of
from adapters.storage.engine.engine import Database
from adapters.storage.schema.tables import METADATA
from adapters.storage.sql_store import SqlStore
from gateway.runtime.errors import GatewayError
from gateway.store.stored import Changes
from tests.conformance.builders import admit, claim, entry
from tests.databases import open_folder, server

pytestmark = pytest.mark.long

PAGE = Path(__file__).parents[2] / "docs/operate/postgresql.md"


MOVE = Changes(cursors={"source:cases": "1"})


@pytest.fixture(scope="module")
def mortal() -> Iterator[PostgresServer]:
    """A server of this file's own, which its tests may end."""
    with open_folder() as folder, PostgresServer(folder / "server") as started:
        migrate.upgrade(started.create_database("ours"))
        yield started


@pytest.fixture
def mortal_store(mortal: PostgresServer) -> Iterator[SqlStore]:
    opened = SqlStore.open(mortal.url("ours"))
    yield opened
    opened.close()


def test_a_server_that_was_restarted_is_used_again_by_itself(mortal: PostgresServer, mortal_store: SqlStore) -> None:
    mortal_store.commit(MOVE)
    mortal.kill()
    for _ in range(2):
        with pytest.raises(GatewayError) as error:
            mortal_store.commit(MOVE)
        assert error.value.code == "store.unavailable"
        assert "Is the server running" in error.value.detail
    mortal.start()
    assert mortal_store.rows.cursor("source:cases") == "1"
    mortal_store.commit(Changes(cursors={"source:cases": "2"}))
    assert mortal_store.rows.cursor("source:cases") == "2"


def test_a_reading_does_not_notice_a_restart(mortal: PostgresServer, mortal_store: SqlStore) -> None:
    mortal_store.commit(MOVE)
    mortal.kill()
    mortal.start()
    assert mortal_store.rows.cursor("source:cases") == "1"


def test_a_connection_that_rested_is_tried_first(
    mortal: PostgresServer, mortal_store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So a server that is gone without a word costs no reading its time."""
    monkeypatch.setattr(engine, "TRUSTED", 0.0)
    monkeypatch.setattr(engine, "ATTEMPTS", 1)
    mortal_store.commit(MOVE)
    mortal.kill()
    mortal.start()
    assert mortal_store.rows.cursor("source:cases") == "1"


def test_too_many_connections_are_named(mortal: PostgresServer, mortal_store: SqlStore) -> None:
    admin = Database(mortal.url())
    role = mortal.url("ours").replace("postgres@", "crowd@")
    admin.write(lambda c: c.exec_driver_sql("CREATE ROLE crowd LOGIN CONNECTION LIMIT 0"))
    admin.close()
    with pytest.raises(GatewayError, match="too many connections") as error:
        SqlStore.open(role)
    assert error.value.code == "store.unavailable"


@pytest.mark.parametrize(
    ("spoiled", "code", "detail"),
    [
        ("nowhere", "store.unavailable", 'database "nowhere" does not exist'),
        ("postgres", "store.schema", "version none"),
    ],
)
def test_another_database_is_named(spoiled: str, code: str, detail: str) -> None:
    with pytest.raises(GatewayError, match=detail) as error:
        SqlStore.open(server().url(spoiled))
    assert error.value.code == code


def test_an_option_that_nobody_knows_is_named() -> None:
    with pytest.raises(GatewayError, match='invalid connection option "sslmod"') as error:
        SqlStore.open(server().url() + "&sslmod=verify-full")
    assert error.value.code == "store.unavailable"


def test_the_rights_of_the_page_are_enough(mortal: PostgresServer) -> None:
    """The SQL in `docs/operate/postgresql.md`, executed."""
    by_admin, by_owner = re.findall(r"```sql\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    as_owner = mortal.url("gateway").replace("postgres@", "gateway_owner@")
    for url, statements in ((mortal.url(), by_admin), (as_owner, by_owner)):
        database = Database(url)
        session = database.session()
        for statement in statements.strip().split(";\n"):
            session.exec_driver_sql(statement)
        session.close()
        database.close()
    service = mortal.url("gateway").replace("postgres@", "gateway@")
    with pytest.raises(GatewayError, match="permission denied for schema") as refused:
        migrate.upgrade(service)
    assert refused.value.code == "store.permission"
    assert "owner.toml" in refused.value.entry.remedy
    migrate.upgrade(as_owner)
    store, locks = SqlStore.open(service), duties_of(service)
    admit(store, entry(1))
    assert len(claim(store)) == 1
    with locks.attempt("collect") as held:
        assert held
    store.close()
    locks.close()
    database = Database(service)
    with pytest.raises(GatewayError, match="must be owner"):
        database.write(METADATA.drop_all)
    database.close()
