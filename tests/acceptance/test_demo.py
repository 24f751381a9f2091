"""A demonstration, from nothing to the end of every notice."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from .conftest import UNDISTURBED, Program, undisturbed

Finished = tuple[Path, dict[str, Any]]


def rows(directory: Path) -> list[sqlite3.Row]:
    connection = sqlite3.connect(directory / "cases.db")
    connection.row_factory = sqlite3.Row
    found = connection.execute("SELECT * FROM notices JOIN sample_expectations USING (notice_id)").fetchall()
    connection.close()
    return found


def test_the_figures_add_up(finished: Finished) -> None:
    _, figures = finished
    assert figures["collected"] == figures["refused"] + figures["admitted"] == 60
    assert figures["written_back"] == 60
    assert figures["admitted"] == figures["submitted"] + figures["rejected"] + figures["no_account"]
    assert figures["delivered"] == figures["submitted"]
    assert 0 < figures["viewed"] < figures["delivered"]
    assert figures["refused"] > 0
    assert figures["rejected"] > 0
    assert figures["no_account"] > 0
    assert figures["in_doubt"] == figures["dead_letter"] == figures["quarantined_receipts"] == 0
    assert figures["seconds"] > 0


def test_every_row_has_the_end_that_was_expected_of_it(finished: Finished) -> None:
    directory, figures = finished
    found = rows(directory)
    assert all(row["eblagh_state"] == row["expected_state"] for row in found)
    states = Counter(row["eblagh_state"] for row in found)
    assert states["REFUSED"] == figures["refused"]
    for row in found:
        if row["eblagh_state"] == "REFUSED":
            assert row["eblagh_code"] == row["expected_code"]
            assert row["eblagh_reason"]
        if row["eblagh_state"] == "VIEWED":
            assert row["service_effect"] == "ACTUAL"
            assert row["delivered_at"] <= row["viewed_at"]


def test_the_ledger_agrees_and_nothing_came_twice(finished: Finished, program: Program) -> None:
    directory, figures = finished
    lines = program("sandbox", "ledger", "--dir", directory, "--json").stdout.splitlines()
    ledger = {line["reference"]: line for line in map(json.loads, lines)}
    assert len(ledger) == figures["admitted"]
    assert {line["submissions"] for line in ledger.values()} == {1}
    shown = {row["eblagh_reference"]: row["eblagh_state"] for row in rows(directory) if row["eblagh_reference"]}
    assert shown == {reference: line["state"] for reference, line in ledger.items()}


@pytest.mark.long
def test_running_it_again_finds_nothing_to_do(finished: Finished, program: Program) -> None:
    directory, figures = finished
    again = program.json("demo", "--notices", 60, "--exit", "--dir", directory)
    assert {**again, "seconds": 0} == {**figures, "seconds": 0}


def test_another_number_of_notices_needs_another_folder(finished: Finished, program: Program) -> None:
    directory, _ = finished
    refused = program("demo", "--notices", 61, "--exit", "--dir", directory, check=2)
    assert "holds 60 notices, not 61" in refused.stderr


def test_no_personal_data_stands_in_the_logs(finished: Finished) -> None:
    directory, _ = finished
    connection = sqlite3.connect(directory / "cases.db")
    secrets = {
        str(v)
        for row in connection.execute("SELECT recipient_id, recipient_name FROM eblagh_notices")
        for v in row
        if v
    }
    connection.close()
    assert secrets
    logs = "".join((directory / name).read_text(encoding="utf-8") for name in ("gateway.log", "sandbox.log"))
    assert "pass done" in logs
    assert [secret for secret in secrets if len(secret) > 5 and secret in logs] == []


def test_a_notice_can_be_looked_at_and_saved(finished: Finished, program: Program, tmp_path: Path) -> None:
    directory, _ = finished
    config = directory / "gateway.toml"
    reference = undisturbed(program, config)
    shown = program.json("notice", "show", reference, "--config", config, "--save", tmp_path / "saved")
    events = [event["event"] for event in shown["history"]]
    checked = {record["kind"]: record["passed"] for record in shown["evidence"]}
    assert {"covers Receipt", "about this seal", "certificate valid at the time of signing"} <= set(checked["RECEIPT"])
    assert {"covers Body", "fresh", "answers our request"} <= set(checked["MESSAGE_RECEIVED"])
    assert events[:3] == UNDISTURBED
    assert {"ContentConsignment", "ContentHandover"} <= set(events)
    saved = [Path(path).name for path in shown["saved"]]
    assert saved[:3] == ["01-notice.xml", "02-envelope.xml", "03-answer.xml"]
    # Each page that brought a receipt is an answer, and both receipts may come with one.
    brought = Counter(name.partition("-")[2] for name in saved[3:])
    assert brought["receipt.xml"] == 2
    assert brought["answer.xml"] in (1, 2)
    assert brought.keys() == {"receipt.xml", "answer.xml"}
    seal = (tmp_path / "saved/01-notice.xml").read_bytes()
    assert seal in (tmp_path / "saved/02-envelope.xml").read_bytes(), "the stored seal is a literal slice of the wire"
    text = program("notice", "show", reference, "--config", config).stdout
    assert reference in text
    assert "ContentHandover" in text


def test_a_notice_that_is_not_there_is_a_finding(finished: Finished, program: Program) -> None:
    directory, _ = finished
    refused = program("notice", "show", "EB-NOTHING", "--config", directory / "gateway.toml", check=1)
    assert "where: EB-NOTHING" in refused.stderr


@pytest.mark.long
@pytest.mark.parametrize("verb", [("keys", "list"), ("db", "status"), ("config", "show")])
def test_what_an_administrator_asks_has_an_answer(finished: Finished, program: Program, verb: tuple[str, str]) -> None:
    directory, _ = finished
    assert program.json(*verb, "--config", directory / "gateway.toml")
    assert program(*verb, "--config", directory / "gateway.toml").stdout
