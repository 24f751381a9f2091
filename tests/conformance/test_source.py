"""Duties of every case source: each implementation of `gateway.notice.source_row.CaseSource` passes this suite."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.municipal.sql.source_config import SqlSourceConfig, Statements
from adapters.municipal.sql.sql_source import SqlCaseSource
from adapters.storage.sql_store import SqlStore
from gateway.notice.source_row import COMPARED, CaseRow, CaseSource, Position, Refusal, Result, Shown
from gateway.runtime.clock import Clock, system_clock, timestamp
from tests.databases import DATABASES
from tests.integration.municipal.case_database import PDF, CaseDatabase
from tests.integration.municipal.dropped_cases import DroppedCases
from tests.integration.municipal.flagged_cases import FlaggedDatabase
from tests.integration.municipal.plain_database import PlainCaseDatabase, empty
from tests.integration.municipal.pulled_shahriar import PulledShahriar, shahriar
from tests.integration.municipal.pushed_cases import PushedCases

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


def as_text(shown: Shown | None) -> Shown:
    """The same with times as texts, whichever way the source keeps them."""
    assert shown is not None
    values = {name: timestamp(v) if isinstance(v, datetime) else v for name, v in shown.values.items()}
    return replace(shown, values=values)


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


@dataclass(frozen=True)
class Kind:
    """A database, and what its keys and versions are; the sample's own schema where nothing is said of them."""

    database: str
    key: str = ""
    version: str = ""

    def __str__(self) -> str:
        return "-".join(filter(None, (self.database, self.key, self.version)))


KINDS = [
    Kind("sqlite"),
    Kind("sqlite", "text", "text"),
    Kind("sqlite", "integer", "rowversion"),
    Kind("postgresql", "integer", "number"),
    Kind("postgresql", "uuid", "time"),
    Kind("postgresql", "text", "rowversion"),
    Kind("mariadb", "integer", "number"),
    Kind("mariadb", "uuid", "time"),
    Kind("mariadb", "text", "rowversion"),
    Kind("sqlite", "pulled"),
    Kind("sqlite", "pushed"),
    Kind("sqlite", "dropped"),
    Kind("postgresql", "pushed"),
    Kind("sqlite", "text", "flagged"),
    Kind("postgresql", "uuid", "flagged"),
    Kind("mariadb", "integer", "flagged"),
]
BROUGHT = ("pulled", "pushed", "dropped")
Database = CaseDatabase | PlainCaseDatabase | PushedCases | PulledShahriar


@pytest.fixture(params=[pytest.param(kind, marks=pytest.mark.exhaustive(keep=5)) for kind in KINDS], ids=str)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    yield from made(request.param, tmp_path)


def made(kind: Kind, tmp_path: Path) -> Iterator[Database]:
    if not kind.key:
        yield CaseDatabase(tmp_path / "cases.db")
        return
    if kind.key == "pulled":
        with shahriar(tmp_path) as pulled:
            yield pulled
        return
    if kind.key in BROUGHT:
        with DATABASES[kind.database](tmp_path) as url, closing(SqlStore.open(url)) as store:
            dropped = kind.key == "dropped"
            yield DroppedCases(store.inbox, tmp_path / "drop") if dropped else PushedCases(store.inbox)
        return
    with empty(kind.database, tmp_path) as url:
        if kind.version == "flagged":
            with (
                DATABASES["sqlite"](tmp_path) as store_url,
                closing(SqlStore.open(store_url)) as store,
                closing(FlaggedDatabase(url, kind.key, store.inbox)) as flagged,
            ):
                yield flagged
            return
        with closing(PlainCaseDatabase(url, kind.key, kind.version)) as plain:
            yield plain


@contextmanager
def opened(
    database: Database, clock: Clock = system_clock, statements: Statements | None = None
) -> Iterator[CaseSource]:
    if isinstance(database, PulledShahriar):
        with closing(database.source(clock)) as pulled:
            yield pulled
        return
    if isinstance(database, PushedCases):
        yield database.source(clock)
        return
    if isinstance(database, FlaggedDatabase):
        with database.opened(clock, statements) as flagged:
            yield flagged
        return
    config = SqlSourceConfig(statements=statements)
    with closing(SqlCaseSource("cases", database.url, config, clock=clock)) as source:
        yield source


@pytest.fixture
def source(database: Database) -> Iterator[CaseSource]:
    with opened(database) as source:
        yield source


def read_all(source: CaseSource, start: Position | None = None, limit: int = 2) -> list[CaseRow]:
    """Every row from a position on, listed in pages."""
    rows: list[CaseRow] = []
    while marks := source.marks(start, limit):
        assert len(marks) <= limit
        rows += source.rows([mark.key for mark in marks])
        start = Position(version=marks[-1].version, key=marks[-1].key)
    return rows


def behind(row: CaseRow) -> Position:
    return Position(version=row.version, key=row.key)


def test_an_empty_source_has_no_rows(source: CaseSource) -> None:
    assert list(source.marks(None, 10)) == []
    assert source.unlisted() == 0


def test_each_row_is_listed_once_by_version(database: Database, source: CaseSource) -> None:
    keys = [key for _ in range(3) for key in database.add(parties=2)]
    marks = source.marks(None, 10)
    assert [mark.key for mark in marks] == keys
    assert [mark.version for mark in marks] == sorted(mark.version for mark in marks)
    rows = read_all(source)
    assert [row.key for row in rows] == keys
    assert {row.source for row in rows} == {source.name}
    assert [row.version for row in rows] == [mark.version for mark in marks]
    assert rows[0].fields["paper_content" if isinstance(database, PulledShahriar) else "document"] == PDF
    assert list(source.marks(behind(rows[-1]), 10)) == []


def test_a_corrected_row_comes_again_as_another_version(database: Database, source: CaseSource) -> None:
    first, _second = database.add(parties=2)
    before, last = read_all(source)
    database.correct(first, "رضا یکتا (نمونه)")
    (again,) = read_all(source, behind(last))
    assert again.key == first
    assert again.version > before.version
    assert again.fields["recipient_name"] == "رضا یکتا (نمونه)"


def test_a_window_begins_before_a_version_and_holds_it(database: Database, source: CaseSource) -> None:
    keys = [key for _ in range(5) for key in database.add()]
    third = source.marks(None, 10)[2]
    for distance, listed in ((0, keys[2:]), (1, keys[1:]), (10**9, keys)):
        version = source.before(third.version, distance)
        assert version is not None
        assert [mark.key for mark in source.marks(Position(version=version), 10)] == listed


def test_what_is_no_version_of_the_source_is_told(database: Database, source: CaseSource) -> None:
    database.add()
    assert source.before("yesterday", 0) is None


def test_what_is_written_back_brings_no_row_again(database: Database, source: CaseSource) -> None:
    database.add(parties=2)
    first, second = read_all(source)
    source.write_results([delivered(first.key)])
    source.write_refusals([refusal(second)])
    assert read_all(source, behind(second)) == []


def test_a_result_stands_in_its_row_and_in_no_other(database: Database, source: CaseSource) -> None:
    key, other = database.add(parties=2)
    source.write_results([delivered(key)])
    shown = database.shown(key)
    assert (shown["eblagh_reference"], shown["eblagh_state"], shown["eblagh_seq"]) == ("EB-FIRST", "DELIVERED", 3)
    assert (shown["eblagh_tracking"], shown["service_date"]) == ("T-1", "1404-11-14")
    assert (shown["delivered_at"], shown["viewed_at"]) == ("2026-02-03T08:00:00.250000Z", None)
    assert shown["service_effect"] == "LEGAL"
    assert database.shown(other)["eblagh_state"] is None


def test_what_a_row_shows_already_is_not_written_again(database: Database) -> None:
    (key,) = database.add()
    now = datetime(2026, 2, 3, 9, tzinfo=UTC)
    with opened(database, clock=lambda: now) as source:
        source.write_results([delivered(key)])
        before = database.shown(key)
        now += timedelta(hours=1)
        source.write_results([delivered(key)])
        assert database.shown(key) == before, "not even the time: a trigger might take it for a change"
        (row,) = read_all(source)
        source.write_refusals([refusal(row)])
        source.write_results([delivered(key)])
        assert {**database.shown(key), "eblagh_updated_at": None} == {**before, "eblagh_updated_at": None}


def test_an_older_result_after_a_newer_one_changes_nothing(database: Database, source: CaseSource) -> None:
    (key,) = database.add()
    source.write_results([delivered(key), first_result(key)])
    assert database.shown(key)["eblagh_state"] == "DELIVERED"


def test_a_newer_result_takes_the_place_of_an_older_one(database: Database, source: CaseSource) -> None:
    (key,) = database.add()
    source.write_results([first_result(key)])
    source.write_results([delivered(key)])
    assert database.shown(key)["eblagh_seq"] == 3


def test_a_new_revision_in_the_same_row_counts_its_steps_anew(database: Database, source: CaseSource) -> None:
    (key,) = database.add()
    source.write_results([replace(delivered(key), state="REJECTED", seq=6)])
    source.write_results([replace(first_result(key), reference="EB-SECOND", replaces="EB-FIRST")])
    shown = database.shown(key)
    assert (shown["eblagh_reference"], shown["eblagh_state"], shown["eblagh_seq"]) == ("EB-SECOND", "QUEUED", 0)


def test_the_notice_that_was_replaced_never_comes_back(database: Database, source: CaseSource) -> None:
    (key,) = database.add()
    old = replace(delivered(key), state="REJECTED", seq=6)
    source.write_results([old])
    source.write_results([replace(first_result(key), reference="EB-SECOND", replaces="EB-FIRST")])
    source.write_results([old])
    assert database.shown(key)["eblagh_reference"] == "EB-SECOND"


def test_a_row_is_read_by_its_key(database: Database, source: CaseSource) -> None:
    _first, second, _third = (key for _ in range(3) for key in database.add())
    everything = read_all(source)
    assert list(source.rows([second, "999"])) == [everything[1]]
    assert list(source.rows([])) == []


def test_results_for_rows_that_are_gone_are_told(database: Database, source: CaseSource) -> None:
    (key,) = database.add()
    assert source.write_results([delivered("999"), delivered(key)]) == ["999"]
    assert database.shown(key)["eblagh_state"] == "DELIVERED"


def test_a_refusal_stands_in_its_row(database: Database, source: CaseSource) -> None:
    (key,) = database.add()
    (row,) = read_all(source)
    source.write_refusals([refusal(row)])
    shown = database.shown(key)
    assert (shown["eblagh_state"], shown["eblagh_code"]) == ("REFUSED", "recipient.name")
    assert shown["eblagh_reason"] == "نام مخاطب: خالی است."
    assert shown["eblagh_updated_at"] == "2026-02-03T09:00:00.000000Z"


def test_a_refusal_of_a_row_that_was_corrected_meanwhile_is_dropped(database: Database, source: CaseSource) -> None:
    (key,) = database.add()
    (row,) = read_all(source)
    database.correct(key, "رضا یکتا (نمونه)")
    source.write_refusals([refusal(row)])
    assert database.shown(key)["eblagh_state"] is None


def test_a_corrected_row_shows_its_notice_where_its_refusal_stood(database: Database, source: CaseSource) -> None:
    (key,) = database.add()
    (row,) = read_all(source)
    source.write_refusals([refusal(row)])
    database.correct(key, "رضا یکتا (نمونه)")
    source.write_results([first_result(key)])
    shown = database.shown(key)
    assert (shown["eblagh_state"], shown["eblagh_code"], shown["eblagh_reason"]) == ("QUEUED", None, None)


def test_refusing_a_change_does_not_hide_that_the_notice_was_served(database: Database, source: CaseSource) -> None:
    (key,) = database.add()
    source.write_results([delivered(key)])
    database.correct(key, "رضا یکتا (نمونه)")
    (row,) = read_all(source)
    source.write_refusals([replace(refusal(row), code="notice.changed")])
    shown = database.shown(key)
    assert (shown["eblagh_state"], shown["eblagh_code"]) == ("DELIVERED", "notice.changed")


def test_what_rows_show_can_be_read_back(database: Database, source: CaseSource) -> None:
    (served,), (refused,), (untouched,) = database.add(), database.add(), database.add()
    rows = {row.key: row for row in read_all(source)}
    source.write_results([delivered(served)])
    source.write_refusals([refusal(rows[refused])])
    nothing = dict.fromkeys(COMPARED)
    arrived = {"tracking_number": "T-1", "delivered_at": "2026-02-03T08:00:00.250000Z", "service_date": "1404-11-14"}
    there = source.shown([served, refused, untouched, "999"])
    assert {key: as_text(shown) for key, shown in there.items()} == {
        served: Shown(reference="EB-FIRST", state="DELIVERED", seq=3, code=None, values=nothing | arrived),
        refused: Shown(reference=None, state="REFUSED", seq=None, code="recipient.name", values=nothing),
        untouched: Shown(reference=None, state=None, seq=None, code=None, values=nothing),
    }
    assert source.shown([]) == {}


@pytest.mark.parametrize("database", [kind for kind in KINDS if kind.key not in BROUGHT], ids=str, indirect=True)
def test_what_statements_write_is_not_read_back_and_a_row_that_is_gone_is_told_all_the_same(
    database: Database,
) -> None:
    (key,) = database.add()
    statement = "UPDATE notices SET eblagh_state = :state WHERE notice_id = :row_key"
    statements = Statements(result=statement, refusal=statement)
    with opened(database, statements=statements) as source:
        assert source.shown([key, "999"]) == {key: None}


def test_many_rows_are_asked_what_they_show(database: Database, source: CaseSource) -> None:
    (key,) = database.add()
    absent = [str(1000 + number) for number in range(1200)]
    assert list(source.shown([*absent, key])) == [key]


def test_writing_nothing_is_no_error(source: CaseSource) -> None:
    source.write_results([])
    source.write_refusals([])
