"""Columns of the type CHAR(n): PostgreSQL returns their texts padded with blanks, MariaDB without."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.municipal.sql.sql_source import SqlCaseSource
from adapters.storage.sql_store import SqlStore
from gateway.judiciary.courier import Accepted, NotKnown
from gateway.operations.recovery import declare, end
from tests.conformance.test_source import delivered
from tests.databases import DATABASES
from tests.integration.municipal.plain_database import COLUMNS, PlainCaseDatabase, empty
from tests.manual_clock import ManualClock
from tests.passes.conftest import Passes
from tests.passes.ports import JudiciaryService

ARRIVAL = datetime(2026, 2, 3, 9, tzinfo=UTC)
PADDED = ("eblagh_reference", "eblagh_state", "eblagh_code", "eblagh_tracking")
VIEW = ", ".join(("change_no", *COLUMNS))


@pytest.fixture(params=["postgresql", "mariadb"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[PlainCaseDatabase]:
    """A case database whose columns for results, and whose key, have a constant length; the view shows the key as it is
    without blanks.
    """
    with empty(request.param, tmp_path) as url, closing(PlainCaseDatabase(url, "text", "number")) as made:
        with made.engine.begin() as connection:
            connection.exec_driver_sql("DROP VIEW eblagh_notices")
            for column in (*PADDED, "notice_id"):
                change = "ALTER COLUMN {} TYPE CHAR(60)" if request.param == "postgresql" else "MODIFY {} CHAR(60)"
                connection.exec_driver_sql(f"ALTER TABLE notices {change.format(column)}")
            key = "CAST(notice_id AS text)" if request.param == "postgresql" else "notice_id"
            connection.exec_driver_sql("ALTER TABLE notices ADD COLUMN hidden INT DEFAULT 0")
            view = f"CREATE VIEW eblagh_notices AS SELECT {key} AS notice_id, {VIEW} FROM notices WHERE hidden = 0"
            connection.exec_driver_sql(view)
        yield made


def hide(database: PlainCaseDatabase, hidden: int, change: int) -> None:
    """Take rows out of the view, or back into it."""
    with database.engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE notices SET hidden = {hidden}, change_no = {change}")


def test_what_was_written_is_read_back_as_it_was(database: PlainCaseDatabase) -> None:
    (key,) = database.add()
    with closing(SqlCaseSource("cases", database.url)) as source:
        written = delivered(key)
        assert source.write_results([written, replace(written, row_key="NONE")]) == ["NONE"]
        shown = source.shown([key, "NONE"])
    assert list(shown) == [key]
    assert (row := shown[key]) is not None
    assert (row.reference, row.state, row.seq, row.code) == (written.reference, written.state, written.seq, None)
    assert row.values["tracking_number"] == written.tracking_number


def test_an_empty_text_is_none(database: PlainCaseDatabase) -> None:
    (key,) = database.add()
    with database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE notices SET eblagh_reference = '', eblagh_state = ''")
    with closing(SqlCaseSource("cases", database.url)) as source:
        row = source.shown([key])[key]
    assert row is not None
    assert (row.reference, row.state) == (None, None)


def test_each_step_reaches_the_row_and_a_reconciliation_finds_nothing(
    database: PlainCaseDatabase, tmp_path: Path
) -> None:
    clock = ManualClock()
    with (
        DATABASES["sqlite"](tmp_path) as url,
        closing(SqlStore.open(url)) as store,
        closing(SqlCaseSource("cases", database.url, clock=clock)) as source,
    ):
        passes = Passes(store, source, JudiciaryService(clock), clock)  # type: ignore[arg-type]
        (key,) = database.add()
        passes.collect()
        reports = [passes.write_back()]
        passes.dispatch()
        reports.append(passes.write_back())
        (found,) = store.notices.find(state=None, limit=2, after=None)
        entry = found.entry
        passes.judiciary.issue("ContentConsignment", entry.reference, entry.seal_digest, ARRIVAL)
        passes.receive()
        reports.append(passes.write_back())
        assert [(report.counts, report.errors) for report in reports] == [({"written": 1}, [])] * 3
        assert database.shown(key)["eblagh_state"].strip() == "DELIVERED"
        clock.advance(days=1)
        assert passes.reconcile()[1] == []


def test_a_row_that_comes_back_after_a_recovery_is_asked_about(database: PlainCaseDatabase, tmp_path: Path) -> None:
    """It shows the notice that was sent before the store was lost, which must not be sent again."""
    clock = ManualClock()
    judiciary = JudiciaryService(clock)
    judiciary.standing = lambda of: Accepted(tracking_number="T-1") if of in judiciary.received else NotKnown()
    folders = [tmp_path / name for name in ("lost", "new")]
    for folder in folders:
        folder.mkdir()
    with closing(SqlCaseSource("cases", database.url, clock=clock)) as source:
        with DATABASES["sqlite"](folders[0]) as url, closing(SqlStore.open(url)) as store:
            passes = Passes(store, source, judiciary, clock)  # type: ignore[arg-type]
            database.add()
            passes.collect()
            passes.dispatch()
            passes.write_back()
        hide(database, 1, 2)
        with DATABASES["sqlite"](folders[1]) as url, closing(SqlStore.open(url)) as store:
            passes = Passes(store, source, judiciary, clock)  # type: ignore[arg-type]
            clock.advance(hours=1)
            declare(store, passes.act("recovery.begin"), "city")
            passes.collect()
            clock.advance(hours=1)
            passes.collect()
            end(store, passes.act("recovery.end"), "city", ["cases"], although=True)
            clock.advance(hours=1)
            hide(database, 0, 50)
            passes.collect()
            for _ in range(2):
                passes.dispatch()
                clock.advance(hours=1)
                passes.rescue()
            (found,) = store.notices.find(state=None, limit=2, after=None)
            assert judiciary.received.count(found.entry.reference) == 1
            assert found.entry.state == "SUBMITTED"
