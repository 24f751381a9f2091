"""A demonstration over REST: the same ends as over SOAP, and an archive that a stranger can verify."""

from __future__ import annotations

import json
import sqlite3
import tomllib
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.kept_ports import keep_ports

from .conftest import Program, WithCases

pytestmark = [pytest.mark.slow, pytest.mark.long]

NOTICES = 24


@pytest.fixture(scope="module")
def spoken(
    program: Program, with_cases: WithCases, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, dict[str, Any]]:
    directory = with_cases(tmp_path_factory.mktemp("rest") / "D", NOTICES)
    figures = program.json("demo", "--notices", NOTICES, "--exit", "--dir", directory, "--profile", "eblagh-rest-1")
    keep_ports(directory)
    return directory, figures


def profile_of(directory: Path) -> str:
    configured = tomllib.loads((directory / "gateway.toml").read_text(encoding="utf-8"))["judiciary"]
    assert configured["endpoint"].endswith("/eblagh-rest") == (configured["profile"] == "eblagh-rest-1")
    return str(configured["profile"])


def test_every_notice_comes_to_its_end(spoken: tuple[Path, dict[str, Any]], program: Program) -> None:
    directory, figures = spoken
    assert figures["collected"] == figures["written_back"] == NOTICES
    assert figures["admitted"] == figures["submitted"] + figures["rejected"] + figures["no_account"]
    assert figures["submitted"] == figures["delivered"] > 0
    assert figures["in_doubt"] == figures["quarantined_receipts"] == 0
    lines = program("sandbox", "ledger", "--dir", directory, "--json").stdout.splitlines()
    assert [json.loads(line)["submissions"] for line in lines] == [1] * figures["admitted"]


def test_its_messages_are_jws_and_its_archive_verifies(
    spoken: tuple[Path, dict[str, Any]], program: Program, tmp_path: Path
) -> None:
    directory, figures = spoken
    report = program.json("archive", "verify", directory / "archive", "--trust", directory / "pki" / "anchors")
    assert report["records"] == figures["archived"]
    unsigned = report["kinds"]["MAPPING_ACTIVATED"] + report["kinds"]["CONFIGURATION_CHANGED"]
    assert report["passed"]["7 signature"] == report["records"] - unsigned
    # Each request has its answer; and answers that brought receipts are on record, too.
    assert report["kinds"]["MESSAGE_RECEIVED"] > report["kinds"]["MESSAGE_SENT"] > 0
    assert set(report["verdicts"].values()) == {"PASSED", "INDETERMINATE"}
    with closing(sqlite3.connect(directory / "gateway.db")) as connection:
        [reference] = connection.execute("SELECT reference FROM outbox WHERE state = 'VIEWED' LIMIT 1").fetchone()
    program("notice", "show", reference, "-c", directory / "gateway.toml", "--save", tmp_path / "saved")
    kept = [path.read_bytes() for path in (tmp_path / "saved").glob("*.jws")]
    assert len(kept) >= 2, "what was sent, and what came back"
    assert all(octets.startswith(b"eyJhbGciOiJSUzI1NiI") and octets.count(b".") == 2 for octets in kept)
    assert len(list((tmp_path / "saved").glob("*.xml"))) >= 2, "the seal and the receipts stay XML"


def test_the_folder_remembers_how_it_speaks(spoken: tuple[Path, dict[str, Any]], program: Program) -> None:
    directory, figures = spoken
    again = program.json("demo", "--notices", NOTICES, "--exit", "--dir", directory)
    assert {**again, "seconds": 0} == {**figures, "seconds": 0}
    assert profile_of(directory) == "eblagh-rest-1"


def test_a_profile_that_the_sandbox_does_not_serve_is_refused(program: Program, tmp_path: Path) -> None:
    refused = program("demo", "--notices", 5, "--exit", "--dir", tmp_path / "D", "--profile", "eblagh-9", check=2)
    assert "eblagh-rest-1" in refused.stderr
