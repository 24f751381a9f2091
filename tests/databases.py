"""The databases that a store may stand on; whatever a store must do is tested on each. PostgreSQL is a real server,
one for each process of a run, started when it is first needed."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import cache
from pathlib import Path

from sqlalchemy import make_url

from adapters.sandbox.postgres.postgres_server import PostgresServer
from adapters.storage.engine import migrate
from tests.emptied_databases import EmptiedDatabases

NewDatabase = Callable[[Path], AbstractContextManager[str]]
"""Makes an empty store's database, in a folder where it needs one; gives its URL; takes it away."""


@contextmanager
def sqlite_file(folder: Path) -> Iterator[str]:
    path = folder / "gateway.db"
    shutil.copy(_sqlite_template(), path)
    yield f"sqlite:///{path}"


@contextmanager
def postgresql_database(_: Path) -> Iterator[str]:
    with _emptied().lent() as name:
        yield server().url(name)


DATABASES: dict[str, NewDatabase] = {"sqlite": sqlite_file, "postgresql": postgresql_database}


@contextmanager
def open_folder() -> Iterator[Path]:
    """A folder with a short path that a server's own account may enter; those of pytest are their owner's alone."""
    folder = Path(tempfile.mkdtemp(prefix="eblagh-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


AT_END = ExitStack()
"""Servers that this process started for its tests; `conftest.py` closes them."""


@cache
def server() -> PostgresServer:
    """This process's server. It need not survive a power cut."""
    folder = AT_END.enter_context(open_folder())
    return AT_END.enter_context(PostgresServer(folder / "server", volatile=True))


def server_with_store(folder: Path, database: str) -> PostgresServer:
    """Return a server of a test's own in ``folder``, which holds an empty store; a copy saves its making."""
    subprocess.run(["cp", "-a", str(_stopped_server(database)), str(folder)], check=True)
    return PostgresServer(folder, volatile=True)


@cache
def _stopped_server(database: str) -> Path:
    folder = AT_END.enter_context(open_folder()) / "server"
    with PostgresServer(folder, volatile=True) as made:
        migrate.upgrade(made.create_database(database))
    return folder


@cache
def _sqlite_template() -> Path:
    """An empty store, made once: each test has a copy."""
    path = AT_END.enter_context(open_folder()) / "template.db"
    migrate.upgrade(f"sqlite:///{path}")
    return path


@cache
def _emptied() -> EmptiedDatabases:
    migrate.upgrade(server().create_database("template"))
    return EmptiedDatabases(server(), "template")


def make_store(url: str) -> None:
    """Make an empty store in a file, if there is none, as `migrate.upgrade` does; a copy saves its migrations."""
    path = Path(make_url(url).database or "")
    if not path.exists():
        shutil.copy(_sqlite_template(), path)
