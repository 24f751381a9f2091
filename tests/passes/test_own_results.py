"""A notice's story as its row tells it in the city's own words; what its mapping fails on is told, and tried again."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from adapters.municipal.inbox_source import BROUGHT_ROW
from adapters.municipal.sql.sql_source import SqlCaseSource
from adapters.storage.sql_store import SqlStore
from adapters.storage.stores.outbox_store import SqlOutboxStore
from gateway.judiciary.pass_statistics import PassStats
from gateway.notice.delivery_state import DeliveryState
from gateway.runtime.errors import GatewayError
from gateway.writeback import result_writing
from tests.databases import DATABASES
from tests.integration.municipal.dropped_cases import Folder, csv_of, zip_of
from tests.integration.municipal.plain_database import PlainCaseDatabase, empty
from tests.own_results import OWN, STATE, own_mapper

from .conftest import City
from .ports import PDF, Court, Hands
from .test_file_drop import city_of, pass_, row

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
"""What makes nothing of a notice that is still in the queue."""


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def town(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[City, PlainCaseDatabase]]:
    """A city whose rows stand in a database, in which three columns are its own."""
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
        clock = Hands()
        with closing(SqlCaseSource("cases", url, clock=clock)) as source:
            text = "\n[[field]]\n".join(part for part in OWN.split("\n[[field]]\n") if _is_wanted(part))
            mapper = own_mapper(text, source.written_row())
            yield City(store, source, Court(clock), clock, results=mapper), cases  # type: ignore[arg-type]


def _is_wanted(part: str) -> bool:
    return "[mapping]" in part or any(f'target = "{name}"' in part for name in ("served_on", "note")) or STATE in part


def shown(cases: PlainCaseDatabase, key: str) -> tuple[Any, ...]:
    quoted = cases.engine.dialect.identifier_preparer.quote(STATE)
    with cases.engine.connect() as connection:
        query = sa.text(f"SELECT {quoted}, served_on, note, eblagh_state FROM notices WHERE notice_id = :key")
        state, served_on, note, ours = connection.execute(query, {"key": int(key)}).one()
    return state, None if served_on is None else str(served_on), note, ours


def test_a_notice_goes_its_way_in_the_citys_own_words(town: tuple[City, PlainCaseDatabase]) -> None:
    city, cases = town
    (key,) = cases.add()
    (bad,) = cases.add(document=None)
    city.collect()
    assert city.write_back().counts == {"written": 1, "refusals_written": 1}
    assert shown(cases, key) == ("در صف", None, None, "QUEUED")
    state, _, note, ours = shown(cases, bad)
    assert (state, note.split(":")[0], ours) == ("رد شد", "document.missing", "REFUSED")

    city.dispatch()
    city.write_back()
    entry = next(found.entry for found in city.store.notices.find(state=None, limit=10, after=None))
    assert shown(cases, key) == ("فرستاده شد", None, f"کد رهگیری {entry.tracking_number}", "SUBMITTED")

    city.court.issue("ContentConsignment", entry.reference, entry.seal_digest, ARRIVAL)
    city.receive()
    city.write_back()
    told = ("ابلاغ شد", "2026-02-03", f"کد رهگیری {entry.tracking_number}", "DELIVERED")
    assert shown(cases, key) == told
    assert city.write_back().idle

    cases.correct(key, "رضا یکتا (نمونه)")
    city.collect()
    assert city.write_back().counts == {"refusals_written": 1}
    state, served_on, note, ours = shown(cases, key)
    assert (state, served_on, ours) == (told[0], told[1], told[3]), "the notice was served, whatever its row says now"
    assert note.startswith("notice.changed: ")


def test_a_pass_that_is_cut_off_before_it_is_noted_is_repeated(
    town: tuple[City, PlainCaseDatabase], monkeypatch: pytest.MonkeyPatch
) -> None:
    city, cases = town
    (key,) = cases.add()
    city.collect()

    def cut_off(*_: object) -> None:
        raise GatewayError("store.unavailable")

    with monkeypatch.context() as patched:
        patched.setattr(SqlOutboxStore, "mark_written", cut_off)
        with pytest.raises(GatewayError, match=r"store\.unavailable"):
            city.write_back()
    before = cases.shown(key)
    city.clock.pass_(hours=1)
    assert city.write_back().counts == {"written": 1}
    assert cases.shown(key) == before


def test_what_the_mapping_fails_on_is_named_and_keeps_no_other_back(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(result_writing, "BATCH", 2)
    city.results = own_mapper(TRACKED)
    city.admit("1", "2", "3")
    city.dispatch()
    city.admit("4", "5", "6")
    city.cases.put("7", recipient_id="1111111111")
    city.collect()
    for _ in range(2):
        report = city.write_back()
        assert {(e.code, e.where, e.detail) for e in report.errors} == {
            ("result.field-missing", f"cases row {key}", "tracking_number") for key in "4567"
        }
        assert set(city.cases.results) == {"1", "2", "3"}
    assert {result.own.values["tracking"] for result in city.cases.results.values() if result.own} == {
        result.tracking_number for result in city.cases.results.values()
    }
    city.dispatch()
    assert city.write_back().counts == {"written": 3}
    city.results = None  # a mapping that is corrected, or taken out
    assert city.write_back().counts == {"refusals_written": 1}


def test_however_many_rows_fail_the_others_are_written(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(result_writing, "BATCH", 3)
    monkeypatch.setattr(result_writing, "MAX_REFUSED", 2)
    city.results = own_mapper(TRACKED)
    city.admit("8", "9")
    city.dispatch()
    city.admit(*"1234567")
    report = city.write_back()
    assert set(city.cases.results) == {"8", "9"}
    assert [(error.code, error.detail) for error in report.errors] == [
        ("result.field-missing", "tracking_number"),
        ("result.field-missing", "tracking_number"),
        ("result.field-missing", "5 more rows"),
    ]


def test_a_pass_with_such_rows_has_failed_for_alarms_and_metrics(city: City) -> None:
    city.results = own_mapper(TRACKED)
    city.admit("1")
    pass_stats = PassStats(city.clock)
    pass_stats.keep([("writeback cases", "writeback", "cases")])
    pass_stats.began("writeback cases")
    pass_stats.ended("writeback cases", city.write_back())
    (record,) = pass_stats.records()
    assert (record.failures, dict(pass_stats.errors())) == (1, {"result.field-missing": 1})


def test_a_row_that_the_database_refuses_beside_one_that_the_mapping_fails_on(city: City) -> None:
    city.results = own_mapper(TRACKED)
    city.admit("1", "2")
    city.dispatch()
    city.admit("3")
    city.cases.closed = {"2"}
    assert {(error.code, error.where) for error in city.write_back().errors} == {
        ("source.row-refused", "cases row 2"),
        ("result.field-missing", "cases row 3"),
    }
    assert set(city.cases.results) == {"1"}


def test_a_refusal_never_shows_that_a_notice_is_being_sent(city: City) -> None:
    city.results = own_mapper()
    (entry,) = city.admit("1")
    city.write_back()
    city.cases.put("1", subject="موضوع دیگر")
    city.collect()

    def look() -> None:
        assert city.entry(entry.reference).state is DeliveryState.SENDING
        city.write_back()

    city.court.during_submit = look
    city.dispatch()
    own = city.cases.refusals["1"].own
    assert own is not None
    assert (own.values[STATE], own.reference) == ("در صف", entry.reference)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "drop")


def test_files_have_further_columns(tmp_path: Path, folder: Folder) -> None:
    with DATABASES["sqlite"](tmp_path) as url, closing(SqlStore.open(url)) as store:
        city, drop = city_of(store, folder)
        city.results = own_mapper(row=BROUGHT_ROW)
        rows = [row("1"), row("2", recipient_id="0012345678")]
        folder.drop("a.zip", zip_of({"list.csv": csv_of(rows), "1.pdf": PDF, "2.pdf": PDF}), "sha256")
        pass_(city, drop)
        city.write_back()
        told = {each["key"]: each for each in folder.results()}
        assert (told["1"]["state"], told["1"]["fields"][STATE], told["1"]["fields"]["steps"]) == ("QUEUED", "در صف", 0)
        assert (told["2"]["state"], told["2"]["fields"][STATE]) == ("REFUSED", "رد شد")
        files = sorted((folder.path / "results").glob("*.csv"))
        lines = [line for file in files for line in csv.DictReader(io.StringIO(file.read_text("utf-8-sig")))]
        assert [(line["key"], line[STATE], line["channel"]) for line in lines] == [
            ("1", "در صف", "درگاه"),
            ("2", "رد شد", "درگاه"),
        ]
        city.write_back()
        assert len(folder.results()) == 2, "what was told is not told again"
