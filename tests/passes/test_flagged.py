"""Rows that are marked instead of numbered, over the real passes: marked again between two steps, and a gateway that
ends between two steps."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from adapters.municipal import flagged_rows as flagged_module
from adapters.municipal.flagged_rows import FlaggedCases
from adapters.municipal.sql import flag
from adapters.municipal.sql.config import COLUMNS, SqlSourceConfig
from adapters.municipal.sql.flag import FlaggedRows
from adapters.storage.sql_store import SqlStore
from gateway.store.inbox import Inbox, PushedRow, PushResult
from tests.databases import DATABASES
from tests.integration.municipal.flagged_cases import FLAG, FlaggedDatabase
from tests.integration.municipal.plain_database import empty
from tests.papers import PDF

from .conftest import City
from .ports import Court, Hands

STEPS = ("begin", "read", "push", "end")


class Killed(Exception):
    """The gateway's process ended here."""


@dataclass
class Between:
    """What happens once before a step of taking rows in, or behind the last one."""

    step: str = ""
    act: Callable[[], None] = lambda: None
    passed: list[str] = field(default_factory=list)

    def __call__(self, step: str) -> None:
        self.passed.append(step)
        if step == self.step:
            self.step = ""
            self.act()


class WatchedRows(FlaggedRows):
    between: Between

    def begin(self, keys: Sequence[Any]) -> None:
        self.between("begin")
        super().begin(keys)

    def read(self, keys: Mapping[str, Any], columns: Sequence[str]) -> Any:
        self.between("read")
        return super().read(keys, columns)

    def end(self, keys: Sequence[Any]) -> None:
        self.between("end")
        super().end(keys)
        self.between("ended")


class WatchedInbox:
    def __init__(self, inbox: Inbox, between: Between) -> None:
        self._inbox, self._between = inbox, between

    def push(self, source: str, rows: Sequence[PushedRow], **said: Any) -> list[PushResult]:
        self._between("push")
        return self._inbox.push(source, rows, **said)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inbox, name)


@dataclass
class Town:
    """A city, its case database, and what happens between two steps."""

    city: City
    cases: FlaggedDatabase
    source: FlaggedCases
    between: Between

    def pass_(self) -> list[str]:
        """Collect as the service does it; return the codes of its errors."""
        found = self.source.gather()
        report = self.city.collect()
        self.city.write_back()
        return [error.code for error in (*found, *report.errors)]

    def names(self) -> dict[str, Any]:
        rows = self.source.rows([mark.key for mark in self.source.marks(None, 100)])
        return {row.key: row.fields["recipient_name"] for row in rows}


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def town(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Town]:
    with (
        empty(request.param, tmp_path) as url,
        DATABASES["sqlite"](tmp_path) as store_url,
        closing(SqlStore.open(store_url)) as store,
        closing(FlaggedDatabase(url, "integer", store.inbox, taken=False)) as cases,
    ):
        between, clock = Between(), Hands()
        rows = WatchedRows(url, SqlSourceConfig(flag=FLAG))
        rows.between = between
        inbox: Any = WatchedInbox(store.inbox, between)
        with closing(FlaggedCases("cases", inbox, rows, lambda: COLUMNS, clock)) as source:
            yield Town(City(store, source, Court(clock), clock), cases, source, between)  # type: ignore[arg-type]


def good(town: Town, **values: Any) -> str:
    """A marked row that becomes a notice."""
    (key,) = town.cases.add()
    if values:
        town.cases.write(key, **values)
    return key


def state(town: Town, key: str) -> tuple[Any, Any, Any]:
    shown = town.cases.shown(key)
    return shown["eblagh_state"], shown["eblagh_code"], shown[FLAG]


def test_a_marked_row_is_taken_in_and_its_mark_goes(town: Town) -> None:
    marked, unmarked = good(town), good(town, to_serve=None)
    assert town.source.check() == "1 rows are marked, 0 in work"
    assert town.pass_() == []
    assert state(town, marked) == ("QUEUED", None, 0)
    assert state(town, unmarked) == (None, None, None)
    assert town.pass_() == []
    assert town.between.passed == [*STEPS, "ended"], "nothing is read that is not marked"


def test_a_refused_row_is_corrected_and_marked_again(town: Town) -> None:
    key = good(town, recipient_id="0012345678")
    town.pass_()
    assert state(town, key) == ("REFUSED", "recipient.national-id", 0)
    town.cases.write(key, recipient_id="0012345679", to_serve=1)
    town.pass_()
    assert state(town, key) == ("QUEUED", None, 0)


def test_a_refused_row_that_is_marked_again_as_it_is_gets_its_answer_again(town: Town) -> None:
    key = good(town, recipient_id="0012345678")
    town.pass_()
    town.cases.write(key, eblagh_state=None, eblagh_code=None, to_serve=1)
    town.pass_()
    assert state(town, key) == ("REFUSED", "recipient.national-id", 0)


def test_a_notice_whose_row_is_marked_again_as_it_is_is_not_made_twice(town: Town) -> None:
    key = good(town)
    town.pass_()
    town.cases.write(key, to_serve=1)
    town.pass_()
    assert state(town, key) == ("QUEUED", None, 0)
    assert len(town.city.store.notices.find(state=None, limit=10, after=None)) == 1
    assert [mark.version for mark in town.source.marks(None, 10)] == [f"{1:020d}"]


@pytest.mark.parametrize("step", [*STEPS, "ended"])
def test_a_row_that_is_corrected_and_marked_again_between_two_steps_is_taken_in_as_it_is_in_the_end(
    town: Town, step: str
) -> None:
    key, other = good(town), good(town)
    town.between.step = step
    town.between.act = lambda: town.cases.write(key, recipient_name="رضا یکتا (نمونه)", to_serve=1)
    assert town.source.gather() == []
    assert town.source.gather() == []
    assert town.names() == {key: "رضا یکتا (نمونه)", other: "علی یکتا (نمونه)"}
    assert town.cases.flags([key, other]) == [0, 0]


@pytest.mark.parametrize("step", [*STEPS, "ended"])
def test_a_gateway_that_ends_between_two_steps_loses_nothing_and_doubles_nothing(town: Town, step: str) -> None:
    keys = [good(town), good(town)]

    def kill() -> None:
        raise Killed

    town.between.step, town.between.act = step, kill
    with pytest.raises(Killed):
        town.source.gather()
    assert town.pass_() == []
    assert town.cases.flags(keys) == [0, 0]
    assert [mark.key for mark in town.source.marks(None, 10)] == keys
    assert [int(mark.version) for mark in town.source.marks(None, 10)] == [1, 2], "each arrived once"
    assert [state(town, key)[0] for key in keys] == ["QUEUED", "QUEUED"]


@pytest.mark.parametrize("step", ["push", "end", "ended"])
def test_a_correction_after_a_kill_is_not_taken_for_what_was_read_before_it(town: Town, step: str) -> None:
    key = good(town)

    def kill() -> None:
        town.cases.write(key, recipient_name="رضا یکتا (نمونه)", to_serve=1)
        raise Killed

    town.between.step, town.between.act = step, kill
    with pytest.raises(Killed):
        town.source.gather()
    assert town.source.gather() == []
    assert town.names() == {key: "رضا یکتا (نمونه)"}
    assert town.cases.flags([key]) == [0]


def test_a_marked_row_that_the_view_does_not_show_is_told_and_keeps_no_other_back(town: Town) -> None:
    with town.cases.engine.begin() as connection:
        connection.exec_driver_sql("DROP VIEW eblagh_notices")
        read = ", ".join(("notice_id", *COLUMNS))
        connection.exec_driver_sql(f"CREATE VIEW eblagh_notices AS SELECT {read} FROM notices WHERE subject <> 'draft'")
    hidden, seen = good(town, subject="draft"), good(town)
    for _ in range(2):
        assert town.pass_() == ["source.flag-unseen"]
        assert (town.cases.flags([hidden, seen]), state(town, seen)[0]) == ([2, 0], "QUEUED")
    town.cases.write(hidden, subject="ابلاغ رأی")
    assert town.pass_() == []
    assert state(town, hidden) == ("QUEUED", None, 0)


def test_a_row_that_stands_in_the_view_twice_is_told(town: Town) -> None:
    read = ", ".join(("notice_id", *COLUMNS))
    with town.cases.engine.begin() as connection:
        connection.exec_driver_sql("DROP VIEW eblagh_notices")
        connection.exec_driver_sql(
            f"CREATE VIEW eblagh_notices AS SELECT {read} FROM notices UNION ALL SELECT {read} FROM notices"
            " WHERE subject = 'twice'"
        )
    double, single = good(town, subject="twice"), good(town)
    assert town.pass_() == ["source.flag-unseen"]
    assert town.cases.flags([double, single]) == [2, 0]


def test_a_row_that_cannot_be_kept_goes_back_with_a_reason(town: Town) -> None:
    bad, fine = good(town, address="ن" * 20_001), good(town)
    assert town.pass_() == ["source.row-unfit"]
    assert state(town, bad) == ("REFUSED", "source.row-unfit", 0)
    assert "۲۰٬۰۰۰" in town.cases.shown(bad)["eblagh_reason"]
    assert state(town, fine) == ("QUEUED", None, 0)
    town.cases.write(bad, address=None, to_serve=1)
    assert town.pass_() == []
    assert state(town, bad) == ("QUEUED", None, 0)


def test_rows_are_taken_in_by_pages_and_documents_a_few_at_a_time(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flagged_module, "PAGE_ROWS", 4)
    monkeypatch.setattr(flag, "READ_BYTES", 2 * len(PDF))
    keys = town.cases.add(parties=10)
    assert town.source.gather() == []
    assert sorted(town.names(), key=int) == keys
    assert town.cases.flags(keys) == [0] * 10
    assert town.between.passed.count("begin") == 3
    assert town.between.passed.count("read") == 2 + 2 + 1, "two documents fill a read"


def test_a_program_that_marks_every_change_does_not_keep_a_pass_from_ending(town: Town) -> None:
    key = good(town)
    town.between.step, town.between.act = "ended", lambda: town.cases.write(key, to_serve=1)
    assert town.source.gather() == []
    assert town.cases.flags([key]) == [1], "the next pass takes it"


def test_a_row_that_another_process_kept_meanwhile_keeps_its_mark_and_is_read_again(town: Town) -> None:
    key = good(town)
    other = PushedRow(key=key, version=1, fields={"recipient_name": "رضا یکتا (نمونه)"})
    inbox, now = town.city.store.inbox, town.city.clock()
    town.between.step = "push"
    town.between.act = lambda: inbox.push("cases", [other], origin="flag", now=now) and None
    assert town.source.gather() == []
    assert (town.cases.flags([key]), town.names()) == ([2], {key: "رضا یکتا (نمونه)"})
    assert town.source.gather() == []
    assert (town.cases.flags([key]), town.names()) == ([0], {key: "علی یکتا (نمونه)"})
