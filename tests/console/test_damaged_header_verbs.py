"""Verbs over a record whose header cannot be read end with an error that names notice and record, and go on where
they can.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from zipfile import ZipFile

import pytest
from typer.testing import CliRunner

from adapters.cli.main import app
from adapters.composition.installation import Installation
from adapters.crypto.xml.sealing import recipient_identifier
from adapters.terminal.printing import FINDING, errors
from gateway.runtime.errors import GatewayError
from tests.console.damaged_records import Damaged


@pytest.fixture(scope="module")
def folder(lived_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shutil.copytree(lived_folder, tmp_path_factory.mktemp("damaged-verbs") / "folder")


@pytest.fixture
def damaged(folder: Path) -> Iterator[Damaged]:
    made = Damaged(folder)
    yield made
    made.restore()


def told(folder: Path, *verb: str, typed: str = "") -> tuple[str, str]:
    """Run a verb that ends with a finding. Return its output, and its errors in one line."""
    with errors.capture() as shown:
        done = CliRunner().invoke(app, [*verb, "-c", str(folder / "gateway.toml")], input=typed)
    if isinstance(done.exception, GatewayError):  # as the program prints it
        return done.output, f"{done.exception.code} {done.exception.where} {done.exception.detail}"
    assert done.exit_code == FINDING, (done.output, done.exception)
    return done.output, " ".join(shown.get().split())


@pytest.fixture
def one(damaged: Damaged) -> tuple[str, str]:
    """Return a notice and the record of its first receipt, which is damaged."""
    record = damaged.rows("WHERE kind = 'RECEIPT'")[0]
    with closing(Installation.of(damaged.folder / "gateway.toml")) as installation:
        row = installation.store().evidence.record(record)
    assert row is not None
    assert row.notice is not None
    damaged.damage(b"{}", record)
    return row.notice, record


@pytest.mark.parametrize("verb", [("notice", "show"), ("legal", "notice")], ids=" ".join)
def test_it_names_the_notice_and_the_record(folder: Path, one: tuple[str, str], verb: tuple[str, str]) -> None:
    reference, record = one
    _, shown = told(folder, *verb, reference)
    assert "evidence.damaged" in shown
    assert reference in shown
    assert record in shown


def test_the_page_of_a_notice_has_all_the_rest(folder: Path, one: tuple[str, str]) -> None:
    reference, record = one
    output, _ = told(folder, "notice", "show", reference, "--json")
    found = json.loads(output.splitlines()[-1])
    assert found["damaged"] == [record]
    assert record in [each["id"] for each in found["evidence"]]
    shown, _ = told(folder, "notice", "show", reference)
    assert "The header cannot be read" in shown


def test_an_evidence_file_of_it_is_not_written(folder: Path, one: tuple[str, str], tmp_path: Path) -> None:
    reference, record = one
    _, shown = told(folder, "evidence", "export", reference, "-o", str(tmp_path / "notice.asice"))
    assert "evidence.damaged" in shown
    assert reference in shown
    assert record in shown
    assert [*tmp_path.iterdir()] == []


def test_a_configuration_that_is_damaged_is_named(folder: Path, damaged: Damaged) -> None:
    record = damaged.rows("WHERE kind = 'CONFIGURATION_CHANGED'")[0]
    reference = damaged.rows("WHERE kind = 'SEALED_NOTICE'")[0].removeprefix("seal:")
    damaged.damage(b"\xff", record)
    for verb in (("notice", "show"), ("legal", "notice")):
        _, shown = told(folder, *verb, reference)
        assert record in shown


def test_a_person_gets_all_other_data(folder: Path, one: tuple[str, str], tmp_path: Path) -> None:
    reference, record = one
    with closing(Installation.of(folder / "gateway.toml")) as installation:
        store = installation.store()
        admission = store.notices.admission(reference)
        assert admission is not None
        identifier = recipient_identifier(store.evidence.payload(admission.entry.seal_digest))
    file = tmp_path / "person.zip"
    verb = ("personal-data", "export", "--reason", "نامه شماره ۱۴ مخاطب", "-o", str(file))
    _, shown = told(folder, *verb, typed=f"{identifier}\n")
    assert "evidence.damaged" in shown
    assert reference in shown
    assert record in shown
    with ZipFile(file) as container:
        index = json.loads(container.read("index.json"))["notices"]
        notice = json.loads(container.read(f"notices/{reference}/notice.json"))
        assert f"notices/{reference}/paper.pdf" in container.namelist()
    assert {each["reference"]: each["damaged"] for each in index}[reference] == 1
    assert [each["record"] for each in notice["damaged_records"]] == [record]
