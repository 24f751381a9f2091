"""Values of PostgreSQL that Python has no type for: they are read as text, so that they spoil their own row alone.

They are times such as ``infinity``, 24:00 and years before 1 or after 9999. In a database whose encoding is SQL_ASCII,
they are also texts that are no UTF-8. A driver that raises on one of them would hold back every row of its page.
"""

from __future__ import annotations

from typing import Any

from psycopg import Connection, DataError
from psycopg.abc import Buffer
from psycopg.adapt import Loader

_TIMES = ("date", "time", "timetz", "timestamp", "timestamptz", "interval")
_TEXTS = ("text", "varchar", "bpchar", "name")


def read_patiently(connection: Connection[Any]) -> None:
    """Set a connection up to read such values."""
    usual = connection.adapters
    for name in _TIMES:
        usual.register_loader(name, _or_text(usual.get_loader(usual.types[name].oid, Loader.format)))
    if connection.info.parameter_status("server_encoding") == "SQL_ASCII":
        for name in _TEXTS:
            usual.register_loader(name, _Text)
        # Otherwise the server refuses to return texts that are no UTF-8.
        connection.execute("SET client_encoding = 'SQL_ASCII'")


class _Text(Loader):
    def load(self, data: Buffer) -> str:
        return bytes(data).decode("utf-8", "replace")


def _or_text(usual: type[Any] | None) -> type[Loader]:
    """Return a loader that reads a type the usual way, or as text if that fails."""
    assert usual is not None, "psycopg reads every type of `_TIMES`"
    read_as = usual

    class OrText(_Text):
        def __init__(self, oid: int, context: Any = None) -> None:
            super().__init__(oid, context)
            self._usual = read_as(oid, context)

        def load(self, data: Buffer) -> Any:
            try:
                return self._usual.load(data)
            except DataError:
                return super().load(data)

    return OrText
