"""A case database of one wide table on any server, with the kinds of keys and versions that such databases have."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from adapters.municipal.sql.source_config import COLUMNS, ResultColumns
from tests import databases, debian, mariadb_server
from tests.integration.municipal.case_database import PDF
from tests.passes.case_table import ROW

BEGINNING = datetime(2026, 2, 3, 8, tzinfo=UTC)

_TEXT = sa.Text().with_variant(mysql.LONGTEXT(), "mysql", "mariadb")
_TIME = sa.DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
_DOCUMENT = sa.LargeBinary().with_variant(mysql.LONGBLOB(), "mysql", "mariadb")

KEYS: dict[str, tuple[sa.types.TypeEngine[Any], Callable[[int], Any]]] = {
    "integer": (sa.BigInteger(), lambda n: n),
    "text": (sa.String(40), lambda n: f"شماره/{n:04d}"),
    "uuid": (sa.Uuid(as_uuid=True), lambda n: uuid.UUID(int=n)),
}
VERSIONS: dict[str, tuple[sa.types.TypeEngine[Any], Callable[[int], Any]]] = {
    "number": (sa.BigInteger(), lambda n: n),
    "rowversion": (sa.LargeBinary(8).with_variant(mysql.BINARY(8), "mysql", "mariadb"), lambda n: n.to_bytes(8, "big")),
    "time": (_TIME, lambda n: BEGINNING + timedelta(seconds=n, microseconds=1)),
    "text": (sa.String(40), lambda n: (BEGINNING + timedelta(seconds=n)).isoformat(" ")),
}


_NUMBERS = count(1)


@contextmanager
def empty(database: str, folder: Path) -> Iterator[str]:
    """An empty database, by its URL."""
    if database == "sqlite":
        yield f"sqlite:///{folder / 'cases.db'}"
        return
    if database == "mariadb" and debian.absent(*mariadb_server.PACKAGES):
        pytest.skip(debian.reason(*mariadb_server.PACKAGES))
    server = databases.server() if database == "postgresql" else mariadb_server.server()
    name = f"cases_{next(_NUMBERS)}"
    yield server.create_database(name)
    server.drop_database(name)


class PlainCaseDatabase:
    """The clerk's actions: each is a transaction. A version is given by number, and is the next one by default."""

    def __init__(self, url: str, key: str, version: str) -> None:
        self.url = url
        key_type, self._key = KEYS[key]
        version_type, self._version = VERSIONS[version]
        self._ids, self._changes = count(1), count(1)
        self.engine = sa.create_engine(url)
        results = [sa.Column(name, _TEXT if name != "eblagh_seq" else sa.Integer()) for name in ResultColumns().names]
        kinds: dict[str, sa.types.TypeEngine[Any]] = {"revision": sa.Integer(), "document": _DOCUMENT}
        self.notices = sa.Table(
            "notices",
            sa.MetaData(),
            sa.Column("notice_id", key_type, primary_key=True, autoincrement=False),
            sa.Column("change_no", version_type),
            *[sa.Column(name, kinds.get(name, _TEXT)) for name in COLUMNS],
            *results,
        )
        with self.engine.begin() as connection:
            self.notices.create(connection)
            columns = ", ".join(("notice_id", "change_no", *COLUMNS))
            connection.exec_driver_sql(f"CREATE VIEW eblagh_notices AS SELECT {columns} FROM notices")

    def close(self) -> None:
        self.engine.dispose()

    def add(self, document: bytes | None = PDF, parties: int = 1, change: int | None = None) -> list[str]:
        keys = [self._key(next(self._ids)) for _ in range(parties)]
        with self.engine.begin() as connection:
            for key in keys:
                self.insert(connection, key, change, document)
        return [str(key) for key in keys]

    def insert(self, connection: sa.Connection, key: Any, change: int | None, document: bytes | None = PDF) -> None:
        """Write one row in a transaction of the caller."""
        mine = {"recipient_name": "علی یکتا (نمونه)", "document": document}
        version = self._version(next(self._changes) if change is None else change)
        ids = {"notice_id": key, "paper_number": str(key), "change_no": version}
        connection.execute(self.notices.insert(), {**dict.fromkeys(COLUMNS), **ROW, **mine, **ids})

    def correct(self, key: str, name: str) -> None:
        version = self._version(next(self._changes))
        with self.engine.begin() as connection:
            connection.execute(self._row(self.notices.update(), key).values(recipient_name=name, change_no=version))

    def shown(self, key: str) -> dict[str, Any]:
        with self.engine.connect() as connection:
            row = connection.execute(self._row(self.notices.select(), key)).mappings().one()
        return dict(row)

    def _row(self, query: Any, key: str) -> Any:
        of_text = {"BIGINT": int, "VARCHAR(40)": str}.get(str(self.notices.c.notice_id.type), uuid.UUID)
        return query.where(self.notices.c.notice_id == of_text(key))
