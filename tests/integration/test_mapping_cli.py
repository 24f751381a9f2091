"""`mapping check` and `mapping preview` on a real case database: what a person sees before a mapping is in use."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from adapters.cli.main import app
from adapters.resources import CASE_MAPPING, CONFIG
from tests.integration.municipal.plain_database import PlainCaseDatabase, empty


@pytest.fixture
def town(tmp_path: Path) -> PlainCaseDatabase:
    """A folder with a configuration and three rows, the second of which has no document."""
    with empty("sqlite", tmp_path) as url:
        cases = PlainCaseDatabase(url, "integer", "number")
        cases.add()
        cases.add(document=None)
        cases.add()
        cases.close()
    settings = (CONFIG / "demo.toml").read_text(encoding="utf-8")
    (tmp_path / "gateway.toml").write_text(settings, encoding="utf-8")
    return cases


def run(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["mapping", *arguments, "--config", str(folder / "gateway.toml")])


def data(result: Result) -> dict[str, object]:
    found: dict[str, object] = json.loads(result.stdout.splitlines()[-1])
    return found


def test_a_good_file_is_good_by_itself_and_against_the_database(town: PlainCaseDatabase, tmp_path: Path) -> None:
    for more in ([], ["--source", "cases"]):
        result = run(tmp_path, "check", str(CASE_MAPPING), *more)
        assert (result.exit_code, "good" in result.stdout) == (0, True)


def test_a_mistake_is_told_in_both_languages_with_its_line(town: PlainCaseDatabase, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.toml"
    wrong.write_text(CASE_MAPPING.read_text(encoding="utf-8").replace('from = "mobile"', 'from = "mobil"'), "utf-8")
    line = next(n for n, text in enumerate(wrong.read_text("utf-8").splitlines(), 1) if '"mobil"' in text)
    assert run(tmp_path, "check", str(wrong)).exit_code == 0  # without the database nobody knows its columns
    result = run(tmp_path, "check", str(wrong), "--source", "cases")
    assert result.exit_code == 1
    assert f"line {line}, field.15.from" in result.stdout
    assert "mapping.column-missing" in result.stdout
    assert "ستون" in result.stdout
    (told,) = data(run(tmp_path, "check", str(wrong), "--source", "cases", "--json"))["files"]  # type: ignore[misc]
    assert [(each["code"], each["line"]) for each in told["mistakes"]] == [("mapping.column-missing", line)]


def test_real_rows_are_shown_as_notice_and_message_or_refusal(town: PlainCaseDatabase, tmp_path: Path) -> None:
    result = run(tmp_path, "preview", str(CASE_MAPPING), "--source", "cases", "--rows", "2", "--json")
    assert result.exit_code == 1  # one of them is refused
    first, second = data(result)["rows"]  # type: ignore[misc]
    assert first["notice"]["recipient"]["name"] == "علی یکتا (نمونه)"
    assert re.search(r"<n:Name>علی یکتا \(نمونه\)</n:Name>", first["message"])
    assert first["verdict"] == "notice and message conform"
    assert (second["code"], second["field"]) == ("document.missing", "document")


def test_rows_are_chosen_by_their_keys(town: PlainCaseDatabase, tmp_path: Path) -> None:
    result = run(tmp_path, "preview", str(CASE_MAPPING), "--source", "cases", "--key", "3", "--key", "99")
    assert result.exit_code == 1
    assert "row 3" in result.stdout
    assert "row 99: refused mapping.no-row" in result.stdout


def test_a_source_that_is_not_there_is_named(town: PlainCaseDatabase, tmp_path: Path) -> None:
    result = run(tmp_path, "preview", str(CASE_MAPPING), "--source", "nowhere")
    assert result.exit_code == 2
    assert "cases" in result.output
