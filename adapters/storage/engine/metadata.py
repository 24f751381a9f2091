"""Shared parts of all tables: names of their keys, and indexes over a part of their rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Index, MetaData, event, text

METADATA = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
    }
)

_OPTIONS: Final = "options"
"""Key in an index's ``info``: its options by the database's name."""


def partial(
    name: str,
    *columns: ColumnElement[object],
    where: str,
    unique: bool = False,
    postgresql_ops: Mapping[str, str] | None = None,
) -> Index:
    """Return an index over some rows only. A query uses it if it holds the same condition, with literal values."""
    options: dict[str, dict[str, Any]] = {database: {"where": text(where)} for database in ("sqlite", "postgresql")}
    if postgresql_ops is not None:
        options["postgresql"]["ops"] = postgresql_ops
    # As arguments, the options of a database would import its dialect, with the drivers of a server that is not used.
    return Index(name, *columns, unique=unique, info={_OPTIONS: options})


@event.listens_for(METADATA, "before_create")
def _set_options(metadata: MetaData, connection: Connection, **_: object) -> None:
    """Give the indexes their options of this database, which has its dialect."""
    database = connection.dialect.name
    for table in metadata.tables.values():
        for index in table.indexes:
            index.dialect_options[database].update(index.info.get(_OPTIONS, {}).get(database, {}))
