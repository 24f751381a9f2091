"""The view of a case database: marks of rows in the order of their changes, and rows by their keys."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from itertools import islice
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from adapters.municipal.sql import row_versions
from adapters.municipal.sql.engines import Engines
from adapters.municipal.sql.row_contents import RowContents
from adapters.municipal.sql.row_sources import octets_in, source_of
from adapters.municipal.sql.source_config import SqlSourceConfig
from gateway.notice.source_row import KEY_TWICE, CaseRow, Position, RowMark, RowsUnreadable, is_key, named_keys
from gateway.runtime.errors import GatewayError

READ_BYTES = 8 * 1024 * 1024
"""Size at which a read ends: with the row whose documents reach it."""

_ROWS_A_READ = 20
_ROWS_AHEAD = 2
KEYS_ASKED_FOR = 500
_EXAMPLES = 1000
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
_NUMBER = re.compile(r"-?\d+", re.ASCII)


class SqlView:
    """Rows of the source ``name``. Each call is a transaction of its own, and a generator has none open at a yield."""

    def __init__(self, name: str, engines: Engines, config: SqlSourceConfig) -> None:
        self._name, self._engines, self._config = name, engines, config
        self._from = source_of(config, (config.row_key, config.version, *config.read_columns(config.columns)))
        self._key, self._version = self._from.c[config.row_key], self._from.c[config.version]
        self._contents = RowContents(engines, config, config.columns)
        self._example: tuple[Any, Any] | None = None
        self._unfit = 0

    def of(self, columns: Sequence[str]) -> SqlView:
        """Return the same rows with other columns."""
        if tuple(columns) == self._config.columns:
            return self
        other = SqlView(self._name, self._engines, replace(self._config, columns=tuple(columns)))
        other._example = self._kinds()
        return other

    def marks(self, position: Position | None, limit: int) -> list[RowMark]:
        example = self._kinds()
        if example is None:
            return []
        since, after = None, None
        if position is not None:
            since = row_versions.bound(position.version, example[1])
            after = None if position.key is None else self.bound_key(position.key)
        while rows := self._listed(since, after, limit):
            fit = [self._is_fit(*row) for row in rows]
            last = max((place for place, good in enumerate(fit) if good), default=None)
            # Rows behind the last good one are listed again with the next page.
            told = list(zip(rows, fit, strict=True))[:last]
            self._unfit += sum(not good and not _is_negative(row[1]) for row, good in told)
            if last is not None:
                marks = [self._mark(*row) for row, good in zip(rows, fit, strict=True) if good]
                if position == Position(version=marks[-1].version, key=marks[-1].key):
                    raise GatewayError("source.version", detail="finer than a microsecond: let the view cut it")
                return marks
            since, after = rows[-1][1], rows[-1][0]
        return []

    def before(self, version: str, distance: int, now: datetime) -> str | None:
        example = self._kinds()
        return version if example is None else row_versions.before(version, distance, example[1], now)

    def rows(self, keys: Sequence[str]) -> Iterator[CaseRow]:
        twice: dict[str, None] = {}
        for some in parts(keys, _ROWS_A_READ):
            left = some
            while left:
                rows, all_of_them = self._read(left)
                found = Counter(str(row[self._config.row_key]) for row in rows)
                # The second row of a key may stand behind the last row that was read.
                counted = found if all_of_them else self._counted(list(found))
                twice |= dict.fromkeys(key for key in found if counted[key] > 1)
                yield from (self._row(row) for row in rows if str(row[self._config.row_key]) not in twice)
                left = [] if all_of_them else [key for key in left if key not in found]
        if twice:
            raise RowsUnreadable(self._name, set(twice), f"keys: {named_keys(twice)}", code=KEY_TWICE)

    def unlisted(self) -> int:
        example = self._kinds()
        bad: list[sa.ColumnElement[bool]] = [self._version.is_(None), self._key.is_(None)]
        if example is not None and isinstance(example[1], int | Decimal):
            bad.append(self._version < sa.literal_column("0"))  # before every position from which rows are listed
        query = sa.select(sa.func.count()).select_from(self._from)
        ((count,),) = self._all(query.where(sa.or_(*bad)))
        unfit, self._unfit = self._unfit, 0
        return int(count) + unfit

    def versions(self, keys: Sequence[str]) -> dict[str, str]:
        """Return the present versions of rows by key."""
        return {
            str(key): row_versions.text_of(version)
            for some in parts(keys, KEYS_ASKED_FOR)
            for key, version in self._all(
                sa.select(self._key, self._version).where(self._is_one_of(some), self._version.is_not(None))
            )
            if self._is_fit(key, version)
        }

    def bound_key(self, key: str) -> str | int | UUID | None:
        """Return a key as the database keeps it, or None (which no row has) if it cannot be one."""
        example = self._kinds()
        return key if example is None else key_like(key, example[0])

    def _listed(self, since: Any, after: Any, limit: int) -> Sequence[Any]:
        """Return keys and versions from a version on, and behind a key of that version, as the database keeps them."""
        query = self._complete()
        if since is not None:
            version = sa.bindparam("since", since, sa.types.NullType())
            query = query.where(self._version >= version)
            if after is not None:
                key = sa.bindparam("after", after, sa.types.NullType())
                query = query.where(sa.or_(self._version > version, self._key > key))
        return self._all(query.order_by(self._version, self._key).limit(limit))

    def _complete(self) -> sa.Select[Any]:
        return sa.select(self._key, self._version).where(self._key.is_not(None), self._version.is_not(None))

    def _is_fit(self, key: Any, version: Any) -> bool:
        example = self._kinds()
        # An octet string has no text that would lead back to it.
        named = not isinstance(key, bytes | bytearray | memoryview) and is_key(str(key))
        return example is not None and named and row_versions.is_like(version, example[1])

    def _mark(self, key: Any, version: Any) -> RowMark:
        return RowMark(source=self._name, key=str(key), version=row_versions.text_of(version))

    def _kinds(self) -> tuple[Any, Any] | None:
        """Return a key and a version as examples of their types; None as there are none.

        They have the type of most of the newest rows, since one slip does not show the type of the others. Raises
        ``source.version`` if none is usable.
        """
        if self._example is None:
            self._all(sa.select(self._from).where(sa.false()))  # the error names a missing column
            newest = self._all(self._complete().order_by(self._version.desc()).limit(_EXAMPLES))
            usable = {type(row[1]): row for row in newest if row_versions.is_like(row[1], row[1])}
            kinds = Counter(type(row[1]) for row in newest if type(row[1]) in usable)
            if kinds:
                ((kind, _),) = kinds.most_common(1)
                self._example = tuple(usable[kind])
            elif newest:
                row_versions.text_of(newest[0][1])
        return self._example

    def _all(self, query: sa.Select[Any]) -> Sequence[Any]:
        with self._engines.errors(), self._engines.reader.connect() as connection:
            return connection.execute(query).all()

    def _is_one_of(self, keys: Sequence[str]) -> sa.ColumnElement[bool]:
        bound = [key for key in map(self.bound_key, keys) if key is not None]
        # Bound without a type, since only the database knows it: PostgreSQL compares no UUID with a VARCHAR.
        return self._key.in_(sa.bindparam("keys", bound, sa.types.NullType(), expanding=True))

    def _read(self, keys: Sequence[str]) -> tuple[list[Mapping[Any, Any]], bool]:
        """Return rows of these keys as the database has them, and True if they are all.

        A row that was changed to have no version, or an unusable one, is left out.
        """
        rows: list[Mapping[Any, Any]] = []
        size = 0
        query = sa.select(self._from).where(self._is_one_of(keys), self._version.is_not(None))
        with (
            self._engines.errors(),
            self._engines.reader.connect() as connection,
            connection.execution_options(yield_per=_ROWS_AHEAD).execute(query) as result,
        ):
            for found in result.mappings():
                key, version = found[self._config.row_key], found[self._config.version]
                # A database that compares texts loosely finds a key in another spelling, which is another row's.
                if str(key) not in keys or not self._is_fit(key, version):
                    continue
                rows.append(dict(found))
                size += octets_in(found)
                if size >= READ_BYTES:
                    return rows, False
        return rows, True

    def _counted(self, keys: Sequence[str]) -> Counter[str]:
        """Return the number of rows of each key; no document is read."""
        present = self._all(self._complete().where(self._is_one_of(keys)))
        return Counter(str(key) for key, version in present if self._is_fit(key, version))

    def _row(self, found: Mapping[Any, Any]) -> CaseRow:
        key, version = found[self._config.row_key], row_versions.text_of(found[self._config.version])
        contents = self._contents.of(found)
        return CaseRow(
            source=self._name, key=str(key), version=version, fields=contents.fields, defects=contents.defects
        )


def _is_negative(version: Any) -> bool:
    """Return True for a number that `SqlView.unlisted` counts, wherever rows are listed from."""
    return isinstance(version, int | Decimal) and version < 0


def parts(keys: Sequence[str], size: int) -> Iterator[list[str]]:
    left = iter(keys)
    while some := list(islice(left, size)):
        yield some


def key_like(key: str, example: Any) -> str | int | UUID | None:
    """Return a key as the database keeps it, whose keys are like ``example``; None if it cannot be one."""
    match example:
        case int() | Decimal():
            return int(key) if _NUMBER.fullmatch(key) else None
        case UUID():
            return UUID(key) if _UUID.fullmatch(key) else None
    return key
