"""How results and refusals get into a case database: into columns of a table, or by statements of its administrator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any, Protocol

import sqlalchemy as sa

from adapters.municipal.sql_config import RESULT_FIELDS, ResultColumns, SqlSourceConfig, Statements
from adapters.municipal.sql_engines import Engines
from adapters.municipal.sql_view import table_of
from gateway.errors import GatewayError
from gateway.source import Shown

Values = Mapping[str, Any]
"""``row_key``, fields of `ResultColumns`, and for a result ``replaces``."""

_REFUSAL_FIELDS = ("state", "code", "reason", "updated_at")


class WriteBack(Protocol):
    """Writes in one transaction each call."""

    def results(self, results: Sequence[Values]) -> list[bool]:
        """Write results; return for each whether its row is there."""
        ...

    def refusals(self, refusals: Sequence[Values]) -> None: ...

    def shown(self, keys: Mapping[str, Any]) -> dict[str, Shown | None] | None:
        """Return what the rows of these keys (text → as the database keeps it) show, those that are there; None where
        nobody said in which columns it stands."""
        ...


def write_back_of(engines: Engines, config: SqlSourceConfig) -> WriteBack:
    """Return the way back that is configured. Raises ``config.value`` for a statement with other parameters."""
    if config.statements is None:
        return _Columns(engines, config)
    return _Statements(engines, config.statements)


class _Columns:
    """A row that shows already what is to be written is left alone: not even the time of writing touches it."""

    def __init__(self, engines: Engines, config: SqlSourceConfig) -> None:
        self._engines, self._key, self._names = engines, config.key, config.results
        self._table = table_of(config.table, [config.key, *config.results.names])

    def results(self, results: Sequence[Values]) -> list[bool]:
        column = self._table.c
        seq, reference = column[self._names.seq], column[self._names.reference]
        newer = sa.or_(
            seq.is_(None),
            sa.and_(reference == sa.bindparam("new_reference"), seq <= sa.bindparam("new_seq")),
            # The row stands for a new notice, whose steps are counted anew.
            reference == sa.bindparam("replaced"),
        )
        self._update(
            RESULT_FIELDS, newer, [{**_new(r), "row": r["row_key"], "replaced": r["replaces"]} for r in results]
        )
        return self._present([result["row_key"] for result in results])

    def refusals(self, refusals: Sequence[Values]) -> None:
        """Their state is written where no notice was made of the row earlier: that one is under way or served, and
        remains so whatever happens to a later version of its row."""
        self._update(_REFUSAL_FIELDS, sa.true(), [{**_new(r), "row": r["row_key"]} for r in refusals])

    def shown(self, keys: Mapping[str, Any]) -> dict[str, Shown | None] | None:
        column, bound = self._table.c, [key for key in keys.values() if key is not None]
        among = column[self._key].in_(sa.bindparam("keys", bound, sa.types.NullType(), expanding=True))
        columns = [column[getattr(self._names, field.name)] for field in fields(Shown)]
        with self._engines.errors(), self._engines.writer.connect() as connection:
            rows = connection.execute(sa.select(column[self._key], *columns).where(among)).all()
        names = [field.name for field in fields(Shown)]
        # A database that compares texts loosely finds a key in another spelling, which is another row's.
        return {str(row[0]): Shown(**dict(zip(names, row[1:], strict=True))) for row in rows if str(row[0]) in keys}

    def _update(self, written: Sequence[str], allowed: sa.ColumnElement[bool], rows: list[dict[str, Any]]) -> None:
        if not rows:
            return
        column = self._table.c
        values: dict[str, Any] = {field: sa.bindparam(f"new_{field}") for field in written}
        if written is _REFUSAL_FIELDS:
            served = column[self._names.seq].is_not(None)
            values["state"] = sa.case((served, column[self._names.state]), else_=values["state"])
        named = {getattr(self._names, field): value for field, value in values.items()}
        differs = sa.or_(*[
            column[name].is_distinct_from(value) for name, value in named.items() if name != self._names.updated_at
        ])  # fmt: skip
        query = sa.update(self._table).where(column[self._key] == sa.bindparam("row"), allowed, differs).values(named)
        with self._engines.errors(), self._engines.writer.begin() as connection:
            connection.execute(query, rows)

    def _present(self, keys: Sequence[Any]) -> list[bool]:
        key = self._table.c[self._key]
        among = key.in_(sa.bindparam("keys", list(keys), sa.types.NullType(), expanding=True))
        with self._engines.errors(), self._engines.writer.connect() as connection:
            present = set(map(str, connection.scalars(sa.select(key).where(among))))
        return [str(wanted) in present for wanted in keys]


class _Statements:
    def __init__(self, engines: Engines, statements: Statements) -> None:
        self._engines = engines
        self._result = _statement(statements.result, ("row_key", *RESULT_FIELDS), "write_back_file")
        self._refusal = _statement(statements.refusal, ("row_key", *_REFUSAL_FIELDS), "write_refusal_file")

    def results(self, results: Sequence[Values]) -> list[bool]:
        with self._engines.errors(), self._engines.writer.begin() as connection:
            # One by one: a driver counts the rows of a single statement only.
            return [connection.execute(self._result, _of(self._result, r)).rowcount > 0 for r in results]

    def refusals(self, refusals: Sequence[Values]) -> None:
        with self._engines.errors(), self._engines.writer.begin() as connection:
            for refusal in refusals:
                connection.execute(self._refusal, _of(self._refusal, refusal))

    def shown(self, keys: Mapping[str, Any]) -> dict[str, Shown | None] | None:  # noqa: ARG002 - a `WriteBack`
        return None


def _statement(text: str, allowed: Sequence[str], key: str) -> sa.TextClause:
    statement = sa.text(text.strip().removesuffix(";"))
    parameters = set(statement.compile().params)
    if unknown := sorted(parameters - set(allowed)):
        raise GatewayError("config.value", where=key, detail=f"no parameter {', '.join(unknown)}")
    if "row_key" not in parameters:
        raise GatewayError("config.value", where=key, detail="it names no :row_key")
    return statement


def _of(statement: sa.TextClause, values: Values) -> dict[str, Any]:
    return {name: values[name] for name in statement.compile().params}


def _new(values: Values) -> dict[str, Any]:
    return {f"new_{name}": values[name] for name in values if name in ResultColumns.__dataclass_fields__}
