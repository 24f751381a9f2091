"""Columns of a case database, and those that may be written.

Mappings are checked against them before they read or write a row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mysql
from sqlalchemy.engine.interfaces import ReflectedColumn

from adapters.municipal.sql.engines import Engines
from adapters.municipal.sql.source_config import KEPT_FIELDS, OWNER_KEY, SqlSourceConfig
from adapters.municipal.sql.writeback import parameters_of
from gateway.mapping.kinds.result import ANY_COLUMN, COLUMNS, MAX_TEXT, single
from gateway.mapping.model.schema import Group, Leaf
from gateway.mapping.model.values import Type
from gateway.runtime.errors import GatewayError

Columns = Type | Mapping[str, Type]
"""A column's type, or the columns of a list."""

_TYPES: tuple[tuple[type[sa.types.TypeEngine[Any]], Type], ...] = (
    (sa.types.String, Type.TEXT),
    (sa.types.Boolean, Type.BOOLEAN),
    (sa.types.Integer, Type.INTEGER),
    (mysql.BIT, Type.INTEGER),
    (sa.types.DateTime, Type.TIME),
    (sa.types.Date, Type.DATE),
    (sa.types._Binary, Type.OCTETS),
)


def columns_of(engines: Engines, config: SqlSourceConfig) -> dict[str, Columns]:
    """Return the columns of the view, table or query by name, with those of owners and files; a list has its own.

    A query's columns have no known type. SQLite keeps days and times as texts or numbers, whatever a column is declared
    as: no type is known of them. Raises ``source.schema`` if a column that the configuration names is missing.
    """
    stored = _stored(engines, config.view, config.query, config.files.values())
    found: dict[str, Columns] = {name: _decoded(config, name, type_) for name, type_ in stored.items()}
    if (owners := config.owners) is not None:
        theirs = _stored(engines, owners.table, owners.query, (owners.case, owners.key, *owners.columns.values()))
        found |= {name: _decoded(config, name, theirs[column]) for name, column in owners.columns.items()}
        found[OWNER_KEY] = Type.ANY
    found |= dict.fromkeys(config.files, Type.OCTETS)
    for name, each in config.lists.items():
        wanted = dict.fromkeys((*each.columns, *each.files.values()))
        inner = _stored(engines, each.table, each.query, (each.of, each.order, *wanted))
        found[name] = {
            column: _decoded(config, f"{name}.{column}", inner[column]) for column in wanted
        } | dict.fromkeys(each.files, Type.OCTETS)
    return found


def _stored(engines: Engines, table: str, query: str | None, wanted: Iterable[str]) -> dict[str, Type]:
    """Return the columns of a table, view or query, which has the ``wanted`` ones."""
    found: dict[str, Type]
    with engines.errors(), engines.reader.connect() as connection:
        if query is not None:
            with connection.execute(sa.text(query.strip().removesuffix(";"))) as result:
                found = dict.fromkeys(result.keys(), Type.ANY)
        else:
            schema, _, name = table.rpartition(".")
            columns = sa.inspect(connection).get_columns(name, schema=schema or None)
            loose = connection.dialect.name == "sqlite"
            found = {column["name"]: _type(column["type"], loose=loose) for column in columns}
    if missing := sorted(set(wanted) - found.keys()):
        detail = f"{table or 'the query'} has no column {', '.join(missing)}"
        raise GatewayError("source.schema", where=engines.place, detail=detail)
    return found


def _decoded(config: SqlSourceConfig, name: str, type_: Type) -> Type:
    """Return the type of a column as mappings read it: octets of a code page are text."""
    return Type.TEXT if type_ is Type.OCTETS and name in config.encodings else type_


def written_row(engines: Engines, config: SqlSourceConfig) -> Group:
    """Return the columns of the written table, with their types, lengths, and the not-null constraint.

    If statements write, return their parameters, of which no type is known.
    """
    if config.statements is not None:
        return row_of(config)
    with engines.errors(), engines.writer.connect() as connection:
        schema, _, table = config.table.rpartition(".")
        found = sa.inspect(connection).get_columns(table, schema=schema or None)
        loose = connection.dialect.name == "sqlite"
        members = {column["name"]: _written(column, loose=loose) for column in found}
    return Group(members=members, kept=_kept(config))


def row_of(config: SqlSourceConfig) -> Group:
    """Return the same from the configuration alone: no database is asked."""
    if config.statements is None:
        return replace(COLUMNS, kept=_kept(config))
    named = parameters_of(config.statements.result) | parameters_of(config.statements.refusal)
    kept = frozenset({"row_key", *KEPT_FIELDS})
    return Group(members=dict.fromkeys(sorted(named - kept), ANY_COLUMN), kept=kept)


def _kept(config: SqlSourceConfig) -> frozenset[str]:
    """Return the columns that a mapping may not fill: key, version or flag, and those of the notice and its step."""
    names = (
        config.written_key,
        config.flag or config.version,
        *(getattr(config.results, field) for field in KEPT_FIELDS),
    )
    return frozenset(name.casefold() for name in names)


def _written(column: ReflectedColumn, *, loose: bool) -> Leaf:
    type_ = _type(column["type"], loose=loose)
    longest = getattr(column["type"], "length", None) if type_ is Type.TEXT else None
    most = min(longest or MAX_TEXT, MAX_TEXT)
    check = single if type_ is Type.ANY else None
    return Leaf(type=type_, required=not column["nullable"], max_length=most, check=check)


def _type(declared: sa.types.TypeEngine[object], *, loose: bool) -> Type:
    found = next((type_ for sql, type_ in _TYPES if isinstance(declared, sql)), Type.ANY)
    return Type.ANY if loose and found not in (Type.TEXT, Type.INTEGER, Type.OCTETS) else found
