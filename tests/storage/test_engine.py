"""Faults of a database file come out under a name that says who must act."""

from __future__ import annotations

import resource
import sqlite3
import traceback
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, select
from sqlalchemy.exc import IntegrityError

from adapters.bench.common.apart import apart
from adapters.storage.engine import migrate
from adapters.storage.engine.engine import ATTEMPTS, Database
from adapters.storage.schema.tables import cursor
from adapters.storage.sql_store import SqlStore
from gateway.notice.notice import sha256
from gateway.runtime.errors import GatewayError
from gateway.store.stored import Changes, Payload
from tests.conformance.builders import admission, entry
from tests.databases import make_store


@pytest.fixture
def path(tmp_path: Path) -> Path:
    make_store(f"sqlite:///{tmp_path / 'gateway.db'}")
    return tmp_path / "gateway.db"


@pytest.fixture
def database(path: Path) -> Iterator[Database]:
    opened = Database(f"sqlite:///{path}", busy_timeout=0.01)
    yield opened
    opened.close()


@pytest.fixture
def store(database: Database) -> SqlStore:
    return SqlStore(database)


@pytest.fixture
def writer(path: Path) -> Iterator[sqlite3.Connection]:
    """Another process's connection, which holds the right to write."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    yield connection
    connection.close()


def refused(error: pytest.ExceptionInfo[GatewayError]) -> tuple[str, str]:
    return error.value.code, error.value.detail


MOVE = Changes(cursors={"source:cases": "1"})


def test_what_was_committed_survives_a_power_cut_and_readers_do_not_wait(database: Database) -> None:
    pragmas = ("journal_mode", "synchronous", "foreign_keys")
    values = database.read(lambda c: [c.exec_driver_sql(f"PRAGMA {pragma}").scalar() for pragma in pragmas])
    assert values == ["wal", 2, 1]


def test_the_log_of_writes_is_copied_into_the_file_after_16_mib(database: Database, path: Path) -> None:
    """SQLite's own limit, 4 MiB, is a few transactions of a large store."""
    store, octets = SqlStore(database), bytes(2**20)
    store.commit(Changes(cursors={"source:cases": "0"}))
    before = path.read_bytes()
    for number in range(8):
        own = octets + str(number).encode()
        store.commit(Changes(payloads=[Payload(digest=sha256(own), octets=own)]))
    assert path.read_bytes() == before


def test_a_statement_looks_for_no_listener(path: Path) -> None:
    """An engine with one of SQLAlchemy's listeners to its connections looks for more of them at each statement.

    In a process of its own: a listener of another test to all engines leaves its mark.
    """
    assert apart(looks_for_listeners, f"sqlite:///{path}") == (False, False, True)


def looks_for_listeners(url: str) -> tuple[bool, bool, bool]:
    """Return True if engine or connection look for listeners, and True within a transaction."""
    with closing(Database(url)) as opened:
        return opened.read(lambda c: (c.engine._has_events, c._has_events, c.in_transaction()))


def test_reading_goes_on_while_another_process_writes(store: SqlStore, writer: sqlite3.Connection) -> None:
    assert store.tallies.counts()["admitted"] == 0


def test_a_database_that_stays_locked_does_not_answer(store: SqlStore, writer: sqlite3.Connection) -> None:
    begun: list[str] = []

    def count(_: Connection, _cursor: object, statement: str, *rest: object) -> None:
        begun.append(statement)

    event.listen(Engine, "before_cursor_execute", count)
    with pytest.raises(GatewayError) as error:
        store.commit(MOVE)
    event.remove(Engine, "before_cursor_execute", count)
    assert refused(error) == ("store.busy", "database is locked")
    assert begun == ["BEGIN IMMEDIATE"] * ATTEMPTS

    writer.execute("ROLLBACK")
    store.commit(MOVE)
    assert store.rows.cursor("source:cases") == "1"


def test_a_transaction_whose_turn_did_not_come_is_begun_again(store: SqlStore, writer: sqlite3.Connection) -> None:
    def let_go(_: Any) -> None:
        writer.execute("COMMIT")

    event.listen(Engine, "handle_error", let_go, once=True)
    store.commit(MOVE)
    assert store.rows.cursor("source:cases") == "1"


def test_a_full_disk_is_named_and_nothing_is_half_written(database: Database, store: SqlStore) -> None:
    def limit(connection: Connection, pages: int) -> None:
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")

    database.read(lambda c: limit(c, 100))
    octets = bytes(1_000_000)
    changes = Changes(payloads=[Payload(digest=sha256(octets), octets=octets)], cursors={"source:cases": "1"})
    with pytest.raises(GatewayError) as error:
        store.commit(changes)
    assert refused(error) == ("store.full", "database or disk is full")
    assert store.rows.cursor("source:cases") is None

    database.read(lambda c: limit(c, 100_000))
    store.commit(changes)
    assert store.evidence.payload(sha256(octets)) == octets


def test_a_limit_on_the_files_size_is_named_as_a_full_disk(path: Path, store: SqlStore) -> None:
    octets = bytes(1_000_000)
    store.rows.cursor("source:cases")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 4096, before[1]))
    try:
        with pytest.raises(GatewayError) as error:
            store.commit(Changes(payloads=[Payload(digest=sha256(octets), octets=octets)]))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert refused(error) == ("store.full", "disk I/O error")


def test_a_database_that_may_not_be_written_is_named(path: Path) -> None:
    store = SqlStore(Database(f"sqlite:///file:{path}?mode=ro&uri=true"))
    with pytest.raises(GatewayError) as error:
        store.commit(MOVE)
    store.close()
    assert refused(error) == ("store.read-only", "attempt to write a readonly database")


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "other.db").write_text("a letter to the mayor " * 100, encoding="utf-8")
    with pytest.raises(GatewayError) as error:
        SqlStore.open(f"sqlite:///{tmp_path / 'other.db'}")
    assert refused(error) == ("store.damaged", "file is not a database")


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(GatewayError) as error:
        migrate.upgrade(f"sqlite:///{tmp_path / 'nowhere' / 'gateway.db'}")
    assert refused(error) == ("store.unavailable", "unable to open database file")


def test_a_table_that_is_gone_is_a_matter_of_the_schema(path: Path, store: SqlStore) -> None:
    connection = sqlite3.connect(path)
    connection.execute("DROP TABLE cursor")
    connection.close()
    with pytest.raises(GatewayError) as error:
        store.rows.cursor("source:cases")
    assert refused(error) == ("store.schema", "no such table: cursor")


def test_a_notice_without_its_evidence_is_our_mistake_and_names_no_person(store: SqlStore) -> None:
    alone = admission(entry(1))
    with pytest.raises(IntegrityError) as error:
        store.commit(Changes(admissions=[alone], cursors={"a": "1"}))
    assert alone.recipient_name not in "".join(traceback.format_exception(error.value))
    assert store.rows.cursor("a") is None


def test_the_queries_of_one_reading_see_one_moment(database: Database, store: SqlStore) -> None:
    def twice(connection: Connection) -> list[str | None]:
        query = select(cursor.c.value).where(cursor.c.name == "a")
        first = connection.scalar(query)
        store.commit(Changes(cursors={"a": "2"}))
        return [first, connection.scalar(query)]

    store.commit(Changes(cursors={"a": "1"}))
    assert database.read(twice) == ["1", "1"]
    assert store.rows.cursor("a") == "2"
