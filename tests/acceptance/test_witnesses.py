"""Checkpoints outside, and sending that waits for proof, as an operator meets them at the command line."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from .conftest import Program, edit

pytestmark = [pytest.mark.slow, pytest.mark.long]

WITNESS = '[[archive.witnesses]]\nname = "folder"\nkind = "folder"\nfolder = "witness"\n'
LONG_AGO = "2026-01-01T08:00:00.000000Z"


@pytest.fixture
def unproven(served_demo: Path) -> Path:
    """A finished demonstration of which the last record has waited for its place since long ago."""
    with closing(sqlite3.connect(served_demo / "gateway.db")) as connection, connection:
        connection.execute("DELETE FROM checkpoint WHERE size > (SELECT min(size) FROM checkpoint)")
        connection.execute("UPDATE evidence SET recorded_at = ?", (LONG_AGO,))
    return served_demo


def findings(program: Program, directory: Path, check: int) -> dict[str, Any]:
    return program.json("check", "-c", directory / "gateway.toml", check=check)


def test_an_auditor_compares_with_what_the_witness_kept(finished: tuple[Path, Any], program: Program) -> None:
    directory = finished[0]
    kept = sorted((directory / "witness").glob("*.note"))
    report = program.json(
        "archive", "verify", directory / "archive", "--trust", directory / "pki" / "anchors",
        "--checkpoint", kept[0], "--checkpoint", kept[-1],
    )  # fmt: skip
    assert report["verdicts"]["9 history"] == "PASSED"
    assert int(kept[-1].stem.removeprefix("checkpoint-")) == report["size"]


def test_check_is_red_in_production_without_a_witness(copy: Path, program: Program) -> None:
    edit(copy, WITNESS, "")
    found = findings(program, copy, 1)["witnesses"]  # for want of the sandbox
    assert found["ok"]
    assert "warning" in found["found"]
    edit(copy, 'environment = "development"', 'environment = "production"')
    found = findings(program, copy, 2)["witnesses"]
    assert (found["ok"], found["code"], found["actor"]) == (False, "archive.no-witness", "operator")


@pytest.mark.exhaustive(group="the whole program at length", keep=8)
def test_check_and_run_once_tell_what_is_wrong_with_a_witness(served_demo: Path, program: Program) -> None:
    config = served_demo / "gateway.toml"
    found = findings(program, served_demo, 0)
    assert found["witness folder"]["ok"]
    assert found["proof"]["ok"]
    shutil.move(served_demo / "witness", served_demo / "unmounted")
    found = findings(program, served_demo, 1)["witness folder"]
    assert (found["code"], found["where"]) == ("witness.unreachable", "folder")
    program("archive", "override", "--hours", 1, "--reason", "یک رکورد تازه", "-c", config)
    done = program("archive", "write", "-c", config, check=1)
    assert "a checkpoint of all records was signed" in done.stdout
    assert "witness.unreachable" in done.stderr
    status = program.json("status", "-c", config)
    [witness] = status["proof"]["witnesses"]
    assert (witness["code"], witness["failures"]) == ("witness.unreachable", 1)
    shutil.move(served_demo / "unmounted", served_demo / "witness")
    program("run-once", "witness", "-c", config)
    [witness] = program.json("status", "-c", config)["proof"]["witnesses"]
    assert (witness["code"], witness["failures"], witness["waiting"]) == (None, 0, None)


@pytest.mark.exhaustive(group="the whole program at length", keep=8)
def test_nothing_is_sent_without_proof_until_a_person_lets_it_be(unproven: Path, program: Program) -> None:
    config = unproven / "gateway.toml"
    stopped = program("run-once", "dispatch", "-c", config, check=1)
    assert "archive.unproven" in stopped.stderr
    assert program.json("status", "-c", config, check=1)["proof"]["sending"] == "archive.unproven"
    reason = "مرجع مهر زمانی قطع است"
    reported = program("archive", "override", "--hours", 73, "--reason", reason, "-c", config, check=1)
    assert "at most 72 hours" in reported.stderr
    made = program.json("archive", "override", "--hours", 12, "--reason", reason, "-c", config)
    program("run-once", "dispatch", "-c", config)
    proof = program.json("status", "-c", config, check=1)["proof"]
    assert proof["sending"] == "archive.overridden"
    assert (proof["override"]["until"], proof["override"]["reason"]) == (made["until"], reason)
    with closing(sqlite3.connect(unproven / "gateway.db")) as connection:
        [(kind, header)] = connection.execute("SELECT kind, header FROM evidence WHERE id = ?", (made["evidence"],))
    assert (kind, json.loads(header)["context"]["act"]) == ("PERSON_ACT", "archive.override")
    program("archive", "override", "--hours", 0, "--reason", "برگشت", "-c", config)
    assert "archive.unproven" in program("run-once", "dispatch", "-c", config, check=1).stderr
