"""A demonstration over eblagh-rpc-1: the same ends as over ours, receipts that are brought, and evidence that says what
a stranger can judge of it."""

from __future__ import annotations

import json
import sqlite3
import tomllib
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from adapters.cli.common.sandbox_child import sandbox_child
from adapters.sandbox.verbs.demo_folder import DemoProfile, prepare
from tests.kept_ports import keep_ports

from .conftest import Program

pytestmark = [pytest.mark.slow, pytest.mark.long]

NOTICES = 24
OWN_FORMAT = "of the judiciary's own format"


@pytest.fixture(scope="module")
def spoken(program: Program, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    directory = tmp_path_factory.mktemp("rpc") / "D"
    figures = program.json("demo", "--notices", NOTICES, "--exit", "--dir", directory, "--profile", "eblagh-rpc-1")
    keep_ports(directory)
    return directory, figures


def rows(database: Path, query: str) -> list[Any]:
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute(query).fetchall()


def test_every_notice_comes_to_its_end(spoken: tuple[Path, dict[str, Any]], program: Program) -> None:
    directory, figures = spoken
    assert figures["collected"] == figures["written_back"] == NOTICES
    assert figures["admitted"] == figures["submitted"] + figures["rejected"] + figures["no_account"]
    assert figures["submitted"] == figures["delivered"] > 0
    assert figures["in_doubt"] == figures["quarantined_receipts"] == 0
    lines = program("sandbox", "ledger", "--dir", directory, "--json").stdout.splitlines()
    assert [json.loads(line)["submissions"] for line in lines] == [1] * figures["admitted"]


def test_its_receipts_were_brought_and_acknowledged(spoken: tuple[Path, dict[str, Any]]) -> None:
    directory, figures = spoken
    [(brought, marked)] = rows(
        directory / "judiciary.db", "SELECT count(*), count(confirmed_at) FROM receipt JOIN rasid USING (tracking)"
    )
    assert brought >= marked >= figures["delivered"] + figures["viewed"]
    assert rows(directory / "judiciary.db", "SELECT count(*) FROM message WHERE operation = 'DaryafteRasid'") == [(0,)]
    sandbox = tomllib.loads((directory / "sandbox.toml").read_text(encoding="utf-8"))
    gateway = tomllib.loads((directory / "gateway.toml").read_text(encoding="utf-8"))
    assert sandbox["rpc"]["callback"].startswith(f"http://{gateway['judiciary']['callback']['listen']}/")


def test_its_password_is_in_one_file_alone(spoken: tuple[Path, dict[str, Any]]) -> None:
    directory, _ = spoken
    path = directory / "pki" / "municipality" / "username-token"
    assert path.stat().st_mode & 0o077 == 0
    password = path.read_bytes().strip()
    others = [file for file in directory.rglob("*") if file.is_file() and file != path]
    assert [file for file in others if password in file.read_bytes()] == []


def test_its_archive_verifies(spoken: tuple[Path, dict[str, Any]], program: Program) -> None:
    directory, figures = spoken
    report = program.json("archive", "verify", directory / "archive", "--trust", directory / "pki" / "anchors")
    assert report["records"] == figures["archived"]
    assert set(report["verdicts"].values()) == {"PASSED", "INDETERMINATE"}


def test_a_stranger_is_told_what_can_be_judged_of_receipts_of_another_form(
    spoken: tuple[Path, dict[str, Any]], program: Program
) -> None:
    directory, _ = spoken
    report = program.json(
        "evidence", "verify", directory / "one-notice.asice", "--trust", directory / "pki" / "anchors"
    )
    assert set(report["verdicts"].values()) == {"PASSED", "INDETERMINATE"}
    found = [finding for finding in report["findings"] if finding["check"] == "11 receipts"]
    assert found
    assert all(OWN_FORMAT in finding["reason"] for finding in found)


def test_the_folder_remembers_how_it_speaks(spoken: tuple[Path, dict[str, Any]], program: Program) -> None:
    directory, figures = spoken
    again = program.json("demo", "--notices", NOTICES, "--exit", "--dir", directory)
    assert {**again, "seconds": 0} == {**figures, "seconds": 0}


def test_check_tells_how_it_is_spoken_and_what_is_lost(spoken: tuple[Path, dict[str, Any]], program: Program) -> None:
    directory, _ = spoken
    with sandbox_child(directory):
        reported = program("check", "-c", directory / "gateway.toml").stdout
    assert "SOAP 1.2" in reported
    for probe in ("username token: demo-municipality", "lost.batches", "lost.receipts-callback", "3 operations bound"):
        assert probe in reported
    assert "✗" not in reported


@pytest.mark.exhaustive(group="the whole program at length", keep=8)
def test_whatever_goes_wrong_on_the_way_nobody_is_served_twice(program: Program, tmp_path: Path) -> None:
    directory = tmp_path / "D"
    directory.mkdir()
    prepare(directory, NOTICES, profile=DemoProfile.RPC)
    with (directory / "sandbox.toml").open("a", encoding="utf-8") as sandbox:
        sandbox.write("\n[faults]\nseed = 5\nrate = 0.2\nhold_seconds = 9\n")
    figures = program.json("demo", "--notices", NOTICES, "--exit", "--dir", directory)
    assert figures["written_back"] == NOTICES
    assert figures["in_doubt"] == 0
    met = program.json("sandbox", "faults", "--dir", directory)["faults"]
    assert sum(met.values()) >= 5
    lines = program("sandbox", "ledger", "--dir", directory, "--json").stdout.splitlines()
    assert [json.loads(line)["submissions"] for line in lines] == [1] * figures["admitted"]
