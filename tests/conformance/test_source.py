"""What every case source must do: the suite that each implementation of `gateway.source.CaseSource` passes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.municipal.sql_source import SqlCaseSource
from gateway.source import CaseRow, CaseSource, Refusal, Result
from tests.integration.municipal.case_database import CaseDatabase

REFUSED_AT = datetime(2026, 2, 3, 9, tzinfo=UTC)


def first_result(key: str) -> Result:
    return Result(
        row_key=key,
        reference="EB-FIRST",
        replaces=None,
        state="QUEUED",
        seq=0,
        tracking_number=None,
        delivered_at=None,
        viewed_at=None,
        service_date=None,
        effect=None,
        code=None,
        reason=None,
    )


def delivered(key: str) -> Result:
    return replace(
        first_result(key),
        state="DELIVERED",
        seq=3,
        tracking_number="T-1",
        delivered_at=datetime(2026, 2, 3, 8, 0, 0, 250000, tzinfo=UTC),
        service_date="1404-11-14",
        effect="LEGAL",
    )


def refusal(row: CaseRow, reason: str = "نام مخاطب: خالی است.") -> Refusal:
    return Refusal(
        source=row.source,
        row_key=row.key,
        row_version=row.version,
        code="recipient.name",
        field="recipient_name",
        reason=reason,
        refused_at=REFUSED_AT,
    )


@pytest.fixture
def database(tmp_path: Path) -> CaseDatabase:
    return CaseDatabase(tmp_path / "cases.db")


@pytest.fixture
def source(database: CaseDatabase) -> Iterator[CaseSource]:
    source = SqlCaseSource("cases", database.url)
    yield source
    source.close()


def read_all(source: CaseSource, cursor: str | None = None, limit: int = 2) -> tuple[list[CaseRow], str | None]:
    rows: list[CaseRow] = []
    while (page := source.read(cursor, limit)).rows:
        assert len(page.rows) <= limit
        rows += page.rows
        cursor = page.cursor
    return rows, cursor


def test_an_empty_source_has_no_rows(source: CaseSource) -> None:
    page = source.read(None, 10)
    assert page.rows == []
    assert source.read(page.cursor, 10).rows == []


def test_each_row_comes_once(database: CaseDatabase, source: CaseSource) -> None:
    keys = [key for _ in range(3) for key in database.add(parties=2)]
    rows, cursor = read_all(source)
    assert [row.key for row in rows] == keys
    assert {row.source for row in rows} == {source.name}
    assert rows[0].fields["document"] == b"%PDF-1.7\n%%EOF\n"
    assert source.read(cursor, 10).rows == []


def test_a_row_that_was_added_to_an_empty_source_comes_after_its_cursor(
    database: CaseDatabase, source: CaseSource
) -> None:
    cursor = source.read(None, 10).cursor
    (key,) = database.add()
    assert [row.key for row in source.read(cursor, 10).rows] == [key]


def test_a_corrected_row_comes_again_as_another_version(database: CaseDatabase, source: CaseSource) -> None:
    first, _second = database.add(parties=2)
    (before, _), cursor = read_all(source)
    database.correct(first, "رضا یکتا (نمونه)")
    (again,) = source.read(cursor, 10).rows
    assert again.key == first
    assert again.version != before.version
    assert again.fields["recipient_name"] == "رضا یکتا (نمونه)"


def test_what_is_written_back_brings_no_row_again(database: CaseDatabase, source: CaseSource) -> None:
    database.add(parties=2)
    (first, second), cursor = read_all(source)
    source.write_results([delivered(first.key)])
    source.write_refusals([refusal(second)])
    assert source.read(cursor, 10).rows == []


def test_a_result_stands_in_its_row_and_in_no_other(database: CaseDatabase, source: CaseSource) -> None:
    key, other = database.add(parties=2)
    source.write_results([delivered(key)])
    shown = database.shown(key)
    assert (shown["eblagh_reference"], shown["eblagh_state"], shown["eblagh_seq"]) == ("EB-FIRST", "DELIVERED", 3)
    assert (shown["eblagh_tracking"], shown["service_date"]) == ("T-1", "1404-11-14")
    assert (shown["delivered_at"], shown["viewed_at"]) == ("2026-02-03T08:00:00.250000Z", None)
    assert shown["service_effect"] == "LEGAL"
    assert database.shown(other)["eblagh_state"] is None


def test_a_result_that_comes_twice_changes_nothing(database: CaseDatabase, source: CaseSource) -> None:
    (key,) = database.add()
    source.write_results([delivered(key)])
    before = database.shown(key)
    source.write_results([delivered(key)])
    # The time of writing alone is new: what a refusal covered meanwhile must be shown again.
    assert {**database.shown(key), "eblagh_updated_at": None} == {**before, "eblagh_updated_at": None}


def test_an_older_result_after_a_newer_one_changes_nothing(database: CaseDatabase, source: CaseSource) -> None:
    (key,) = database.add()
    source.write_results([delivered(key), first_result(key)])
    assert database.shown(key)["eblagh_state"] == "DELIVERED"


def test_a_newer_result_takes_the_place_of_an_older_one(database: CaseDatabase, source: CaseSource) -> None:
    (key,) = database.add()
    source.write_results([first_result(key)])
    source.write_results([delivered(key)])
    assert database.shown(key)["eblagh_seq"] == 3


def test_a_new_revision_in_the_same_row_counts_its_steps_anew(database: CaseDatabase, source: CaseSource) -> None:
    (key,) = database.add()
    source.write_results([replace(delivered(key), state="REJECTED", seq=6)])
    source.write_results([replace(first_result(key), reference="EB-SECOND", replaces="EB-FIRST")])
    shown = database.shown(key)
    assert (shown["eblagh_reference"], shown["eblagh_state"], shown["eblagh_seq"]) == ("EB-SECOND", "QUEUED", 0)


def test_the_notice_that_was_replaced_never_comes_back(database: CaseDatabase, source: CaseSource) -> None:
    (key,) = database.add()
    old = replace(delivered(key), state="REJECTED", seq=6)
    source.write_results([old])
    source.write_results([replace(first_result(key), reference="EB-SECOND", replaces="EB-FIRST")])
    source.write_results([old])
    assert database.shown(key)["eblagh_reference"] == "EB-SECOND"


def test_a_row_is_read_again_by_its_key(database: CaseDatabase, source: CaseSource) -> None:
    first, second = database.add(), database.add()
    everything, _ = read_all(source)
    assert source.reread([*second, "999"]) == [row for row in everything if row.key == second[0]]
    assert source.reread([]) == []
    assert first


def test_results_for_rows_that_are_gone_are_told(database: CaseDatabase, source: CaseSource) -> None:
    (key,) = database.add()
    assert source.write_results([delivered("999"), delivered(key)]) == ["999"]
    assert database.shown(key)["eblagh_state"] == "DELIVERED"


def test_a_refusal_stands_in_its_row(database: CaseDatabase, source: CaseSource) -> None:
    (key,) = database.add()
    (row,), _ = read_all(source)
    source.write_refusals([refusal(row)])
    shown = database.shown(key)
    assert (shown["eblagh_state"], shown["eblagh_code"]) == ("REFUSED", "recipient.name")
    assert shown["eblagh_reason"] == "نام مخاطب: خالی است."
    assert shown["eblagh_updated_at"] == "2026-02-03T09:00:00.000000Z"


def test_a_refusal_of_a_row_that_was_corrected_meanwhile_is_dropped(database: CaseDatabase, source: CaseSource) -> None:
    (key,) = database.add()
    (row,), _ = read_all(source)
    database.correct(key, "رضا یکتا (نمونه)")
    source.write_refusals([refusal(row)])
    assert database.shown(key)["eblagh_state"] is None


def test_a_corrected_row_shows_its_notice_where_its_refusal_stood(database: CaseDatabase, source: CaseSource) -> None:
    (key,) = database.add()
    (row,), _ = read_all(source)
    source.write_refusals([refusal(row)])
    database.correct(key, "رضا یکتا (نمونه)")
    source.write_results([first_result(key)])
    shown = database.shown(key)
    assert (shown["eblagh_state"], shown["eblagh_code"], shown["eblagh_reason"]) == ("QUEUED", None, None)


def test_refusing_a_change_does_not_hide_that_the_notice_was_served(database: CaseDatabase, source: CaseSource) -> None:
    (key,) = database.add()
    source.write_results([delivered(key)])
    database.correct(key, "رضا یکتا (نمونه)")
    (row,), _ = read_all(source)
    source.write_refusals([replace(refusal(row), code="notice.changed")])
    shown = database.shown(key)
    assert (shown["eblagh_state"], shown["eblagh_code"]) == ("DELIVERED", "notice.changed")


def test_writing_nothing_is_no_error(source: CaseSource) -> None:
    source.write_results([])
    source.write_refusals([])
