"""A notice's story in its row, in the municipality's own words; a failure of the mapping is reported and retried."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from adapters.municipal.inbox_source import BROUGHT_ROW
from adapters.municipal.sql.sql_source import SqlCaseSource
from adapters.storage.schema.tables import outbox
from adapters.storage.sql_store import SqlStore
from adapters.storage.stores.outbox_store import SqlOutboxStore
from gateway.judiciary.pass_statistics import PassStats
from gateway.notice.delivery_state import DeliveryState
from gateway.notice.outbox import OutboxEntry
from gateway.notice.source_row import RowDeadline
from gateway.runtime.errors import GatewayError
from gateway.writeback import result_writing
from gateway.writeback.result_writing import write_back
from tests.databases import DATABASES
from tests.integration.municipal.dropped_cases import Folder, csv_of, zip_of
from tests.integration.municipal.plain_database import PlainCaseDatabase, empty
from tests.manual_clock import ManualClock
from tests.own_results import OWN, STATE, own_mapper
from tests.sampling import on_one_of

from .case_table import PDF
from .conftest import Passes
from .ports import JudiciaryService
from .test_changed_values import change
from .test_file_drop import pass_, passes_of, row

ARRIVAL = datetime(2026, 2, 3, 9, tzinfo=UTC)

TRACKED = """
[mapping]
language = 1
name = "tracked-1"
kind = "result-to-row"
[[field]]
target = "tracking"
from = "tracking_number"
required = true
"""
"""A mapping that makes nothing of a notice that is still in the queue."""

LAST_DAY = (
    TRACKED.replace("tracked-1", "last-day-1")
    .replace('"tracking"', '"last_day"')
    .replace('from = "tracking_number"\nrequired = true', 'from = "last_day"')
)


@pytest.fixture(params=on_one_of(["sqlite", "postgresql", "mariadb"], "passes_and_cases"))
def passes_and_cases(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Passes, PlainCaseDatabase]]:
    """Passes over a case database, in which three columns are the municipality's own."""
    with (
        empty(request.param, tmp_path) as url,
        closing(PlainCaseDatabase(url, "integer", "number")) as cases,
        DATABASES["sqlite"](tmp_path) as store_url,
        closing(SqlStore.open(store_url)) as store,
    ):
        with cases.engine.begin() as connection:
            for column in (f"{cases.engine.dialect.identifier_preparer.quote(STATE)} VARCHAR(40)", "served_on DATE"):
                connection.exec_driver_sql(f"ALTER TABLE notices ADD COLUMN {column}")
            connection.exec_driver_sql("ALTER TABLE notices ADD COLUMN note TEXT")
        clock = ManualClock()
        with closing(SqlCaseSource("cases", url, clock=clock)) as source:
            text = "\n[[field]]\n".join(part for part in OWN.split("\n[[field]]\n") if _is_wanted(part))
            mapper = own_mapper(text, source.written_row())
            yield Passes(store, source, JudiciaryService(clock), clock, results=mapper), cases  # type: ignore[arg-type]


def _is_wanted(part: str) -> bool:
    return "[mapping]" in part or any(f'target = "{name}"' in part for name in ("served_on", "note")) or STATE in part


def shown(cases: PlainCaseDatabase, key: str) -> tuple[Any, ...]:
    quoted = cases.engine.dialect.identifier_preparer.quote(STATE)
    with cases.engine.connect() as connection:
        query = sa.text(f"SELECT {quoted}, served_on, note, eblagh_state FROM notices WHERE notice_id = :key")
        state, served_on, note, ours = connection.execute(query, {"key": int(key)}).one()
    return state, None if served_on is None else str(served_on), note, ours


@pytest.mark.long
def test_a_notice_goes_its_way_in_the_municipalitys_own_words(
    passes_and_cases: tuple[Passes, PlainCaseDatabase],
) -> None:
    passes, cases = passes_and_cases
    (key,) = cases.add()
    (bad,) = cases.add(document=None)
    passes.collect()
    assert passes.write_back().counts == {"written": 1, "refusals_written": 1}
    assert shown(cases, key) == ("در صف", None, None, "QUEUED")
    state, _, note, ours = shown(cases, bad)
    assert (state, note.split(":")[0], ours) == ("رد شد", "document.missing", "REFUSED")

    passes.dispatch()
    passes.write_back()
    entry = next(found.entry for found in passes.store.notices.find(state=None, limit=10, after=None))
    assert shown(cases, key) == ("فرستاده شد", None, f"کد رهگیری {entry.tracking_number}", "SUBMITTED")

    passes.judiciary.issue("ContentConsignment", entry.reference, entry.seal_digest, ARRIVAL)
    passes.receive()
    passes.write_back()
    reported = ("ابلاغ شد", "2026-02-03", f"کد رهگیری {entry.tracking_number}", "DELIVERED")
    assert shown(cases, key) == reported
    assert passes.write_back().idle

    cases.correct(key, "رضا یکتا (نمونه)")
    passes.collect()
    assert passes.write_back().counts == {"refusals_written": 1}
    state, served_on, note, ours = shown(cases, key)
    assert (state, served_on, ours) == (reported[0], reported[1], reported[3]), (
        "the notice was served, whatever its row says now"
    )
    assert note.startswith("notice.changed: ")


def test_a_pass_that_is_cut_off_before_it_is_noted_is_repeated(
    passes_and_cases: tuple[Passes, PlainCaseDatabase], monkeypatch: pytest.MonkeyPatch
) -> None:
    passes, cases = passes_and_cases
    (key,) = cases.add()
    passes.collect()

    def cut_off(*_: object) -> None:
        raise GatewayError("store.unavailable")

    with monkeypatch.context() as patched:
        patched.setattr(SqlOutboxStore, "mark_written", cut_off)
        with pytest.raises(GatewayError, match=r"store\.unavailable"):
            passes.write_back()
    before = cases.shown(key)
    passes.clock.advance(hours=1)
    assert passes.write_back().counts == {"written": 1}
    assert cases.shown(key) == before


def test_what_the_mapping_fails_on_is_named_and_keeps_no_other_back(
    passes: Passes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(result_writing, "BATCH", 2)
    passes.results = own_mapper(TRACKED)
    passes.admit("1", "2", "3")
    passes.dispatch()
    passes.admit("4", "5", "6")
    passes.cases.put("7", recipient_id="1111111111")
    passes.collect()
    for _ in range(2):
        report = passes.write_back()
        assert {(e.code, e.where, e.detail) for e in report.errors} == {
            ("result.field-missing", f"cases row {key}", "tracking_number") for key in "4567"
        }
        assert set(passes.cases.results) == {"1", "2", "3"}
    assert {result.own.values["tracking"] for result in passes.cases.results.values() if result.own} == {
        result.tracking_number for result in passes.cases.results.values()
    }
    passes.dispatch()
    assert passes.write_back().counts == {"written": 3}
    passes.results = None  # a mapping that is corrected, or taken out
    assert passes.write_back().counts == {"refusals_written": 1}


def test_however_many_rows_fail_the_others_are_written(passes: Passes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(result_writing, "BATCH", 3)
    monkeypatch.setattr(result_writing, "MAX_REFUSED", 2)
    passes.results = own_mapper(TRACKED)
    passes.admit("8", "9")
    passes.dispatch()
    passes.admit(*"1234567")
    report = passes.write_back()
    assert set(passes.cases.results) == {"8", "9"}
    assert [(error.code, error.detail) for error in report.errors] == [
        ("result.field-missing", "tracking_number"),
        ("result.field-missing", "tracking_number"),
        ("result.field-missing", "5 more rows"),
    ]


def test_failing_rows_beyond_the_bound_are_not_counted_as_missing_rows(
    passes: Passes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(result_writing, "MAX_REFUSED", 2)
    passes.results = own_mapper(TRACKED)
    passes.admit("9")
    passes.dispatch()
    del passes.cases.rows_by_key["9"]
    passes.admit(*"123456")
    assert [(error.code, error.detail) for error in passes.write_back().errors] == [
        ("result.field-missing", "tracking_number"),
        ("result.field-missing", "tracking_number"),
        ("source.row-missing", ""),
        ("result.field-missing", "4 more rows"),
    ]


def test_failing_rows_beyond_the_bound_are_counted_by_who_must_act(
    passes: Passes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(result_writing, "MAX_REFUSED", 2)
    passes.results = own_mapper(TRACKED)
    passes.admit("7", "8", "9")
    passes.dispatch()
    change(passes, outbox, tracking_number="T-OTHER")
    passes.clock.advance(minutes=1)
    passes.admit(*"1234")
    assert [(error.code, error.detail) for error in passes.write_back().errors[2:]] == [
        ("writeback.unproven", "1 more rows"),
        ("result.field-missing", "4 more rows"),
    ]


def test_a_pass_with_such_rows_has_failed_for_alarms_and_metrics(passes: Passes) -> None:
    passes.results = own_mapper(TRACKED)
    passes.admit("1")
    pass_stats = PassStats(passes.clock)
    pass_stats.keep([("writeback cases", "writeback", "cases")])
    pass_stats.began("writeback cases")
    pass_stats.ended("writeback cases", passes.write_back())
    (record,) = pass_stats.records()
    assert (record.failures, dict(pass_stats.errors())) == (1, {"result.field-missing": 1})


def test_a_row_that_the_database_refuses_beside_one_that_the_mapping_fails_on(passes: Passes) -> None:
    passes.results = own_mapper(TRACKED)
    passes.admit("1", "2")
    passes.dispatch()
    passes.admit("3")
    passes.cases.closed = {"2"}
    assert {(error.code, error.where) for error in passes.write_back().errors} == {
        ("source.row-refused", "cases row 2"),
        ("result.field-missing", "cases row 3"),
    }
    assert set(passes.cases.results) == {"1"}


def test_a_refusal_never_shows_that_a_notice_is_being_sent(passes: Passes) -> None:
    passes.results = own_mapper()
    (entry,) = passes.admit("1")
    passes.write_back()
    passes.cases.put("1", subject="موضوع دیگر")
    passes.collect()

    def look() -> None:
        assert passes.entry(entry.reference).state is DeliveryState.SENDING
        passes.write_back()

    passes.judiciary.during_submit = look
    passes.dispatch()
    own = passes.cases.refusals["1"].own
    assert own is not None
    assert (own.values[STATE], own.reference) == ("در صف", entry.reference)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "drop")


def test_files_have_further_columns(tmp_path: Path, folder: Folder) -> None:
    with DATABASES["sqlite"](tmp_path) as url, closing(SqlStore.open(url)) as store:
        passes, drop = passes_of(store, folder)
        passes.results = own_mapper(row=BROUGHT_ROW)
        rows = [row("1"), row("2", recipient_id="0012345678")]
        folder.drop("a.zip", zip_of({"list.csv": csv_of(rows), "1.pdf": PDF, "2.pdf": PDF}), "sha256")
        pass_(passes, drop)
        passes.write_back()
        reported = {each["key"]: each for each in folder.results()}
        assert (reported["1"]["state"], reported["1"]["fields"][STATE], reported["1"]["fields"]["steps"]) == (
            "QUEUED",
            "در صف",
            0,
        )
        assert (reported["2"]["state"], reported["2"]["fields"][STATE]) == ("REFUSED", "رد شد")
        files = sorted((folder.path / "results").glob("*.csv"))
        lines = [line for file in files for line in csv.DictReader(io.StringIO(file.read_text("utf-8-sig")))]
        assert [(line["key"], line[STATE], line["channel"]) for line in lines] == [
            ("1", "در صف", "درگاه"),
            ("2", "رد شد", "درگاه"),
        ]
        passes.write_back()
        assert len(folder.results()) == 2, "what was told is not told again"


def test_a_row_gets_the_deadline_that_follows_when_it_is_written(passes: Passes) -> None:
    passes.results = own_mapper(LAST_DAY)
    (entry,) = passes.admit("1")
    passes.dispatch()
    passes.judiciary.issue("ContentConsignment", entry.reference, entry.seal_digest, ARRIVAL)
    passes.receive()
    asked: list[str] = []

    def deadlines(entries: Sequence[OutboxEntry]) -> dict[str, RowDeadline]:
        asked.extend(each.reference for each in entries)
        return {each.reference: RowDeadline(last_day="1404-11-25") for each in entries}

    write_back(passes.store, passes.cases, mapper=passes.results, read=passes.reader.read, deadlines=deadlines)
    assert asked == [entry.reference]
    own = passes.cases.results["1"].own
    assert own is not None
    assert own.values == {"last_day": "1404-11-25"}
