"""Connections to a case database: one for reading, another for writing back, and its errors as ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy import exc

from adapters.municipal.sql.database_errors import of_database
from adapters.municipal.sql.postgresql import read_patiently
from gateway.runtime.errors import GatewayError
from gateway.runtime.plain_words import words_of

BUSY_SECONDS = 30
"""Seconds that SQLite waits for another process's lock."""

CONNECT_SECONDS = 10

LOCK_SECONDS = 2
"""Most seconds that a writer waits for a row that somebody holds locked: its transaction's other rows wait with it."""

_SILENCE = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3, "tcp_user_timeout": 60_000}
"""Time after which a silent PostgreSQL is gone: libpq has no time-out for an answer, and the system's are hours."""

_PYMYSQL_WAITS = ("read_timeout", "write_timeout")
"""Time-outs longer than the server's own limit: a client that only goes away leaves its statement running."""

_URL = "url of a case database"

_MYSQL_SESSION = ("SET time_zone = '+00:00'",)
_MYSQL_READING = ("SET SESSION TRANSACTION READ ONLY",)
_SESSION = {"mysql": _MYSQL_SESSION, "mariadb": _MYSQL_SESSION}
_READING = {
    "mysql": _MYSQL_READING,
    "mariadb": _MYSQL_READING,
    "postgresql": ("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",),
}
"""First statements of a session, and those of a read-only one if the database supports it."""


class UtcTime(datetime):
    """Value of a MySQL or MariaDB TIMESTAMP: UTC without a zone, as the session has it.

    A version keeps this form, since positions and known rows are stored in it; contents of a row are `aware`.
    """

    @property
    def aware(self) -> datetime:
        return datetime.combine(self.date(), self.time(), UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Engines:
    """Engines of one case database.

    ``place`` is the database's path, or host and name; never a user or a password.
    """

    reader: sa.Engine
    writer: sa.Engine
    place: str

    @classmethod
    def open(cls, url: str, write_url: str | None = None, timeout: int = 60, *, in_code_pages: bool = False) -> Engines:
        """Return the engines for SQLAlchemy URLs; nothing is connected yet. Raises ``config.value``.

        ``in_code_pages``: SQLite's texts that are no UTF-8 are read with surrogate escapes, to be decoded.
        """
        errors = "surrogateescape" if in_code_pages else "replace"
        try:
            reading, writing = sa.make_url(url), sa.make_url(write_url or url)
            reader, writer = _engine(reading, timeout, errors, reads=True), _engine(writing, timeout, reads=False)
        except (exc.ArgumentError, ModuleNotFoundError) as error:
            raise GatewayError("config.value", where=_URL, detail=str(error)) from error
        except ValueError:  # an invalid port, whose text may be the rest of a password
            raise GatewayError("config.value", where=_URL, detail="the port is no number") from None
        return cls(reader=reader, writer=writer, place=_place(reading))

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Turn a database's errors into ``source.*``. No row's data and no password get into their text."""
        try:
            yield
        except exc.SQLAlchemyError as error:
            raise of_database(error, self.place) from error

    def close(self) -> None:
        self.reader.dispose()
        self.writer.dispose()


def _place(url: sa.URL) -> str:
    if url.get_backend_name() == "sqlite":
        return str(url.database)
    port = f":{url.port}" if url.port else ""
    return f"{url.host or 'local'}{port}/{url.database}"


def _engine(url: sa.URL, timeout: int, errors: str = "replace", *, reads: bool) -> sa.Engine:
    if url.get_backend_name() == "sqlite":
        return _sqlite(url, "ro" if reads else "rw", errors)
    options: dict[str, Any] = {}
    match url.get_driver_name():
        case "psycopg":  # Persian is read and written whatever the encoding of the database is.
            options = {"connect_timeout": CONNECT_SECONDS, "client_encoding": "utf8", **_SILENCE}
        case "pymysql":
            waits = dict.fromkeys(_PYMYSQL_WAITS, timeout + CONNECT_SECONDS)
            options = {"connect_timeout": CONNECT_SECONDS, "conv": _conversions(), **waits}
    engine = sa.create_engine(url, pool_pre_ping=True, hide_parameters=True, connect_args=options)
    place = _place(url)

    @sa.event.listens_for(engine, "do_connect")
    def _connect(dialect: sa.Dialect, _record: Any, arguments: list[Any], options: dict[str, Any]) -> Any:
        if dialect.driver == "pymysql" and isinstance(password := options.get("password"), str):
            options["password"] = password.encode()  # PyMySQL would encode a text as Latin-1
        try:
            return dialect.connect(*arguments, **options)
        except (OSError, TypeError, ValueError) as error:  # an invalid file of certificates, or an invalid option
            detail = error.strerror if isinstance(error, OSError) else str(error) if type(error) is TypeError else None
            raise GatewayError("source.unavailable", where=place, detail=detail or words_of(error)) from error

    statements = [*_SESSION.get(engine.dialect.name, ()), *(_READING.get(engine.dialect.name, ()) if reads else ())]
    # Shorter than the limit of a statement, whose error would not say that a lock was waited for.
    patience = min(LOCK_SECONDS, timeout / 2)

    @sa.event.listens_for(engine, "connect")
    def _begin_session(connection: Any, _record: Any) -> None:
        with connection.cursor() as cursor:
            if engine.dialect.name == "postgresql":
                read_patiently(connection)
                cursor.execute("SELECT set_config('statement_timeout', %s, false)", (f"{timeout}s",))
                if not reads:
                    cursor.execute("SELECT set_config('lock_timeout', %s, false)", (f"{patience * 1000:.0f}ms",))
            elif engine.dialect.name in _SESSION:
                # MySQL's limit is in milliseconds, and applies to a SELECT alone.
                if getattr(engine.dialect, "is_mariadb", False):
                    cursor.execute("SET SESSION max_statement_time = %s", (timeout,))
                else:
                    cursor.execute("SET SESSION max_execution_time = %s", (timeout * 1000,))
                if not reads:
                    cursor.execute("SET SESSION innodb_lock_wait_timeout = %s", (max(1, int(patience)),))
            for statement in statements:
                cursor.execute(statement)
        connection.commit()

    return engine


def _conversions() -> dict[Any, Any]:
    """Return PyMySQL's conversions, with a number for the octets of a BIT column, and a `UtcTime` for a TIMESTAMP."""
    from pymysql.constants import FIELD_TYPE
    from pymysql.converters import conversions, convert_datetime

    def moment(text: str) -> UtcTime | str:
        found = convert_datetime(text)  # a text for a zero date
        return UtcTime.combine(found.date(), found.time()) if isinstance(found, datetime) else found

    own: dict[int, Any] = {FIELD_TYPE.BIT: lambda octets: int.from_bytes(octets, "big"), FIELD_TYPE.TIMESTAMP: moment}
    return {**conversions, **own}


def _sqlite(url: sa.URL, mode: str, errors: str) -> sa.Engine:
    """Return an engine that never makes a file (mode ro or rw), and holds none open between two uses."""
    if not url.database:
        raise exc.ArgumentError("an SQLite case database is a file")
    uri = url.set(database=f"file:{quote(url.database)}").update_query_dict({"mode": mode, "uri": "true"})
    engine = sa.create_engine(uri, poolclass=sa.NullPool, connect_args={"timeout": BUSY_SECONDS}, hide_parameters=True)

    @sa.event.listens_for(engine, "connect")
    def _keep_references(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA foreign_keys = ON")
        # A text in another encoding (Windows-1256) spoils its own row alone, which the mapper refuses.
        connection.text_factory = lambda octets: octets.decode("utf-8", errors)

    return engine
