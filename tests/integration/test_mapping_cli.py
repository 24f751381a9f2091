"""`mapping check` and `mapping preview` on a real case database: what a person sees before a mapping is in use."""

from __future__ import annotations

import base64
import json
import re
import sqlite3
import tomllib
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from adapters.cli.main import app
from adapters.composition.installation import Installation
from adapters.composition.mappings import current_mapper
from adapters.composition.sources import case_source
from adapters.municipal.sql.source_config import COLUMNS
from adapters.shipped.resources import CASE_MAPPING, CONFIG
from adapters.terminal.printing import exit_code
from gateway.mapping import RowRefused
from gateway.mapping.compiler.compiler import compile_mapping
from gateway.mapping.compiler.mistake import MappingMistaken
from gateway.notice.notice import sha256
from gateway.runtime.errors import GatewayError
from tests.databases import make_store
from tests.integration.municipal.plain_database import PlainCaseDatabase, empty


@pytest.fixture
def case_database(tmp_path: Path) -> PlainCaseDatabase:
    """A folder with a configuration and three rows, the second of which has no document."""
    with empty("sqlite", tmp_path) as url:
        cases = PlainCaseDatabase(url, "integer", "number")
        cases.add()
        cases.add(document=None)
        cases.add()
        cases.close()
    settings = (CONFIG / "demo.toml").read_text(encoding="utf-8")
    (tmp_path / "gateway.toml").write_text(settings, encoding="utf-8")
    make_store(f"sqlite:///{tmp_path / 'gateway.db'}")
    return cases


def run(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["mapping", *arguments, "--config", str(folder / "gateway.toml")])


def data(result: Result) -> dict[str, object]:
    found: dict[str, object] = json.loads(result.stdout.splitlines()[-1])
    return found


def test_a_good_file_is_good_by_itself_and_against_the_database(
    case_database: PlainCaseDatabase, tmp_path: Path
) -> None:
    for more in ([], ["--source", "cases"]):
        result = run(tmp_path, "check", str(CASE_MAPPING), *more)
        assert (result.exit_code, "good" in result.stdout) == (0, True)


def test_a_mistake_is_told_in_both_languages_with_its_line(case_database: PlainCaseDatabase, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.toml"
    wrong.write_text(CASE_MAPPING.read_text(encoding="utf-8").replace('from = "mobile"', 'from = "mobil"'), "utf-8")
    line = next(n for n, text in enumerate(wrong.read_text("utf-8").splitlines(), 1) if '"mobil"' in text)
    assert run(tmp_path, "check", str(wrong)).exit_code == 0  # without the database nobody knows its columns
    result = run(tmp_path, "check", str(wrong), "--source", "cases")
    assert result.exit_code == 1
    assert f"line {line}, field.15.from" in result.stdout
    assert "mapping.column-missing" in result.stdout
    assert "ستون" in result.stdout
    (reported,) = data(run(tmp_path, "check", str(wrong), "--source", "cases", "--json"))["files"]  # type: ignore[misc]
    assert [(each["code"], each["line"]) for each in reported["mistakes"]] == [("mapping.column-missing", line)]


def test_real_rows_are_shown_as_notice_and_message_or_refusal(case_database: PlainCaseDatabase, tmp_path: Path) -> None:
    result = run(tmp_path, "preview", str(CASE_MAPPING), "--source", "cases", "--rows", "2", "--json")
    assert result.exit_code == 1  # one of them is refused
    first, second = data(result)["rows"]  # type: ignore[misc]
    assert first["notice"]["recipient"]["name"] == "علی یکتا (نمونه)"
    assert re.search(r"<n:Name>علی یکتا \(نمونه\)</n:Name>", first["message"])
    assert first["verdict"] == "notice and message conform"
    assert (second["code"], second["field"]) == ("document.missing", "document")


def test_what_travels_as_json_is_shown_as_json(case_database: PlainCaseDatabase, tmp_path: Path) -> None:
    file = tmp_path / "gateway.toml"
    settings = file.read_text(encoding="utf-8")
    assert settings.count('profile = "eblagh-1"') == 1
    file.write_text(settings.replace('profile = "eblagh-1"', 'profile = "eblagh-rest-1"'), encoding="utf-8")
    result = run(tmp_path, "preview", str(CASE_MAPPING), "--source", "cases", "--rows", "1", "--json")
    [row] = data(result)["rows"]  # type: ignore[misc]
    [sent] = json.loads(row["message"])["submissions"]
    assert sent["reference"] == row["notice"]["reference"]
    assert b"<n:Notice " in base64.b64decode(sent["sealed_notice"])
    assert row["verdict"] == "notice and message conform"


def test_rows_are_chosen_by_their_keys(case_database: PlainCaseDatabase, tmp_path: Path) -> None:
    result = run(tmp_path, "preview", str(CASE_MAPPING), "--source", "cases", "--key", "3", "--key", "99")
    assert result.exit_code == 1
    assert "row 3" in result.stdout
    assert "row 99: refused mapping.no-row" in result.stdout


def test_a_source_that_is_not_there_is_named(case_database: PlainCaseDatabase, tmp_path: Path) -> None:
    result = run(tmp_path, "preview", str(CASE_MAPPING), "--source", "nowhere")
    assert result.exit_code == 2
    assert "cases" in result.output


def test_a_file_is_checked_against_a_source_or_a_contract_never_both(
    case_database: PlainCaseDatabase, tmp_path: Path
) -> None:
    """One of the two would be left out, and the file called good."""
    wrong = run(tmp_path, "check", str(CASE_MAPPING), "--source", "cases", "--contract", str(tmp_path / "none.xsd"))
    assert (wrong.exit_code, "one of --source and --contract" in " ".join(wrong.output.split())) == (2, True)
    alone = run(tmp_path, "check", str(CASE_MAPPING), "--source", "cases", "--element", "Submit")
    assert (alone.exit_code, "--element" in alone.output, "good" in alone.output) == (2, True, False)


OWN = """
[mapping]
language = 1
name = "district-5-1"
kind = "row-to-notice"

[tables.person-type]
unknown = { refuse = "recipient.kind" }
entries = { 1 = "NATURAL", 2 = "LEGAL" }
"""


def own_mapping() -> str:
    """The shipped fields, of a view that calls two columns otherwise and holds numbers for persons."""
    fields = CASE_MAPPING.read_text(encoding="utf-8").partition("\n[[field]]")[2]
    fields = fields.replace('from = "case_number"', 'from = "CaseNo"').replace(
        'from = "recipient_kind"\ndo = ["line", { name = "lookup", table = "recipient-kind" }]',
        'from = "PersonType"\ndo = [{ name = "lookup", table = "person-type" }]',
    )
    return OWN + "\n[[field]]" + fields


def test_a_source_has_a_mapping_of_its_own_and_reads_only_its_columns(
    case_database: PlainCaseDatabase, tmp_path: Path
) -> None:
    with sqlite3.connect(tmp_path / "cases.db") as connection:
        names = [name for name in COLUMNS if name not in ("case_number", "recipient_kind")]
        connection.execute(
            f"CREATE VIEW own AS SELECT notice_id, change_no, {', '.join(names)}, case_number AS CaseNo, "
            "notice_id AS PersonType FROM notices"
        )
    connection.close()
    (tmp_path / "own.toml").write_text(own_mapping(), encoding="utf-8")
    with (tmp_path / "gateway.toml").open("a", encoding="utf-8") as settings:
        settings.write('\nview = "own"\nmapping = "own.toml"\n')
    assert run(tmp_path, "check", str(tmp_path / "own.toml"), "--source", "cases").exit_code == 0
    installation = Installation.of(tmp_path / "gateway.toml")
    make_store(installation.store_url())
    source, mapper = case_source(installation, "cases"), current_mapper(installation, "cases")
    first, _, third = sorted(source.rows([mark.key for mark in source.marks(None, 10)]), key=lambda row: row.key)
    assert set(first.fields) == {"notice_id", "change_no", *mapper.columns}
    assert mapper.map(first).case_number == "1404-100-1"
    with pytest.raises(RowRefused) as refusal:
        mapper.map(third)
    assert (refusal.value.code, refusal.value.field) == ("recipient.kind", "PersonType")
    octets = (tmp_path / "own.toml").read_bytes()
    assert (mapper.name, mapper.digest) == ("district-5-1", sha256(octets))
    # A file that changes under way changes nothing: no run mixes two.
    (tmp_path / "own.toml").write_text("", encoding="utf-8")
    assert current_mapper(installation, "cases").digest == sha256(octets)
    installation.close()


def test_a_pass_does_not_begin_with_a_mistaken_mapping(case_database: PlainCaseDatabase, tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(own_mapping().replace('"jalali-date"', '"jalali"'), encoding="utf-8")
    with (tmp_path / "gateway.toml").open("a", encoding="utf-8") as settings:
        settings.write('\nmapping = "own.toml"\n')
    installation = Installation.of(tmp_path / "gateway.toml")
    make_store(installation.store_url())
    with pytest.raises(GatewayError) as refusal:
        case_source(installation, "cases")
    assert (refusal.value.code, exit_code(refusal.value)) == ("mapping.transform-unknown", 2)
    installation.close()


def test_the_examples_of_the_page_compile() -> None:
    page = (CONFIG.parent / "docs/connect/mappings.md").read_text(encoding="utf-8")
    whole, *parts = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    with pytest.raises(MappingMistaken) as refusal:
        compile_mapping(whole.encode(), "page.toml")
    assert {mistake.code for mistake in refusal.value.mistakes} == {"mapping.target-unmapped"}
    assert len(parts) == 10
    for part in parts:
        assert tomllib.loads(part)
