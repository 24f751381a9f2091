"""A primary that is lost, and the standby that takes its place: what was acknowledged is there, once; what was not is
never taken for kept."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Connection, event, select

from adapters.storage.engine import migrate
from adapters.storage.engine.engine import Database
from adapters.storage.schema.tables import cursor
from adapters.storage.sql_store import SqlStore
from gateway.runtime.errors import GatewayError
from gateway.store.stored import Changes
from tests.conformance.builders import admit, claim, entry, intake
from tests.databases import open_folder
from tests.postgres_standby import Mortal, Pair

pytestmark = pytest.mark.long

NAME = "ours"
SOON = 5.0
"""Seconds for which these tests let an answer be waited for."""

PATIENCE = 600.0
"""Seconds after which a test that waits for nothing ends, however busy the machine is."""


@pytest.fixture(scope="module")
def stopped_pair() -> Iterator[Path]:
    """Return the folder of a pair that holds an empty store, for copies."""
    with open_folder() as folder:
        with Pair(folder) as made:
            made.ensure_database(NAME)
            migrate.upgrade(made.url(NAME))
        yield folder


@pytest.fixture
def pair(stopped_pair: Path) -> Iterator[Pair]:
    with open_folder() as folder, Pair.copied(stopped_pair, folder) as made:
        yield made


@pytest.fixture
def store(pair: Pair) -> Iterator[SqlStore]:
    with opened(pair.url(NAME)) as made:
        yield made


@contextmanager
def opened(url: str) -> Iterator[SqlStore]:
    made = SqlStore.open(url, timeout=SOON)
    yield made
    made.close()


def move(value: object) -> Changes:
    return Changes(cursors={"source:cases": str(value)})


def refused(write: Callable[[], object]) -> str:
    with pytest.raises(GatewayError) as error:
        write()
    return error.value.code


def ask(server: Mortal, query: str) -> object:
    with psycopg.connect(server.url(NAME).replace("+psycopg", ""), autocommit=True) as connection:
        row = connection.execute(query.encode()).fetchone()
    return row[0] if row else None


def test_everything_whose_commit_returned_is_there_after_a_fail_over_and_nothing_twice(
    pair: Pair, store: SqlStore
) -> None:
    acknowledged: list[int] = []
    going_on, enough = threading.Event(), threading.Event()

    def write() -> None:
        for number in count():
            while True:
                with suppress(GatewayError):
                    store.commit(intake(entry(number)))
                    break
            acknowledged.append(number)
            if number == 50:
                going_on.set()
            if enough.is_set():
                return

    writer = threading.Thread(target=write)
    writer.start()
    assert going_on.wait(PATIENCE)
    pair.fail_over()
    before = len(acknowledged)
    while len(acknowledged) < before + 20:
        time.sleep(0.01)
    enough.set()
    writer.join()
    with opened(pair.standby.url(NAME)) as survivor:
        entries = survivor.notices.entries([entry(number).reference for number in acknowledged])
        assert sorted(entries) == sorted(entry(number).reference for number in acknowledged)
        assert survivor.tallies.counts()["admitted"] == len(acknowledged)
        assert {len(survivor.notices.history(reference)) for reference in entries} == {1}


@pytest.mark.exhaustive(group="a server fails over", keep=3)
def test_connections_to_the_old_primary_are_given_up_at_once(pair: Pair, store: SqlStore) -> None:
    """All of them, so that each pass has one failure at most."""
    together = threading.Barrier(5)
    threads = [
        threading.Thread(target=lambda: store._database.read(lambda _: together.wait(PATIENCE))) for _ in range(5)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    store.commit(move(1))
    pair.fail_over()
    for number in range(2, 8):
        store.commit(move(number))
        assert store.rows.cursor("source:cases") == str(number)


def test_a_server_that_takes_no_writes_any_more_is_left_for_one_that_does(pair: Pair, store: SqlStore) -> None:
    store.commit(move(1))
    assert store.rows.cursor("source:cases") == "1"  # on the same connection
    pair.standby.promote()
    with pair.primary.connect() as connection:
        connection.execute("ALTER SYSTEM SET default_transaction_read_only = on")
        connection.execute("SELECT pg_reload_conf()")
    while ask(pair.primary, "SHOW default_transaction_read_only") != "on":
        pass
    store.commit(move(2))
    assert ask(pair.standby, "SELECT value FROM cursor") == "2"
    assert ask(pair.primary, "SELECT value FROM cursor") == "1"


def test_a_cluster_of_standbys_alone_does_not_answer(pair: Pair) -> None:
    pair.primary.kill()
    with pytest.raises(GatewayError, match="read-only") as error:
        SqlStore.open(pair.url(NAME))
    assert error.value.code == "store.unavailable"


@pytest.mark.exhaustive(group="a server fails over", keep=3)
def test_a_commit_that_the_standby_does_not_confirm_is_no_success_and_its_end_is_bounded(
    pair: Pair, store: SqlStore
) -> None:
    pair.standby.stop()
    assert refused(lambda: store.commit(move(1))) == "store.standby"
    assert store.trouble is not None
    # It is visible there; so a commit that would write nothing new must wait as well.
    assert store.rows.cursor("source:cases") == "1"
    assert refused(lambda: store.commit(move(1))) == "store.standby"
    assert refused(lambda: store.commit(Changes())) == "store.standby"
    assert refused(store.assert_writable) == "store.standby"
    pair.standby.start()
    pair.await_synchrony()
    store._writability._tried_at = float("-inf")
    store.assert_writable()
    assert store.trouble is None
    store.commit(move(2))
    pair.fail_over()
    assert store.rows.cursor("source:cases") == "2"


def test_a_commit_that_an_administrator_cancels_is_no_success(pair: Pair, store: SqlStore) -> None:
    pair.standby.stop()
    patient = SqlStore.open(pair.url(NAME), timeout=600)
    waiting = "FROM pg_stat_activity WHERE wait_event = 'SyncRep'"

    def cancel() -> None:
        while not ask(pair.primary, f"SELECT pg_cancel_backend(pid) {waiting}"):
            pass

    canceller = threading.Thread(target=cancel)
    canceller.start()
    assert refused(lambda: patient.commit(move(1))) == "store.standby"
    canceller.join()
    patient.close()


@pytest.mark.exhaustive(group="a server fails over", keep=3)
def test_the_old_primary_alone_commits_nothing(pair: Pair) -> None:
    """Split brain: it came back, knows of no other, and answers readings; no write of a node that finds it succeeds."""
    pair.fail_over()
    pair.primary.start()
    with opened(pair.primary.url(NAME)) as misled:
        assert misled.rows.cursor("source:cases") is None
        assert refused(lambda: admit(misled, entry(1))) == "store.standby"
        assert refused(lambda: claim(misled)) == "store.standby"
        assert refused(misled.assert_writable) == "store.standby"
    with opened(pair.standby.url(NAME)) as right:
        assert right.tallies.counts()["admitted"] == 0


@pytest.mark.exhaustive(group="a server fails over", keep=3)
def test_nothing_is_begun_while_nothing_is_confirmed(pair: Pair, store: SqlStore) -> None:
    """One claim may be left in limbo, under its lease; no turn adds another."""
    admit(store, *[entry(n) for n in range(6)])
    pair.standby.stop()
    assert refused(lambda: claim(store, limit=2)) == "store.standby"
    for _ in range(3):
        assert refused(store.assert_writable) == "store.standby"
    assert ask(pair.primary, "SELECT count(*) FROM outbox WHERE state = 'SENDING'") == 2
    assert ask(pair.primary, "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'") == 0


def test_a_claim_whose_answer_was_lost_is_the_same_claim_when_it_comes_again(pair: Pair, store: SqlStore) -> None:
    admit(store, *[entry(n) for n in range(6)])
    lost: list[int] = []

    def lose(connection: Connection) -> None:
        if not lost:
            raw = connection.connection.driver_connection
            assert raw is not None
            lost.append(raw.info.backend_pid)
            raw.commit()
            ask(pair.primary, f"SELECT pg_terminate_backend({lost[0]}, 10000)")

    event.listen(store._database._writer, "commit", lose)
    assert len(claim(store, limit=2)) == 2
    assert lost
    assert ask(pair.primary, "SELECT count(*) FROM outbox WHERE state = 'SENDING'") == 2


@pytest.mark.exhaustive(group="a server fails over", keep=3)
def test_a_server_that_stands_still_is_given_up(pair: Pair, store: SqlStore) -> None:
    store.commit(move(1))
    alone = SqlStore.open(pair.primary.url(NAME), timeout=SOON)
    pair.primary.freeze()
    assert refused(lambda: alone.rows.cursor("source:cases")) == "store.slow"
    assert refused(lambda: alone.commit(move(2))) == "store.slow"
    assert refused(lambda: store.commit(move(2))) in ("store.slow", "store.unavailable"), "none of the two takes writes"
    alone.close()
    pair.primary.kill()
    pair.standby.promote()
    store.commit(move(3))
    assert store.rows.cursor("source:cases") == "3"


@pytest.mark.exhaustive(group="a server fails over", keep=3)
def test_a_statement_that_takes_too_long_is_ended(pair: Pair) -> None:
    hurried = Database(pair.url(NAME), timeout=SOON)
    with pytest.raises(GatewayError) as error:
        hurried.read(lambda c: c.exec_driver_sql("SELECT pg_sleep(600)"))
    assert (error.value.code, error.value.detail) == ("store.slow", "canceling statement due to statement timeout")
    assert hurried.read(lambda c: c.scalar(select(cursor.c.value))) is None
    hurried.close()
