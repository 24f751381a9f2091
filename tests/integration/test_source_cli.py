"""`source rename` and `check` on a real case database whose section of the configuration got another name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from adapters.cli.main import app
from adapters.composition.installation import Installation
from adapters.composition.mappings import mappers_in_force
from adapters.composition.sources import case_source
from adapters.composition.tasks import tasks
from adapters.shipped.resources import CONFIG
from gateway.intake.collection import IntakePolicy, collect
from gateway.notice.source_row import Refusal
from gateway.runtime.clock import system_clock
from gateway.runtime.errors import GatewayError
from gateway.runtime.may_continue import always
from gateway.store.stored import Changes
from gateway.writeback.result_writing import write_back
from tests.databases import make_store
from tests.integration.municipal.plain_database import PlainCaseDatabase, empty
from tests.passes.ports import Stamp

FALSE = Refusal(
    source="permits",
    row_key="1",
    row_version="1",
    code="notice.two-rows",
    field="notice_id",
    reason="as the version before told it",
    refused_at=system_clock(),
)


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """Three rows that were taken in and written back under the name ``cases``, which is ``permits`` now."""
    with empty("sqlite", tmp_path) as url:
        cases = PlainCaseDatabase(url, "integer", "number")
        for _ in range(3):
            cases.add()
        cases.close()
    config = tmp_path / "gateway.toml"
    config.write_text((CONFIG / "demo.toml").read_text(encoding="utf-8"), encoding="utf-8")
    make_store(f"sqlite:///{tmp_path / 'gateway.db'}")
    installation = Installation.of(config)
    store, source = installation.store(), case_source(installation, "cases")
    policy = IntakePolicy(destination="court")
    collect(source, store, mappers_in_force(installation), Stamp(), system_clock, policy)
    write_back(store, source)
    installation.close()
    config.write_text(config.read_text(encoding="utf-8").replace("[sources.cases", "[sources.permits"), "utf-8")
    return tmp_path


def found_by_check(folder: Path) -> dict[str, object]:
    result = CliRunner().invoke(app, ["check", "--json", "--config", str(folder / "gateway.toml")])
    reported: dict[str, object] = json.loads(result.stdout.splitlines()[-1])["source permits"]
    return reported


def rename(folder: Path, old: str, new: str) -> tuple[int, str]:
    words = ["source", "rename", old, new, "--reason", "نام تازه", "--config", str(folder / "gateway.toml")]
    result = CliRunner().invoke(app, words)
    return result.exit_code, result.output or str(result.exception)


def test_check_and_passes_refuse_a_renamed_source_until_a_person_renames_it(installed: Path) -> None:
    assert found_by_check(installed)["code"] == "source.another"
    installation = Installation.of(installed / "gateway.toml")
    (writing,) = tasks(installation, ["writeback"])
    assert writing.run(always).idle, "nothing is to be written under the new name"
    installation.store().commit(Changes(refusals=[FALSE]))
    with pytest.raises(GatewayError, match=r"source\.another"):
        writing.run(always)
    installation.close()

    code, output = rename(installed, "cases", "permits")
    assert code == 0, output
    assert "3 notices; 3 rows were compared" in output
    assert found_by_check(installed)["ok"] is True


def test_a_name_that_the_configuration_still_has_is_not_renamed(installed: Path) -> None:
    for old, new in (("permits", "permits"), ("cases", "elsewhere")):
        code, output = rename(installed, old, new)
        assert code != 0
        assert "source.rename-configured" in output


COLUMN = '[sources.permits.columns]\nreason = "no_such_column"\n'
RESULTS = """[mapping]
language = 1
name = "own-results"
kind = "result-to-row"
[[field]]
target = "eblagh_tracking"
from = "tracking_number"
"""


def with_column(folder: Path) -> None:
    config = folder / "gateway.toml"
    config.write_text(f"{config.read_text(encoding='utf-8')}\n{COLUMN}", encoding="utf-8")


@pytest.mark.long
@pytest.mark.parametrize("own", [False, True], ids=["by the gateway", "by a mapping of results"])
def test_a_column_of_results_that_the_table_lacks_is_a_finding(installed: Path, own: bool) -> None:
    rename(installed, "cases", "permits")
    assert found_by_check(installed)["ok"]
    with_column(installed)
    config = installed / "gateway.toml"
    if own:
        (installed / "own.toml").write_text(RESULTS, encoding="utf-8")
        text = config.read_text(encoding="utf-8")
        config.write_text(
            text.replace("[sources.permits]", '[sources.permits]\nresults = "own.toml"'), encoding="utf-8"
        )
    found = found_by_check(installed)
    line = config.read_text(encoding="utf-8").splitlines().index('reason = "no_such_column"') + 1
    assert (found["code"], found["detail"]) == ("source.schema", "notices has no column no_such_column")
    assert found["where"] == f"{config}, line {line}, sources.permits.columns.reason"


def run(folder: Path, *words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, [*words, "--config", str(folder / "gateway.toml")])
    return result.exit_code, result.output


def test_notices_under_way_to_a_destination_that_is_not_configured_are_told(installed: Path) -> None:
    found = json.loads(run(installed, "check", "--json")[1].splitlines()[-1])["destination"]
    assert (found["ok"], found["code"], found["where"]) == (False, "queue.destination", "court")
    assert found["detail"] == "3 QUEUED"
    code, output = run(installed, "status", "--json")
    lines = {line["what"].strip(): line for line in json.loads(output.splitlines()[-1])["lines"]}
    [(what, line)] = [(what, line) for what, line in lines.items() if "court" in what]
    assert what.endswith("for court, not configured")
    assert (code, line["count"], line["actor"]) == (1, 3, "operator")
    config = installed / "gateway.toml"
    config.write_text(config.read_text("utf-8").replace('destination = "sandbox"', 'destination = "court"'), "utf-8")
    assert json.loads(run(installed, "check", "--json")[1].splitlines()[-1])["destination"]["ok"] is True


def test_results_for_a_source_that_is_not_configured_any_more_are_told_everywhere(installed: Path) -> None:
    installation = Installation.of(installed / "gateway.toml")
    [reference, *_] = [
        each.entry.reference for each in installation.store().notices.find(limit=9, state=None, after=None)
    ]
    installation.close()
    asked = json.loads(run(installed, "check", "--json")[1].splitlines()[-1])["sources of results"]
    assert asked["ok"] is True

    _, output = run(installed, "queue", "write-again", reference, "--reason", "آزمون")
    assert "source cases is not configured, so nothing is written" in output

    asked = json.loads(run(installed, "check", "--json")[1].splitlines()[-1])["sources of results"]
    assert (asked["ok"], asked["code"], asked["where"]) == (False, "source.unconfigured", "cases")
    code, output = run(installed, "status", "--json")
    lines = {line["what"].strip(): line for line in json.loads(output.splitlines()[-1])["lines"]}
    line = lines["of source cases, not configured"]
    assert (code, line["count"], line["actor"]) == (1, 1, "operator")
    code, output = run(installed, "reconcile", "--ask", "none", "--json")
    found = json.loads(output.splitlines()[-1])
    assert ("source.unconfigured", "cases") in [(each["code"], each["where"]) for each in found["errors"]]
    assert (code, found["agrees"]) == (1, False)
