"""Errors of databases and their drivers as ours: which code, and how much of their text may be told.

A message may quote values of a row, and a trigger may say anything; so only messages about tables, columns, rights and
connections are shown, their first line alone, and of all others the name of their class and their number.
"""

from __future__ import annotations

import re
import sqlite3

from sqlalchemy import exc

from gateway.errors import GatewayError

_SQLITE_SCHEMA = re.compile("no such table|no such column|has no column named|attempt to write a readonly")
_MYSQL_SCHEMA = frozenset({1044, 1054, 1142, 1143, 1146, 1227, 1290, 1356, 1792})
"""Rights, columns, tables, broken views, read-only: https://mariadb.com/kb/en/mariadb-error-codes/"""
_MYSQL_AWAY = frozenset({1040, 1045, 1049, 1053, 1129, 1130, 1203, 1205, 1213, 1317, 1969, 3024})
"""Connections, locks, time-outs, shutdown."""
_MYSQL_CLIENT = 2000
"""From here on it is the client that speaks: the server is away."""


def of_database(error: exc.SQLAlchemyError, place: str) -> GatewayError:
    """Return the error of ours that an SQLAlchemy error amounts to."""
    match error:
        case exc.NoSuchTableError():
            return GatewayError("source.schema", where=place, detail=f"no table or view {error}")
        case exc.DBAPIError(orig=sqlite3.Error() as found):
            schema = isinstance(error, exc.ProgrammingError | exc.IntegrityError) or _SQLITE_SCHEMA.search(str(found))
            return GatewayError("source.schema" if schema else "source.unavailable", where=place, detail=_line(found))
        case exc.OperationalError(orig=Exception(args=(int(number), *_)) as found):
            away = number in _MYSQL_AWAY or number >= _MYSQL_CLIENT
            code = "source.unavailable" if away else "source.schema"
            return GatewayError(
                code, where=place, detail=_line(found) if away or number in _MYSQL_SCHEMA else _name(found)
            )
        case exc.ProgrammingError(orig=BaseException() as found):
            return GatewayError("source.schema", where=place, detail=_line(found))
        case exc.OperationalError(orig=BaseException() as found):
            return GatewayError("source.unavailable", where=place, detail=_line(found))
        case exc.DBAPIError(orig=BaseException() as found):
            return GatewayError("source.schema", where=place, detail=_name(found))
    return GatewayError("source.unavailable", where=place, detail=_line(error))


def _line(error: BaseException) -> str:
    return str(error).partition("\n")[0]


def _name(error: BaseException) -> str:
    number = getattr(error, "sqlstate", None) or next((a for a in error.args if isinstance(a, int)), None)
    return type(error).__name__ + (f" {number}" if number else "")
