"""The server that demonstrations and tests start: it ends with its starter; what it holds survives a kill."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from adapters.sandbox.postgres import postgres_server
from adapters.sandbox.postgres.postgres_server import PostgresServer
from gateway.runtime.errors import GatewayError
from tests.databases import open_folder

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder() -> Iterator[Path]:
    with open_folder() as made:
        yield made / "server"


def ask(server: PostgresServer, statement: str, database: str = "postgres") -> object:
    url = server.url(database).replace("+psycopg", "")
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchone()[0] if cursor.description else None


def test_it_is_made_once_and_keeps_what_it_was_given(folder: Path) -> None:
    with PostgresServer(folder) as server:
        server.create_database("ours")
        ask(server, "CREATE TABLE papers (title text)", "ours")
        server.kill()
        server.start()
        ask(server, "INSERT INTO papers VALUES ('رأی')", "ours")
        server.restart()
        assert ask(server, "SELECT title FROM papers", "ours") == "رأی"
    with PostgresServer(folder) as again:
        assert ask(again, "SELECT count(*) FROM papers", "ours") == 1
        again.drop_database("ours")
        with pytest.raises(psycopg.OperationalError, match="does not exist"):
            ask(again, "SELECT 1", "ours")


def test_a_commit_is_on_the_disk_unless_told_otherwise_and_nobody_else_may_enter(folder: Path) -> None:
    with PostgresServer(folder) as server:
        settings = ("fsync", "full_page_writes", "synchronous_commit", "listen_addresses", "server_encoding")
        assert [ask(server, f"SHOW {name}") for name in settings] == ["on", "on", "on", "", "UTF8"]
        assert ask(server, "SELECT datcollate FROM pg_database WHERE datname = 'postgres'") == "C"
        assert folder.stat().st_mode & 0o077 == 0
        assert int(str(ask(server, "SELECT pg_backend_pid()"))) > 0
        owner = (folder / "data").stat().st_uid
    assert owner != 0, "PostgreSQL never runs as root"


def test_two_servers_do_not_share_a_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with PostgresServer(folder, volatile=True), monkeypatch.context() as hurried:
        hurried.setattr(postgres_server, "PATIENCE", 0.01)
        with pytest.raises(GatewayError, match="another server runs in this folder"):
            PostgresServer(folder).start()


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_it_ends_with_the_process_that_started_it(folder: Path, end: signal.Signals) -> None:
    program = (
        "import sys; from pathlib import Path; from adapters.sandbox.postgres.postgres_server import PostgresServer;"
        "PostgresServer(Path(sys.argv[1]), volatile=True).start(); print('started', flush=True); sys.stdin.read()"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", program, str(folder)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert parent.stdout is not None
    assert parent.stdout.readline() == b"started\n"
    postmaster = int((folder / "data/postmaster.pid").read_text().splitlines()[0])
    os.kill(postmaster, 0)
    with (folder / "lock").open("wb") as lock, pytest.raises(BlockingIOError):
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    parent.send_signal(end)
    parent.communicate()
    with PostgresServer(folder, volatile=True):  # waits until every process of the first one has ended
        assert int((folder / "data/postmaster.pid").read_text().splitlines()[0]) != postmaster


def test_a_folder_that_cannot_hold_it_is_named(folder: Path) -> None:
    with pytest.raises(GatewayError, match="too long for a socket"):
        PostgresServer(folder / ("x" * 100)).start()


def test_a_server_that_does_not_start_says_why(folder: Path) -> None:
    with PostgresServer(folder, volatile=True):
        pass
    (folder / "data/postgresql.conf").write_text("shared_buffers = many\n")
    with pytest.raises(GatewayError, match="configuration file") as error:
        PostgresServer(folder, volatile=True).start()
    assert error.value.code == "store.server"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts a server as somebody else")
def test_root_names_a_folder_that_the_servers_account_may_not_enter(folder: Path) -> None:
    folder.mkdir(mode=0o700)
    with pytest.raises(GatewayError, match="may not enter its parent folders"):
        PostgresServer(folder / "server").start()
    assert not (folder / "server").exists(), "what is there would count as a store"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts a server as somebody else")
def test_programs_that_the_servers_account_may_not_enter_are_copied(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = postgres_server._binaries().parents[1]
    hidden = folder.parent / "home"
    hidden.mkdir(mode=0o700)
    for part in installed.parent.glob(f"{installed.name}*"):
        (hidden / part.name).symlink_to(part)
    copied = postgres_server._copied(hidden / installed.name)
    monkeypatch.setattr(postgres_server, "_binaries", lambda: copied / "pginstall18/bin")
    with PostgresServer(folder, volatile=True) as server:
        assert str(ask(server, "SHOW server_version")).startswith("18.")
    shutil.rmtree(copied.parent)
