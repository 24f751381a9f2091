"""Rows that intake has processed, and the cursors of the readers of sources and feeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy import Connection, bindparam, select

from adapters.storage.engine.dialects import insert_on
from adapters.storage.engine.engine import Database
from adapters.storage.engine.keyed_query import KeyedQuery
from adapters.storage.engine.row_statements import execute_rows
from adapters.storage.schema.tables import cursor, seen_row
from gateway.notice.source_row import RowMark

if TYPE_CHECKING:
    from adapters.storage.engine.dialects import Insert

_CURSOR = select(cursor.c.value).where(cursor.c.name == bindparam("of"))
_SEEN = KeyedQuery(
    select(seen_row.c.row_key, seen_row.c.row_version).where(seen_row.c.source == bindparam("source")),
    seen_row.c.row_key,
)


class SqlRowStore:
    """Implement `gateway.store.ports.row_store.RowStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def cursor(self, name: str) -> str | None:
        return self._database.read(lambda c: c.scalar(_CURSOR, {"of": name}))

    def unseen(self, marks: Sequence[RowMark]) -> list[RowMark]:
        def read(connection: Connection) -> set[RowMark]:
            return {
                RowMark(source=source, key=row.row_key, version=row.row_version)
                for source in {mark.source for mark in marks}
                for row in _SEEN.rows(connection, (m.key for m in marks if m.source == source), source=source)
            }

        seen = self._database.read(read)
        return [mark for mark in marks if mark not in seen]


def see(connection: Connection, marks: Sequence[RowMark]) -> None:
    rows = [{"source": mark.source, "row_key": mark.key, "row_version": mark.version} for mark in marks]
    execute_rows(connection, _seeing(connection.dialect.name), rows)


@cache
def _seeing(dialect: str) -> Insert:
    statement = insert_on(dialect, seen_row)
    return statement.on_conflict_do_update(
        index_elements=[seen_row.c.source, seen_row.c.row_key],
        set_={"row_version": statement.excluded["row_version"]},
        where=seen_row.c.row_version != statement.excluded["row_version"],
    )


def move_cursors(connection: Connection, cursors: Mapping[str, str]) -> None:
    rows = [{"name": name, "value": value} for name, value in cursors.items()]
    execute_rows(connection, _moving(connection.dialect.name), rows)


@cache
def _moving(dialect: str) -> Insert:
    statement = insert_on(dialect, cursor)
    return statement.on_conflict_do_update(index_elements=[cursor.c.name], set_={"value": statement.excluded["value"]})
