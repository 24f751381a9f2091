"""A case database without versions, whose clerk's program marks the rows that are to be served."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any

import sqlalchemy as sa

from adapters.municipal.flagged_rows import FlaggedCases
from adapters.municipal.sql.flag import FlaggedRows
from adapters.municipal.sql.source_config import COLUMNS, SqlSourceConfig, Statements
from gateway.runtime.clock import Clock, system_clock
from gateway.store.inbox import Inbox
from tests.integration.municipal.case_database import PDF
from tests.integration.municipal.plain_database import PlainCaseDatabase
from tests.passes.case_table import ROW

FLAG = "to_serve"


class FlaggedDatabase(PlainCaseDatabase):
    """The clerk's actions, as `PlainCaseDatabase` has them; `source` takes in the rows of each action first."""

    def __init__(self, url: str, key: str, inbox: Inbox, *, taken: bool = True) -> None:
        super().__init__(url, key, "number")
        self._inbox, self._taken = inbox, taken
        with self.engine.begin() as connection:
            connection.exec_driver_sql("DROP VIEW eblagh_notices")
            connection.exec_driver_sql("ALTER TABLE notices DROP COLUMN change_no")
            connection.exec_driver_sql(f"ALTER TABLE notices ADD COLUMN {FLAG} SMALLINT")
            columns = ", ".join(("notice_id", *COLUMNS))
            connection.exec_driver_sql(f"CREATE VIEW eblagh_notices AS SELECT {columns} FROM notices")
        columns_left = [column for column in self.notices.columns if column.name != "change_no"]
        self.notices = sa.Table(
            "notices",
            sa.MetaData(),
            *[sa.Column(column.name, column.type, primary_key=column.primary_key) for column in columns_left],
            sa.Column(FLAG, sa.SmallInteger()),
        )

    @contextmanager
    def opened(
        self, clock: Clock = system_clock, statements: Statements | None = None, write_url: str | None = None
    ) -> Iterator[FlaggedCases]:
        config = SqlSourceConfig(flag=FLAG, version="none", statements=statements)
        rows = FlaggedRows(self.url, config, write_url=write_url)
        with closing(FlaggedCases("cases", self._inbox, rows, lambda: COLUMNS, clock)) as source:
            yield source

    def add(self, document: bytes | None = PDF, parties: int = 1, change: int | None = None) -> list[str]:
        keys = super().add(document, parties, change)
        self._gather()
        return keys

    def insert(self, connection: sa.Connection, key: Any, change: int | None, document: bytes | None = PDF) -> None:
        assert change is None, "rows have no version"
        mine = {"recipient_name": "علی یکتا (نمونه)", "document": document, FLAG: 1}
        ids = {"notice_id": key, "paper_number": str(key)}
        connection.execute(self.notices.insert(), {**dict.fromkeys(COLUMNS), **ROW, **mine, **ids})

    def correct(self, key: str, name: str) -> None:
        self.write(key, recipient_name=name, to_serve=1)
        self._gather()

    def write(self, key: str, **values: Any) -> None:
        with self.engine.begin() as connection:
            connection.execute(self._row(self.notices.update(), key).values(**values))

    def flags(self, keys: Sequence[str]) -> list[int | None]:
        return [self.shown(key)[FLAG] for key in keys]

    def _gather(self) -> None:
        if self._taken:
            with self.opened() as source:
                assert source.gather() == []
