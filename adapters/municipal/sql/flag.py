"""A column in which the municipality's program marks the rows to take in: of the written table, or of another one.

It holds 0 or nothing; `MARKED`, which the program sets; and `IN_WORK`, which the gateway sets before it reads the row.
So a mark that is set again meanwhile is not mistaken for the one before.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from adapters.municipal.sql.columns import Columns, columns_of, written_row
from adapters.municipal.sql.engines import Engines
from adapters.municipal.sql.row_contents import Contents, RowContents
from adapters.municipal.sql.row_sources import octets_in, plain_value, source_of, table_of
from adapters.municipal.sql.source_config import SqlSourceConfig
from adapters.municipal.sql.view import READ_BYTES, key_like
from adapters.municipal.sql.writeback import WriteBack, write_back_of
from gateway.mapping.model.schema import Group
from gateway.mapping.model.values import Type
from gateway.notice.source_row import Value
from gateway.store.inbox import MAX_VERSION

DONE, MARKED, IN_WORK = 0, 1, 2

_ROWS_AHEAD = 2


class FlaggedRows:
    """Marked rows. Each call is a transaction of its own.

    The account that writes reads and writes marks; the other account reads the contents of rows. Where cases have
    several owners, the mark is the case's, and stands for the rows of all of them.
    """

    def __init__(self, url: str, config: SqlSourceConfig, *, write_url: str | None = None) -> None:
        """Open the engines; connect at the first call of another method.

        Raises ``config.value`` if they cannot be used.
        """
        assert config.flag is not None, "of a source that has a flag"
        self._engines = Engines.open(url, write_url, config.timeout, in_code_pages=config.has_encodings)
        self._config = config
        table, key = config.flag_place
        self._table = table_of(table, [key, config.flag])
        self._key, self._flag = self._table.c[key], self._table.c[config.flag]
        self._example: Any = None
        self.back: WriteBack = write_back_of(self._engines, config)

    def columns(self) -> dict[str, Columns]:
        """Return the readable columns as they are kept: a truth value is 0 or 1. Raises ``source.*``."""
        found = columns_of(self._engines, self._config)
        return {name: Type.INTEGER if type_ is Type.BOOLEAN else type_ for name, type_ in found.items()}

    def written_row(self) -> Group:
        """Return the columns, or parameters, that a mapping of results may fill. Raises ``source.*``."""
        return written_row(self._engines, self._config)

    def close(self) -> None:
        """Close every connection."""
        self._engines.close()

    def waiting(self, after: Any, limit: int) -> Sequence[Any]:
        """Return up to ``limit`` keys of rows that are marked or in work, in order, as the database keeps them.

        ``after`` is the key before the first one, or None.
        """
        query = sa.select(self._key).where(self._flag.in_([MARKED, IN_WORK]), self._key.is_not(None)).distinct()
        if after is not None:
            query = query.where(self._key > sa.bindparam("after", after, sa.types.NullType()))
        return [key for (key,) in self._marks(query.order_by(self._key).limit(limit))]

    def counts(self) -> dict[int, int]:
        """Return the number of marked rows, and of rows in work, by their mark."""
        query = sa.select(self._flag, sa.func.count()).where(self._flag.in_([MARKED, IN_WORK])).group_by(self._flag)
        return {int(flag): count for flag, count in self._marks(query)}

    def keyless(self) -> int:
        """Return the number of marked rows without a key."""
        query = sa.select(sa.func.count()).select_from(self._table)
        ((count,),) = self._marks(query.where(self._flag.in_([MARKED, IN_WORK]), self._key.is_(None)))
        return int(count)

    def begin(self, keys: Sequence[Any]) -> None:
        """Set the marked ones among these rows in work."""
        self._move(MARKED, IN_WORK, self._among(self._key, keys))

    def end(self, keys: Sequence[Any]) -> None:
        """Remove the mark from these rows, except from rows that were marked again meanwhile."""
        self._move(IN_WORK, DONE, self._among(self._key, keys))

    def rows_of(self, keys: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        """Return the keys of the rows that each mark stands for (text → as the database keeps it).

        It is the marked row itself, or a row for each owner of the marked case; "" stands for an owner without a key.
        """
        if self._config.owners is None:
            return {text: {text: key} for text, key in keys.items()}
        source = self._source(())
        case, owner = source.c[self._config.key], source.c[self._config.row_key]
        query = sa.select(case, owner).where(self._among(case, list(keys.values())))
        found: dict[str, dict[str, Any]] = {text: {} for text in keys}
        with self._engines.errors(), self._engines.reader.connect() as connection:
            for of, key in connection.execute(query):
                if str(of) in found:
                    found[str(of)]["" if key is None else str(key)] = key
        return found

    def read(self, keys: Mapping[str, Any], columns: Sequence[str]) -> dict[str, Contents]:
        """Return the contents of rows by their keys (text → as the database keeps it).

        It may return the first rows only, up to the one whose documents bring them to `READ_BYTES`. A key that occurs
        twice is left out.
        """
        contents, left = RowContents(self._engines, self._config, columns, _kept), dict(keys)
        rows: dict[str, Contents] = {}
        while left and not rows:
            found, twice = self._found(left, columns)
            for key in [key for key in found if key not in twice]:
                rows[key] = contents.of(found[key])
                if sum(each.size for each in rows.values()) >= READ_BYTES:
                    break
            # A page on which every key occurs twice keeps no later row back.
            left = {text: key for text, key in left.items() if text not in found} if found else {}
        return rows

    def _found(self, keys: Mapping[str, Any], columns: Sequence[str]) -> tuple[dict[str, Mapping[str, Any]], set[str]]:
        """Return rows by their keys, up to the one that brings them to `READ_BYTES`, and the keys that occur twice."""
        found: dict[str, Mapping[str, Any]] = {}
        twice: set[str] = set()
        size, source = 0, self._source(columns)
        query = sa.select(source).where(self._among(source.c[self._config.row_key], list(keys.values())))
        with (
            self._engines.errors(),
            self._engines.reader.connect() as connection,
            connection.execution_options(yield_per=_ROWS_AHEAD).execute(query) as result,
        ):
            for row in result.mappings():
                # A database that compares texts loosely finds a key in another spelling, which is another row's.
                if (key := str(row[self._config.row_key])) not in keys:
                    continue
                if key in found:
                    twice.add(key)
                found[key] = dict(row)
                size += octets_in(row)
                if size >= READ_BYTES:
                    break
        if size >= READ_BYTES:
            # The second row of a key may stand behind the last row that was read.
            counted = self._counted([keys[key] for key in found])
            twice |= {key for key in found if counted[key] > 1}
        return found, twice

    def _counted(self, keys: Sequence[Any]) -> Counter[str]:
        """Return the number of rows of each key; no document is read."""
        key = self._source(()).c[self._config.row_key]
        with self._engines.errors(), self._engines.reader.connect() as connection:
            return Counter(str(each) for each in connection.scalars(sa.select(key).where(self._among(key, keys))))

    def bound_key(self, key: str) -> Any:
        """Return a key as the table keeps it, or None (which no row has) if it cannot be one."""
        if self._example is None:
            self._example = self._any_key()
        return key_like(key, self._example)

    def check(self, columns: Sequence[str]) -> None:
        """Check that rows can be read with ``columns``, and marks be written. Raises ``source.*``."""
        with self._engines.errors(), self._engines.reader.connect() as connection:
            connection.execute(sa.select(self._source(columns)).where(sa.false())).all()
        self._move(MARKED, IN_WORK, self._key != self._key)

    def _any_key(self) -> Any:
        if self._config.owners is None:
            found = self._marks(sa.select(self._key).where(self._key.is_not(None)).limit(1))
        else:
            key = self._source(()).c[self._config.row_key]
            with self._engines.errors(), self._engines.reader.connect() as connection:
                found = connection.execute(sa.select(key).where(key.is_not(None)).limit(1)).all()
        return found[0][0] if found else None

    def _source(self, columns: Sequence[str]) -> sa.FromClause:
        return source_of(self._config, self._config.read_columns(columns))

    def _move(self, before: int, after: int, which: sa.ColumnElement[bool]) -> None:
        query = sa.update(self._table).where(self._flag == before, which).values({self._flag.name: after})
        with self._engines.errors(), self._engines.writer.begin() as connection:
            connection.execute(query)

    def _marks(self, query: sa.Select[Any]) -> Sequence[Any]:
        with self._engines.errors(), self._engines.writer.connect() as connection:
            return connection.execute(query).all()

    def _among(self, column: sa.ColumnElement[Any], keys: Sequence[Any]) -> sa.ColumnElement[bool]:
        # Bound without a type, since only the database knows it.
        return column.in_(sa.bindparam("keys", list(keys), sa.types.NullType(), expanding=True))


def _kept(value: Any) -> Value:
    """Return a driver's value as the inbox can keep it.

    A number beyond its range becomes a text, which the mapper judges.
    """
    match plain := plain_value(value):
        case bool():
            return int(plain)
        case int() if abs(plain) > MAX_VERSION:
            return str(plain)
        case float() if not math.isfinite(plain):
            return str(plain)
    return plain
