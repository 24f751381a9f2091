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
from adapters.municipal.sql.flag import FlaggedRows
from adapters.municipal.sql.source_config import COLUMNS, SqlSourceConfig
from adapters.storage.sql_store import SqlStore
from gateway.store.inbox import Inbox, PushedRow, PushResult
from tests.databases import DATABASES
from tests.integration.municipal.flagged_cases import FLAG, FlaggedDatabase
from tests.integration.municipal.plain_database import empty
from tests.manual_clock import ManualClock
from tests.papers import PDF
from tests.sampling import on_one_of

from .conftest import Passes
from .ports import JudiciaryService

STEPS = ("begin", "read", "push", "end")


class Killed(Exception):
    """The gateway's process ended here."""


@dataclass
class Between:
    """An event that happens once, before a step of taking rows in or behind the last one."""

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
class FlaggedPasses:
    """The passes, their case database, and an event between two steps."""

    passes: Passes
    cases: FlaggedDatabase
    source: FlaggedCases
    between: Between

    def pass_(self) -> list[str]:
        """Collect as the service does it; return the codes of its errors."""
        found = self.source.gather()
        report = self.passes.collect()
        self.passes.write_back()
        return [error.code for error in (*found, *report.errors)]

    def names(self) -> dict[str, Any]:
        rows = self.source.rows([mark.key for mark in self.source.marks(None, 100)])
        return {row.key: row.fields["recipient_name"] for row in rows}


@pytest.fixture(params=on_one_of(["sqlite", "postgresql", "mariadb"], "flagged"))
def flagged(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[FlaggedPasses]:
    with (
        empty(request.param, tmp_path) as url,
        DATABASES["sqlite"](tmp_path) as store_url,
        closing(SqlStore.open(store_url)) as store,
        closing(FlaggedDatabase(url, "integer", store.inbox, taken=False)) as cases,
    ):
        between, clock = Between(), ManualClock()
        rows = WatchedRows(url, SqlSourceConfig(flag=FLAG))
        rows.between = between
        inbox: Any = WatchedInbox(store.inbox, between)
        with closing(FlaggedCases("cases", inbox, rows, lambda: COLUMNS, clock)) as source:
            yield FlaggedPasses(Passes(store, source, JudiciaryService(clock), clock), cases, source, between)  # type: ignore[arg-type]


def good(flagged: FlaggedPasses, **values: Any) -> str:
    """A marked row that becomes a notice."""
    (key,) = flagged.cases.add()
    if values:
        flagged.cases.write(key, **values)
    return key


def state(flagged: FlaggedPasses, key: str) -> tuple[Any, Any, Any]:
    shown = flagged.cases.shown(key)
    return shown["eblagh_state"], shown["eblagh_code"], shown[FLAG]


def test_a_marked_row_is_taken_in_and_its_mark_goes(flagged: FlaggedPasses) -> None:
    marked, unmarked = good(flagged), good(flagged, to_serve=None)
    assert flagged.source.check() == "1 rows are marked, 0 in work"
    assert flagged.pass_() == []
    assert state(flagged, marked) == ("QUEUED", None, 0)
    assert state(flagged, unmarked) == (None, None, None)
    assert flagged.pass_() == []
    looked = ["begin", "read", "push", "read", "end", "ended"]
    assert flagged.between.passed == looked, "nothing is read that is not marked"


def test_a_refused_row_is_corrected_and_marked_again(flagged: FlaggedPasses) -> None:
    key = good(flagged, recipient_id="0012345678")
    flagged.pass_()
    assert state(flagged, key) == ("REFUSED", "recipient.national-id", 0)
    flagged.cases.write(key, recipient_id="0012345679", to_serve=1)
    flagged.pass_()
    assert state(flagged, key) == ("QUEUED", None, 0)


def test_a_refused_row_that_is_marked_again_as_it_is_gets_its_answer_again(flagged: FlaggedPasses) -> None:
    key = good(flagged, recipient_id="0012345678")
    flagged.pass_()
    flagged.cases.write(key, eblagh_state=None, eblagh_code=None, to_serve=1)
    flagged.pass_()
    assert state(flagged, key) == ("REFUSED", "recipient.national-id", 0)


def test_a_notice_whose_row_is_marked_again_as_it_is_is_not_made_twice(flagged: FlaggedPasses) -> None:
    key = good(flagged)
    flagged.pass_()
    flagged.cases.write(key, to_serve=1)
    flagged.pass_()
    assert state(flagged, key) == ("QUEUED", None, 0)
    assert len(flagged.passes.store.notices.find(state=None, limit=10, after=None)) == 1
    assert [mark.version for mark in flagged.source.marks(None, 10)] == [f"{1:020d}"]


@pytest.mark.long
@pytest.mark.parametrize("step", [*STEPS, "ended"])
def test_a_row_that_is_corrected_and_marked_again_between_two_steps_is_taken_in_as_it_is_in_the_end(
    flagged: FlaggedPasses, step: str
) -> None:
    key, other = good(flagged), good(flagged)
    flagged.between.step = step
    flagged.between.act = lambda: flagged.cases.write(key, recipient_name="رضا یکتا (نمونه)", to_serve=1)
    assert flagged.source.gather() == []
    assert flagged.source.gather() == []
    assert flagged.names() == {key: "رضا یکتا (نمونه)", other: "علی یکتا (نمونه)"}
    assert flagged.cases.flags([key, other]) == [0, 0]


@pytest.mark.long
@pytest.mark.parametrize("step", [*STEPS, "ended"])
def test_a_gateway_that_ends_between_two_steps_loses_nothing_and_doubles_nothing(
    flagged: FlaggedPasses, step: str
) -> None:
    keys = [good(flagged), good(flagged)]

    def kill() -> None:
        raise Killed

    flagged.between.step, flagged.between.act = step, kill
    with pytest.raises(Killed):
        flagged.source.gather()
    assert flagged.pass_() == []
    assert flagged.cases.flags(keys) == [0, 0]
    assert [mark.key for mark in flagged.source.marks(None, 10)] == keys
    assert [int(mark.version) for mark in flagged.source.marks(None, 10)] == [1, 2], "each arrived once"
    assert [state(flagged, key)[0] for key in keys] == ["QUEUED", "QUEUED"]


@pytest.mark.parametrize("step", ["push", "end", "ended"])
def test_a_correction_after_a_kill_is_not_taken_for_what_was_read_before_it(flagged: FlaggedPasses, step: str) -> None:
    key = good(flagged)

    def kill() -> None:
        flagged.cases.write(key, recipient_name="رضا یکتا (نمونه)", to_serve=1)
        raise Killed

    flagged.between.step, flagged.between.act = step, kill
    with pytest.raises(Killed):
        flagged.source.gather()
    assert flagged.source.gather() == []
    assert flagged.names() == {key: "رضا یکتا (نمونه)"}
    assert flagged.cases.flags([key]) == [0]


def test_a_marked_row_that_the_view_does_not_show_is_told_and_keeps_no_other_back(flagged: FlaggedPasses) -> None:
    with flagged.cases.engine.begin() as connection:
        connection.exec_driver_sql("DROP VIEW eblagh_notices")
        read = ", ".join(("notice_id", *COLUMNS))
        connection.exec_driver_sql(f"CREATE VIEW eblagh_notices AS SELECT {read} FROM notices WHERE subject <> 'draft'")
    hidden, seen = good(flagged, subject="draft"), good(flagged)
    for _ in range(2):
        assert flagged.pass_() == ["source.flag-unseen"]
        assert (flagged.cases.flags([hidden, seen]), state(flagged, seen)[0]) == ([2, 0], "QUEUED")
    flagged.cases.write(hidden, subject="ابلاغ رأی")
    assert flagged.pass_() == []
    assert state(flagged, hidden) == ("QUEUED", None, 0)


def test_a_row_that_stands_in_the_view_twice_is_told(flagged: FlaggedPasses) -> None:
    read = ", ".join(("notice_id", *COLUMNS))
    with flagged.cases.engine.begin() as connection:
        connection.exec_driver_sql("DROP VIEW eblagh_notices")
        connection.exec_driver_sql(
            f"CREATE VIEW eblagh_notices AS SELECT {read} FROM notices UNION ALL SELECT {read} FROM notices"
            " WHERE subject = 'twice'"
        )
    double, single = good(flagged, subject="twice"), good(flagged)
    assert flagged.pass_() == ["source.flag-unseen"]
    assert flagged.cases.flags([double, single]) == [2, 0]


def test_a_row_that_cannot_be_kept_goes_back_with_a_reason(flagged: FlaggedPasses) -> None:
    bad, fine = good(flagged, address="ن" * 20_001), good(flagged)
    assert flagged.pass_() == ["source.row-unfit"]
    assert state(flagged, bad) == ("REFUSED", "source.row-unfit", 0)
    assert "۲۰٬۰۰۰" in flagged.cases.shown(bad)["eblagh_reason"]
    assert state(flagged, fine) == ("QUEUED", None, 0)
    flagged.cases.write(bad, address=None, to_serve=1)
    assert flagged.pass_() == []
    assert state(flagged, bad) == ("QUEUED", None, 0)


def test_rows_are_taken_in_by_pages_and_documents_a_few_at_a_time(
    flagged: FlaggedPasses, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flagged_module, "PAGE_ROWS", 4)
    monkeypatch.setattr(flag, "READ_BYTES", 2 * len(PDF))
    keys = flagged.cases.add(parties=10)
    assert flagged.source.gather() == []
    assert sorted(flagged.names(), key=int) == keys
    assert flagged.cases.flags(keys) == [0] * 10
    assert flagged.between.passed.count("begin") == 3
    assert flagged.between.passed.count("read") == 2 * (2 + 2 + 1), "two documents fill a read, also of the comparison"


def test_a_program_that_marks_every_change_does_not_keep_a_pass_from_ending(flagged: FlaggedPasses) -> None:
    key = good(flagged)
    flagged.between.step, flagged.between.act = "ended", lambda: flagged.cases.write(key, to_serve=1)
    assert flagged.source.gather() == []
    assert flagged.cases.flags([key]) == [1], "the next pass takes it"


def test_a_row_that_another_process_kept_meanwhile_keeps_its_mark_and_is_read_again(flagged: FlaggedPasses) -> None:
    key = good(flagged)
    other = PushedRow(key=key, version=1, fields={"recipient_name": "رضا یکتا (نمونه)"})
    inbox, now = flagged.passes.store.inbox, flagged.passes.clock()
    flagged.between.step = "push"
    flagged.between.act = lambda: inbox.push("cases", [other], origin="flag", now=now) and None
    assert flagged.source.gather() == []
    assert (flagged.cases.flags([key]), flagged.names()) == ([2], {key: "رضا یکتا (نمونه)"})
    assert flagged.source.gather() == []
    assert (flagged.cases.flags([key]), flagged.names()) == ([0], {key: "علی یکتا (نمونه)"})


def test_a_correction_that_another_process_set_in_work_keeps_its_mark(flagged: FlaggedPasses) -> None:
    """The first process lost its lock while it took the row in; the other one was killed."""
    key = good(flagged)

    def correct() -> None:
        flagged.cases.write(key, recipient_name="رضا یکتا (نمونه)", to_serve=1)
        with closing(FlaggedRows(flagged.cases.url, SqlSourceConfig(flag=FLAG))) as other:
            other.begin([int(key)])

    flagged.between.step, flagged.between.act = "push", correct
    assert flagged.source.gather() == []
    assert (flagged.cases.flags([key]), flagged.names()) == ([2], {key: "علی یکتا (نمونه)"})
    assert flagged.source.gather() == []
    assert (flagged.cases.flags([key]), flagged.names()) == ([0], {key: "رضا یکتا (نمونه)"})
