"""Values of a source's own mapping, on their way into a case database: names of parameters, and values as drivers take
them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from adapters.municipal.sql.engines import Engines
from gateway.notice.source_row import Own, Value
from gateway.runtime.clock import timestamp


def names_of(rows: Sequence[Mapping[str, Any]]) -> tuple[str, ...] | None:
    """Return the columns that the ``own`` of these rows fill, which are the same in each; None if there is none."""
    own: Own | None = rows[0]["own"] if rows else None
    return None if own is None else tuple(own.values)


def bound_names(names: Sequence[str] | None) -> Iterator[tuple[str, sa.BindParameter[Any]]]:
    """Yield each column with a parameter for it: a column's name may hold characters that no parameter's can."""
    for number, name in enumerate(names or ()):
        yield name, sa.bindparam(f"__own_{number}")


class OwnValues:
    """Values of own mappings for one database. ``table`` is the written one; None if statements write."""

    def __init__(self, engines: Engines, table: str | None = None) -> None:
        self._engines, self._table = engines, table
        self._dialect = engines.writer.dialect.name

    def bound(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """Return a row's own values by the names of `bound_names`."""
        return {f"__own_{number}": value for number, value in enumerate(self.named(row).values())}

    def named(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """Return a row's own values by their own names."""
        own: Own | None = row["own"]
        return {} if own is None else {name: self._value(name, value) for name, value in own.values.items()}

    def _value(self, name: str, value: Value) -> Any:
        """Return a value as the driver takes it.

        Days and times stand in SQLite as texts. Elsewhere a time has no zone if its column has none, and then it is
        UTC.
        """
        if not isinstance(value, date):
            return value
        if isinstance(value, datetime) and value.tzinfo is not None:
            if self._dialect == "sqlite":
                return timestamp(value)
            utc = value.astimezone(UTC)
            keeps_zone = self._dialect == "postgresql" and name not in self._without_zone
            return utc if keeps_zone else utc.replace(tzinfo=None)
        return value.isoformat() if self._dialect == "sqlite" else value

    @cached_property
    def _without_zone(self) -> frozenset[str]:
        """Columns of times without a zone: PostgreSQL would convert ours to its server's zone for them."""
        if self._table is None:
            return frozenset()
        schema, _, table = self._table.rpartition(".")
        with self._engines.errors(), self._engines.writer.connect() as connection:
            found = sa.inspect(connection).get_columns(table, schema=schema or None)
        types = {column["name"]: column["type"] for column in found}
        return frozenset(n for n, type_ in types.items() if isinstance(type_, sa.types.DateTime) and not type_.timezone)
