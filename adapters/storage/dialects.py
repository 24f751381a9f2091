"""The differences between the databases."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError

Insert = sqlite.Insert | postgresql.Insert
"""An INSERT that may have ON CONFLICT: both databases know it, SQLAlchemy has a class for each."""

_INSERT: dict[str, Callable[[Table], Insert]] = {"sqlite": sqlite.Insert, "postgresql": postgresql.Insert}

_SQLITE_UNAVAILABLE = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_READONLY,
    }
)
"""Primary result codes that say something of file, disk or lock rather than of the statement."""


def insert(connection: Connection, table: Table) -> Insert:
    """Return an INSERT for this connection's database."""
    return _INSERT[connection.dialect.name](table)


def insert_new(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Insert ``rows``, leaving alone those whose key is there already."""
    if rows:
        connection.execute(insert(connection, table).on_conflict_do_nothing(), rows)


def is_busy(error: DBAPIError) -> bool:
    """Whether it was only not this transaction's turn."""
    return _sqlite_code(error) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


_MISSING = re.compile("no such table|no such column|has no column named")


def code_of(error: DBAPIError) -> str | None:
    """Return the code in the error catalogue, or None where the mistake is ours."""
    code = _sqlite_code(error)
    if code in _SQLITE_UNAVAILABLE:
        return "store.unavailable"
    if code == sqlite3.SQLITE_ERROR and _MISSING.search(str(error.orig)):
        return "store.schema"
    return None


def _sqlite_code(error: DBAPIError) -> int | None:
    extended: int | None = getattr(error.orig, "sqlite_errorcode", None)
    return None if extended is None else extended & 0xFF
