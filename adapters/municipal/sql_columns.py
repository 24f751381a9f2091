"""What columns a case database shows, and of which type: what a mapping is checked against before it reads a row."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from adapters.municipal.sql_config import SqlSourceConfig
from adapters.municipal.sql_engines import Engines
from gateway.mapping.values import Type

_TYPES: tuple[tuple[type[sa.types.TypeEngine[Any]], Type], ...] = (
    (sa.types.String, Type.TEXT),
    (sa.types.Boolean, Type.BOOLEAN),
    (sa.types.Integer, Type.INTEGER),
    (sa.types.DateTime, Type.TIME),
    (sa.types.Date, Type.DATE),
    (sa.types._Binary, Type.OCTETS),
)


def columns_of(engines: Engines, config: SqlSourceConfig) -> dict[str, Type]:
    """Return the columns of the view, table or query by name. Of a query's columns no type is known.

    SQLite keeps days and times as texts or numbers, whatever a column is declared as: no type is known of them.
    """
    with engines.errors(), engines.reader.connect() as connection:
        if config.query is not None:
            query = sa.text(config.query.strip().removesuffix(";"))
            with connection.execute(query) as result:
                return dict.fromkeys(result.keys(), Type.ANY)
        schema, _, view = config.view.rpartition(".")
        found = sa.inspect(connection).get_columns(view, schema=schema or None)
        loose = connection.dialect.name == "sqlite"
        return {column["name"]: _type(column["type"], loose=loose) for column in found}


def _type(declared: sa.types.TypeEngine[object], *, loose: bool) -> Type:
    found = next((type_ for sql, type_ in _TYPES if isinstance(declared, sql)), Type.ANY)
    return Type.ANY if loose and found not in (Type.TEXT, Type.INTEGER, Type.OCTETS) else found
