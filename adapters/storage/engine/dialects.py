"""The differences between the databases."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Sequence
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from sqlalchemy import ARRAY, Connection, Table, func, literal, select
from sqlalchemy.exc import DBAPIError, OperationalError

from adapters.storage.engine.row_statements import execute_rows

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql, sqlite

    Insert = sqlite.Insert | postgresql.Insert
    """An INSERT that may have ON CONFLICT: both databases know it, SQLAlchemy has a class for each."""

_SQLITE_BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_SQLITE_UNAVAILABLE = frozenset(
    {
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_PERM,
    }
)
"""Primary result codes about the file, the disk or a lock rather than the statement."""
_SQLITE_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_SQLITE_MISSING = re.compile("no such table|no such column|has no column named")

_POSTGRESQL_BUSY = frozenset({"40001", "40P01", "55P03"})
"""serialization_failure, deadlock_detected, lock_not_available."""
_DISK_FULL = "53100"
_READ_ONLY = "25006"
"""read_only_sql_transaction: a standby, or a primary that is configured to take no writes."""
_SLOW = "57014"
"""query_canceled: by the limit of a statement's time, or by an administrator."""
_NO_PERMISSION = "42501"
"""insufficient_privilege."""
_POSTGRESQL_UNAVAILABLE = frozenset({"25P03", "25P04"})
"""The limits of an idle transaction's time."""
_POSTGRESQL_UNAVAILABLE_CLASSES = ("08", "28", "3D", "53", "57P", "58", "XX")
"""Connection, authorization, no such database, resources, an operator's intervention, system errors."""
_POSTGRESQL_MISSING = frozenset({"42P01", "42703", "3F000"})
"""undefined_table, undefined_column, invalid_schema_name."""


def insert(connection: Connection, table: Table) -> Insert:
    """Return an INSERT for this connection's database."""
    return insert_on(connection.dialect.name, table)


def insert_on(dialect: str, table: Table) -> Insert:
    """Return an INSERT for a database by its dialect's name."""
    made: Callable[[Table], Insert] = import_module(f"sqlalchemy.dialects.{dialect}").Insert
    return made(table)


def insert_new(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Insert ``rows``; skip those whose key exists already."""
    execute_rows(connection, _new(connection.dialect.name, table), rows)


def is_inserted(connection: Connection, table: Table, row: dict[str, Any]) -> bool:
    """Insert ``row``; return False if its key exists already."""
    statement = _new(connection.dialect.name, table).execution_options(preserve_rowcount=True)
    return connection.execute(statement, row).rowcount == 1


@cache
def _new(dialect: str, table: Table) -> Insert:
    return insert_on(dialect, table).on_conflict_do_nothing()


def lock_table(connection: Connection, table: Table) -> None:
    """Let no other transaction write to ``table`` until this one ends. SQLite has one writer at a time anyway."""
    if connection.dialect.name == "postgresql":
        name = connection.dialect.identifier_preparer.format_table(table)
        connection.exec_driver_sql(f"LOCK TABLE {name} IN SHARE ROW EXCLUSIVE MODE")


def insert_short_rows(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """As `insert_new`, for many short rows: PostgreSQL gets each column as an array, in one statement."""
    if connection.dialect.name != "postgresql" or not rows:
        insert_new(connection, table, rows)
        return
    arrays = [literal([row[name] for row in rows], ARRAY(table.c[name].type)) for name in rows[0]]
    values = func.unnest(*arrays).table_valued(*rows[0]).render_derived()
    statement = insert(connection, table).from_select(list(rows[0]), select(*values.c))
    connection.execute(statement.on_conflict_do_nothing())


def is_busy(error: DBAPIError) -> bool:
    """Return True if the transaction failed only because of a concurrent one."""
    return _sqlite_code(error) in _SQLITE_BUSY or _sqlstate(error) in _POSTGRESQL_BUSY


def is_lost(error: DBAPIError) -> bool:
    """Return True if the transaction ended because its connection or server was lost, or takes no writes.

    Another connection may lead to another server. A transaction that was too slow is not repeated at once.
    """
    return error.connection_invalidated and _own_code(error) is None


def leads_nowhere(error: BaseException) -> bool:
    """Return True if an intact connection must be closed, because its server or SQLite's file takes no writes."""
    return getattr(error, "sqlstate", None) == _READ_ONLY or _sqlite_primary(error) == sqlite3.SQLITE_READONLY


def code_of(error: DBAPIError) -> str | None:
    """Return the code in the error catalogue, or None if the error is a defect of this program."""
    sqlite_code, state = _sqlite_code(error), _sqlstate(error)
    if is_busy(error):
        return "store.busy"
    if (own := _own_code(error)) is not None:
        return own
    if state == _SLOW:
        return "store.slow"
    if sqlite_code == sqlite3.SQLITE_READONLY or state == _READ_ONLY:
        return "store.read-only"
    if sqlite_code == sqlite3.SQLITE_FULL or _extended(error) == sqlite3.SQLITE_IOERR_WRITE or state == _DISK_FULL:
        return "store.full"
    if sqlite_code in _SQLITE_DAMAGED:
        return "store.damaged"
    if sqlite_code == sqlite3.SQLITE_ERROR and _SQLITE_MISSING.search(str(error.orig)):
        return "store.schema"
    if state in _POSTGRESQL_MISSING:
        return "store.schema"
    if state == _NO_PERMISSION:
        return "store.permission"
    if sqlite_code in _SQLITE_UNAVAILABLE or state in _POSTGRESQL_UNAVAILABLE:
        return "store.unavailable"
    if state is not None and state.startswith(_POSTGRESQL_UNAVAILABLE_CLASSES):
        return "store.unavailable"
    # A connection that was never made (so there is no statement), or broke, has no code.
    if sqlite_code is None and state is None and (isinstance(error, OperationalError) or error.statement is None):
        return "store.unavailable"
    return None


def _own_code(error: DBAPIError) -> str | None:
    """Return the code of an error that `bounded` raises. That module is imported for PostgreSQL alone."""
    code: str | None = getattr(error.orig, "store_code", None)
    return code


def _sqlite_code(error: DBAPIError) -> int | None:
    return _sqlite_primary(error.orig)


def _sqlite_primary(error: BaseException | None) -> int | None:
    extended: int | None = getattr(error, "sqlite_errorcode", None)
    return None if extended is None else extended & 0xFF


def _extended(error: DBAPIError) -> int | None:
    """Return SQLite's extended code. A quota or a limit on the file's size ends a write with SQLITE_IOERR_WRITE."""
    extended: int | None = getattr(error.orig, "sqlite_errorcode", None)
    return extended


def _sqlstate(error: DBAPIError) -> str | None:
    state: str | None = getattr(error.orig, "sqlstate", None)
    return state
