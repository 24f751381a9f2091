"""Tables, columns, types, keys and indexes of the store's database, as the newest migration leaves them."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import create_engine, inspect
from sqlalchemy.engine.reflection import Inspector


def columns(url: str) -> Iterator[str]:
    """Yield a line for each table, column, key and index of a database."""
    engine = create_engine(url)
    try:
        inspector = inspect(engine)
        for table in inspector.get_table_names():
            yield table
            yield from (f"{table} {line}" for line in _lines(inspector, table))
    finally:
        engine.dispose()


def _lines(inspector: Inspector, table: str) -> Iterator[str]:
    for column in inspector.get_columns(table):
        yield f"{column['name']} {column['type']!s}".lower()
    if key := inspector.get_pk_constraint(table)["constrained_columns"]:
        yield f"primary key {', '.join(key)}"
    for foreign in inspector.get_foreign_keys(table):
        own, theirs = ", ".join(foreign["constrained_columns"]), ", ".join(foreign["referred_columns"])
        yield f"foreign key {own} to {foreign['referred_table']} ({theirs})"
    for unique in inspector.get_unique_constraints(table):
        yield f"unique {', '.join(unique['column_names'])}"
    for index in inspector.get_indexes(table):
        kind = "unique index" if index["unique"] else "index"
        parts = ", ".join(str(name) for name in index.get("expressions") or index["column_names"])
        # Servers of several versions write its condition in several ways.
        partial = any("where" in name for name in index.get("dialect_options", {}))
        yield f"{kind} {index['name']} ({parts}){' of a part' if partial else ''}"
