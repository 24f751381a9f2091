"""The database and its two kinds of transaction. Each raises its failures as `GatewayError`.

SQLite has a write-ahead log, so readers and the writer do not wait for each other. With ``synchronous=FULL``, committed
data survives a power cut. A write begins with BEGIN IMMEDIATE, which takes the lock before anything is read. So the
data that it read cannot have changed at its end.

PostgreSQL writes under READ COMMITTED. A transaction that changes a notice locks its row (FOR UPDATE) before it reads
the entry. Each row has a derived key, which the second writer finds taken. Under a stricter level a claim would fail on
rows that another transaction has locked, instead of skipping them. Reads see one moment: REPEATABLE READ, READ ONLY.

A COMMIT of PostgreSQL that returns is a barrier: everything that its transaction read is on the standby too. A
transaction that writes nothing waits for no standby. It may have read data of another transaction whose COMMIT was
never confirmed. So each write transaction writes a word into the write-ahead log.
"""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime
from math import ceil
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, ExceptionContext, create_engine, event, exc, make_url

from adapters.storage.engine.dialects import code_of, is_busy, is_lost, leads_nowhere
from adapters.storage.engine.disk import no_spare_files
from adapters.storage.engine.sqlite_file import SqliteFile, sqlite_file
from gateway.runtime.errors import GatewayError

T = TypeVar("T")

BUSY_TIMEOUT = 10.0
"""Longest wait of a transaction for another writer, in seconds."""

ATTEMPTS = 3
"""Number of attempts of a transaction before a busy database counts as one that does not answer."""

PAUSE = 0.02, 0.2
"""Shortest and longest pause before the next attempt, in seconds; the pause is random."""

TIMEOUT = 20.0
"""Longest wait for an answer of the database server, in seconds."""

CONNECT_TIMEOUT = 10
IDLE_TIMEOUT = 60
"""Seconds: limit for a connection to each host, and for an idle transaction of this process."""

TRUSTED = 5.0
"""Seconds after its last use in which a connection is used again without a question to its server."""

CHECKPOINT_PAGES = 4000
"""Pages of SQLite's write-ahead log after which a COMMIT copies them into the file: 16 MiB.

Pages that change in several transactions are copied once. In a large store each transaction changes other pages, and
after SQLite's 1000 pages, which is a few transactions, nearly every page was copied each time.
"""

_MARGIN = 1.1

_BARRIER = "SELECT pg_logical_emit_message(true, 'eblagh-gateway', '')"

_SILENCE = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3, "tcp_user_timeout": 60_000}
"""Limits after which a silent server counts as gone, as after a fail-over: seconds, and milliseconds. The operating
system's own limits are hours, and a process would wait that long for an answer."""


class Database:
    """One database. ``timeout`` is the longest wait for a server's answer, in seconds; None is no limit.

    Raises `GatewayError` ``store.*``, in the driver's words. A broken constraint is a defect of this program and stays
    SQLAlchemy's ``IntegrityError``.
    """

    def __init__(self, url: str, *, busy_timeout: float = BUSY_TIMEOUT, timeout: float | None = TIMEOUT) -> None:
        parsed = make_url(url)
        self.where = parsed.render_as_string(hide_password=True)
        self._folder: Path | None = None
        self._here = threading.local()
        if parsed.get_backend_name() == "sqlite":
            path = Path(parsed.database or "")
            self._folder = path.parent if path.exists() else None
            self._file = sqlite_file(path)
            self._transaction: Callable[[], AbstractContextManager[None]] = self._file.transaction
            self._begin: Callable[[Connection], object] = _begin
            self._engine = _sqlite(parsed, busy_timeout, self._file)
            self._writer = self._engine.execution_options(begin_with="BEGIN IMMEDIATE")
        else:
            self._transaction, self._begin = nullcontext, _begun
            both = _postgresql(parsed, busy_timeout, timeout)
            self._writer = both.execution_options(begin_with=_BARRIER)
            self._engine = both.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    def write(self, work: Callable[[Connection], T]) -> T:
        """Return the result of ``work``. All that it writes is committed, or nothing.

        ``work`` may run more than once. A busy transaction is begun again. So is one whose connection broke, even at
        its COMMIT, or leads to a server that takes no writes. It may be committed by then, so ``work`` must be
        repeatable.
        """
        return self._repeated(self._writer, work)

    def read(self, work: Callable[[Connection], T]) -> T:
        """Return the result of ``work``, which may run more than once. Its queries see the database at one moment."""
        return self._repeated(self._engine, work)

    def read_inside(self, work: Callable[[Connection], T]) -> T:
        """As `read`, but in the transaction of this thread if it is in one: another connection may not be free."""
        connection: Connection | None = getattr(self._here, "connection", None)
        return self.read(work) if connection is None else work(connection)

    def _repeated(self, engine: Engine, work: Callable[[Connection], T]) -> T:
        attempts = ATTEMPTS
        while True:
            attempts -= 1
            with self._transaction(), self.errors():
                try:
                    with engine.begin() as connection, self._noted(connection):
                        self._begin(connection)
                        return work(connection)
                except exc.DBAPIError as error:
                    if not attempts or not (is_busy(error) or is_lost(error)):
                        raise
            # Without the pause, the loser of a deadlock could lock the same row again before the other one wakes.
            time.sleep(random.uniform(*PAUSE))  # noqa: S311 - no secret

    @contextmanager
    def _noted(self, connection: Connection) -> Iterator[None]:
        """Note the connection of this thread's transaction while the block runs."""
        before = getattr(self._here, "connection", None)
        self._here.connection = connection
        try:
            yield
        finally:
            self._here.connection = before

    def now(self) -> datetime | None:
        """Return the time of the server's clock, in UTC; None if there is no server."""
        if self._engine.dialect.name == "sqlite":
            return None
        moment: datetime = self.read(lambda c: c.exec_driver_sql("SELECT clock_timestamp()").scalar_one())
        return moment.astimezone(UTC)

    def session(self) -> Connection:
        """Return a connection outside of the pool. Locks that it holds beyond a transaction end with it."""
        with self.errors():
            connection = self._engine.connect().execution_options(
                isolation_level="AUTOCOMMIT", postgresql_readonly=False
            )
            connection.detach()
        return connection

    def close(self) -> None:
        """Close every connection. A closed database opens again by itself."""
        self._engine.dispose()

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Turn exceptions of the driver into errors of the catalogue."""
        try:
            yield
        except exc.TimeoutError as error:
            raise GatewayError("store.unavailable", where=self.where, detail="all connections are in use") from error
        except exc.DBAPIError as error:
            code = code_of(error)
            if code is None:
                raise
            # Without the right to make its files beside a database, SQLite only says that it cannot open it.
            if code == "store.unavailable" and self._folder is not None and not os.access(self._folder, os.W_OK):
                code = "store.read-only"
            # Nor does it say that no more files may be opened.
            elif code == "store.unavailable" and (spent := no_spare_files()) is not None:
                code = spent.code
            raise GatewayError(code, where=self.where, detail=" ".join(str(error.orig).split())) from error


def _sqlite(url: URL, busy_timeout: float, file: SqliteFile) -> Engine:
    # Names of persons are among the parameters, and the texts of errors are logged.
    engine = create_engine(url, hide_parameters=True, connect_args={"timeout": busy_timeout})
    file.add(engine)

    @event.listens_for(engine, "connect")
    def connect(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # the driver begins no transaction by itself: `_begin` does
        pragmas = "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"wal_autocheckpoint={CHECKPOINT_PAGES}"
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "handle_error")
    def open_anew(context: ExceptionContext) -> None:
        """Close every connection of this process.

        A connection that was opened while the disk was read-only stays read-only, and so does every connection that
        is opened beside it. SQLite closes nothing while a statement is open.
        """
        if leads_nowhere(context.original_exception):
            context.is_disconnect = True
            if context.execution_context is not None:
                context.execution_context.cursor.close()
            file.close_all()

    return engine


def _begin(connection: Connection) -> None:
    """Begin a transaction of SQLite.

    A listener to SQLAlchemy's event would do the same. An engine that has one looks for listeners at each statement.
    """
    if first := connection.get_execution_options().get("begin_with"):
        connection.exec_driver_sql(first)
    else:
        driver: Any = connection.connection.driver_connection
        driver.execute("BEGIN").close()  # it takes no lock, so it cannot fail as the statements after it can


def _begun(_connection: Connection) -> None:
    """Do nothing: the driver has begun."""


def _milliseconds(seconds: float) -> str:
    return f"{round(seconds * 1000)}ms"


def postgresql_url(url: URL) -> URL:
    """Return the URL with the driver that this program installs."""
    return url.set(drivername="postgresql+psycopg")


def _postgresql(url: URL, busy_timeout: float, timeout: float | None) -> Engine:
    settings = {
        # A wait for a lock must differ from a slow server.
        "lock_timeout": _milliseconds(busy_timeout if timeout is None else min(busy_timeout, timeout / 2)),
        "statement_timeout": _milliseconds(timeout or 0),
        "idle_in_transaction_session_timeout": _milliseconds(IDLE_TIMEOUT),
        "idle_session_timeout": "0",
        # The server notices within a minute that a machine is gone, and frees what it held.
        "tcp_keepalives_idle": "30",
        "tcp_keepalives_interval": "10",
        "tcp_keepalives_count": "3",
    }
    # A gateway on SQLite needs no driver of PostgreSQL.
    import psycopg

    from adapters.storage.engine.bounded import BoundedConnection

    connect_timeout = CONNECT_TIMEOUT if timeout is None else min(CONNECT_TIMEOUT, ceil(timeout))
    engine = create_engine(
        postgresql_url(url),
        hide_parameters=True,
        isolation_level="READ COMMITTED",
        # Each row is a statement of its own, as with SQLite: a batch may hold two rows of one key, one after the other.
        use_insertmanyvalues=False,
        connect_args={"connect_timeout": connect_timeout, "application_name": "eblagh-gateway", **_SILENCE},
    )
    # The server's own limit ends a statement first, in its own words.
    bounded = BoundedConnection.within(None if timeout is None else timeout * _MARGIN)

    @event.listens_for(engine, "do_connect")
    def open_bounded(_dialect: Any, _record: object, arguments: Any, named: dict[str, Any]) -> Any:
        # Of several hosts the one that takes writes, whether the URL says so or not.
        return bounded.opened(*arguments, **{"target_session_attrs": "read-write", **named})

    @event.listens_for(engine, "checkin")
    def note_use(_connection: object, record: Any) -> None:
        record.info["used"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def ping(connection: Any, record: Any, _proxy: object) -> None:
        """Try a connection that has rested: its server may be gone without a word."""
        if time.monotonic() - record.info.get("used", time.monotonic()) < TRUSTED:
            return
        try:
            engine.dialect.do_ping(connection)
        except psycopg.Error as error:
            raise exc.InvalidatePoolError from error

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if first := connection.get_execution_options().get("begin_with"):
            # After a read SQLAlchemy asks for READ WRITE, and overrules a server that is configured to take no writes.
            driver: Any = connection.connection.driver_connection
            driver.read_only = None
            connection.exec_driver_sql(first)

    @event.listens_for(engine, "connect")
    def connect(connection: Any, _record: object) -> None:
        chosen = ", ".join(["set_config(%s, %s, false)"] * len(settings))
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {chosen}", [part for setting in settings.items() for part in setting])
            # Overrule a weaker default of the server, but keep a stronger one such as remote_apply.
            cursor.execute(
                "SELECT set_config('synchronous_commit', 'on', false)"
                " WHERE current_setting('synchronous_commit') IN ('off', 'local')"
            )
        connection.commit()

    @event.listens_for(engine, "handle_error")
    def give_up(context: ExceptionContext) -> None:
        """Close this connection and all connections that were made before."""
        if leads_nowhere(context.original_exception):
            context.is_disconnect = True

    @event.listens_for(engine, "handle_error")
    def hide_rows(context: ExceptionContext) -> None:
        """PostgreSQL puts rows, and with them names of persons, into the details of an error."""
        primary = getattr(getattr(context.original_exception, "diag", None), "message_primary", None)
        if primary and context.sqlalchemy_exception is not None:
            context.original_exception.args = (primary,)
            context.sqlalchemy_exception.args = (primary,)

    return engine
