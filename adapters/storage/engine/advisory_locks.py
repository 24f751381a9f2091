"""Two implementations of `gateway.runtime.advisory_lock.AdvisoryLocks`: advisory locks of PostgreSQL for any number of
machines, locked files for one machine."""

from __future__ import annotations

import fcntl
import hashlib
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from sqlalchemy import func, make_url, select
from sqlalchemy.exc import DBAPIError

from adapters.storage.engine.disk import code_of_write
from adapters.storage.engine.engine import TIMEOUT, Database
from gateway.runtime.advisory_lock import AdvisoryLocks
from gateway.runtime.errors import GatewayError


def duties_of(url: str, *, timeout: float = TIMEOUT) -> AdvisoryLocks:
    """Return the advisory locks of the processes that share the database at ``url``. ``timeout`` is that of
    `Database`."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return FileAdvisoryLocks(Path(f"{parsed.database}-duties"))
    return PostgresAdvisoryLocks(Database(url, timeout=timeout))


class PostgresAdvisoryLocks:
    """Hold each duty as an advisory lock on its own connection. If the connection ends for any reason, so does the
    duty."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @contextmanager
    def attempt(self, duty: str) -> Iterator[bool]:
        # PostgreSQL takes the key as a signed number of eight octets.
        key = int.from_bytes(_key(duty), signed=True)
        with closing(self._database.session()) as connection:
            with self._database.errors():
                held = bool(connection.scalar(select(func.pg_try_advisory_lock(key))))
            try:
                yield held
            finally:
                # Otherwise the next process waits until the server notices the closed connection.
                with suppress(DBAPIError):
                    connection.execute(select(func.pg_advisory_unlock_all()))

    def close(self) -> None:
        self._database.close()


class FileAdvisoryLocks:
    """Hold each duty as a locked file in ``folder``. The operating system unlocks the files of an ended process."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def attempt(self, duty: str) -> Iterator[bool]:
        path = self._folder / _key(duty).hex()
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            lock = path.open("wb")
        except OSError as error:
            code = code_of_write(error, "store.unavailable")
            raise GatewayError(code, where=str(path), detail=str(error.strerror)) from error
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                held = False
            else:
                held = True
            yield held

    def close(self) -> None:
        """Do nothing: a file is open only during an attempt."""


def _key(duty: str) -> bytes:
    return hashlib.sha256(f"eblagh-gateway duty {duty}".encode()).digest()[:8]
