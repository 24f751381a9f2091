"""Errors of databases and their drivers as ours: their code, and the part of their text that may be shown.

A message may quote values of a row, and a trigger may raise any text. So only messages about tables, columns, rights
and connections are shown, their first line alone. All others concern a row: only the name of their class and their
number is shown.
"""

from __future__ import annotations

import re
import sqlite3

from sqlalchemy import exc

from gateway.runtime.errors import GatewayError
from gateway.runtime.plain_words import words_of

_SQLITE_SCHEMA = re.compile("no such table|no such column|has no column named|attempt to write a readonly")
_SQLSTATE_SCHEMA = ("25", "3F", "42")
"""Read-only transactions; schemas, tables, columns, rights: PostgreSQL's documentation, appendix A."""
_SQLSTATE_AWAY = ("08", "28", "3D", "40", "53", "55", "57", "58", "XX")
"""Connections, accounts, databases, conflicts, resources, locks, time-outs and shutdown, system errors."""
_SQLSTATE_LOCKED = "55P03"
_MYSQL_LOCKED = 1205
"""A lock was waited for longer than the session waits."""
_MYSQL_SCHEMA = frozenset({1044, 1054, 1142, 1143, 1146, 1227, 1290, 1356, 1792})
"""Rights, columns, tables, broken views, read-only: https://mariadb.com/kb/en/mariadb-error-codes/"""
_MYSQL_AWAY = frozenset(
    {1021, 1030, 1037, 1038, 1040, 1041, 1045, 1049, 1053, 1114, 1129, 1130, 1158, 1159, 1160, 1161, 1180, 1184}
    | {1203, 1213, 1226, 1317, 1836, 1927, 1969, 3024}
)
"""Connections, accounts, locks, time-outs, disk and memory, shutdown."""
_MYSQL_CLIENT = range(2000, 3000)
"""Errors of the client itself: the server is away."""


def of_database(error: exc.SQLAlchemyError, place: str) -> GatewayError:
    """Return our error for an SQLAlchemy error."""
    if isinstance(error, exc.NoSuchTableError):
        # Reflection raises this for a missing table, over every database.
        return GatewayError("source.schema", where=place, detail=f"no table or view {_line(error)}")
    if not isinstance(error, exc.DBAPIError) or error.orig is None:
        return GatewayError("source.unavailable", where=place, detail=_line(error))
    found, number = error.orig, next((a for a in error.orig.args if isinstance(a, int)), None)
    state = getattr(found, "sqlstate", None)
    if number == _MYSQL_LOCKED or state == _SQLSTATE_LOCKED:
        return GatewayError("source.row-locked", where=place, detail=_line(found))
    if isinstance(found, sqlite3.Error):
        of_row = isinstance(error, exc.IntegrityError | exc.DataError)
        schema = not of_row and (isinstance(error, exc.ProgrammingError) or bool(_SQLITE_SCHEMA.search(str(found))))
        away = not of_row and not schema
    elif number is not None:  # PyMySQL has a state too, which is HY000 for a lock as for a value
        away = number in _MYSQL_AWAY or number in _MYSQL_CLIENT
        schema = number in _MYSQL_SCHEMA
    elif state is not None:
        away = state.startswith(_SQLSTATE_AWAY)
        schema = state.startswith(_SQLSTATE_SCHEMA)
    else:
        # A connection that was never made has no statement.
        away = isinstance(error, exc.OperationalError | exc.InterfaceError) or error.statement is None
        schema = False
    if away or schema:
        return GatewayError("source.unavailable" if away else "source.schema", where=place, detail=_line(found))
    named = f"{words_of(found)} {state or number or ''}".rstrip()
    return GatewayError("source.row-refused", where=place, detail=named)


def _line(error: BaseException) -> str:
    match error.args:
        case (int(number), str(text)):
            return f"{_first(text)} ({number})"
    return _first(str(error))


def _first(text: str) -> str:
    return text.partition("\n")[0]
