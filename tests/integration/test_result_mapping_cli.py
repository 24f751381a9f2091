"""`mapping check`, `mapping preview` and `check` on a mapping of results: what would be written, before anything is."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from adapters.cli.main import app
from adapters.composition.installation import Installation
from adapters.composition.mappings import results_in_force
from adapters.composition.tasks import tasks
from adapters.municipal.sql.sql_source import SqlCaseSource
from adapters.shipped.resources import CASE_MAPPING, CONFIG
from adapters.storage.sql_store import SqlStore
from adapters.terminal.printing import exit_code
from gateway.record.evidence_record import Header
from gateway.record.version_subject import Subject
from gateway.runtime.errors import GatewayError
from gateway.runtime.may_continue import always
from tests.databases import make_store
from tests.integration.municipal.plain_database import PlainCaseDatabase, empty
from tests.manual_clock import ManualClock
from tests.own_results import OWN, STATE, TYPES
from tests.passes.conftest import Passes
from tests.passes.ports import JudiciaryService


@pytest.fixture
def installed(tmp_path: Path) -> Iterator[Path]:
    """A folder with a configuration, a notice in the queue (row 1), a refused row (2), and one that is new (3)."""
    with empty("sqlite", tmp_path) as url, closing(PlainCaseDatabase(url, "integer", "number")) as cases:
        cases.add()
        cases.add(document=None)
        with cases.engine.begin() as connection:
            for column, type_ in TYPES.items():
                connection.exec_driver_sql(
                    f'ALTER TABLE notices ADD COLUMN "{column}" {type_.format(time="TIMESTAMP")}'
                )
        settings = (CONFIG / "demo.toml").read_text(encoding="utf-8")
        (tmp_path / "gateway.toml").write_text(settings + '\nresults = "own.toml"\n', encoding="utf-8")
        (tmp_path / "own.toml").write_text(OWN, encoding="utf-8")
        store_url = f"sqlite:///{tmp_path / 'gateway.db'}"
        make_store(store_url)
        clock = ManualClock()
        with closing(SqlStore.open(store_url)) as store, closing(SqlCaseSource("cases", url)) as source:
            Passes(store, source, JudiciaryService(clock), clock).collect()  # type: ignore[arg-type]
        cases.add()
        yield tmp_path


def run(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, [*arguments, "--config", str(folder / "gateway.toml")])


def data(result: Result) -> Any:
    return json.loads(result.stdout.splitlines()[-1])


def edit(folder: Path, old: str, new: str) -> str:
    """Change the mapping; return its path."""
    path = folder / "own.toml"
    assert old in OWN
    path.write_text(OWN.replace(old, new), encoding="utf-8")
    return str(path)


def test_a_good_file_is_good_by_itself_and_against_the_table(installed: Path) -> None:
    for more in ([], ["--source", "cases"]):
        result = run(installed, "mapping", "check", str(installed / "own.toml"), *more)
        assert (result.exit_code, "result-to-row" in result.stdout) == (0, True)
    both = run(installed, "mapping", "check", str(CASE_MAPPING), str(installed / "own.toml"), "--source", "cases")
    assert both.exit_code == 0


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ('"channel"', '"chanel"', "mapping.column-missing"),
        ('"channel"', '"eblagh_state"', "mapping.column-kept"),
        ('"channel"', '"change_no"', "mapping.column-kept"),
        ('target = "steps"\nfrom = "seq"', 'target = "steps"\nfrom = "effect"', "mapping.column-type"),
        ('"درگاه"', f'"{"د" * 41}"', "mapping.target-length"),
        ('VIEWED = "رؤیت شد"\n', "", "mapping.table-incomplete"),
        ('from = "seq"', 'from = "step"', "mapping.source-unknown"),
    ],
)
def test_a_mistake_is_told_with_its_line_in_both_languages(installed: Path, old: str, new: str, code: str) -> None:
    file = edit(installed, old, new)
    result = run(installed, "mapping", "check", file, "--source", "cases")
    assert result.exit_code == 1
    assert code in result.stdout
    assert "what to do:" in result.stdout
    (reported,) = data(run(installed, "mapping", "check", file, "--source", "cases", "--json"))["files"]
    (mistake,) = reported["mistakes"]
    assert (mistake["code"], bool(mistake["remedy_fa"])) == (code, True)
    assert (mistake["found_fa"] == mistake["found"]) is (code == "mapping.column-kept"), "a name alone has one form"
    assert all(f" {each}" in result.stdout for each in (mistake["found"], mistake["found_fa"]))
    line = (installed / "own.toml").read_text("utf-8").splitlines()[mistake["line"] - 1]
    assert line.startswith(("target", "from", "value", "[tables.states.entries]"))


def test_what_would_be_written_is_shown_for_real_rows(installed: Path) -> None:
    result = run(installed, "mapping", "preview", str(installed / "own.toml"), "--source", "cases", "--json")
    assert result.exit_code == 0, result.output
    queued, refused = data(result)["rows"]
    assert (queued["key"], queued["written"][STATE], queued["written"]["steps"]) == ("1", "در صف", 0)
    assert (refused["key"], refused["written"][STATE]) == ("2", "رد شد")
    shown = run(installed, "mapping", "preview", str(installed / "own.toml"), "--source", "cases")
    assert "در صف" in shown.stdout
    with closing(sqlite3.connect(installed / "cases.db")) as connection:
        assert connection.execute(f'SELECT DISTINCT "{STATE}", eblagh_state FROM notices').fetchall() == [(None, None)]


def test_rows_are_chosen_by_their_keys(installed: Path) -> None:
    keys = [word for key in ("2", "3", "99") for word in ("--key", key)]
    result = run(installed, "mapping", "preview", str(installed / "own.toml"), "--source", "cases", *keys, "--json")
    assert result.exit_code == 1
    refused, new, absent = data(result)["rows"]
    assert (refused["key"], new, absent["code"]) == ("2", {"key": "3", "written": None}, "mapping.no-row")


def test_what_the_mapping_fails_on_is_shown(installed: Path) -> None:
    file = edit(installed, 'from = "seq"', 'from = "tracking_number"\nrequired = true\ndo = ["integer"]')
    result = run(installed, "mapping", "preview", file, "--source", "cases", "--json")
    assert result.exit_code == 1
    assert [(row["code"], row["field"]) for row in data(result)["rows"]] == [
        ("result.field-missing", "tracking_number"),
        ("result.field-missing", "tracking_number"),
    ]
    assert "not written" in run(installed, "mapping", "preview", file, "--source", "cases").stdout


def test_the_preflight_names_it_with_its_digest(installed: Path) -> None:
    found = data(run(installed, "check", "--json"))["results of cases"]
    assert found["ok"] is True
    assert found["found"].startswith("own-results-1@file, sha256:")
    edit(installed, '"channel"', '"chanel"')
    found = data(run(installed, "check", "--json"))["results of cases"]
    assert (found["ok"], found["code"]) == (False, "mapping.column-missing")


def test_the_pass_writes_what_was_shown(installed: Path) -> None:
    installation = Installation.of(installed / "gateway.toml")
    (task,) = tasks(installation, ["writeback"])
    assert task.run(always).counts == {"written": 1, "refusals_written": 1}
    installation.close()
    with closing(sqlite3.connect(installed / "cases.db")) as connection:
        query = f'SELECT "{STATE}", channel, eblagh_state, eblagh_reason, delivered_at FROM notices ORDER BY notice_id'
        assert connection.execute(query).fetchall() == [
            ("در صف", "درگاه", "QUEUED", None, None),
            ("رد شد", "درگاه", "REFUSED", None, None),
            (None, None, None, None, None),
        ]


def test_a_pass_does_not_begin_with_a_mistaken_mapping(installed: Path) -> None:
    edit(installed, '"jalali-date"', '"jalali"')
    installation = Installation.of(installed / "gateway.toml")
    with pytest.raises(GatewayError) as refusal:
        tasks(installation, ["writeback"])
    assert (refusal.value.code, exit_code(refusal.value)) == ("mapping.transform-unknown", 2)
    installation.close()


def test_statements_are_given_what_it_makes(installed: Path) -> None:
    statement = "UPDATE notices SET note = :channel, eblagh_state = :state WHERE notice_id = :row_key"
    (installed / "write.sql").write_text(statement, encoding="utf-8")
    with (installed / "gateway.toml").open("a", encoding="utf-8") as settings:
        settings.write('write_back_file = "write.sql"\nwrite_refusal_file = "write.sql"\n')
    head = OWN.partition("\n[tables")[0]
    (installed / "own.toml").write_text(f'{head}\n[[field]]\ntarget = "channel"\nvalue = "درگاه"\n', encoding="utf-8")
    assert run(installed, "mapping", "check", str(installed / "own.toml"), "--source", "cases").exit_code == 0
    installation = Installation.of(installed / "gateway.toml")
    (task,) = tasks(installation, ["writeback"])
    task.run(always)
    installation.close()
    with closing(sqlite3.connect(installed / "cases.db")) as connection:
        assert connection.execute("SELECT note, eblagh_state FROM notices WHERE notice_id < 3").fetchall() == [
            ("درگاه", "QUEUED"),
            ("درگاه", "REFUSED"),
        ]


def act(folder: Path, *arguments: str) -> Any:
    result = run(folder, "mapping", *arguments, "--reason", "آزمون", "--json")
    assert result.exit_code == 0, result.output
    return data(result)


def in_force(folder: Path, file: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Lead a file through its life; return its label."""
    label: str = act(folder, "import", str(file))["version"]
    act(folder, "submit", label)
    with monkeypatch.context() as other:
        other.setattr(os, "getuid", lambda: 1)
        act(folder, "approve", label)
    act(folder, "activate", label)
    return label


def channel_of_a_pass(folder: Path) -> str:
    """Write row 1 anew, as a running service does, and return what it shows."""
    with closing(sqlite3.connect(folder / "cases.db")) as connection, connection:
        connection.execute("UPDATE notices SET eblagh_seq = NULL")
    with closing(sqlite3.connect(folder / "gateway.db")) as connection, connection:
        connection.execute("UPDATE outbox SET written_seq = -1")
    installation = Installation.of(folder / "gateway.toml")
    (task,) = tasks(installation, ["writeback"])
    assert task.run(always).errors == []
    installation.close()
    with closing(sqlite3.connect(folder / "cases.db")) as connection:
        found: str = connection.execute("SELECT channel FROM notices WHERE notice_id = 1").fetchone()[0]
        return found


def test_a_mapping_of_results_has_the_life_of_every_mapping(installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 0)
    assert channel_of_a_pass(installed) == "درگاه"
    first = in_force(installed, installed / "own.toml", monkeypatch)
    assert first == "own-results-1@1"
    edit(installed, '"درگاه"', '"سامانه"')
    assert channel_of_a_pass(installed) == "درگاه", "a file that is edited changes nothing"
    drift = data(run(installed, "check", "--json"))["results of cases"]
    assert (drift["ok"], drift["code"]) == (False, "mapping-life.drift")
    second = in_force(installed, installed / "own.toml", monkeypatch)
    assert channel_of_a_pass(installed) == "سامانه"
    listed = data(run(installed, "mapping", "list", "--json"))
    assert listed["results"]["cases"]["in_force"]["version"] == second
    assert listed["sources"]["cases"]["in_force"] is None, "its rows become notices as before"
    act(installed, "rollback", "--results")
    assert channel_of_a_pass(installed) == "درگاه"
    act(installed, "retire", second)
    installation = Installation.of(installed / "gateway.toml")
    with closing(installation):
        store = installation.store()
        [decision, *_] = store.versions.activations("cases", Subject.RESULTS)
        record = store.evidence.record(decision.evidence_id)
        assert record is not None
        context = dict(Header.of(record.header).context)
        assert (context["results"], context["results_version"]) == ("own-results-1", "1")
        assert store.evidence.payload(context["results_digest"]) == OWN.encode()


def test_a_running_pass_takes_a_version_over(installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 0)
    installation = Installation.of(installed / "gateway.toml")
    now_in_force = results_in_force(installation, "cases")
    before = now_in_force()
    assert before is not None
    in_force(installed, installed / "own.toml", monkeypatch)
    after = now_in_force()
    assert after is not None
    assert (before.version, after.version, before.digest) == ("file", "1", after.digest)
    installation.close()


def test_a_mapping_that_does_not_fit_the_table_is_imported_and_not_submitted(
    installed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 0)
    file = edit(installed, '"channel"', '"chanel"')
    imported = run(installed, "mapping", "import", file, "--reason", "آزمون")
    assert (imported.exit_code, "mapping.column-missing" in imported.output) == (1, True)
    submitted = run(installed, "mapping", "submit", "own-results-1", "--reason", "آزمون")
    assert submitted.exit_code != 0
