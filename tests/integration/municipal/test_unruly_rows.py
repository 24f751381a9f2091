"""One row that is not as it should be keeps no other row back, whatever database the store stands on."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from adapters.municipal.sql_config import RESULT_FIELDS, ResultColumns, SqlSourceConfig
from adapters.municipal.sql_source import SqlCaseSource
from adapters.storage.sql_store import SqlStore
from gateway.collection import IntakePolicy, collect
from gateway.mapping import COLUMNS, BodyConfig, Builtin2
from gateway.report import PassReport
from tests.databases import DATABASES
from tests.passes.ports import ROW, Hands, Stamp

BODY = BodyConfig(code="article-100", title="کمیسیون ماده صد", kinds={"ruling": "رأی"})


class Town:
    """A case database without rules: SQLite keeps in a column whatever it is given."""

    def __init__(self, path: Path, store: SqlStore) -> None:
        self.path, self.store, self.clock = path, store, Hands()
        columns = ", ".join(["notice_id", "change_no", *COLUMNS, *(getattr(ResultColumns(), f) for f in RESULT_FIELDS)])
        self.run(f"CREATE TABLE notices ({columns})")
        self.source = SqlCaseSource("cases", f"sqlite:///{path}", SqlSourceConfig(view="notices"), clock=self.clock)

    def run(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(self.path, isolation_level=None)) as connection:
            return connection.execute(statement, values).fetchall()

    def put(self, key: object, version: object) -> None:
        row = ROW | {"notice_id": key, "change_no": version, "paper_number": f"P-{hash(key)}"}
        self.run(f"INSERT INTO notices ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", *row.values())

    def collect(self) -> PassReport:
        mapper = Builtin2({BODY.code: BODY})
        policy = IntakePolicy(destination="court", page_rows=3)
        return collect(self.source, self.store, mapper, Stamp(), self.clock, policy)

    def admitted(self) -> list[str]:
        return sorted(found.entry.row_key for found in self.store.find(state=None, limit=100, after=None))


@pytest.fixture(params=list(DATABASES))
def town(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Town]:
    with DATABASES[request.param](tmp_path) as url, closing(SqlStore.open(url)) as store:
        yield Town(tmp_path / "cases.db", store)


def test_a_row_of_the_year_2099_hides_none_that_come_after_it(town: Town) -> None:
    town.put("a", "2026-02-03T08:00:00")
    town.put("slip", "2099-02-03T08:00:00")
    assert town.collect().counts["admitted"] == 2
    town.put("b", "2026-02-03T09:00:00")
    assert town.collect().counts == {"collected": 1, "admitted": 1}
    town.clock.pass_(days=3)
    town.put("c", "2026-02-06T07:59:59")
    assert town.collect().counts == {"collected": 1, "admitted": 1}
