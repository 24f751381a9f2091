"""Databases as an earlier version made them, and rows in them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, MetaData, Table

from tests.databases import server


@contextmanager
def nothing_yet(database: str, folder: Path) -> Iterator[str]:
    """The URL of a database in which there is nothing."""
    if database == "sqlite":
        yield f"sqlite:///{folder / 'gateway.db'}"
        return
    try:
        yield server().create_database("to_be_migrated")
    finally:
        server().drop_database("to_be_migrated")


def fill(connection: Connection, name: str, /, **known: object) -> None:
    """Insert a row into a table of an earlier version; other columns hold what their types allow."""
    table = Table(name, MetaData(), autoload_with=connection)
    some = {str: "x", bytes: b"", int: 0, bool: False}
    usual = {column.name: some[column.type.python_type] for column in table.c if not column.nullable}
    connection.execute(table.insert().values(usual | known))
