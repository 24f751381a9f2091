"""Writing of results and refusals into a case database: into columns of a table, or by configured statements."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, Protocol

import sqlalchemy as sa

from adapters.municipal.sql.engines import Engines
from adapters.municipal.sql.own_results import OwnValues, bound_names, names_of
from adapters.municipal.sql.row_sources import table_of
from adapters.municipal.sql.source_config import KEPT_FIELDS, RESULT_FIELDS, SqlSourceConfig, Statements
from gateway.notice.source_row import COMPARED, Own, Shown
from gateway.runtime.bilingual import Words
from gateway.runtime.errors import GatewayError

Values = Mapping[str, Any]
"""Values of a row: ``row_key``, fields of `ResultColumns`, ``own`` (`gateway.notice.source_row.Own`, or None), and for
a result ``replaces`` and ``over``.
"""

_REFUSAL_FIELDS = ("state", "code", "reason", "updated_at")

_IGNORED = Words(
    en="it does not show what was written into it: a trigger may have ignored the change",
    fa="آنچه در آن نوشته شد دیده نمی‌شود؛ شاید تریگری تغییر را نادیده گرفته است",
)


class WriteBack(Protocol):
    """Writer with one transaction for each call."""

    def results(self, results: Sequence[Values]) -> list[bool]:
        """Write results; return for each True if its row exists.

        Raises ``source.row-refused`` if a row was not changed although it had to be, as where a trigger ignores it.
        """
        ...

    def refusals(self, refusals: Sequence[Values]) -> None: ...

    def shown(self, keys: Mapping[str, Any]) -> dict[str, Shown | None] | None:
        """Return the values shown by the existing rows of these keys (text → as the database keeps it).

        None if the configuration does not name their columns.
        """
        ...


def write_back_of(engines: Engines, config: SqlSourceConfig) -> WriteBack:
    """Return the configured writer. Raises ``config.value`` for a statement with other parameters."""
    if config.statements is None:
        return _Columns(engines, config)
    return _Statements(engines, config.statements)


class _Columns:
    """Writer into columns. A row that already shows the values is left alone: not even its time of writing changes."""

    def __init__(self, engines: Engines, config: SqlSourceConfig) -> None:
        self._engines, self._key, self._names = engines, config.written_key, config.results
        self._config, self._own = config, OwnValues(engines, config.table)
        self._usual = table_of(config.table, [config.written_key, *config.results.names])

    def results(self, results: Sequence[Values]) -> list[bool]:
        own = names_of(results)
        table = self._table(own)
        seq, reference = self._column(table, "seq"), self._column(table, "reference")
        newer = sa.or_(
            seq.is_(None),
            # Somebody emptied it.
            reference.is_(None),
            reference == sa.literal_column("''"),
            sa.and_(
                reference == sa.bindparam("__new_reference"),
                sa.or_(seq <= sa.bindparam("__new_seq"), seq == sa.bindparam("__over")),
            ),
            # The row is for a new notice, whose steps are counted anew.
            reference == sa.bindparam("__replaced"),
        )
        written = RESULT_FIELDS if own is None else KEPT_FIELDS
        values = self._standard(written) | dict(bound_names(own))
        rows = [{**self._new(r, written), "__replaced": r["replaces"], "__over": r["over"]} for r in results]
        if not rows:
            return []
        with self._engines.errors(), self._engines.writer.begin() as connection:
            self._update(connection, table, values, newer, rows)
            steps = self._steps(connection, [result["row_key"] for result in results])
            if any(not _is_written(r, *steps[str(r["row_key"])]) for r in results if str(r["row_key"]) in steps):
                raise GatewayError("source.row-refused", where=self._engines.place, detail=_IGNORED)
        return [str(result["row_key"]) in steps for result in results]

    def refusals(self, refusals: Sequence[Values]) -> None:
        """Write refusals; their state only if no notice was made of the row earlier.

        An earlier notice is under way or served, and remains so whatever happens to a later version of its row. The
        same holds for own values, unless the notice was made with them.
        """
        own = names_of(refusals)
        table = self._table(own)
        seq, reference = self._column(table, "seq"), self._column(table, "reference")
        written = _REFUSAL_FIELDS if own is None else ("state", "code")
        values = self._standard(written)
        values[self._names.state] = sa.case(
            (seq.is_not(None), table.c[self._names.state]), else_=values[self._names.state]
        )
        of_this = sa.or_(
            seq.is_(None), sa.and_(reference == sa.bindparam("__own_reference"), seq <= sa.bindparam("__own_seq"))
        )
        for name, value in bound_names(own):
            values[name] = sa.case((of_this, value), else_=table.c[name])
        rows = [{**self._new(r, written), **_basis(r)} for r in refusals]
        if rows:
            with self._engines.errors(), self._engines.writer.begin() as connection:
                self._update(connection, table, values, sa.true(), rows)

    def shown(self, keys: Mapping[str, Any]) -> dict[str, Shown | None] | None:
        table, bound = self._usual, [key for key in keys.values() if key is not None]
        among = table.c[self._key].in_(sa.bindparam("keys", bound, sa.types.NullType(), expanding=True))
        compared = self._compared
        columns = [self._column(table, name) for name in (*KEPT_FIELDS, *compared)]
        with self._engines.errors(), self._engines.writer.connect() as connection:
            rows = connection.execute(sa.select(table.c[self._key], *columns).where(among)).all()
        asked, shown = _Keys(keys), dict[str, Shown | None]()
        for found, *values in rows:
            # A database that compares texts loosely finds a key in another spelling, which is another row's.
            if (key := asked.named(found)) is None:
                continue
            plain = [_unpadded(value) for value in values]
            shown[key] = Shown(
                **dict(zip(KEPT_FIELDS, plain[: len(KEPT_FIELDS)], strict=True)),
                values=dict(zip(compared, plain[len(KEPT_FIELDS) :], strict=True)),
            )
        return shown

    @cached_property
    def _compared(self) -> tuple[str, ...]:
        """Fields of `COMPARED` that the table has columns for: beside a mapping of its own it may have none."""
        schema, _, table = self._config.table.rpartition(".")
        with self._engines.errors(), self._engines.writer.connect() as connection:
            columns = sa.inspect(connection).get_columns(table, schema=schema or None)
        there = {column["name"].casefold() for column in columns}
        return tuple(name for name in COMPARED if getattr(self._names, name).casefold() in there)

    def _table(self, own: Sequence[str] | None) -> sa.TableClause:
        if own is None:
            return self._usual
        return table_of(self._config.table, [self._key, *self._names.names, *own])

    def _column(self, table: sa.TableClause, field: str) -> sa.ColumnClause[Any]:
        column: sa.ColumnClause[Any] = table.c[getattr(self._names, field)]
        return column

    def _standard(self, written: Sequence[str]) -> dict[str, Any]:
        """Return parameters for fields of `ResultColumns`, by column."""
        return {getattr(self._names, field): sa.bindparam(f"__new_{field}") for field in written}

    def _new(self, values: Values, written: Sequence[str]) -> dict[str, Any]:
        """Return the bound values of one row: its key, the written fields, and its own."""
        new = {f"__new_{field}": values[field] for field in written}
        return {"__row": values["row_key"], **new, **self._own.bound(values)}

    def _update(
        self,
        connection: sa.Connection,
        table: sa.TableClause,
        values: Mapping[str, Any],
        allowed: sa.ColumnElement[bool],
        rows: list[dict[str, Any]],
    ) -> None:
        differs = sa.or_(*[
            table.c[name].is_distinct_from(value) for name, value in values.items() if name != self._names.updated_at
        ])  # fmt: skip
        query = sa.update(table).where(table.c[self._key] == sa.bindparam("__row"), allowed, differs).values(values)
        connection.execute(query, rows)

    def _steps(self, connection: sa.Connection, keys: Sequence[Any]) -> dict[str | None, tuple[Any, Any]]:
        """Return notice and step that the existing rows of these keys show."""
        table, asked = self._usual, _Keys(map(str, keys))
        key, reference, seq = table.c[self._key], self._column(table, "reference"), self._column(table, "seq")
        among = key.in_(sa.bindparam("keys", list(keys), sa.types.NullType(), expanding=True))
        rows = connection.execute(sa.select(key, reference, seq).where(among)).all()
        return {asked.named(row[0]): (_unpadded(row[1]), row[2]) for row in rows}


class _Keys:
    """Keys that a database was asked for, found again if it pads them with blanks, as PostgreSQL does a CHAR(n)."""

    def __init__(self, keys: Iterable[str]) -> None:
        self._asked = set(keys)
        self._unpadded = {key.rstrip(" "): key for key in self._asked}

    def named(self, found: Any) -> str | None:
        """Return the key that a row was asked for by; None if it was not asked for."""
        text = str(found)
        return text if text in self._asked else self._unpadded.get(text.rstrip(" "))


def _is_written(result: Values, reference: Any, seq: Any) -> bool:
    """Return True if a row shows a result or a later one: of its notice, or of one that it does not replace."""
    if reference is None or seq is None:
        return False
    if reference != result["reference"]:
        return bool(reference != result["replaces"])
    return bool(seq >= result["seq"] and seq != result["over"])


def _unpadded(value: Any) -> Any:
    """Return a value without the blanks of a CHAR(n); an empty text is none."""
    return (value.rstrip(" ") or None) if isinstance(value, str) else value


class _Statements:
    def __init__(self, engines: Engines, statements: Statements) -> None:
        self._engines, self._own = engines, OwnValues(engines)
        own = statements.own
        self._result = _statement(statements.result, ("row_key", *RESULT_FIELDS, *own), "write_back_file")
        self._refusal = _statement(statements.refusal, ("row_key", *_REFUSAL_FIELDS, *own), "write_refusal_file")

    def results(self, results: Sequence[Values]) -> list[bool]:
        with self._engines.errors(), self._engines.writer.begin() as connection:
            # One by one: a driver counts the rows of a single statement only.
            return [connection.execute(self._result, self._of(self._result, r)).rowcount > 0 for r in results]

    def refusals(self, refusals: Sequence[Values]) -> None:
        with self._engines.errors(), self._engines.writer.begin() as connection:
            for refusal in refusals:
                connection.execute(self._refusal, self._of(self._refusal, refusal))

    def shown(self, keys: Mapping[str, Any]) -> dict[str, Shown | None] | None:  # noqa: ARG002 - a `WriteBack`
        return None

    def _of(self, statement: sa.TextClause, values: Values) -> dict[str, Any]:
        """Return the parameters of a statement.

        Values of a source's own mapping override the gateway's of the same name. Values that its newer version no
        longer fills become empty.
        """
        every = {**values, **self._own.named(values)}
        return {name: every.get(name) for name in statement.compile().params}


def parameters_of(statement: str) -> frozenset[str]:
    """Return the parameter names of an administrator's statement."""
    return frozenset(sa.text(statement.strip().removesuffix(";")).compile().params)


def has_further(statements: Statements) -> bool:
    """Return True if statements name more than the gateway's own values."""
    of_result, of_refusal = parameters_of(statements.result), parameters_of(statements.refusal)
    return bool(of_result - {"row_key", *RESULT_FIELDS} or of_refusal - {"row_key", *_REFUSAL_FIELDS})


def _statement(text: str, allowed: Sequence[str], key: str) -> sa.TextClause:
    statement = sa.text(text.strip().removesuffix(";"))
    parameters = set(statement.compile().params)
    if unknown := sorted(parameters - set(allowed)):
        raise GatewayError("config.value", where=key, detail=f"no parameter {', '.join(unknown)}")
    if "row_key" not in parameters:
        raise GatewayError("config.value", where=key, detail="it names no :row_key")
    return statement


def _basis(values: Values) -> dict[str, Any]:
    own: Own | None = values["own"]
    return {} if own is None else {"__own_reference": own.reference, "__own_seq": own.seq}
