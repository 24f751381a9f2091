"""The database's version: made once, in one transaction, and refused where it is not this program's."""

from __future__ import annotations

import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError

from adapters.storage.engine import migrate
from adapters.storage.engine.engine import Database
from adapters.storage.schema.tables import METADATA, outbox
from adapters.storage.search import search_filling
from adapters.storage.sql_store import SqlStore
from gateway.notice.outbox import OutboxEntry
from gateway.runtime.errors import GatewayError
from gateway.runtime.may_continue import always
from gateway.search.notice_query import NoticeQuery
from gateway.search.searched_text import SoughtText
from tests.storage.earlier_databases import fill


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "50% of gateway.db"


@pytest.fixture
def url(path: Path) -> str:
    return f"sqlite:///{path}"


def definitions(path: Path) -> dict[str, str]:
    """Return each table's and index's SQL by name, whatever its white space and quotes."""
    connection = sqlite3.connect(path)
    rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    connection.close()
    return {name: " ".join(sql.replace('"', "").split()) for name, sql in rows if name != "alembic_version"}


def epoch(url: str) -> str:
    store = SqlStore.open(url)
    try:
        return store.recovery.epoch
    finally:
        store.close()


def test_the_migrations_make_the_tables(path: Path, url: str, tmp_path: Path) -> None:
    migrate.upgrade(url)
    engine = create_engine(url)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
    engine.dispose()

    by_metadata = create_engine(f"sqlite:///{tmp_path / 'by-metadata.db'}")
    METADATA.create_all(by_metadata)
    by_metadata.dispose()
    assert definitions(path) == definitions(tmp_path / "by-metadata.db")


def test_the_outbox_has_a_column_for_each_field() -> None:
    assert [column.name for column in outbox.c] == [field.name for field in fields(OutboxEntry)]


def test_second_rows_whose_reason_named_no_other_row_are_judged_again(path: Path, url: str) -> None:
    migrate.upgrade(url, "0015")
    connection = sqlite3.connect(path)
    for key, code in (("1", "notice.two-rows"), ("2", "notice.date")):
        row = "cases", key, "7", code, "notice_id", "reason", "2026-02-03T08:00:00.000000Z", True
        connection.execute("INSERT INTO refusal VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
        connection.execute("INSERT INTO seen_row VALUES (?, ?, ?)", ("cases", key, "7"))
    connection.execute("INSERT INTO cursor VALUES ('listed:cases', '7'), ('listed:other', '7')")
    connection.commit()
    connection.close()
    migrate.upgrade(url)
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT row_key FROM seen_row").fetchall() == [("2",)]
    assert connection.execute("SELECT name FROM cursor").fetchall() == [("listed:other",)]
    connection.close()


def test_what_was_in_quarantine_stays_there(path: Path, url: str) -> None:
    migrate.upgrade(url, "0001")
    connection = sqlite3.connect(path)
    row = "sha256:1", "verify.digest", "receipt", "court", "a digest", "2026-02-03T08:00:00.000000Z"
    connection.execute("INSERT INTO quarantine VALUES (?, ?, ?, ?, ?, ?)", row)
    connection.commit()
    connection.close()
    migrate.upgrade(url)
    store = SqlStore.open(url)
    [item] = store.quarantine.page(code=None, limit=10, after=None)
    store.close()
    assert (item.code, item.kind, item.ended_at) == ("verify.digest", "receipt", None)


def test_what_is_queued_has_waited_since_its_admission(path: Path, url: str) -> None:
    migrate.upgrade(url, "0002")
    admitted = "2026-02-03T08:00:00.000000Z"
    engine = create_engine(url)
    with engine.begin() as connection:
        fill(connection, "evidence", id="seal:EB-1", recorded_at=admitted)
        fill(connection, "notice", reference="EB-1", evidence_id="seal:EB-1")
        times = {"admitted_at": admitted, "state_since": admitted}
        fill(connection, "outbox", reference="EB-1", state="QUEUED", **times)
    engine.dispose()
    migrate.upgrade(url)
    store = SqlStore.open(url)
    entry = store.notices.entries(["EB-1"])["EB-1"]
    store.close()
    assert entry.waiting_since == entry.admitted_at


def test_a_doubt_of_an_earlier_version_began_with_no_known_fault(path: Path, url: str) -> None:
    migrate.upgrade(url, "0015")
    at = "2026-02-03T08:00:00.000000Z"
    engine = create_engine(url)
    with engine.begin() as connection:
        fill(connection, "evidence", id="seal:EB-1", recorded_at=at)
        fill(connection, "notice", reference="EB-1", evidence_id="seal:EB-1")
        times = {"admitted_at": at, "state_since": at, "waiting_since": at}
        fill(connection, "outbox", reference="EB-1", state="IN_DOUBT", code="doubt.person", **times)
    engine.dispose()
    migrate.upgrade(url)
    store = SqlStore.open(url)
    entry, counts = store.notices.entries(["EB-1"])["EB-1"], store.tallies.counts()
    store.close()
    assert (entry.doubt_fault, entry.code, counts["absent"]) == (None, "doubt.person", 1)


def test_notices_of_an_earlier_version_wait_to_be_found(path: Path, url: str, tmp_path: Path) -> None:
    admitted = "2026-02-03T08:00:00.000000Z"
    migrate.upgrade(url, "0028")
    engine = create_engine(url)
    with engine.begin() as connection:
        fill(connection, "evidence", id="seal:EB-1", recorded_at=admitted)
        fill(connection, "notice", reference="EB-1", evidence_id="seal:EB-1", recipient_name="علي كاظمی")
        times = {"admitted_at": admitted, "state_since": admitted, "waiting_since": admitted}
        fill(connection, "outbox", reference="EB-1", state="QUEUED", **times)
    engine.dispose()
    migrate.upgrade(url)
    store, database = SqlStore.open(url), Database(url)
    named = NoticeQuery(visible_bodies=None, name=SoughtText.typed("کاظمی"))
    assert not store.search.complete
    assert not store.search.find(named, after=None, limit=9).notices
    assert search_filling.fill(database, always) == 1
    assert store.search.complete
    [notice] = store.search.find(named, after=None, limit=9).notices
    assert notice.entry.reference == "EB-1"
    store.close()
    database.close()
    empty = f"sqlite:///{tmp_path / 'empty.db'}"
    migrate.upgrade(empty)
    fresh = SqlStore.open(empty)
    assert fresh.search.complete
    fresh.close()


def test_asking_for_the_version_creates_nothing(path: Path, url: str) -> None:
    current, head = migrate.status(url)
    assert current is None
    assert head
    assert not path.exists()
    migrate.upgrade(url)
    assert migrate.status(url) == (head, head)


def test_the_programs_version_is_that_of_its_last_migration() -> None:
    scripts = ScriptDirectory(str(Path(migrate.__file__).parents[1] / "migrations"))
    assert migrate.status("sqlite:////nowhere.db")[1] == scripts.get_current_head()
    in_order = [script.revision for script in reversed(list(scripts.walk_revisions()))]
    assert in_order == sorted(in_order)


def test_a_new_database_is_readable_by_its_owner_alone(path: Path, url: str) -> None:
    migrate.upgrade(url)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_upgrading_again_changes_nothing(path: Path, url: str) -> None:
    migrate.upgrade(url)
    before = definitions(path), epoch(url)
    migrate.upgrade(url)
    assert (definitions(path), epoch(url)) == before


def test_each_store_has_an_epoch_of_its_own(tmp_path: Path) -> None:
    urls = [f"sqlite:///{tmp_path / name}" for name in ("a.db", "b.db")]
    for url in urls:
        migrate.upgrade(url)
    assert len({epoch(url) for url in urls}) == 2
    assert len(epoch(urls[0])) == 32


def test_two_upgrades_at_once_make_one_database(url: str) -> None:
    with ThreadPoolExecutor(2) as threads:
        upgrades = [threads.submit(migrate.upgrade, url) for _ in range(2)]
    assert [upgrade.exception() for upgrade in upgrades] == [None, None]
    current, head = migrate.status(url)
    assert current == head


def test_an_upgrade_that_fails_leaves_nothing_behind(path: Path, url: str) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE outbox (mine)")
    connection.close()
    with pytest.raises(OperationalError, match="already exists"):
        migrate.upgrade(url)
    assert definitions(path) == {"outbox": "CREATE TABLE outbox (mine)"}
    assert migrate.status(url)[0] is None


def test_a_database_that_is_not_there_or_empty_is_refused(path: Path, url: str) -> None:
    for _ in range(2):
        with pytest.raises(GatewayError) as error:
            SqlStore.open(url)
        assert error.value.code == "store.schema"
        assert "none" in error.value.detail
        assert "backup first" in error.value.entry.remedy
        path.touch()


def test_a_database_of_a_later_program_is_refused_and_left_alone(path: Path, url: str) -> None:
    migrate.upgrade(url)
    connection = sqlite3.connect(path)
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.commit()
    connection.close()
    with pytest.raises(GatewayError, match="9999") as error:
        SqlStore.open(url)
    assert error.value.code == "store.schema"
    with pytest.raises(GatewayError, match="9999") as error:
        migrate.upgrade(url)
    assert error.value.code == "store.schema"
    assert migrate.status(url)[0] == "9999"
