"""Faults of a PostgreSQL come out under a name that says who must act."""

from __future__ import annotations

import multiprocessing
import os
import socket
import threading
import traceback
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest
from sqlalchemy import Connection, event, make_url, select
from sqlalchemy.exc import IntegrityError

from adapters.storage import writing
from adapters.storage.engine.engine import Database
from adapters.storage.schema.tables import METADATA, cursor, outbox
from adapters.storage.sql_store import SqlStore
from gateway.notice.delivery_state import DeliveryState
from gateway.runtime.errors import GatewayError
from gateway.store.stored import Changes, Mark
from tests.conformance.builders import (
    admission,
    admit,
    at,
    begin_recovery,
    claim,
    entry,
    evidence,
    intake,
    mark,
    quarantined,
)
from tests.databases import postgresql_database, server

PATIENCE = 600.0
"""Seconds after which a test that waits for nothing ends, however busy the machine is."""
MOVE = Changes(cursors={"source:cases": "1"})


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    with postgresql_database(tmp_path) as made:
        yield made


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    opened = Database(url, busy_timeout=0.1)
    yield opened
    opened.close()


@pytest.fixture
def store(database: Database) -> SqlStore:
    return SqlStore(database)


@pytest.fixture
def other(url: str) -> Iterator[Database]:
    """Another process's."""
    opened = Database(url)
    yield opened
    opened.close()


def refused(error: pytest.ExceptionInfo[GatewayError]) -> tuple[str, str]:
    return error.value.code, error.value.detail


def terminate(database: Database, own: Connection) -> None:
    """End ``own`` from another connection, as a crash of the server would."""
    pid = own.exec_driver_sql("SELECT pg_backend_pid()").scalar()
    database.write(lambda c: c.exec_driver_sql("SELECT pg_terminate_backend(%s, 10000)", (pid,)))


def test_a_url_without_a_driver_means_ours(url: str) -> None:
    store = SqlStore.open(url.replace("+psycopg", ""))
    store.commit(MOVE)
    store.close()


def test_a_commit_is_on_the_disk_whatever_the_role_was_given(url: str, other: Database) -> None:
    name = url.partition("@/")[2].partition("?")[0]
    for given, then in (("off", "on"), ("remote_apply", "remote_apply")):
        other.write(lambda c, given=given: c.exec_driver_sql(f"ALTER DATABASE {name} SET synchronous_commit = {given}"))
        opened = Database(url)
        assert opened.read(lambda c: c.exec_driver_sql("SHOW synchronous_commit").scalar()) == then
        opened.close()


def test_a_server_that_is_gone_without_a_word_is_given_up(database: Database) -> None:
    @contextmanager
    def relayed() -> Iterator[int]:
        """The server behind TCP, where such limits are."""
        listener = socket.create_server(("127.0.0.1", 0))

        def relay() -> None:
            client, _ = listener.accept()
            with client, socket.socket(socket.AF_UNIX) as behind:
                behind.connect(f"{make_url(database.where).query['host']}/.s.PGSQL.5432")
                back = threading.Thread(target=pump, args=(behind, client))
                back.start()
                pump(client, behind)
                back.join()

        thread = threading.Thread(target=relay)
        thread.start()
        with listener:
            yield listener.getsockname()[1]
            thread.join()

    def limits(connection: Connection) -> list[int]:
        descriptor = os.dup(connection.connection.dbapi_connection.fileno())  # type: ignore[union-attr]
        options = socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT, socket.TCP_USER_TIMEOUT
        with socket.socket(fileno=descriptor) as own:
            return [own.getsockopt(socket.IPPROTO_TCP, option) for option in options]

    with relayed() as port:
        far = Database(f"postgresql://postgres@127.0.0.1:{port}/{make_url(database.where).database}")
        assert far.read(limits) == [30, 10, 3, 60_000]
        far.close()


def pump(source: socket.socket, target: socket.socket) -> None:
    while octets := source.recv(65536):
        target.sendall(octets)
    target.shutdown(socket.SHUT_WR)


def test_a_reading_cannot_write_and_sees_one_moment(database: Database, store: SqlStore) -> None:
    def twice(connection: Connection) -> list[str | None]:
        query = select(cursor.c.value).where(cursor.c.name == "a")
        first = connection.scalar(query)
        store.commit(Changes(cursors={"a": "2"}))
        return [first, connection.scalar(query)]

    store.commit(Changes(cursors={"a": "1"}))
    assert database.read(twice) == ["1", "1"]
    with pytest.raises(GatewayError) as error:
        database.read(lambda c: c.execute(cursor.delete()))
    assert refused(error) == ("store.read-only", "cannot execute DELETE in a read-only transaction")
    assert store.rows.cursor("a") == "2"


def test_a_row_that_stays_locked_does_not_answer_and_then_does(store: SqlStore, other: Database) -> None:
    admit(store, entry(1))
    [claimed] = claim(store)

    def hold_and_commit(connection: Connection) -> None:
        connection.execute(select(outbox).with_for_update())
        with pytest.raises(GatewayError) as error:
            store.outbox.mark_written([claimed])
        assert refused(error) == ("store.busy", "canceling statement due to lock timeout")

    other.write(hold_and_commit)
    store.outbox.mark_written([claimed])
    assert store.notices.entries([claimed.reference])[claimed.reference].written_seq == claimed.seq


def test_a_claim_waits_for_nobody_and_takes_what_is_free(store: SqlStore, other: Database) -> None:
    admit(store, *[entry(n) for n in range(5)])

    def hold_two_and_claim(connection: Connection) -> list[str]:
        oldest = select(outbox.c.reference).order_by(outbox.c.reference).limit(2).with_for_update()
        held = connection.scalars(oldest).all()
        assert held == [entry(n).reference for n in range(2)]
        return [present.reference for present in claim(store)]

    assert sorted(other.write(hold_two_and_claim)) == [entry(n).reference for n in range(2, 5)]
    assert len(claim(store)) == 2


def take_all(url: str, owner: str, together: Barrier, results: Queue[tuple[str, list[str]]]) -> None:
    """Claim until nothing is left, begun when every process is there."""
    store = SqlStore.open(url)
    together.wait(PATIENCE)
    taken = [present.reference for present in claim(store, owner=owner, limit=2)]
    # However slow one of them is, it has a batch.
    together.wait(PATIENCE)
    while batch := claim(store, owner=owner, limit=2):
        taken += [present.reference for present in batch]
    store.close()
    results.put((owner, taken))


def test_many_processes_claim_at_once_and_no_notice_goes_to_two(url: str, store: SqlStore) -> None:
    admit(store, *[entry(n) for n in range(400)])
    context = multiprocessing.get_context("spawn")
    together, results = context.Barrier(4), context.Queue()
    processes = [context.Process(target=take_all, args=(url, owner, together, results)) for owner in "abcd"]
    for process in processes:
        process.start()
    taken = dict(results.get(timeout=PATIENCE) for _ in processes)
    for process in processes:
        process.join()
    assert sorted(reference for part in taken.values() for reference in part) == [
        entry(n).reference for n in range(400)
    ]
    assert all(taken.values()), "they claimed beside each other"
    for owner, references in taken.items():
        entries = store.notices.entries(references).values()
        assert {(present.lease_owner, present.attempts, present.state) for present in entries} <= {
            (owner, 1, DeliveryState.SENDING)
        }


@pytest.mark.long
def test_two_that_wait_for_each_other_both_end(url: str, database: Database, other: Database) -> None:
    """The server ends one of them; it is begun again and finds what the other one wrote."""
    database.write(lambda c: c.execute(cursor.insert(), [{"name": n, "value": ""} for n in "ab"]))
    together, begun = threading.Barrier(2), []

    def write(own: Database, names: str) -> None:
        def both(connection: Connection) -> None:
            begun.append(names)
            for position, name in enumerate(names):
                value = cursor.c.value + names[0]
                connection.execute(cursor.update().where(cursor.c.name == name).values(value=value))
                if not position and len(begun) <= 2:
                    together.wait(PATIENCE)

        own.write(both)

    first = threading.Thread(target=write, args=(other, "ab"))
    first.start()
    third = Database(url)
    write(third, "ba")
    first.join()
    third.close()
    assert len(begun) >= 3
    values = database.read(lambda c: set(c.scalars(select(cursor.c.value))))
    assert {frozenset(value) for value in values} == {frozenset("ab")}


@pytest.mark.long
def test_a_recovery_begins_however_long_it_takes(url: str, database: Database) -> None:
    admit(SqlStore(database), entry(1))
    sleep = "CREATE FUNCTION sleep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(1); RETURN NEW; END'"
    for made in (sleep, "CREATE TRIGGER slow BEFORE UPDATE ON outbox FOR EACH ROW EXECUTE FUNCTION sleep()"):
        database.write(lambda c, made=made: c.exec_driver_sql(made))  # type: ignore[misc]
    hurried = Database(url, timeout=0.5)
    store = SqlStore(hurried)
    with pytest.raises(GatewayError, match=r"store\.slow"):
        store.commit(Changes(marks=[Mark(reference=entry(1).reference, held=True)]))
    begun = begin_recovery(store)
    assert store.recovery.all() == [begun]
    with pytest.raises(GatewayError, match=r"store\.slow"):
        hurried.write(lambda c: c.exec_driver_sql("SELECT pg_sleep(600)"))
    hurried.close()


def test_the_latest_time_is_looked_for_however_long_it_takes(database: Database) -> None:
    said: list[str] = []
    event.listen(database._engine, "before_cursor_execute", lambda *told: said.append(told[2]))
    assert SqlStore(database).recovery.latest(at(days=9)) is None
    assert said[:2] == ["SHOW statement_timeout", "SET LOCAL statement_timeout = 0"]
    assert all(each.startswith("SELECT max(") for each in said[2:-1])


def test_what_was_written_back_is_marked_in_one_order(database: Database, other: Database) -> None:
    marker = SqlStore(other)
    one, two = admit(marker, entry(1), entry(2))
    marking = threading.Thread(target=marker.outbox.mark_written, args=([two, one],))
    row = select(outbox).with_for_update(nowait=True)

    def take_one_after_the_other(connection: Connection) -> None:
        connection.execute(row.where(outbox.c.reference == one.reference))
        marking.start()
        while not connection.exec_driver_sql("SELECT count(*) FROM pg_locks WHERE NOT granted").scalar():
            pass
        connection.execute(row.where(outbox.c.reference == two.reference))

    database.write(take_one_after_the_other)
    marking.join()
    assert marker.outbox.unwritten("cases", 9) == []


def test_a_notice_whose_admission_is_being_committed_is_no_other_rows(database: Database, other: Database) -> None:
    """The second row's commit waits for the first one's, and is told."""
    first, second = (replace(intake(entry(1, source=name)), seen=[mark(1, source=name)]) for name in ("cases", "other"))
    late = SqlStore(other)
    with ThreadPoolExecutor(1) as pool:

        def let_the_second_wait(connection: Connection) -> Future[frozenset[str]]:
            assert writing.commit(connection, first, []) == frozenset()
            waiting = pool.submit(late.commit, second)
            while not connection.exec_driver_sql("SELECT count(*) FROM pg_locks WHERE NOT granted").scalar():
                pass
            return waiting

        assert database.write(let_the_second_wait).result() == {entry(1).reference}
    assert late.rows.unseen([*first.seen, *second.seen]) == second.seen
    assert late.notices.entries([entry(1).reference])[entry(1).reference].source == "cases"


def test_a_transaction_whose_connection_broke_is_begun_again(database: Database, other: Database) -> None:
    begun: list[int] = []

    def work(connection: Connection) -> int:
        begun.append(1)
        connection.execute(cursor.insert(), {"name": "a", "value": "1"})
        if len(begun) == 1:
            terminate(other, connection)
        return connection.execute(select(cursor)).rowcount

    assert database.write(work) == 1
    assert len(begun) == 2


def test_an_answer_to_commit_that_is_lost_does_no_harm(database: Database, other: Database, store: SqlStore) -> None:
    """The transaction is committed, the connection broken: the same commit comes again."""
    lost: list[Connection] = []

    def lose(connection: Connection) -> None:
        if not lost:
            lost.append(connection)
            connection.connection.driver_connection.commit()
            terminate(other, connection)

    event.listen(database._writer, "commit", lose)
    changes = intake(entry(1), entry(2))
    assert store.commit(changes) == frozenset()
    assert lost
    assert store.tallies.counts()["admitted"] == 2
    assert len(store.notices.history(entry(1).reference)) == 1


def test_a_role_without_rights_is_a_matter_of_the_database(url: str, other: Database) -> None:
    other.write(lambda c: c.exec_driver_sql("DROP ROLE IF EXISTS nobody"))
    other.write(lambda c: c.exec_driver_sql("CREATE ROLE nobody LOGIN"))
    store = SqlStore(Database(url.replace("postgres@", "nobody@")))
    with pytest.raises(GatewayError) as error:
        store.rows.cursor("a")
    store.close()
    assert refused(error) == ("store.permission", "permission denied for table cursor")


def test_a_table_that_is_gone_is_a_matter_of_the_schema(store: SqlStore, other: Database) -> None:
    other.write(lambda c: c.exec_driver_sql("DROP TABLE cursor"))
    with pytest.raises(GatewayError) as error:
        store.rows.cursor("source:cases")
    assert error.value.code == "store.schema"


@pytest.mark.parametrize("missing", ["evidence", "body"])
def test_a_broken_constraint_is_our_mistake_and_names_no_person(store: SqlStore, missing: str) -> None:
    alone = admission(entry(1), **({"body": None} if missing == "body" else {}))
    records = [] if missing == "evidence" else [evidence(alone.evidence_id)]
    with pytest.raises(IntegrityError) as error:
        store.commit(Changes(admissions=[alone], evidence=records, cursors={"a": "1"}))
    assert alone.recipient_name not in "".join(traceback.format_exception(error.value))
    assert "violates" in str(error.value)
    assert store.rows.cursor("a") is None


def test_two_rows_of_one_key_may_come_in_one_commit(store: SqlStore) -> None:
    item = quarantined()
    store.commit(Changes(quarantine=[item, item]))
    assert store.quarantine.items(item.payload_digest) == [item]


def test_texts_sort_by_their_octets_whatever_the_databases_collation(database: Database) -> None:
    query = (
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
        " AND data_type = 'text' AND collation_name IS DISTINCT FROM 'C'"
    )
    assert database.read(lambda c: c.exec_driver_sql(query).all()) == []


def shape(connection: Connection) -> list[set[str]]:
    """Columns, indexes and constraints. The names of NOT NULL constraints tell how a table was made, and so does the
    order of columns: one that was added stands behind the others, and nobody reads them by their place."""
    queries = (
        "SELECT row(table_name, column_name, data_type, collation_name, is_nullable,"
        " is_identity, column_default)::text FROM information_schema.columns WHERE table_schema = 'public'",
        "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'",
        "SELECT row(conrelid::regclass, conname, pg_get_constraintdef(oid))::text FROM pg_constraint"
        " WHERE connamespace = 'public'::regnamespace AND contype <> 'n'",
    )
    return [
        {line for line in connection.exec_driver_sql(query).scalars() if "alembic" not in line} for query in queries
    ]


@pytest.mark.long
def test_the_migrations_make_the_tables(database: Database) -> None:
    made = Database(server().create_database("by_metadata"))
    made.write(METADATA.create_all)
    assert database.read(shape) == made.read(shape)
    made.close()
    server().drop_database("by_metadata")
