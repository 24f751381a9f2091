"""Shared parts of all tables: names of their keys, and indexes over a part of their rows."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Index, MetaData, text

METADATA = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
    }
)


def partial(name: str, *columns: ColumnElement[object], where: str, **others: Any) -> Index:
    """Return an index over some rows only. A query uses it if it holds the same condition, with literal values."""
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where), **others)
