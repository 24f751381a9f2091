"""A statement that runs once for each of many rows.

SQLAlchemy makes the parameters of each row by name and one by one, which costs more than the database's own work. Here
a statement is compiled once for a database, and all rows are converted column by column.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Delete, Insert, Update
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.compiler import SQLCompiler

Statement = Insert | Update | Delete
Convert = Callable[[Any], Any]


def execute_rows(connection: Connection, statement: Statement, rows: Sequence[Mapping[str, Any]]) -> None:
    """Run ``statement`` once for each row, as ``connection.execute`` does. All rows have the keys of the first one.

    ``statement`` is a constant, since its compiled form is kept by its identity. Nothing is done without rows.
    """
    if rows:
        compiled = _compiled(statement, connection.dialect, tuple(rows[0]))
        connection.exec_driver_sql(compiled.text, compiled.parameters(rows))


@dataclass(frozen=True, slots=True)
class _Compiled:
    """Text of a statement with its parameters in order: each one's name, and the conversion of its values.

    ``fixed`` are parameters that the statement itself sets. ``positional`` drivers take tuples, others dictionaries.
    """

    text: str
    parameters_of: tuple[tuple[str, Convert | None], ...]
    fixed: Mapping[str, Any]
    positional: bool

    def parameters(self, rows: Sequence[Mapping[str, Any]]) -> list[Any]:
        columns: list[Sequence[Any]] = []
        for name, convert in self.parameters_of:
            values = [self.fixed[name]] * len(rows) if name in self.fixed else [row[name] for row in rows]
            columns.append(values if convert is None else list(map(convert, values)))
        if self.positional:
            return list(zip(*columns, strict=True))
        names = [name for name, _ in self.parameters_of]
        return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]


@lru_cache(maxsize=512)
def _compiled(statement: Statement, dialect: Dialect, keys: tuple[str, ...]) -> _Compiled:
    compiled = statement.compile(dialect=dialect, column_keys=list(keys))
    assert isinstance(compiled, SQLCompiler)
    assert not compiled.post_compile_params, "a text that depends on values"
    binds = {name: bind for bind, name in compiled.bind_names.items()}
    names = list(binds) if compiled.positiontup is None else compiled.positiontup
    return _Compiled(
        text=compiled.string,
        parameters_of=tuple((name, binds[name].type.dialect_impl(dialect).bind_processor(dialect)) for name in names),
        fixed={name: compiled.params[name] for name in names if name not in keys},
        positional=compiled.positional,
    )
