"""The verbs of a mapping's life on a real case database: what persons see, and what comes of it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from sqlalchemy import create_engine, text
from typer.testing import CliRunner

from adapters.cli.main import app
from adapters.composition.installation import Installation
from adapters.composition.mappings import mappers_in_force
from adapters.composition.sources import case_source
from adapters.municipal.sql.source_config import COLUMNS
from adapters.shipped.resources import CASE_MAPPING, CONFIG
from adapters.storage.sql_store import SqlStore
from gateway.intake.collection import IntakePolicy, collect
from gateway.record.evidence_record import Header
from gateway.runtime.clock import system_clock
from tests.databases import make_store
from tests.integration.municipal.plain_database import PlainCaseDatabase, empty
from tests.passes.case_table import ROW
from tests.passes.ports import Stamp

ROWS = 3


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a configuration, an empty store and a few rows; whoever acts is the account ``root``."""
    with empty("sqlite", tmp_path) as url:
        cases = PlainCaseDatabase(url, "integer", "number")
        for _ in range(ROWS):
            cases.add()
        cases.close()
    (tmp_path / "gateway.toml").write_text((CONFIG / "demo.toml").read_text(encoding="utf-8"), encoding="utf-8")
    make_store(f"sqlite:///{tmp_path / 'gateway.db'}")
    monkeypatch.setattr(os, "getuid", lambda: 0)
    return tmp_path


def run(folder: Path, *arguments: str, exit_code: int = 0) -> Result:
    result = CliRunner().invoke(app, ["mapping", *arguments, "--config", str(folder / "gateway.toml")])
    assert result.exit_code == exit_code, (result.output, result.exception)
    return result


def act(folder: Path, *arguments: str, exit_code: int = 0) -> dict[str, Any]:
    result = run(folder, *arguments, "--reason", "آزمون", "--json", exit_code=exit_code)
    found: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
    return found


def reported(folder: Path, *arguments: str, exit_code: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run(folder, *arguments, "--json", exit_code=exit_code).stdout.splitlines()[-1])
    return found


def another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 1)


def draft(folder: Path, **lines: str) -> Path:
    """The shipped mapping with other sources for some columns."""
    content = CASE_MAPPING.read_text(encoding="utf-8")
    for column, instead in lines.items():
        assert f'from = "{column}"\n' in content
        content = content.replace(f'from = "{column}"\n', instead + "\n")
    path = folder / "draft.toml"
    path.write_text(content, encoding="utf-8")
    return path


def activate(folder: Path, file: Path, monkeypatch: pytest.MonkeyPatch, *more: str) -> dict[str, Any]:
    act(folder, "import", str(file))
    act(folder, "submit", "case-view-1")
    with monkeypatch.context() as other:
        another(other)
        act(folder, "approve", "case-view-1")
    return act(folder, "activate", "case-view-1", *more)


def admit(folder: Path) -> list[dict[str, str]]:
    """Collect by what is in force, as the service does; return what each notice's evidence says of its mapping."""
    installation = Installation.of(folder / "gateway.toml")
    store, source = installation.store(), case_source(installation, "cases")
    policy = IntakePolicy(destination="court")
    collect(source, store, mappers_in_force(installation), Stamp(), system_clock, policy)
    found = contexts(store)
    installation.close()
    return found


def contexts(store: SqlStore) -> list[dict[str, str]]:
    records = [store.evidence.record(a.evidence_id) for a in store.notices.find(state=None, limit=100, after=None)]
    return [dict(Header.of(record.header).context) for record in records if record]


def test_from_a_file_to_a_notice_whose_evidence_names_its_version(
    installed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = activate(installed, draft(installed, subject='from = "subject"\ndo = ["trim"]'), monkeypatch)
    [decision] = done["activated"]
    assert (decision["source"], decision["version"], done["account"]) == ("cases", "case-view-1@1", "root")
    expected = {"mapping": "case-view-1", "mapping_version": "1", "mapping_digest": decision["digest"]}
    assert admit(installed) == [{**expected, "asset_register": "not-configured"}] * ROWS
    listed = reported(installed, "list")
    assert listed["sources"]["cases"]["in_force"]["version"] == "case-view-1@1"
    assert [each["state"] for each in listed["versions"]] == ["ACTIVE"]
    history = reported(installed, "history", "case-view-1")["steps"]
    assert [each["account"] for each in history] == ["root"] * 4 + ["daemon", "root"]
    for verb in (["list"], ["history", "case-view-1"], ["show", "case-view-1@1"]):
        assert "case-view-1@1" in run(installed, *verb).stdout


def test_without_an_activation_the_file_of_the_configuration_maps(installed: Path) -> None:
    assert {context["mapping_version"] for context in admit(installed)} == {"file"}
    listed = reported(installed, "list")
    assert listed["sources"]["cases"] == {"in_force": None, "file": str(CASE_MAPPING), "planned": []}
    assert "no mapping was imported" in run(installed, "list").stdout


def test_a_version_that_reads_other_columns_takes_over_without_a_restart(
    installed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first reads no district from the view, the second does: the same open source reads what each wants."""
    installation = Installation.of(installed / "gateway.toml")
    store, source = installation.store(), case_source(installation, "cases")
    mappers, policy = mappers_in_force(installation), IntakePolicy(destination="court")
    activate(installed, draft(installed, district='value = "منطقه ۱"'), monkeypatch)
    collect(source, store, mappers, Stamp(), system_clock, policy)
    activate(installed, CASE_MAPPING, monkeypatch)
    columns = ", ".join(COLUMNS)
    engine = create_engine(f"sqlite:///{installed / 'cases.db'}")
    with engine.begin() as connection:
        connection.exec_driver_sql(
            f"INSERT INTO notices (notice_id, change_no, {columns})"
            f" SELECT notice_id + 100, change_no + 100, {columns} FROM notices"
        )
        connection.exec_driver_sql("UPDATE notices SET paper_number = 'P-' || notice_id WHERE notice_id > 100")
    engine.dispose()
    report = collect(source, store, mappers, Stamp(), system_clock, policy)
    assert (report.counts, report.errors) == ({"collected": ROWS, "admitted": ROWS}, [])
    found = {a.entry.row_key: a.district for a in store.notices.find(state=None, limit=100, after=None)}
    assert {found[key] for key in found if int(key) < 100} == {"منطقه ۱"}
    assert {found[key] for key in found if int(key) > 100} == {ROW["district"]}
    installation.close()


def test_a_version_is_approved_for_a_source_whose_columns_are_looked_for_again(
    installed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    act(installed, "import", str(CASE_MAPPING))
    act(installed, "submit", "case-view-1", "--source", "cases")
    another(monkeypatch)
    approve = ("approve", "case-view-1", "--source")
    assert "no source nothing" in run(installed, *approve, "nothing", "--reason", "x", exit_code=2).output
    engine = create_engine(f"sqlite:///{installed / 'cases.db'}")
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE notices RENAME COLUMN archive_number TO archive"))
    refused = run(installed, *approve, "cases", "--reason", "x", exit_code=1)
    assert getattr(refused.exception, "code", None) == "mapping.column-missing"
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE notices RENAME COLUMN archive TO archive_number"))
    engine.dispose()
    assert act(installed, *approve, "cases")["state"] == "APPROVED"
    last = reported(installed, "history", "case-view-1")["steps"][-1]
    assert (last["event"], last["detail"]) == ("Approval", "columns of cases")


def test_the_same_account_is_told_that_another_must_approve(installed: Path) -> None:
    act(installed, "import", str(CASE_MAPPING))
    act(installed, "submit", "case-view-1")
    result = CliRunner().invoke(
        app, ["mapping", "approve", "case-view-1", "--reason", "x", "-c", str(installed / "gateway.toml")]
    )
    assert getattr(result.exception, "code", None) == "mapping-life.same-person"


def test_a_file_whose_columns_are_not_there_stays_a_draft(installed: Path) -> None:
    file = draft(installed, archive_number='from = "archive_numbr"')
    done = act(installed, "import", str(file), exit_code=1)
    assert (done["state"], done["mistakes"]) == ("DRAFT", ["mapping.column-missing"])
    assert "archive_numbr" in run(installed, "import", str(file), "--reason", "x", exit_code=1).stdout
    assert [step["event"] for step in reported(installed, "history", "case-view-1")["steps"]] == ["Import"]


def test_a_plan_is_listed_and_a_roll_back_drops_it(installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    activate(installed, CASE_MAPPING, monkeypatch)
    second = draft(installed, subject='from = "subject"\ndo = ["trim"]')
    activate(installed, second, monkeypatch)
    third = draft(installed, subject='from = "subject"\ndo = ["one-space"]')
    activate(installed, third, monkeypatch, "--from", "2099-01-01")
    assert [each["version"] for each in reported(installed, "list")["sources"]["cases"]["planned"]] == ["case-view-1@3"]
    assert "case-view-1@3 from 1477-10-12 03:30:00" in run(installed, "list").stdout
    done = act(installed, "rollback")
    assert [each["version"] for each in done["activated"]] == ["case-view-1@1"]
    assert [each["version"] for each in done["dropped"]] == ["case-view-1@3"]
    act(installed, "retire", "case-view-1@3")
    assert reported(installed, "list")["sources"]["cases"]["planned"] == []


def test_what_is_exported_and_imported_again_is_the_same_version(
    installed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    act(installed, "import", str(CASE_MAPPING))
    reported(installed, "export", "case-view-1@1", "-o", str(installed / "out.toml"))
    assert (installed / "out.toml").read_bytes() == CASE_MAPPING.read_bytes()
    assert act(installed, "import", str(installed / "out.toml"))["changed"] is False


def test_check_tells_a_file_that_is_not_what_is_in_force(installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def found() -> dict[str, Any]:
        result = CliRunner().invoke(app, ["check", "--json", "-c", str(installed / "gateway.toml")])
        reported: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])["mapping of cases"]
        return reported

    activate(installed, CASE_MAPPING, monkeypatch)
    assert found()["ok"]
    activate(installed, draft(installed, subject='from = "subject"\ndo = ["trim"]'), monkeypatch)
    assert (found()["code"], found()["actor"]) == ("mapping-life.drift", "operator")


def test_replay_shows_exactly_the_fields_that_a_draft_changes(installed: Path) -> None:
    admit(installed)
    same = reported(installed, "replay", str(CASE_MAPPING))
    assert same["figures"]["same"] == same["figures"]["notices"] == ROWS
    changed = draft(
        installed,
        subject='from = "subject"\ndo = [{ name = "prefix", text = "فوری: " }]',
        document_name='from = "document_name"\ndo = ["upper"]',
    )
    found = reported(installed, "replay", str(changed), exit_code=1)
    assert found["figures"]["differ"] == ROWS
    for notice in found["notices"]:
        assert notice["fields"].keys() == {"subject", "document.name"}
        subject = notice["fields"]["subject"]
        assert subject["draft"] == f"فوری: {subject['in_force']}"
        assert (notice["another_notice"], notice["not_as_admitted"]) == (False, False)
    screen = run(installed, "replay", str(changed), "--limit", "2", exit_code=1).stdout
    assert "subject: 2 notices" in screen
    assert "document.name: 2 notices" in screen


def test_replay_tells_what_would_be_another_notice_and_what_would_be_refused(installed: Path) -> None:
    admit(installed)
    renamed = draft(installed, case_number='from = "case_number"\ndo = [{ name = "suffix", text = "-1" }]')
    found = reported(installed, "replay", str(renamed), exit_code=1)
    assert found["figures"]["another_notice"] == ROWS
    assert {*found["notices"][0]["fields"]} == {"case_number"}
    assert "ANOTHER NOTICE" in run(installed, "replay", str(renamed), exit_code=1).stdout
    refused = draft(installed, subject='from = "archive_number"')
    assert reported(installed, "replay", str(refused), exit_code=1)["figures"]["refused_by_draft"] == ROWS


def test_replay_says_when_rows_are_gone_or_not_as_they_were(installed: Path) -> None:
    admit(installed)
    engine = create_engine(f"sqlite:///{installed / 'cases.db'}")
    with engine.begin() as connection:
        keys = connection.scalars(text("SELECT notice_id FROM eblagh_notices ORDER BY notice_id")).all()
        connection.execute(text("DELETE FROM notices WHERE notice_id = :key"), {"key": keys[0]})
        connection.execute(text("UPDATE notices SET subject = 'دیگر' WHERE notice_id = :key"), {"key": keys[1]})
    engine.dispose()
    figures = reported(installed, "replay", str(CASE_MAPPING), exit_code=1)["figures"]
    assert (figures["row_gone"], figures["not_as_admitted"], figures["same"]) == (1, 1, ROWS - 1)
