"""Tables, views and queries from which rows are read, and the values of their columns."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from adapters.municipal.sql.engines import UtcTime
from adapters.municipal.sql.source_config import OWNER_KEY, Owners, SqlSourceConfig
from gateway.notice.source_row import Value
from gateway.runtime.errors import GatewayError


def table_of(name: str, columns: Iterable[str]) -> sa.TableClause:
    """Return a table or view, ``schema.name`` or ``name``; its columns are untyped: their values are passed on
    unchanged.
    """
    schema, _, table = name.rpartition(".")
    return sa.table(table, *[sa.column(column) for column in dict.fromkeys(columns)], schema=schema or None)


def table_or_query(table: str, query: str | None, columns: Sequence[str], name: str) -> sa.FromClause:
    """Return a table, or a query as a subquery of this name. Raises ``config.value`` for a query with parameters."""
    if query is None:
        return table_of(table, columns)
    text = sa.text(query.strip().removesuffix(";"))
    if text.compile().params:
        raise GatewayError(
            "config.value", where="query_file", detail="a query has no parameters; write \\: for a colon"
        )
    return text.columns(*[sa.column(column) for column in dict.fromkeys(columns)]).subquery(name)


def source_of(config: SqlSourceConfig, columns: Sequence[str]) -> sa.FromClause:
    """Return the view or query with these columns, joined to its owners if it has any.

    Raises ``config.value`` for a query with parameters.
    """
    if config.owners is None:
        return table_or_query(config.view, config.query, columns, "eblagh_query")
    return _with_owners(config, config.owners, columns)


def _with_owners(config: SqlSourceConfig, owners: Owners, columns: Sequence[str]) -> sa.FromClause:
    """Return a row for each owner of a case. A case without owners has a row without a key, which is reported."""
    of_case = [config.key, *(name for name in columns if name not in owners.columns and name != OWNER_KEY)]
    of_owner = [owners.case, owners.key, *owners.columns.values(), *filter(None, [owners.version])]
    cases = table_or_query(config.view, config.query, of_case, "eblagh_cases")
    theirs = table_or_query(owners.table, owners.query, of_owner, "eblagh_owners")
    if isinstance(cases, sa.TableClause):
        cases = cases.alias("eblagh_cases")
    if isinstance(theirs, sa.TableClause):
        theirs = theirs.alias("eblagh_owners")
    selected: list[sa.ColumnElement[Any]] = []
    for name in dict.fromkeys([OWNER_KEY, *of_case, *columns]):
        if name == OWNER_KEY:
            selected.append(theirs.c[owners.key].label(OWNER_KEY))
        elif name in owners.columns:
            selected.append(theirs.c[owners.columns[name]].label(name))
        elif name == config.version and config.flag is None and owners.version is not None:
            newer, usual = theirs.c[owners.version], cases.c[name]
            selected.append(sa.case((newer > usual, newer), else_=usual).label(name))
        else:
            selected.append(cases.c[name].label(name))
    joined = cases.outerjoin(theirs, cases.c[config.key] == theirs.c[owners.case])
    return sa.select(*selected).select_from(joined).subquery("eblagh_rows")


def plain_value(value: Any) -> Value:
    """Return a driver's value as one of the port's; types that no column of a notice has become text.

    PostgreSQL's JSON and arrays become the JSON text that other databases keep.
    """
    match value:
        case UtcTime():
            return value.aware
        case None | str() | int() | float() | bytes() | date():
            return value
        case Decimal():
            return int(value) if value.is_finite() and value == value.to_integral_value() else float(value)
        case bytearray() | memoryview():
            return bytes(value)
        case dict() | list():
            return json.dumps(value, ensure_ascii=False, default=str)
        case _:
            return str(value)


def octets_in(row: Mapping[Any, Any]) -> int:
    """Return the size in octets of the documents in a row, as the driver has it."""
    return sum(len(value) for value in row.values() if isinstance(value, bytes | bytearray | memoryview))
