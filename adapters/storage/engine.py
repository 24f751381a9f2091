"""The database and its two kinds of transaction; what goes wrong in one comes out as a `GatewayError`.

SQLite has a write-ahead log, so that readers and the writer do not wait for each other, and ``synchronous=FULL``, so
that what was committed survives a power cut. A write begins with BEGIN IMMEDIATE: it waits for its turn before it has
read anything, and cannot find out at its end that what it read has changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, exc, make_url

from adapters.storage.dialects import code_of, is_busy
from gateway.errors import GatewayError

T = TypeVar("T")

BUSY_TIMEOUT = 10.0
"""Seconds for which SQLite waits for another writer's turn to end."""

ATTEMPTS = 3
"""How often a transaction is begun before a database that is busy counts as one that does not answer."""


class Database:
    """One database. Raises `GatewayError` ``store.unavailable`` and ``store.schema``, in the driver's words; a broken
    constraint is a mistake of ours and stays SQLAlchemy's ``IntegrityError``."""

    def __init__(self, url: str, *, busy_timeout: float = BUSY_TIMEOUT) -> None:
        parsed = make_url(url)
        self.where = parsed.render_as_string(hide_password=True)
        # Names of persons are among the parameters, and the texts of errors are logged.
        self._engine = create_engine(parsed, hide_parameters=True, connect_args={"timeout": busy_timeout})
        _prepare_sqlite(self._engine)
        self._writer = self._engine.execution_options(begin_with="BEGIN IMMEDIATE")

    def write(self, work: Callable[[Connection], T]) -> T:
        """Return what ``work`` returns; all that it writes is committed, or nothing. ``work`` may run more than once:
        a transaction whose turn did not come is begun again."""
        attempts = ATTEMPTS
        while True:
            attempts -= 1
            with self._errors():
                try:
                    with self._writer.begin() as connection:
                        return work(connection)
                except exc.OperationalError as error:
                    if not attempts or not is_busy(error):
                        raise

    def read(self, work: Callable[[Connection], T]) -> T:
        """Return what ``work`` returns; its queries see the database at one moment."""
        with self._errors(), self._engine.begin() as connection:
            return work(connection)

    def close(self) -> None:
        """Close every connection. A closed database opens again by itself."""
        self._engine.dispose()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except exc.TimeoutError as error:
            raise GatewayError("store.unavailable", where=self.where, detail="all connections are in use") from error
        except exc.DBAPIError as error:
            code = code_of(error)
            if code is None:
                raise
            raise GatewayError(code, where=self.where, detail=str(error.orig)) from error


def _prepare_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def connect(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # the driver begins no transaction by itself: `begin` does
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get("begin_with", "BEGIN"))
