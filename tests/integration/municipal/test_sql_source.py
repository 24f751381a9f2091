"""An SQL case database as it really is: busy, missing, half configured, full of large documents."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa

from adapters.municipal.sql import view
from adapters.municipal.sql.row_sources import plain_value
from adapters.municipal.sql.source_config import ResultColumns, SqlSourceConfig
from adapters.municipal.sql.sql_source import SqlCaseSource
from gateway.notice.source_row import CaseRow, Position, Refusal, Result
from gateway.runtime.errors import GatewayError
from tests.integration.municipal.case_database import PDF, CaseDatabase

PRIVATE = "9990000000"


@pytest.fixture
def database(tmp_path: Path) -> CaseDatabase:
    return CaseDatabase(tmp_path / "پرونده ها #1?.db")


@pytest.fixture
def source(database: CaseDatabase) -> Iterator[SqlCaseSource]:
    source = open_source(database)
    yield source
    source.close()


def open_source(database: CaseDatabase, config: SqlSourceConfig | None = None) -> SqlCaseSource:
    url = str(database.path).replace("?", "%3F").replace("#", "%23")
    return SqlCaseSource("cases", f"sqlite:///{url}", config, clock=lambda: datetime(2026, 2, 3, 9, tzinfo=UTC))


def result(key: str, reason: str | None = None) -> Result:
    return Result(
        row_key=key,
        reference="EB-1",
        replaces=None,
        state="SUBMITTED",
        seq=2,
        tracking_number="T-1",
        delivered_at=None,
        viewed_at=None,
        service_date=None,
        effect=None,
        code=None,
        reason=reason,
    )


def read(source: SqlCaseSource, start: Position | None = None, limit: int = 100) -> list[CaseRow]:
    return list(source.rows([mark.key for mark in source.marks(start, limit)]))


def failure(source: SqlCaseSource) -> GatewayError:
    with pytest.raises(GatewayError) as caught:
        read(source)
    return caught.value


def test_every_column_of_the_view_reaches_the_row(database: CaseDatabase, source: SqlCaseSource) -> None:
    (key,) = database.add()
    (row,) = read(source)
    assert (row.key, int(row.version)) == (key, 1)
    assert row.fields["recipient_id"] == PRIVATE
    assert row.fields["revision"] == 1
    assert row.fields["mobile"] is None
    assert row.fields["document"] == PDF


def test_large_documents_are_read_a_few_at_a_time(
    database: CaseDatabase, source: SqlCaseSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(view, "READ_BYTES", 2000)
    keys = [key for size in (900, 900, 900, 5000, 0, 900) for key in database.add(document=PDF + bytes(size))]
    queries: list[str] = []
    sa.event.listen(source._engines.reader, "before_cursor_execute", lambda *call: queries.append(call[2]))
    assert [row.key for row in read(source)] == keys
    assert len([query for query in queries if " IN (" in query and "document" in query]) == 3


def test_a_clerk_may_write_between_two_rows(database: CaseDatabase, source: SqlCaseSource) -> None:
    for _ in range(3):
        database.add()
    for _row in source.rows([mark.key for mark in source.marks(None, 10)]):
        database.run("UPDATE parties SET name = 'رضا یکتا (نمونه)'")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE cases SET district = 'منطقه ۶'",
        "UPDATE papers SET subject = 'موضوع دیگر'",
        "UPDATE notices SET revision = 2",
    ],
)
def test_a_change_that_concerns_several_notices_brings_each_of_them_again(
    database: CaseDatabase, source: SqlCaseSource, statement: str
) -> None:
    keys = database.add(parties=3)
    last = source.marks(None, 10)[-1]
    database.run(statement)
    marks = source.marks(Position(version=last.version, key=last.key), 10)
    assert sorted(mark.key for mark in marks) == keys
    assert len({mark.version for mark in marks}) == 3


def test_no_change_number_is_given_twice(database: CaseDatabase, source: SqlCaseSource) -> None:
    database.add()
    (last,) = database.add()
    listed = source.marks(None, 10)[-1]
    database.run("DELETE FROM notices WHERE notice_id = :key", key=int(last))
    (new,) = database.add()
    assert [mark.key for mark in source.marks(Position(version=listed.version, key=listed.key), 10)] == [new]


def test_reading_goes_on_while_another_process_writes(database: CaseDatabase, source: SqlCaseSource) -> None:
    (key,) = database.add()
    with closing(sqlite3.connect(database.path, isolation_level=None)) as clerk:
        clerk.execute("BEGIN IMMEDIATE")
        clerk.execute("UPDATE parties SET name = 'رضا یکتا (نمونه)'")
        assert [row.key for row in read(source)] == [key]
        clerk.execute("COMMIT")


def test_writing_waits_for_another_process(database: CaseDatabase, source: SqlCaseSource) -> None:
    (key,) = database.add()
    writer = threading.Thread(target=source.write_results, args=([result(key)],))
    with closing(sqlite3.connect(database.path, isolation_level=None)) as clerk:
        clerk.execute("BEGIN IMMEDIATE")
        writer.start()
        clerk.execute("UPDATE parties SET mobile = '09700000000'")
        assert database.shown(key)["eblagh_state"] is None
        clerk.execute("COMMIT")
    writer.join()
    assert database.shown(key)["eblagh_state"] == "SUBMITTED"


def test_a_batch_is_written_as_a_whole_or_not_at_all(database: CaseDatabase, source: SqlCaseSource) -> None:
    first, second = database.add(parties=2)
    database.run(
        "CREATE TRIGGER stubborn BEFORE UPDATE OF eblagh_state ON notices WHEN NEW.notice_id = 2"
        " BEGIN SELECT RAISE(ABORT, 'not this row'); END"
    )
    with pytest.raises(GatewayError) as caught:
        source.write_results([result(first), result(second)])
    assert (caught.value.code, caught.value.detail) == ("source.row-refused", "it breaks a rule of its table"), (
        "a trigger may say anything"
    )
    assert database.shown(first)["eblagh_state"] is None


def test_a_change_that_a_trigger_ignores_is_a_refusal_of_the_row(database: CaseDatabase, source: SqlCaseSource) -> None:
    first, second = database.add(parties=2)
    database.run(
        "CREATE TRIGGER closed BEFORE UPDATE ON notices WHEN NEW.notice_id = 2 BEGIN SELECT RAISE(IGNORE); END"
    )
    with pytest.raises(GatewayError, match=r"source\.row-refused"):
        source.write_results([result(first), result(second)])
    assert database.shown(first)["eblagh_state"] is None
    assert source.write_results([result(first)]) == []
    assert database.shown(first)["eblagh_state"] == "SUBMITTED"
    later = replace(result(second), seq=30)
    database.run("DROP TRIGGER closed")
    assert source.write_results([later, result(second)]) == [], "a row that shows a later step is none"
    assert database.shown(second)["eblagh_seq"] == 30


@pytest.mark.parametrize(
    ("emptied", "seq"), [("NULL", 2), ("NULL", 30), ("''", 2)], ids=["nothing", "nothing and a later step", "a text"]
)
def test_a_result_stands_again_in_a_row_that_somebody_emptied(
    database: CaseDatabase, source: SqlCaseSource, emptied: str, seq: int
) -> None:
    (key,) = database.add()
    source.write_results([result(key)])
    database.run(f"UPDATE notices SET eblagh_reference = {emptied}, eblagh_state = NULL, eblagh_seq = {seq}")
    assert source.write_results([result(key)]) == []
    shown = database.shown(key)
    assert (shown["eblagh_reference"], shown["eblagh_state"], shown["eblagh_seq"]) == ("EB-1", "SUBMITTED", 2)


def test_a_result_goes_over_the_later_step_that_it_names(database: CaseDatabase, source: SqlCaseSource) -> None:
    (key,) = database.add()
    source.write_results([replace(result(key), seq=30)])
    source.write_results([replace(result(key), over=29)])
    assert database.shown(key)["eblagh_seq"] == 30
    source.write_results([replace(result(key), over=30)])
    assert database.shown(key)["eblagh_seq"] == 2


def test_the_time_of_writing_stands_beside_a_result(database: CaseDatabase, source: SqlCaseSource) -> None:
    (key,) = database.add()
    source.write_results([result(key)])
    assert database.shown(key)["eblagh_updated_at"] == "2026-02-03T09:00:00.000000Z"


def test_an_error_shows_nothing_of_a_row(database: CaseDatabase, source: SqlCaseSource) -> None:
    (key,) = database.add()
    database.run(
        "CREATE TRIGGER stubborn BEFORE UPDATE ON notices BEGIN SELECT RAISE(ABORT, 'no\nDETAIL: 9990000000'); END"
    )
    with pytest.raises(GatewayError) as caught:
        source.write_results([result(key, reason=f"no account: {PRIVATE}")])
    assert PRIVATE not in str(caught.value)
    assert f"account: {PRIVATE}" not in str(caught.value.__cause__)


def test_a_database_that_is_not_there_is_named_and_not_made(tmp_path: Path) -> None:
    path = tmp_path / "none.db"
    source = SqlCaseSource("cases", f"sqlite:///{path}")
    error = failure(source)
    assert (error.code, error.where) == ("source.unavailable", str(path))
    with pytest.raises(GatewayError, match=r"\[source\.unavailable\]"):
        source.write_results([result("1")])
    assert not path.exists()


def test_a_file_that_is_no_database_is_unavailable(tmp_path: Path) -> None:
    path = tmp_path / "cases.db"
    path.write_bytes(b"not a database" * 100)
    assert failure(SqlCaseSource("cases", f"sqlite:///{path}")).code == "source.unavailable"


def test_reading_works_once_the_database_is_there(tmp_path: Path) -> None:
    source = SqlCaseSource("cases", f"sqlite:///{tmp_path / 'cases.db'}")
    failure(source)
    keys = CaseDatabase(tmp_path / "cases.db").add()
    assert [row.key for row in read(source)] == keys


def test_a_missing_view_is_named(database: CaseDatabase) -> None:
    error = failure(open_source(database, SqlSourceConfig(view="eblagh_view")))
    assert error.code == "source.schema"
    assert "eblagh_view" in error.detail


def test_a_missing_column_of_the_view_is_named(database: CaseDatabase) -> None:
    error = failure(open_source(database, SqlSourceConfig(columns=("body_code", "national_code"))))
    assert (error.code, error.detail) == ("source.schema", "no such column: eblagh_notices.national_code")


def test_a_missing_column_for_results_is_named(database: CaseDatabase) -> None:
    (key,) = database.add()
    source = open_source(database, SqlSourceConfig(results=ResultColumns(state="status")))
    with pytest.raises(GatewayError) as caught:
        source.write_results([result(key)])
    assert (caught.value.code, caught.value.detail) == ("source.schema", "no such column: status")


def test_a_version_that_is_neither_number_nor_time_is_a_fault_of_the_view(database: CaseDatabase) -> None:
    database.add()
    error = failure(open_source(database, SqlSourceConfig(version="subject")))
    assert (error.code, error.detail) == ("source.version", "a str")


def test_rows_without_a_version_are_counted_and_keep_no_other_back(
    database: CaseDatabase, source: SqlCaseSource
) -> None:
    first, second, _ = (key for _ in range(3) for key in database.add())
    database.run("UPDATE notices SET change_no = NULL WHERE notice_id IN (1, 3)")
    assert source.unlisted() == 2
    assert [row.key for row in read(source)] == [second]
    assert list(source.rows([first])) == [], "not by its key either"


def test_rows_with_a_negative_change_number_are_told_in_every_pass(
    database: CaseDatabase, source: SqlCaseSource
) -> None:
    first, second = (key for _ in range(2) for key in database.add())
    database.run(f"UPDATE notices SET change_no = -5 WHERE notice_id = {first}")
    marks = list(source.marks(None, 10))
    assert [mark.key for mark in marks] == [second]
    assert source.unlisted() == 1
    # A later pass lists from behind the cursor on, where no such row is.
    assert not source.marks(Position(version=marks[-1].version, key=marks[-1].key), 10)
    assert source.unlisted() == 1


def test_columns_may_have_other_names(database: CaseDatabase) -> None:
    (key,) = database.add()
    database.run("ALTER TABLE notices RENAME COLUMN eblagh_state TO status")
    source = open_source(database, SqlSourceConfig(results=ResultColumns(state="status")))
    source.write_results([result(key)])
    assert database.shown(key)["status"] == "SUBMITTED"
    (row,) = read(source)
    refusal = Refusal(
        source="cases",
        row_key=key,
        row_version=row.version,
        code="notice.changed",
        field="notice_id",
        reason="…",
        refused_at=datetime(2026, 2, 3, tzinfo=UTC),
    )
    source.write_refusals([refusal])
    assert database.shown(key)["eblagh_code"] == "notice.changed"


@pytest.mark.parametrize(
    "url", ["nosuch://clerk:secret@host/cases", "nosuch://clerk:a@host:secret/cases", "clerk:secret", "sqlite://"]
)
def test_a_url_that_cannot_be_used_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(GatewayError) as caught:
        SqlCaseSource("cases", url)
    assert caught.value.code == "config.value"
    assert "secret" not in str(caught.value)


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs the list of open files")
def test_no_file_stays_open_between_two_uses(database: CaseDatabase, source: SqlCaseSource) -> None:
    (key,) = database.add()
    read(source)
    source.write_results([result(key)])
    opened = {os.path.realpath(entry) for entry in Path("/proc/self/fd").iterdir()}
    assert not [name for name in opened if name.startswith(str(database.path))]


def test_values_of_other_drivers_fit_the_port() -> None:
    assert [plain_value(Decimal("17")), plain_value(Decimal("1.5")), plain_value(memoryview(b"x"))] == [17, 1.5, b"x"]
    assert [plain_value({"a": ["رأی", None]}), plain_value([True])] == ['{"a": ["رأی", null]}', "[true]"]
