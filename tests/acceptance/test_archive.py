"""After a demonstration its archive is verified: with our verifier, and with nothing of ours, as a page says."""

from __future__ import annotations

import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests import debian

from .conftest import ROOT, Program, WithCases

pytestmark = pytest.mark.long

PAGE = (ROOT / "docs/audit/archive.md").read_text(encoding="utf-8")

Finished = tuple[Path, dict[str, Any]]


def block(language: str) -> str:
    [found] = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    assert isinstance(found, str)
    return found


@pytest.fixture
def written(served_demo: Path, program: Program) -> tuple[Path, int]:
    """A demonstration's folder, with all that was recorded in segments, and how many records that are."""
    program("archive", "write", "-c", served_demo / "gateway.toml")
    with closing(sqlite3.connect(served_demo / "gateway.db")) as connection:
        return served_demo, connection.execute("SELECT count(*) FROM evidence").fetchone()[0]


def test_the_archive_holds_what_the_run_recorded(
    finished: Finished, written: tuple[Path, int], program: Program
) -> None:
    figures, (directory, records) = finished[1], written
    report = program.json("archive", "verify", directory / "archive", "--trust", directory / "pki" / "anchors")
    assert report["records"] == report["size"] == records >= figures["archived"]
    assert report["kinds"]["SEALED_NOTICE"] == figures["admitted"]
    assert set(report["verdicts"].values()) == {"PASSED", "INDETERMINATE"}
    assert report["verdicts"]["9 history"] == "INDETERMINATE", "no checkpoint was given"
    assert report["passed"]["5 time"] > 0
    unsigned = report["kinds"]["MAPPING_ACTIVATED"] + report["kinds"]["CONFIGURATION_CHANGED"]
    assert report["passed"]["7 signature"] == report["records"] - unsigned


@pytest.mark.exhaustive(group="the whole program at length", keep=8)
def test_a_demonstration_ends_with_all_of_it_in_its_archive(
    program: Program, with_cases: WithCases, tmp_path: Path
) -> None:
    figures = program.json("demo", "--notices", 12, "--exit", "--dir", with_cases(tmp_path / "D", 12))
    shown = program("archive", "verify", tmp_path / "D" / "archive", "--trust", tmp_path / "D" / "pki" / "anchors")
    assert re.search(rf"^all +{figures['archived']}$", shown.stdout, re.MULTILINE)
    assert "[" not in shown.stdout, "no markup"
    with closing(sqlite3.connect(tmp_path / "D" / "gateway.db")) as connection:
        counted = dict(connection.execute("SELECT kind, count(*) FROM evidence GROUP BY kind").fetchall())
    for kind, number in counted.items():
        assert re.search(rf"^{kind} +{number}$", shown.stdout, re.MULTILINE), kind
    assert sum(counted.values()) == figures["archived"]


def test_a_checkpoint_that_was_kept_is_of_this_history(
    written: tuple[Path, int], program: Program, tmp_path: Path
) -> None:
    directory, _ = written
    note = tmp_path / "last.note"
    program("archive", "checkpoint", "-c", directory / "gateway.toml", "-o", note)
    where = (directory / "archive", "--trust", directory / "pki" / "anchors")
    report = program.json("archive", "verify", *where, "--checkpoint", note)
    assert set(report["verdicts"].values()) == {"PASSED"}
    shown = program("archive", "verify", *where, "--checkpoint", note).stdout
    assert shown.count("PASSED") == 10
    note.write_bytes(note.read_bytes().replace(b"example", b"exemple"))
    reported = program("archive", "verify", *where, "--checkpoint", note, check=2)
    assert "archive.checkpoint" in reported.stderr


def test_a_proof_between_two_checkpoints_needs_no_archive(
    written: tuple[Path, int], program: Program, tmp_path: Path
) -> None:
    directory, _ = written
    old, new, proof = (tmp_path / name for name in ("old.note", "new.note", "proof"))
    with closing(sqlite3.connect(directory / "gateway.db")) as database:
        notes = [row[0] for row in database.execute("SELECT note FROM checkpoint ORDER BY size")]
    old.write_bytes(notes[0])
    new.write_bytes(notes[-1])
    program("archive", "prove", old, new, "-o", proof, "-c", directory / "gateway.toml")
    trust = directory / "pki" / "anchors"
    reported = program.json("archive", "consistency", old, new, "--trust", trust, "--proof", proof)
    assert (reported["verdict"], reported["old"], reported["new"]) == ("PASSED", *map(size_of, (notes[0], notes[-1])))


def size_of(note: bytes) -> int:
    return int(note.split(b"\n")[1])


def test_an_administrator_who_deletes_a_notice_is_found_out(
    written: tuple[Path, int], program: Program, tmp_path: Path
) -> None:
    directory, records = written
    config, kept = ("-c", directory / "gateway.toml"), tmp_path / "kept.note"
    asked = ("archive", "verify", directory / "archive", "--trust", directory / "pki" / "anchors")
    program("archive", "checkpoint", *config, "-o", kept)
    with closing(sqlite3.connect(directory / "gateway.db")) as database, database:
        [gone] = database.execute("SELECT reference FROM outbox WHERE state = 'VIEWED' LIMIT 1").fetchone()
        for table, column in NOTICE_ROWS.items():
            assert database.execute(f"DELETE FROM {table} WHERE {column} = ?", (gone,)).rowcount > 0, table
        for table in ("tree", "tree_tile", "checkpoint"):
            database.execute(f"DELETE FROM {table}")
        database.execute("UPDATE evidence SET leaf_index = NULL")
        left = database.execute("SELECT count(*) FROM evidence").fetchone()[0]
        database.execute("DELETE FROM fork")
    assert left <= records - 3, "its seal and both receipts, at least"
    shutil.rmtree(directory / "archive")
    # The demonstration's witness is a folder of the same machine, which is the administrator's too.
    shutil.rmtree(directory / "witness")
    (directory / "witness").mkdir()
    program("archive", "write", *config)
    reported = program.json(*asked, "--checkpoint", kept, check=1)
    assert reported["records"] == left
    failed = [check for check, verdict in reported["verdicts"].items() if verdict == "FAILED"]
    assert failed == ["9 history"], "with every key, the forged archive is without a flaw in itself"


NOTICE_ROWS = {
    "receipt": "reference",
    "event": "reference",
    "message_notice": "reference",
    "outbox": "reference",
    "notice": "reference",
    "evidence": "notice",
}
"""Columns that name a notice in the store, the rows that refer to others first."""


def test_it_needs_neither_configuration_nor_database(
    written: tuple[Path, int], program: Program, tmp_path: Path
) -> None:
    directory, _ = written
    shutil.copytree(directory / "archive", tmp_path / "archive")
    shutil.copytree(directory / "pki" / "anchors", tmp_path / "trust")
    program("archive", "verify", tmp_path / "archive", "--trust", tmp_path / "trust")
    segment = max((tmp_path / "archive").glob("*.zip"))
    segment.write_bytes(segment.read_bytes()[:-100])
    program("archive", "verify", tmp_path / "archive", "--trust", tmp_path / "trust", check=1)


def test_the_page_checks_tree_and_payloads_with_the_standard_library(written: tuple[Path, int], tmp_path: Path) -> None:
    directory, records = written
    script = tmp_path / "check.py"
    script.write_text(block("python"), encoding="utf-8")
    command = [sys.executable, "-I", str(script), str(directory / "archive")]
    reported = subprocess.run(command, capture_output=True, text=True, check=True)
    assert reported.stdout.startswith(f"{records} records, ")


def test_without_a_time_stamp_a_segment_waits_and_that_is_told(copy: Path, program: Program) -> None:
    config = copy / "gateway.toml"
    before = sorted((copy / "archive").iterdir())
    program("stop-everything", "--reason", "a test, which is evidence", "-c", config)
    reported = program("archive", "write", "-c", config, check=1)
    assert "time.no-authority" in reported.stderr
    assert "a checkpoint of all records was signed" in reported.stdout
    assert "stamped" not in reported.stdout
    assert "segment" not in reported.stdout
    assert sorted((copy / "archive").iterdir()) == before


@debian.needs("openssl")
def test_the_page_checks_a_checkpoint_with_openssl(finished: Finished, program: Program, tmp_path: Path) -> None:
    directory, _ = finished
    program("archive", "checkpoint", "-c", directory / "gateway.toml", "-o", tmp_path / "last.note")
    key = program("archive", "key", "-c", directory / "gateway.toml").stdout
    assert key == (directory / "pki" / "anchors" / "archive.vkey").read_text(encoding="utf-8")
    (tmp_path / "archive.vkey").write_text(key, encoding="utf-8")

    def verify() -> int:
        return subprocess.run(["sh", "-ec", block("sh")], cwd=tmp_path, capture_output=True, check=False).returncode

    assert verify() == 0
    note = (tmp_path / "last.note").read_bytes()
    (tmp_path / "last.note").write_bytes(note.replace(b"archive\n", b"archivf\n", 1))
    assert verify() != 0
