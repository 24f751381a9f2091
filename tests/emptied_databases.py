"""Databases of PostgreSQL that tests use one after the other: to empty one takes a tenth of making another.

A test that changed more than rows of tables leaves a database that nobody uses again.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count

import psycopg
from psycopg import sql

from adapters.sandbox.postgres.postgres_server import PostgresServer

_OTHERS = """
SELECT pg_terminate_backend(pid, 600000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""
_SHAPE = """
SELECT md5(string_agg(line, ' ' ORDER BY line)) FROM (
    SELECT concat_ws(' ', 'class', oid, relname, relkind, relnatts, relpersistence, reloptions, relacl) AS line
    FROM pg_class WHERE oid >= 16384
    UNION ALL SELECT concat_ws(' ', 'attribute', attrelid, attnum, xmin) FROM pg_attribute WHERE attrelid >= 16384
    UNION ALL SELECT concat_ws(' ', 'default', oid, xmin) FROM pg_attrdef
    UNION ALL SELECT concat_ws(' ', 'index', indexrelid, indisvalid) FROM pg_index WHERE indexrelid >= 16384
    UNION ALL SELECT concat_ws(' ', 'constraint', oid, xmin) FROM pg_constraint WHERE oid >= 16384
    UNION ALL SELECT concat_ws(' ', 'trigger', oid, xmin) FROM pg_trigger
    UNION ALL SELECT concat_ws(' ', 'function', oid, xmin) FROM pg_proc WHERE oid >= 16384
    UNION ALL SELECT concat_ws(' ', 'type', oid, xmin) FROM pg_type WHERE oid >= 16384
    UNION ALL SELECT concat_ws(' ', 'schema', oid, nspname, nspacl) FROM pg_namespace
    UNION ALL SELECT concat_ws(' ', 'extension', oid) FROM pg_extension
    UNION ALL SELECT concat_ws(' ', 'statistics', starelid) FROM pg_statistic WHERE starelid >= 16384
    UNION ALL SELECT concat_ws(' ', 'setting', setrole, setconfig) FROM pg_db_role_setting
        WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())
) AS lines
"""
"""Everything but rows: tables with their columns and rights, indexes, constraints, functions, settings, statistics."""
_TABLES = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY relname"
_WRITTEN = _TABLES.replace("ORDER BY", "AND pg_relation_size(oid) > 0 ORDER BY")
_USED_SEQUENCES = "SELECT sequencename FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL"


@dataclass
class EmptiedDatabases:
    """Copies of a server's database ``template``, whose rows each of them has when it is lent."""

    server: PostgresServer
    template: str
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))
    _free: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        with self._connected(self.template) as connection:
            tables = [name for (name,) in connection.execute(_TABLES)]
            rows = {name: _copied(connection, name) for name in tables}
            self._rows = {name: octets for name, octets in rows.items() if octets}
            self._shape = connection.execute(_SHAPE).fetchone()

    @contextmanager
    def lent(self) -> Iterator[str]:
        """Yield the name of a database that is as the template."""
        if self._free:
            name = self._free.pop()
        else:
            name = f"test_{next(self._numbers)}"
            self.server.create_database(name, self.template)
        try:
            yield name
        finally:
            self._take_back(name)

    def _take_back(self, name: str) -> None:
        with suppress(psycopg.OperationalError), self._connected(name) as connection:
            connection.execute(_OTHERS)
            if connection.execute(_SHAPE).fetchone() == self._shape:
                self._empty_out(connection)
                self._free.append(name)
                return
        self.server.drop_database(name)

    def _empty_out(self, connection: psycopg.Connection) -> None:
        # A table that was emptied has no file's octets until a row is written.
        used = [name for (name,) in connection.execute(_WRITTEN) if name not in self._rows]
        if used:
            tables = sql.SQL(", ").join(map(sql.Identifier, used))
            connection.execute(sql.SQL("TRUNCATE {} CASCADE").format(tables))
        for (name,) in connection.execute(_USED_SEQUENCES).fetchall():
            connection.execute(sql.SQL("ALTER SEQUENCE {} RESTART").format(sql.Identifier(name)))
        for name, octets in self._rows.items():
            if _copied(connection, name) != octets:
                connection.execute(sql.SQL("TRUNCATE {}").format(sql.Identifier(name)))
                with connection.cursor().copy(sql.SQL("COPY {} FROM STDIN").format(sql.Identifier(name))) as copy:
                    copy.write(octets)

    def _connected(self, name: str) -> psycopg.Connection:
        return psycopg.connect(host=str(self.server.folder), user="postgres", dbname=name, autocommit=True)


def _copied(connection: psycopg.Connection, table: str) -> bytes:
    """Return the rows of a table as PostgreSQL copies them out."""
    with connection.cursor().copy(sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(table))) as copy:
        return b"".join(bytes(each) for each in copy)
