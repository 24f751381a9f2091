"""A case database behind SQLAlchemy: a view is read page by page, and results are written back into a table.

The database account needs SELECT on the view, SELECT on key, version and result columns of the table, and UPDATE on
the result columns; nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from adapters.municipal.sql_config import ResultColumns, SqlSourceConfig
from adapters.municipal.sql_engines import Engines
from gateway.clock import Clock, system_clock, timestamp
from gateway.errors import GatewayError
from gateway.source import CaseRow, Page, Refusal, Result, Value

PAGE_BYTES = 16 * 1024 * 1024
"""A page ends with the row whose documents bring it to this size."""

REFUSED = "REFUSED"
"""What stands as the state of a row of which no notice was made."""

_ROWS_AHEAD = 4
_RESULT_FIELDS = tuple(f.name for f in fields(ResultColumns))


class SqlCaseSource:
    """A `gateway.source.CaseSource`: a page's cursor is its last row's version, a call that writes one transaction."""

    def __init__(
        self, name: str, url: str, config: SqlSourceConfig | None = None, *, clock: Clock = system_clock
    ) -> None:
        """Raises ``config.value`` for a URL that cannot be used; connects at the first call of another method."""
        self._name = name
        self._config = config or SqlSourceConfig()
        self._engines = Engines.open(url)
        self._clock = clock

    @property
    def name(self) -> str:
        return self._name

    def close(self) -> None:
        """Give back every connection."""
        self._engines.close()

    def read(self, cursor: str | None, limit: int) -> Page:
        """Return up to ``limit`` rows in the order of their versions, fewer where their documents are large."""
        rows: list[CaseRow] = []
        with self._engines.errors(), self._engines.reader.connect() as connection:
            view = self._view(connection)
            version = view.c[self._config.version]
            query = sa.select(view).order_by(version).limit(limit)
            if cursor:
                query = query.where(version > int(cursor))
            size = 0
            with connection.execution_options(yield_per=_ROWS_AHEAD).execute(query) as result:
                for found in result.mappings():
                    rows.append(self._row(found))
                    size += sum(len(value) for value in rows[-1].fields.values() if isinstance(value, bytes))
                    if size >= PAGE_BYTES:
                        break
        return Page(rows=rows, cursor=rows[-1].version if rows else cursor or "")

    def reread(self, keys: Sequence[str]) -> Sequence[CaseRow]:
        """Return the rows of these keys as they stand now, without those that are gone."""
        with self._engines.errors(), self._engines.reader.connect() as connection:
            view = self._view(connection)
            query = sa.select(view).where(view.c[self._config.key].in_(keys)).order_by(view.c[self._config.version])
            return [self._row(found) for found in connection.execute(query).mappings()]

    def write_results(self, results: Sequence[Result]) -> Sequence[str]:
        """Write each result, unless its row shows a later step of its notice, or a notice that it does not replace."""
        now = timestamp(self._clock())
        self._write(
            self._result_update, ({"row": r.row_key, "replaced": r.replaces, **_shown(r, now)} for r in results)
        )
        return self._absent([r.row_key for r in results])

    def write_refusals(self, refusals: Sequence[Refusal]) -> None:
        """Write code and reason into rows that still have the version that was refused.

        Their state becomes `REFUSED`, but not where a notice was made of the row earlier: that one is under way or
        served, and remains so whatever happens to a later version of its row.
        """
        self._write(
            self._refusal_update,
            (
                {
                    "row": r.row_key,
                    "version": int(r.row_version),
                    "new_code": r.code,
                    "new_reason": r.reason,
                    "new_updated_at": timestamp(r.refused_at),
                }
                for r in refusals
            ),
        )

    def _view(self, connection: sa.Connection) -> sa.TableClause:
        config = self._config
        return self._declared(connection, config.view, (config.key, config.version, *config.columns))

    def _declared(self, connection: sa.Connection, name: str, columns: Iterable[str]) -> sa.TableClause:
        """A table or view with these columns, untyped: what they hold is passed on as the driver hands it over."""
        present = {column["name"] for column in sa.inspect(connection).get_columns(name)}
        absent = [column for column in columns if column not in present]
        if absent:
            detail = f"{name} has no column {', '.join(absent)}"
            raise GatewayError("source.schema", where=self._engines.place, detail=detail)
        return sa.table(name, *[sa.column(column) for column in columns])

    def _row(self, found: Mapping[Any, Any]) -> CaseRow:
        plain = {name: _plain(value) for name, value in found.items()}
        key, version = plain[self._config.key], plain[self._config.version]
        if key is None or not isinstance(version, int):
            detail = f"{self._config.key} is empty or {self._config.version} is no whole number"
            raise GatewayError("source.schema", where=self._engines.place, detail=detail)
        return CaseRow(source=self._name, key=str(key), version=str(version), fields=plain)

    def _write(self, statement: Callable[[sa.TableClause], sa.Update], parameters: Iterable[Mapping[str, Any]]) -> None:
        rows = list(parameters)
        if not rows:
            return
        config = self._config
        with self._engines.errors(), self._engines.writer.begin() as connection:
            table = self._declared(connection, config.table, (config.key, config.version, *config.results.names))
            connection.execute(statement(table), rows)

    def _result_update(self, table: sa.TableClause) -> sa.Update:
        names = self._config.results
        seq, reference = table.c[names.seq], table.c[names.reference]
        newer = sa.or_(
            seq.is_(None),
            sa.and_(reference == sa.bindparam("new_reference"), seq <= sa.bindparam("new_seq")),
            # The row stands for a new notice, whose steps are counted anew.
            reference == sa.bindparam("replaced"),
        )
        values: dict[str, Any] = {getattr(names, field): sa.bindparam(f"new_{field}") for field in _RESULT_FIELDS}
        return sa.update(table).where(table.c[self._config.key] == sa.bindparam("row"), newer).values(values)

    def _absent(self, keys: Sequence[str]) -> list[str]:
        config = self._config
        with self._engines.errors(), self._engines.reader.connect() as connection:
            table = self._declared(connection, config.table, (config.key,))
            key = table.c[config.key]
            present = {str(found) for found in connection.scalars(sa.select(key).where(key.in_(keys)))}
        return [wanted for wanted in keys if wanted not in present]

    def _refusal_update(self, table: sa.TableClause) -> sa.Update:
        names = self._config.results
        state = table.c[names.state]
        unchanged = table.c[self._config.version] == sa.bindparam("version")
        return (
            sa.update(table)
            .where(table.c[self._config.key] == sa.bindparam("row"), unchanged)
            .values(
                {
                    names.state: sa.case((table.c[names.seq].is_(None), REFUSED), else_=state),
                    names.code: sa.bindparam("new_code"),
                    names.reason: sa.bindparam("new_reason"),
                    names.updated_at: sa.bindparam("new_updated_at"),
                }
            )
        )


def _shown(result: Result, now: str) -> dict[str, str | int | None]:
    """What a row shows of a result, by the names of `ResultColumns` with ``new_`` before them."""
    values = {name: getattr(result, name) for name in _RESULT_FIELDS if name != "updated_at"} | {"updated_at": now}
    return {f"new_{name}": timestamp(v) if isinstance(v, datetime) else v for name, v in values.items()}


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
