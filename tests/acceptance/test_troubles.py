"""Disk full, read-only store, a database that answers too late: the service says so and takes no work; nothing that it
promised is lost, and when the trouble is over it goes on by itself."""

from __future__ import annotations

import os
import resource
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from pathlib import Path

import pytest

from adapters.composition.installation import Installation
from adapters.sandbox.postgres.postgres_server import PostgresServer
from gateway.store.stored import Changes
from tests.forked import forked
from tests.relay import Relay
from tests.small_disk import small_disk

from .conftest import Program, edit
from .fleet import DATABASE, Fleet, fleet_of, one_server
from .service import TROUBLE, SandboxProcess, Service, serving, until

pytestmark = [pytest.mark.slow, TROUBLE, pytest.mark.long]

ROWS = 60
"""Rows of the case database that come before the trouble; all others come during it."""


class Disk:
    """The service's folder of data, and functions that fill it and make room."""

    def __init__(self, folder: Path, fill: Callable[[Service], object], make_room: Callable[[Service], object]) -> None:
        self.folder, self.fill, self.make_room = folder, fill, make_room


@contextmanager
def quota(folder: Path) -> Iterator[Disk]:
    """As a quota does it: the service's files do not grow, everybody else's do. Needs no rights."""
    whole = resource.getrlimit(resource.RLIMIT_FSIZE)

    def fill(service: Service) -> None:
        # The case database is a file, too: a result that was half written there would keep its rows from being read.
        until(lambda: all_at_their_end(folder / "D"), "the end of every notice that came")
        limit(service, 16 * 1024)

    def limit(service: Service, octets: int) -> None:
        resource.prlimit(service.process.pid, resource.RLIMIT_FSIZE, (octets, whole[1]))

    yield Disk(folder, fill, lambda s: limit(s, whole[0]))


@contextmanager
def tmpfs(_: Path) -> Iterator[Disk]:
    with small_disk(64) as disk:
        yield Disk(disk.path, lambda _: disk.fill(), lambda _: disk.make_room())


@pytest.mark.parametrize("disk", [quota, tmpfs])
def test_a_full_disk(
    disk: Callable[[Path], AbstractContextManager[Disk]], prepared_for_many: Path, program: Program, tmp_path: Path
) -> None:
    with ExitStack() as stack:
        place = stack.enter_context(disk(tmp_path))
        # Store and payloads lie on that disk; cases, the judiciary's ledger and logs on another one.
        directory = tmp_path / "D"
        shutil.copytree(prepared_for_many, directory)
        shutil.move(directory / "gateway.db", place.folder)
        edit(directory, "sqlite:///gateway.db", f"sqlite:///{place.folder}/gateway.db")
        edit(directory, "[gateway]\n", f'[gateway]\npayloads = "{place.folder}/payloads"\n')
        edit(directory, 'file = "gateway.log"\n', 'level = "debug"\n')
        later = hold_rows_back(directory)
        sandbox = SandboxProcess(directory, program)
        stack.callback(sandbox.end)
        service = stack.enter_context(serving(directory))
        until(lambda: sent(directory), "the first notices")
        place.fill(service)
        bring(directory, later)
        until(lambda: service.check("store") == "store.full", "the code")
        assert_takes_no_work(service, "store.full", directory)

        place.make_room(service)
        until(lambda: service.ready()[0] == 200, "readiness")
        until(lambda: all_at_their_end(directory), "the end of every notice")
        assert set(sent(directory).values()) == {1}
        assert not service.events("pass broken")
        assert service.end() == 0


def test_started_while_the_disk_of_its_store_is_read_only_it_says_so_and_recovers(
    prepared_for_many: Path, program: Program, tmp_path: Path
) -> None:
    with ExitStack() as stack:
        disk = stack.enter_context(small_disk(64))
        directory = tmp_path / "D"
        shutil.copytree(prepared_for_many, directory)
        shutil.move(directory / "gateway.db", disk.path)
        edit(directory, "sqlite:///gateway.db", f"sqlite:///{disk.path}/gateway.db")
        edit(directory, 'file = "gateway.log"\n', 'level = "debug"\n')
        hold_rows_back(directory)

        def work_until_killed() -> None:
            Installation.of(directory / "gateway.toml").store().commit(Changes(cursors={"a": "1"}))
            os._exit(9)

        # It leaves the write-ahead log, without which SQLite opens nothing on such a disk.
        assert os.waitstatus_to_exitcode(forked(work_until_killed)) == 9
        disk.turn(read_only=True)
        sandbox = SandboxProcess(directory, program)
        stack.callback(sandbox.end)
        service = stack.enter_context(serving(directory))
        until(lambda: service.check("duties") == "store.read-only", "the code")
        assert service.ready()[0] == 503
        failed_runs(service, "store.read-only", "collect", 1)

        disk.turn(read_only=False)
        until(lambda: service.ready()[0] == 200, "readiness")
        until(lambda: all_at_their_end(directory), "the end of every notice")
        assert not service.events("pass broken")
        assert service.end() == 0


def test_a_store_that_takes_no_writes(fleet: Fleet[PostgresServer]) -> None:
    def turn(read_only: bool) -> None:
        with fleet.server.connect() as connection:
            connection.execute(f"ALTER SYSTEM SET default_transaction_read_only = {'on' if read_only else 'off'}")
            connection.execute("SELECT pg_reload_conf()")

    # Of several hosts a connection leads to one that takes writes; of this one, to whatever it is.
    edit(fleet.directory, 'postgresql"', 'postgresql&target_session_attrs=any"')
    later = hold_rows_back(fleet.directory)
    with serving(fleet.directory) as service:
        until(lambda: sent(fleet.directory), "the first notices")
        turn(True)
        bring(fleet.directory, later)
        until(lambda: service.check("store") == "store.read-only", "the code")
        assert_takes_no_work(service, "store.read-only", fleet.directory)
        turn(False)
        until(lambda: service.ready()[0] == 200, "readiness")
        until(fleet.finished, "the end of every notice")
        fleet.assert_totals_agree()
        assert not service.events("pass broken")
        assert service.end() == 0


@pytest.mark.parametrize("how", ["late", "silent"])
def test_a_database_that_answers_too_late(prepared_for_many: Path, program: Program, how: str) -> None:
    """Thirty seconds, where twenty are allowed: here three, where two are."""
    with ExitStack() as stack:
        fleet = stack.enter_context(fleet_of(prepared_for_many, program, one_server))
        relay = stack.enter_context(Relay(fleet.server.folder))
        store = fleet.server.url(DATABASE)
        edit(fleet.directory, store, relay.url(DATABASE))
        edit(fleet.directory, "[gateway]\n", "[gateway]\nstore_timeout_seconds = 2\n")
        later = hold_rows_back(fleet.directory)
        with serving(fleet.directory) as service:
            until(lambda: sent(fleet.directory), "the first notices")
            relay.delay, relay.silent = (3, False) if how == "late" else (0, True)
            bring(fleet.directory, later)
            until(lambda: service.check("store") == "store.slow", "the code")
            assert_takes_no_work(service, "store.slow", fleet.directory)
            relay.delay, relay.silent = 0, False
            until(lambda: service.ready()[0] == 200, "readiness")
            edit(fleet.directory, relay.url(DATABASE), store)  # for whoever looks at it beside the service
            until(fleet.finished, "the end of every notice")
            fleet.assert_totals_agree()
            assert not service.events("pass broken")
            assert service.end() == 0


def assert_takes_no_work(service: Service, code: str, directory: Path) -> None:
    """It says so in its log, metrics and health; and after what was under way, no turn sends or collects anything."""
    assert service.ready()[0] == 503
    assert service.page("/health/live")[0] == 200
    failed_runs(service, code, "dispatch", 2)
    failed_runs(service, code, "collect", 1)
    before = sent(directory)
    collected = len(service.events("pass done", run="collect"))
    failed_runs(service, code, "dispatch", 2)
    failed_runs(service, code, "collect", 1)
    assert sent(directory) == before, "nothing was sent"
    assert len(service.events("pass done", run="collect")) == collected, "nothing was collected"
    assert service.errors(code) > 0
    metrics = service.metrics()
    assert metrics["eblagh_store_writable"] == 0 or metrics["eblagh_store_up"] == 0


def failed_runs(service: Service, code: str, run: str, more: int) -> None:
    def failed() -> int:
        return len(service.events("pass failed", run=run, code=code))

    before = failed()
    until(lambda: failed() >= before + more, f"{more} turns of {run} that end with {code}")


def sent(directory: Path) -> dict[str, int]:
    """Count each notice's submissions by the judiciary's own ledger alone."""
    with closing(sqlite3.connect(f"file:{directory / 'judiciary.db'}?mode=ro", uri=True)) as connection:
        return dict(connection.execute("SELECT reference, count(*) FROM submission GROUP BY reference"))


def hold_rows_back(directory: Path) -> list[int]:
    """Leave some rows in the case database; return the change numbers of all others, which `bring` brings."""
    with closing(sqlite3.connect(directory / "cases.db", timeout=60)) as connection, connection:
        connection.execute("CREATE TABLE later AS SELECT * FROM notices ORDER BY change_no LIMIT -1 OFFSET ?", (ROWS,))
        connection.execute("DELETE FROM notices WHERE notice_id IN (SELECT notice_id FROM later)")
        return [row[0] for row in connection.execute("SELECT notice_id FROM later")]


def bring(directory: Path, later: list[int]) -> None:
    with closing(sqlite3.connect(directory / "cases.db", timeout=60)) as connection, connection:
        connection.execute("INSERT INTO notices SELECT * FROM later")
        assert connection.execute("SELECT count(*) FROM later").fetchone() == (len(later),)


def all_at_their_end(directory: Path) -> bool:
    query = (
        "SELECT sum(eblagh_state = expected_state), count(*) FROM notices JOIN sample_expectations USING (notice_id)"
    )
    with closing(sqlite3.connect(directory / "cases.db", timeout=60)) as connection:
        at_their_end, rows = connection.execute(query).fetchone()
    return bool(at_their_end == rows)
