"""A row that is committed late stands behind the cursor: the window finds it, and without a window it is lost."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa

from adapters.municipal.sql.sql_source import SqlCaseSource
from adapters.storage.sql_store import SqlStore
from gateway.intake.collection import IntakePolicy, collect
from gateway.mapping import BodyConfig
from gateway.mapping.model.mapper import Always
from tests.databases import make_store
from tests.integration.municipal.plain_database import PlainCaseDatabase, empty
from tests.manual_clock import ManualClock
from tests.mappers import case_mapper
from tests.passes.ports import Stamp

BODY = BodyConfig(code="article-100", title="کمیسیون ماده صد", kinds={"ruling": "رأی"})


@dataclass
class Collector:
    """The pass over a real store and a real source."""

    store: SqlStore
    source: SqlCaseSource
    clock: ManualClock

    def collect(self, overlap: int) -> int:
        policy = IntakePolicy(destination="court", overlap=overlap)
        mapper = case_mapper({BODY.code: BODY})
        return collect(self.source, self.store, Always(mapper), Stamp(), self.clock, policy).counts["admitted"]


@contextmanager
def collector(folder: Path, url: str) -> Iterator[Collector]:
    store_url = f"sqlite:///{folder / 'gateway.db'}"
    make_store(store_url)
    with closing(SqlStore.open(store_url)) as store, closing(SqlCaseSource("cases", url)) as source:
        yield Collector(store, source, ManualClock())


@pytest.fixture
def postgresql(tmp_path: Path) -> Iterator[str]:
    with empty("postgresql", tmp_path) as url:
        yield url


@pytest.mark.parametrize(("overlap", "found"), [(100, True), (0, False)])
def test_a_number_that_was_taken_before_and_committed_after_the_pass(
    postgresql: str, tmp_path: Path, overlap: int, found: bool
) -> None:
    with (
        closing(PlainCaseDatabase(postgresql, "integer", "number")) as database,
        collector(tmp_path, postgresql) as office,
    ):
        with database.engine.begin() as setup:
            setup.exec_driver_sql("CREATE SEQUENCE change_numbers")

        with database.engine.connect() as slow, database.engine.connect() as fast:
            database.insert(slow, 1, slow.scalar(sa.text("SELECT nextval('change_numbers')")))
            database.insert(fast, 2, fast.scalar(sa.text("SELECT nextval('change_numbers')")))
            fast.commit()
            assert office.collect(overlap) == 1, "the slow clerk's row is not there yet"
            slow.commit()

        assert office.collect(overlap) == (1 if found else 0)
        assert office.collect(overlap) == 0, "once"


@pytest.mark.parametrize("version", ["number", "time", "text", "rowversion"])
@pytest.mark.parametrize(("overlap", "found"), [(3, True), (0, False)])
def test_a_row_with_an_older_version(tmp_path: Path, version: str, overlap: int, found: bool) -> None:
    url = f"sqlite:///{tmp_path / 'cases.db'}"
    with closing(PlainCaseDatabase(url, "text", version)) as database, collector(tmp_path, url) as office:
        for change in (1, 2, 6):
            database.add(change=change)
        assert office.collect(overlap) == 3
        database.add(change=4)
        assert office.collect(overlap) == (1 if found else 0)
        database.add(change=1)
        assert office.collect(overlap) == 0, "farther back than the window"
        office.clock.advance(days=1)
        assert office.collect(overlap) == (1 if found else 2), "the daily sweep finds it"
