"""Show 6: what is left out of each of the three ledgers is found by `reconcile`, with who must act."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, delete

from adapters.composition.installation import Installation
from adapters.composition.passes.pass_names import LOOKS
from adapters.composition.tasks import tasks
from adapters.settings import Settings, load
from adapters.storage.schema.search_tables import search_notice
from adapters.storage.schema.tables import event, message_notice, notice, outbox, receipt, recipient_index, seen_row
from gateway.notice.delivery_state import DeliveryState
from gateway.store.stored import Admission, Changes
from tests.databases import open_folder
from tests.kept_ports import keep_ports
from tests.manual_clock import ManualClock

from .conftest import Program, WithCases

pytestmark = pytest.mark.long


@dataclass
class Mess:
    """A demonstration that ended well with the usual mess, and methods that leave things out of its ledgers."""

    directory: Path
    program: Program
    spared: set[str] = field(default_factory=set)

    @property
    def config(self) -> Path:
        return self.directory / "gateway.toml"

    def reconcile(self, *options: object, check: int = 0) -> dict[str, Any]:
        return self.program.json("reconcile", *options, "-c", self.config, check=check)

    def someone(self, state: DeliveryState) -> Admission:
        """A notice that nobody has touched yet."""
        with closing(Installation.of(self.config)) as installation:
            found = installation.store().notices.find(state=state, limit=100, after=None)
        chosen = next(admission for admission in found if admission.entry.reference not in self.spared)
        self.spared.add(chosen.entry.reference)
        return chosen

    def leave_out_of_the_store(self, admission: Admission) -> None:
        def leave_out(connection: Connection) -> None:
            for table in (search_notice, recipient_index, event, message_notice, receipt, outbox, notice):
                connection.execute(delete(table).where(table.c.reference == admission.entry.reference))
            connection.execute(delete(seen_row).where(seen_row.c.row_key == admission.entry.row_key))

        with closing(Installation.of(self.config)) as installation:
            installation.store()._database.write(leave_out)

    def leave_out_of_the_judiciary(self, admission: Admission) -> None:
        entry = admission.entry
        with closing(sqlite3.connect(self.directory / "judiciary.db")) as ledger, ledger:
            for table in ("receipt", "due"):
                ledger.execute(f"DELETE FROM {table} WHERE tracking = ?", (entry.tracking_number,))
            ledger.execute("DELETE FROM submission WHERE reference = ?", (entry.reference,))

    def in_the_case_database(self, statement: str, *values: object) -> int:
        with closing(sqlite3.connect(self.directory / "cases.db", timeout=60)) as cases, cases:
            return int(cases.execute(statement, values).lastrowid or 0)


@pytest.fixture(params=["sqlite", "postgresql"])
def mess(request: pytest.FixtureRequest, program: Program, with_cases: WithCases) -> Iterator[Mess]:
    if request.param == "sqlite":
        yield Mess(request.getfixturevalue("served_demo"), program)
        return
    with open_folder() as folder:
        directory = with_cases(folder / "D", 60)
        program("demo", "--notices", 60, "--store", "postgresql", "--exit", "--dir", directory)
        keep_ports(directory)
        serving = [
            program.start("demo-store", "--dir", directory, "--json"),
            program.start("sandbox", "serve", "--dir", directory, "--with-parent", "--json"),
        ]
        try:
            for each in serving:
                assert each.stdout is not None
                assert each.stdout.readline()
            yield Mess(directory, program)
        finally:
            serving[0].terminate()
            for each in serving:
                each.communicate()


def rows(reported: dict[str, Any]) -> dict[tuple[str, str], tuple[str, str | None]]:
    """Return the actor and the notice of each finding, by kind and row."""
    return {(each["kind"], each["row_key"]): (each["who_must_act"], each["reference"]) for each in reported["findings"]}


@pytest.mark.exhaustive(keep=1)
def test_what_is_left_out_of_each_ledger_is_found_with_who_must_act(mess: Mess, tmp_path: Path) -> None:
    agreed = mess.reconcile("--ask", "all")
    assert (agreed["agrees"], agreed["findings"], agreed["errors"]) == (True, [], [])
    assert agreed["compared"]["rows"] == 60
    assert agreed["compared"]["asked"] == agreed["compared"]["notices"] > 0

    lost, unknown, gone = (mess.someone(DeliveryState.VIEWED) for _ in range(3))
    unwritten = mess.someone(DeliveryState.DELIVERED)
    mess.leave_out_of_the_store(lost)
    mess.leave_out_of_the_judiciary(unknown)
    late = mess.in_the_case_database(
        "INSERT INTO notices (paper_id, party_id, revision) SELECT paper_id, party_id, 7 FROM notices LIMIT 1"
    )
    mess.in_the_case_database(
        "UPDATE notices SET eblagh_state = NULL, eblagh_seq = NULL WHERE notice_id = ?", unwritten.entry.row_key
    )
    mess.in_the_case_database("DELETE FROM sample_expectations WHERE notice_id = ?", gone.entry.row_key)
    mess.in_the_case_database("DELETE FROM notices WHERE notice_id = ?", gone.entry.row_key)
    lines = tmp_path / "findings.jsonl"

    reported = mess.reconcile("--ask", "all", "--out", lines, check=1)
    found = rows(reported)
    late_reference = found["not-collected", str(late)][1]
    assert found == {
        ("known-there", lost.entry.row_key): ("operator", lost.entry.reference),
        ("unknown-there", unknown.entry.row_key): ("judiciary", unknown.entry.reference),
        ("row-gone", gone.entry.row_key): ("municipality", gone.entry.reference),
        ("result-differs", unwritten.entry.row_key): ("operator", unwritten.entry.reference),
        ("not-collected", str(late)): ("operator", late_reference),
    }
    assert all(each["remedy"] and each["remedy_fa"] for each in reported["findings"])
    assert [json.loads(line) for line in lines.read_text(encoding="utf-8").splitlines()] == reported["findings"]
    assert lines.stat().st_mode & 0o077 == 0

    screen = mess.program("reconcile", "--first", 0, "-c", mess.config, check=1).stdout
    assert "who must act" in screen
    assert "قوه قضاییه ابلاغیه این ردیف را می‌شناسد" in screen
    again = ("queue", "write-again", unwritten.entry.reference, "--reason", "پاک شده بود", "-c", mess.config)
    mess.program(*again)
    mess.program("run-once", "writeback", "-c", mess.config)
    assert "result-differs" not in mess.reconcile(check=1)["kinds"]


def test_a_judiciary_that_is_away_is_told_and_nothing_else_is_kept_back(copy: Path, program: Program) -> None:
    mess = Mess(copy, program)
    reported = mess.reconcile("--ask", "all", check=1)
    assert reported["kinds"] == {"unanswered": 1}
    assert reported["findings"][0]["who_must_act"] == "operator"
    assert mess.reconcile("--ask", "none")["agrees"]


def test_a_range_holds_what_was_admitted_in_it(copy: Path, program: Program) -> None:
    mess = Mess(copy, program)
    early = mess.reconcile("--ask", "none", "--until", "2026-01-01", "--since", "2025-01-01", check=1)
    assert (early["agrees"], early["empty"]) == (False, True)
    assert (early["compared"]["notices"], early["since"][:10], early["until"][:10]) == (0, "2025-01-01", "2026-01-01")
    assert mess.reconcile("--ask", "none", "--source", "cases")["compared"]["notices"] > 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--since", "yesterday"), "this is no date"),
        (("--since", "2026-02-03", "--until", "2026-02-03"), "must lie before"),
        (("--source", "nowhere"), "one of cases is wanted"),
        (("--out", "/nowhere/findings"), "--out"),
    ],
)
def test_what_cannot_be_compared_is_wrong_usage(
    copy: Path, program: Program, options: tuple[str, ...], said: str
) -> None:
    assert said in program("reconcile", *options, "-c", copy / "gateway.toml", check=2).stderr


def test_where_everything_is_stopped_nobody_is_asked(copy: Path, program: Program) -> None:
    program("stop-everything", "--reason", "کلید لو رفت", "-c", copy / "gateway.toml")
    assert "service.stopped" in program("reconcile", "-c", copy / "gateway.toml", check=1).stderr


def test_one_process_reconciles_for_all_and_soon_after_it_began(copy: Path) -> None:
    clock = ManualClock()
    with closing(Installation(load(copy / "gateway.toml", Settings), copy / "gateway.toml", clock)) as installation:
        overdue, mine = tasks(installation, LOOKS)
        _, others = tasks(installation, LOOKS)
        assert (overdue.due(), mine.due()) == (True, False), "what waited for the service is done first"
        clock.advance(minutes=10)
        assert mine.due()
        store = installation.store()
        store.commit(Changes(cursors={"reconciled": json.dumps({"at": clock().isoformat()})}))
        clock.advance(hours=23)
        assert not others.due()
        clock.advance(hours=1)
        assert others.due()


def test_the_scheduled_looks_find_the_same(served_demo: Path, program: Program) -> None:
    mess = Mess(served_demo, program)
    unknown = mess.someone(DeliveryState.DELIVERED)
    mess.leave_out_of_the_judiciary(unknown)
    with closing(Installation.of(mess.config)) as installation:
        overdue, looking = tasks(installation, LOOKS)
        assert overdue.run(lambda: True).errors == []
        report = looking.run(lambda: True)
    assert [(error.code, error.detail) for error in report.errors] == [("reconcile.unknown-there", "1")]
