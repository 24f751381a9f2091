"""A disk that is full or read-only, and a server that is slow or silent: named, nothing half written, nothing begun
while it lasts, and no more than a trial is needed to go on."""

from __future__ import annotations

import os
import resource
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest

from adapters.sandbox.postgres.postgres_server import PostgresServer
from adapters.schedule.service_gate import ServiceGate
from adapters.storage import writability
from adapters.storage.engine import migrate
from adapters.storage.engine.advisory_locks import duties_of
from adapters.storage.engine.disk import SPARE_FILES, no_spare_files
from adapters.storage.payloads.payloads import DatabasePayloads, PayloadStore
from adapters.storage.payloads.segments import SegmentPayloads
from adapters.storage.sql_store import SqlStore
from gateway.notice.notice import sha256
from gateway.runtime.clock import system_clock
from gateway.runtime.errors import GatewayError
from gateway.store.stored import Changes, Payload
from tests.conformance.builders import admit, claim, entry
from tests.databases import open_folder
from tests.forked import forked
from tests.relay import Relay
from tests.small_disk import SmallDisk, small_disk

pytestmark = pytest.mark.long

SOON = 5.0
"""Seconds for which these tests let an answer be waited for."""


def refused(write: Callable[[], object]) -> str:
    with pytest.raises(GatewayError) as error:
        write()
    return error.value.code


def large(number: int) -> Changes:
    octets = os.urandom(300_000) + bytes([number])
    return Changes(payloads=[Payload(digest=sha256(octets), octets=octets)], cursors={"a": str(number)})


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A trial is believed for no time."""
    monkeypatch.setattr(writability, "TRY_AGAIN_SECONDS", 0)


@contextmanager
def opened(url: str, payloads: PayloadStore | None = None, timeout: float = 20) -> Iterator[SqlStore]:
    store = SqlStore.open(url, payloads, timeout=timeout)
    yield store
    store.close()


class Trouble:
    """Something that can be done to a store's disk, and undone."""

    def __init__(self, folder: Path, begin: Callable[[], object], end: Callable[[], object]) -> None:
        self.folder, self.begin, self.end = folder, begin, end


@contextmanager
def full_tmpfs() -> Iterator[Trouble]:
    with small_disk(8) as disk:
        yield Trouble(disk.path, disk.fill, disk.make_room)


@contextmanager
def limited() -> Iterator[Trouble]:
    """As a quota does it, for any user: no file of this process grows."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    with open_folder() as folder:
        yield Trouble(
            folder,
            lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1])),
            lambda: resource.setrlimit(resource.RLIMIT_FSIZE, before),
        )
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("trouble", [full_tmpfs, limited])
@pytest.mark.parametrize("place", ["segments", "rows"])
def test_a_full_disk_stops_what_cannot_be_recorded_and_then_goes_on(
    trouble: Callable[[], Iterator[Trouble]], place: str
) -> None:
    with ExitStack() as stack:
        disk = stack.enter_context(trouble())  # type: ignore[arg-type]
        url = f"sqlite:///{disk.folder / 'gateway.db'}"
        migrate.upgrade(url)
        payloads = SegmentPayloads(disk.folder / "payloads") if place == "segments" else DatabasePayloads()
        store = stack.enter_context(opened(url, payloads))
        gate = ServiceGate(lambda: store, system_clock, "city")
        admit(store, *[entry(n) for n in range(4)])
        kept = large(1)
        store.commit(kept)
        assert gate()

        disk.begin()
        assert refused(lambda: store.commit(large(2))) == "store.full"
        assert refused(gate) == "store.full"
        assert store.trouble is not None
        disk.end()

        assert gate()
        assert store.trouble is None
        assert store.rows.cursor("a") == "1"
        assert store.evidence.payload(kept.payloads[0].digest) == kept.payloads[0].octets
        store.commit(large(3))
        assert len(claim(store)) == 4
        audit = store.audit_payloads(lambda problem: pytest.fail(str(problem)))
        assert audit is not None


@pytest.mark.parametrize("place", ["segments", "rows"])
def test_a_disk_that_became_read_only_is_named(place: str) -> None:
    with small_disk(8) as disk:
        assert_read_only(disk.path, place, lambda read_only: disk.turn(read_only=read_only))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write whatever the rights say: see the test above")
@pytest.mark.parametrize("place", ["segments", "rows"])
def test_a_folder_without_the_right_to_write_is_named(tmp_path: Path, place: str) -> None:
    def turn(read_only: bool) -> None:
        for path in (*tmp_path.rglob("*"), tmp_path):
            path.chmod((0o500 if path.is_dir() else 0o400) if read_only else (0o700 if path.is_dir() else 0o600))

    assert_read_only(tmp_path, place, turn)


def assert_read_only(folder: Path, place: str, turn: Callable[[bool], None]) -> None:
    url = f"sqlite:///{folder / 'gateway.db'}"
    migrate.upgrade(url)
    payloads = SegmentPayloads(folder / "payloads") if place == "segments" else DatabasePayloads()
    with opened(url, payloads) as store:
        locks = duties_of(url)
        with locks.attempt("collect") as held:
            assert held
        store.commit(large(1))
        reader = SqlStore.open(url)
        reader.rows.cursor("a")
        store.close()
        reader.close()
        turn(True)
        try:
            assert refused(lambda: store.commit(large(2))) == "store.read-only"
            assert refused(store.assert_writable) == "store.read-only"
            with pytest.raises(GatewayError, match="takes no writes"), locks.attempt("collect"):
                pass
        finally:
            store.close()
            turn(False)
        store.assert_writable()
        store.commit(large(3))
        assert store.rows.cursor("a") == "3"


def test_a_store_opened_while_its_disk_was_read_only_recovers() -> None:
    with small_disk(8) as disk:
        url = f"sqlite:///{disk.path / 'gateway.db'}"
        migrate.upgrade(url)

        def work_until_killed() -> None:
            SqlStore.open(url).commit(large(1))
            os._exit(9)

        # A process that is killed leaves the write-ahead log, without which SQLite would open nothing there.
        assert os.waitstatus_to_exitcode(forked(work_until_killed)) == 9
        disk.turn(read_only=True)
        try:
            store = SqlStore.open(url)
            # Two at once, as threads do it: the pool keeps both.
            assert store._database.read(lambda _: store.rows.cursor("a")) == "1"
        finally:
            disk.turn(read_only=False)
        with closing(store):
            store.commit(large(2))
            assert store.rows.cursor("a") == "2"


def test_another_store_of_the_process_keeps_none_from_recovering() -> None:
    """A connection that was opened while the disk was read-only stays in its pool, and nothing of its own closes it."""
    with small_disk(8) as disk:
        url = f"sqlite:///{disk.path / 'gateway.db'}"
        migrate.upgrade(url)

        def work_until_killed() -> None:
            SqlStore.open(url).commit(large(1))
            os._exit(9)

        assert os.waitstatus_to_exitcode(forked(work_until_killed)) == 9
        disk.turn(read_only=True)
        try:
            idle, busy = SqlStore.open(url), SqlStore.open(url)
            assert idle.rows.cursor("a") == busy.rows.cursor("a") == "1"
            assert refused(lambda: busy.commit(large(2))) == "store.read-only"
            assert idle.rows.cursor("a") == "1"
        finally:
            disk.turn(read_only=False)
        with closing(idle), closing(busy):
            busy.commit(large(2))
            assert idle.rows.cursor("a") == "2"


@pytest.fixture
def tablespace() -> Iterator[tuple[PostgresServer, SmallDisk]]:
    """A server whose tables lie on a small disk, and its log of changes on another one."""
    with small_disk(24) as disk, open_folder() as folder, PostgresServer(folder / "server", volatile=True) as server:
        place = disk.path / "tables"
        place.mkdir()
        owner = (server.folder / "data").stat()
        os.chown(place, owner.st_uid, owner.st_gid)
        with server.connect() as connection:
            connection.execute(f"CREATE TABLESPACE small LOCATION '{place}'".encode())
            connection.execute("CREATE DATABASE ours TABLESPACE small")
        migrate.upgrade(server.url("ours"))
        yield server, disk


@pytest.mark.exhaustive(group="a server in trouble", keep=2)
def test_a_full_disk_of_a_server_is_named_and_then_goes_on(tablespace: tuple[PostgresServer, SmallDisk]) -> None:
    server, disk = tablespace
    with opened(server.url("ours")) as store:
        admit(store, *[entry(n) for n in range(4)])
        store.commit(large(1))
        disk.fill()
        assert refused(lambda: store.commit(large(2))) == "store.full"
        assert refused(store.assert_writable) == "store.full"
        assert store.rows.cursor("a") == "1"
        disk.make_room()
        store.assert_writable()
        store.commit(large(3))
        assert len(claim(store)) == 4


@pytest.mark.exhaustive(group="a server in trouble", keep=2)
def test_a_server_whose_log_has_no_room_is_away_and_has_lost_nothing() -> None:
    """PostgreSQL ends itself where it cannot write its log of changes; a start after that finds what was committed."""
    with small_disk(120) as disk:
        wal = {"min_wal_size": "32MB", "max_wal_size": "32MB", "wal_recycle": "off"}
        with PostgresServer(disk.path / "server", volatile=True, settings=wal) as server:
            migrate.upgrade(server.create_database("ours"))
            with opened(server.url("ours"), timeout=60) as store:
                store.commit(large(1))
                disk.fill()
                codes = set()
                for number in range(2, 80):
                    try:
                        store.commit(large(number))
                        done = number
                    except GatewayError as error:
                        codes.add(error.code)
                        done = done if number > 2 else 1
                assert codes <= {"store.full", "store.unavailable"}
                assert codes
                assert refused(store.assert_writable) in codes | {"store.unavailable"}
                disk.make_room()
                server.kill()
                server.start()
                store.assert_writable()
                assert store.rows.cursor("a") == str(done)


@pytest.fixture
def relayed() -> Iterator[tuple[Relay, str]]:
    with open_folder() as folder, PostgresServer(folder / "server", volatile=True) as server:
        migrate.upgrade(server.create_database("ours"))
        with Relay(server.folder) as relay:
            yield relay, relay.url("ours")


@pytest.mark.exhaustive(group="a server in trouble", keep=2)
def test_a_server_that_answers_too_late_is_slow_and_is_used_again_when_it_is_not(relayed: tuple[Relay, str]) -> None:
    relay, url = relayed
    with opened(url, timeout=SOON) as store:
        store.commit(large(1))
        gate = ServiceGate(lambda: store, system_clock, "city")
        assert gate()
        relay.delay = 1.5 * SOON
        assert refused(lambda: store.commit(large(2))) == "store.slow"
        assert refused(gate) == "store.slow"
        relay.delay = 0
        store.assert_writable()
        store.commit(large(3))
        assert store.rows.cursor("a") == "3"


@pytest.mark.exhaustive(group="a server in trouble", keep=2)
def test_a_server_that_falls_silent_is_slow_and_holds_nobody(relayed: tuple[Relay, str]) -> None:
    relay, url = relayed
    with opened(url, timeout=SOON) as store:
        store.commit(large(1))
        relay.silent = True
        assert refused(lambda: store.commit(large(2))) == "store.slow"
        assert refused(lambda: store.rows.cursor("a")) == "store.slow"
        relay.silent = False
        store.assert_writable()
        store.commit(large(3))
        assert store.rows.cursor("a") == "3"


def test_a_slow_server_that_is_in_time_is_no_trouble(relayed: tuple[Relay, str]) -> None:
    relay, url = relayed
    with opened(url, timeout=20) as store:
        relay.delay = 0.05
        store.commit(large(1))
        assert store.trouble is None


def test_a_store_whose_process_may_open_no_more_files_is_told_as_that(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'gateway.db'}"
    migrate.upgrade(url)

    def work() -> None:
        with opened(url) as store:
            assert no_spare_files() is None
            whole = resource.getrlimit(resource.RLIMIT_NOFILE)
            # Descriptors are numbers: those that are free below the highest one are used up first.
            used = [os.open(os.devnull, os.O_RDONLY) for _ in range(SPARE_FILES)]
            resource.setrlimit(resource.RLIMIT_NOFILE, (max(used) + 1, whole[1]))
            found = no_spare_files()
            assert found is not None
            assert found.code == "machine.files"
            assert refused(lambda: store.rows.cursor("a")) == "machine.files"
            resource.setrlimit(resource.RLIMIT_NOFILE, whole)
            assert store.rows.cursor("a") is None

    assert forked(work) == 0
