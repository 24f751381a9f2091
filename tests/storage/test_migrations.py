"""The database's version: made once, in one transaction, and refused where it is not this program's."""

from __future__ import annotations

import json
import sqlite3
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import fields
from datetime import timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from cryptography import x509
from sqlalchemy import Connection, MetaData, Table, create_engine, select
from sqlalchemy.exc import OperationalError

from adapters.revocation.reader import AuthorityLists
from adapters.storage.engine import migrate
from adapters.storage.engine.engine import Database
from adapters.storage.schema.archive_tables import revocation_list
from adapters.storage.schema.inbox_tables import inbox_document
from adapters.storage.schema.tables import METADATA, outbox, payload_piece
from adapters.storage.search import search_filling
from adapters.storage.sql_store import SqlStore
from gateway.notice.notice import sha256
from gateway.notice.outbox import OutboxEntry
from gateway.record.version_subject import Subject
from gateway.runtime.clock import parse_timestamp, timestamp
from gateway.runtime.errors import GatewayError
from gateway.runtime.may_continue import always
from gateway.search.notice_query import NoticeQuery
from gateway.search.searched_text import SoughtText
from gateway.store.stored import Changes, Payload
from tests.conformance.builders import refusal
from tests.databases import server
from tests.revocation.authority import AUTHORITIES, ROOT, listed
from tests.revocation.test_lists import scope


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


@contextmanager
def nothing_yet(database: str, folder: Path) -> Iterator[str]:
    """The URL of a database in which there is nothing."""
    if database == "sqlite":
        yield f"sqlite:///{folder / 'gateway.db'}"
        return
    try:
        yield server().create_database("to_be_migrated")
    finally:
        server().drop_database("to_be_migrated")


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


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_a_mapping_that_was_in_force_stays_so(database: str, tmp_path: Path) -> None:
    with nothing_yet(database, tmp_path) as url:
        migrate.upgrade(url, "0013")
        earlier = Database(url)
        earlier.write(_put_in_force)
        earlier.close()
        migrate.upgrade(url)
        store = SqlStore.open(url)
        [kept], [held], [was] = (
            store.versions.find("view"),
            store.versions.activations("cases"),
            store.versions.history("view", 1),
        )
        store.close()
    assert (kept.subject, kept.label, kept.octets) == (Subject.ROWS, "view@1", b"#")
    assert (held.subject, held.label, was.event) == (Subject.ROWS, "view@1", "Import")


def _put_in_force(connection: Connection) -> None:
    decided = "2026-02-03T08:00:00.000000Z"
    version: dict[str, object] = {"name": "view", "number": 1, "digest": "sha256:1", "state": "ACTIVE", "octets": b"#"}
    step: dict[str, object] = {"name": "view", "number": 1, "seq": 0, "event": "Import", "state": "DRAFT"}
    decision: dict[str, object] = {"source": "cases", "number": 1, "mapping": "view", "version": 1}
    fill(connection, "evidence", id="act:1", recorded_at=decided)
    fill(connection, "mapping_version", imported_at=decided, **version)
    fill(connection, "mapping_step", at=decided, evidence_id="act:1", **step)
    times = {"begins_at": decided, "decided_at": decided}
    fill(connection, "mapping_activation", evidence_id="act:1", **decision, **times)


def fill(connection: Connection, name: str, /, **known: object) -> None:
    """Insert a row into a table of an earlier version; other columns hold what their types allow."""
    table = Table(name, MetaData(), autoload_with=connection)
    some = {str: "x", bytes: b"", int: 0, bool: False}
    usual = {column.name: some[column.type.python_type] for column in table.c if not column.nullable}
    connection.execute(table.insert().values(usual | known))


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_documents_of_rows_of_an_earlier_version_are_found(database: str, tmp_path: Path) -> None:
    name, other = {"document": "sha256:1"}, {"document": "sha256:2"}
    contents = {
        "1": {"subject": "sha256:3", "paper": name, "day": {"date": "2026-02-03"}},
        "2": {"paper": name, "attachments": [{"paper": other, "title": None}, {"paper": other}]},
        "3": {"subject": "رأی"},
        "ended": "",
    }
    with nothing_yet(database, tmp_path) as url:
        migrate.upgrade(url, "0042")

        def push(connection: Connection) -> None:
            for number, (key, fields) in enumerate(contents.items()):
                texts = json.dumps(fields) if fields else ""
                fill(connection, "inbox_row", row_key=key, arrival=number, fields=texts)

        earlier = Database(url)
        earlier.write(push)
        earlier.close()
        migrate.upgrade(url)
        later = Database(url)
        found = later.read(lambda c: c.execute(select(inbox_document).order_by(*inbox_document.c)).all())
        later.close()
    assert found == [("x", "1", "sha256:1"), ("x", "2", "sha256:1"), ("x", "2", "sha256:2")]


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_a_refusal_of_an_earlier_version_stays_in_the_recovery_in_which_it_was_written(
    database: str, tmp_path: Path
) -> None:
    first, later = "2026-02-03T08:00:00.000000Z", "2026-03-03T08:00:00.000000Z"
    with nothing_yet(database, tmp_path) as url:
        migrate.upgrade(url, "0048")

        def put(connection: Connection) -> None:
            fill(connection, "refusal", row_key="1", refused_at=first)
            fill(connection, "refusal", row_key="2", refused_at=later, since=first, code="notice.date")

        earlier = Database(url)
        earlier.write(put)
        earlier.close()
        migrate.upgrade(url)
        store = SqlStore.open(url)
        again = refusal(1, source="x", row_key="1", refused_at=parse_timestamp(later))
        store.commit(Changes(refusals=[again]))
        found = store.refusals.of_rows("x", ["1", "2"])
        store.close()
    assert {key: timestamp(each.since) for key, each in found.items()} == {"1": first, "2": first}
    assert timestamp(found["1"].refusal.refused_at) == later


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_lists_of_an_earlier_version_get_their_scopes(database: str, tmp_path: Path) -> None:
    reader = AuthorityLists(authorities=AUTHORITIES, skew=timedelta())
    point = [x509.UniformResourceIdentifier("http://crl.example/1.crl")]
    parts: list[dict[str, object]] = [{"only_contains_user_certs": True}, {"full_name": point}]
    ders = [listed(), listed(ROOT), *(listed(extensions=scope(**part)) for part in parts)]
    lists = [reader.read(der, "a test") for der in ders]
    with nothing_yet(database, tmp_path) as url:
        migrate.upgrade(url, "0044")

        def put(connection: Connection) -> None:
            for each, der in zip(lists, ders, strict=True):
                fill(connection, "revocation_list", digest=each.digest, issuer=each.issuer, octets=der)

        earlier = Database(url)
        earlier.write(put)
        earlier.close()
        migrate.upgrade(url)
        later = Database(url)
        columns = revocation_list.c.digest, revocation_list.c.scope
        found = later.read(lambda c: {row.digest: row.scope for row in c.execute(select(*columns))})
        later.close()
    assert found == {each.digest: each.scope for each in lists}


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_a_large_payload_of_an_earlier_version_stays_in_its_row(database: str, tmp_path: Path) -> None:
    octets = bytes(range(256)) * 2048
    digest, other = sha256(octets), sha256(octets + b"new")
    with nothing_yet(database, tmp_path) as url:
        migrate.upgrade(url, "0050")
        earlier = Database(url)
        earlier.write(lambda c: fill(c, "payload", digest=digest, octets=octets))
        earlier.close()
        migrate.upgrade(url)
        store, later = SqlStore.open(url), Database(url)
        store.commit(
            Changes(payloads=[Payload(digest=sha256(each), octets=each) for each in (octets, octets + b"new")])
        )
        assert store.evidence.payloads([digest, other]) == {digest: octets, other: octets + b"new"}
        assert store.evidence.streamed([digest]) == {digest: octets}
        pieces = later.read(lambda c: c.execute(select(payload_piece.c.digest, payload_piece.c.number)).all())
        later.close()
        store.close()
    assert sorted(pieces) == [(other, number) for number in range(3)]


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
