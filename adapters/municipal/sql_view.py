"""What a case database shows us: marks of rows in the order of their changes, and rows by their keys."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from adapters.municipal import sql_versions
from adapters.municipal.sql_config import SqlSourceConfig
from adapters.municipal.sql_engines import Engines
from gateway.errors import GatewayError
from gateway.source import CaseRow, Position, RowMark, Value

READ_BYTES = 8 * 1024 * 1024
"""A read ends with the row whose documents bring it to this size."""

_ROWS_A_READ = 20
_ROWS_AHEAD = 2
_KEYS_ASKED_FOR = 500
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
_NUMBER = re.compile(r"-?\d+", re.ASCII)


class SqlView:
    """Rows of the source ``name``. Each call is a transaction of its own, and a generator has none open at a yield."""

    def __init__(self, name: str, engines: Engines, config: SqlSourceConfig) -> None:
        self._name, self._engines, self._config = name, engines, config
        self._from = _source_of(config)
        self._key, self._version = self._from.c[config.key], self._from.c[config.version]
        self._example: tuple[Any, Any] | None = None

    def marks(self, position: Position | None, limit: int) -> list[RowMark]:
        example = self._kinds()
        if example is None:
            return []
        query = sa.select(self._key, self._version).where(self._key.is_not(None), self._version.is_not(None))
        if position is not None:
            version = sa.bindparam("since", sql_versions.bound(position.version, example[1]), sa.types.NullType())
            query = query.where(self._version >= version)
            if position.key is not None:
                query = query.where(
                    sa.or_(
                        self._version > version,
                        self._key > sa.bindparam("after", self.bound_key(position.key), sa.types.NullType()),
                    )
                )
        marks = [
            RowMark(source=self._name, key=str(key), version=sql_versions.text_of(version))
            for key, version in self._all(query.order_by(self._version, self._key).limit(limit))
        ]
        if position is not None and marks and position == Position(version=marks[-1].version, key=marks[-1].key):
            raise GatewayError("source.version", detail="finer than a microsecond: let the view cut it")
        return marks

    def before(self, version: str, distance: int, now: datetime) -> str | None:
        example = self._kinds()
        return version if example is None else sql_versions.before(version, distance, example[1], now)

    def rows(self, keys: Sequence[str]) -> Iterator[CaseRow]:
        for some in _parts(keys, _ROWS_A_READ):
            left = some
            while left:
                rows, all_of_them = self._read(left)
                yield from rows
                found = {row.key for row in rows}
                left = [] if all_of_them else [key for key in left if key not in found]

    def unlisted(self) -> int:
        query = sa.select(sa.func.count()).select_from(self._from)
        ((count,),) = self._all(query.where(sa.or_(self._version.is_(None), self._key.is_(None))))
        return int(count)

    def versions(self, keys: Sequence[str]) -> dict[str, str]:
        """Return the present versions of rows by key."""
        return {
            str(key): sql_versions.text_of(version)
            for some in _parts(keys, _KEYS_ASKED_FOR)
            for key, version in self._all(
                sa.select(self._key, self._version).where(self._is_one_of(some), self._version.is_not(None))
            )
        }

    def bound_key(self, key: str) -> str | int | UUID | None:
        """Return a key as the database keeps it, or None (which no row has) where it cannot be one."""
        example = self._kinds()
        match example and example[0]:
            case int() | Decimal():
                return int(key) if _NUMBER.fullmatch(key) else None
            case UUID():
                return UUID(key) if _UUID.fullmatch(key) else None
        return key

    def _kinds(self) -> tuple[Any, Any] | None:
        """A key and a version, which show what kinds of values they are; None as long as there are none."""
        if self._example is None:
            self._all(sa.select(self._from).where(sa.false()))  # names a column that is not there
            query = sa.select(self._key, self._version).where(self._key.is_not(None), self._version.is_not(None))
            self._example = next(iter(self._all(query.limit(1))), None)
        return self._example

    def _all(self, query: sa.Select[Any]) -> Sequence[Any]:
        with self._engines.errors(), self._engines.reader.connect() as connection:
            return connection.execute(query).all()

    def _is_one_of(self, keys: Sequence[str]) -> sa.ColumnElement[bool]:
        bound = [key for key in map(self.bound_key, keys) if key is not None]
        # Bound without a type, since only the database knows it: PostgreSQL compares no UUID with a VARCHAR.
        return self._key.in_(sa.bindparam("keys", bound, sa.types.NullType(), expanding=True))

    def _read(self, keys: Sequence[str]) -> tuple[list[CaseRow], bool]:
        """Rows of these keys, and whether they are all; those that were corrected to have no version are none."""
        rows: list[CaseRow] = []
        size = 0
        query = sa.select(self._from).where(self._is_one_of(keys), self._version.is_not(None))
        with (
            self._engines.errors(),
            self._engines.reader.connect() as connection,
            connection.execution_options(yield_per=_ROWS_AHEAD).execute(query) as result,
        ):
            for found in result.mappings():
                rows.append(self._row(found))
                size += rows[-1].size
                if size >= READ_BYTES:
                    return rows, False
        return rows, True

    def _row(self, found: Mapping[Any, Any]) -> CaseRow:
        key, version = found[self._config.key], sql_versions.text_of(found[self._config.version])
        plain = {name: _plain(value) for name, value in found.items()}
        return CaseRow(source=self._name, key=str(key), version=version, fields=plain)


def table_of(name: str, columns: Iterable[str]) -> sa.TableClause:
    """A table or view, ``schema.name`` or ``name``; its columns are untyped: what they hold is passed on as it is."""
    schema, _, table = name.rpartition(".")
    return sa.table(table, *[sa.column(column) for column in dict.fromkeys(columns)], schema=schema or None)


def _source_of(config: SqlSourceConfig) -> sa.FromClause:
    columns = config.key, config.version, *config.columns
    if config.query is None:
        return table_of(config.view, columns)
    query = sa.text(config.query.strip().removesuffix(";"))
    if query.compile().params:
        raise GatewayError(
            "config.value", where="query_file", detail="a query has no parameters; write \\: for a colon"
        )
    return query.columns(*[sa.column(column) for column in dict.fromkeys(columns)]).subquery("eblagh_query")


def _parts(keys: Sequence[str], size: int) -> Iterator[list[str]]:
    left = iter(keys)
    while some := list(islice(left, size)):
        yield some


def _plain(value: Any) -> Value:
    """A driver's value as one of the port's; types that no column of a notice has become text."""
    match value:
        case None | str() | int() | float() | bytes() | date():
            return value
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case bytearray() | memoryview():
            return bytes(value)
        case _:
            return str(value)
