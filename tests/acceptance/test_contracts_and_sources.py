"""Every contract that comes with the program, from every kind of source: a service whose store is PostgreSQL, with case
databases on PostgreSQL, MariaDB and SQLite, files that are dropped, rows that are pushed by REST and by SOAP."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from adapters.sandbox.verbs.demo_folder import DemoProfile, prepare
from gateway.runtime.clock import system_clock
from tests import debian, mariadb_server
from tests.databases import postgresql_database
from tests.integration.municipal.dropped_cases import Folder, csv_of, zip_of
from tests.integration.municipal.plain_database import PlainCaseDatabase, empty
from tests.integration.push.senders import (
    DIGEST,
    RestSender,
    SoapSender,
    fetch_results,
    json_row,
    push_rows,
    soap_row,
)
from tests.passes.case_table import PDF, ROW

from .conftest import Program, edit
from .service import SandboxProcess, serving, until
from .test_pushed_sources import SOURCES
from .test_serve import submissions

pytestmark = [pytest.mark.slow, pytest.mark.long]

DATABASES = ["postgresql", "sqlite", pytest.param("mariadb", marks=debian.needs(*mariadb_server.PACKAGES))]
Statuses = Callable[[], dict[str, str | None]]
"""Return each row's status in a source, as its owner reads it."""


@pytest.fixture(params=list(DemoProfile), ids=str)
def contract(request: pytest.FixtureRequest) -> DemoProfile:
    profile: DemoProfile = request.param
    return profile


@pytest.fixture
def directory(contract: DemoProfile, tmp_path: Path) -> Iterator[Path]:
    """The folder of an installation that speaks the contract, on PostgreSQL; it has no source yet."""
    target = tmp_path / "D"
    target.mkdir()
    with postgresql_database(tmp_path) as store:
        prepare(target, 1, store=store, profile=contract)
        edit(target, '[sources.cases]\nurl = "sqlite:///cases.db"\n', "")
        edit(target, 'file = "gateway.log"\n', "")  # to standard error
        edit(target, "stop_seconds = 30\n", "stop_seconds = 60\n")
        yield target


@pytest.fixture
def sandbox(directory: Path, program: Program) -> Iterator[SandboxProcess]:
    serving_sandbox = SandboxProcess(directory, program)
    yield serving_sandbox
    serving_sandbox.end()


def assert_proven(directory: Path, program: Program, notices: int) -> None:
    """Each notice went out once, and the archive verifies."""
    assert submissions(program, directory) == {1}
    program("archive", "write", "-c", directory / "gateway.toml")
    report = program.json("archive", "verify", directory / "archive", "--trust", directory / "pki" / "anchors")
    assert "FAILED" not in report["verdicts"].values()
    assert report["kinds"]["SEALED_NOTICE"] == notices


@pytest.mark.parametrize("database", DATABASES)
@pytest.mark.usefixtures("sandbox")
@pytest.mark.exhaustive
def test_rows_of_a_case_database(directory: Path, program: Program, tmp_path: Path, database: str) -> None:
    with empty(database, tmp_path) as url, closing(PlainCaseDatabase(url, "integer", "number")) as cases:
        keys = cases.add(parties=3)
        with (directory / "gateway.toml").open("a") as file:
            file.write(f'\n[sources.cases]\nurl = "{url}"\n')
        with serving(directory) as service:
            until(lambda: {cases.shown(key)["eblagh_state"] for key in keys} == {"VIEWED"}, "the end of each row")
            cases.correct(keys[0], "")  # no name: refused, and said so in the row
            until(lambda: cases.shown(keys[0])["eblagh_code"], "the refusal")
            assert service.end() == 0
        shown = [cases.shown(key) for key in keys]
    assert all(row["eblagh_tracking"] and row["delivered_at"] and row["viewed_at"] for row in shown)
    assert shown[0]["eblagh_code"] == "recipient.name"
    assert_proven(directory, program, len(keys))


@pytest.mark.usefixtures("sandbox")
@pytest.mark.exhaustive(keep=1)
def test_rows_that_are_brought(directory: Path, program: Program) -> None:
    with (directory / "gateway.toml").open("a") as file:
        file.write(SOURCES)
    (directory / "tokens").write_text(f"{DIGEST}\n")
    (directory / "desk").mkdir()
    folder = Folder(directory / "desk")
    with serving(directory) as service, ExitStack() as stack:
        base = service.events("service began")[0]["push"]
        portal = RestSender(base)
        stack.callback(portal.session.close)
        registry = SoapSender(directory / "pki", f"{base}/soap/registry", system_clock)
        row = {**ROW, "notice_id": "F-1", "change_no": 1, "paper_number": "F-1", "document_name": "F-1.pdf"}
        folder.drop("a.zip", zip_of({"list.csv": csv_of([row]), "F-1.pdf": PDF}), "sha256")
        portal.push(json_row("R-1"))
        registry.call(push_rows([soap_row("S-1")]))
        reported: dict[str, Statuses] = {
            "F-1": lambda: {each["key"]: each["state"] for each in folder.results()},
            "R-1": lambda: {each["key"]: each["state"] for each in portal.results().json()["results"]},
            "S-1": lambda: {each["Key"]: each["State"] for each in registry.call(fetch_results(0)).items()},
        }
        for key, states in reported.items():
            until(lambda states=states, key=key: states() == {key: "VIEWED"}, f"the end of {key}")
        assert service.end() == 0
    assert_proven(directory, program, len(reported))
