"""Queries for the rows of many keys: one text for any number of keys, which is compiled once.

A list of keys in the text itself would be compiled anew for each number of them, and each key would be a parameter.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import ARRAY, ColumnElement, Connection, Row, Select, any_, bindparam, func, select

from adapters.storage.engine.column_types import Text

_KEYS: Final = "keys"


class KeyedQuery:
    """A query for the rows whose ``column`` is one of given texts. Make it once, as a constant.

    SQLite gets the keys as a JSON array, PostgreSQL as an array; either looks each of them up in the column's index.
    """

    def __init__(self, query: Select[Any], column: ColumnElement[str]) -> None:
        listed = func.json_each(bindparam(_KEYS, type_=Text)).table_valued("value").c.value
        self._sqlite = query.where(column.in_(select(listed)))
        self._postgresql = query.where(column == any_(bindparam(_KEYS, type_=ARRAY(Text))))

    def rows(self, connection: Connection, keys: Iterable[str], **others: Any) -> Sequence[Row[Any]]:
        """Return the rows of these keys, each once. ``others`` are further parameters of the query."""
        distinct = list(dict.fromkeys(keys))
        if not distinct:
            return []
        if connection.dialect.name == "sqlite":
            return connection.execute(self._sqlite, {_KEYS: json.dumps(distinct), **others}).all()
        return connection.execute(self._postgresql, {_KEYS: distinct, **others}).all()

    def scalars(self, connection: Connection, keys: Iterable[str], **others: Any) -> list[Any]:
        """Return the first column of `rows`."""
        return [row[0] for row in self.rows(connection, keys, **others)]
