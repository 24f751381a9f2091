"""An operator sees rejected input, such as receipts under a certificate that is not registered yet."""

from __future__ import annotations

import os
import pwd
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from adapters.storage.payloads.segments import SegmentPayloads
from adapters.storage.sql_store import SqlStore
from gateway.judiciary.courier import Answer, Message, Operation
from gateway.notice.envelope import Frame
from gateway.notice.notice import sha256
from gateway.sending.exchange import answered
from gateway.trust.trust_policy import Rejection

from .conftest import Program, edit

pytestmark = pytest.mark.long

RIGHT = 'receipt_certificates = ["pki/judiciary/receipts.crt.pem"]'
WRONG = 'receipt_certificates = ["pki/judiciary/transport.crt.pem"]'


@pytest.fixture
def refused(served_demo: Path, program: Program) -> Path:
    """A gateway that has fetched every receipt again, and believed none of them."""
    with sqlite3.connect(served_demo / "gateway.db") as connection:
        connection.execute("DELETE FROM cursor WHERE name LIKE 'receipts:%'")
    connection.close()
    edit(served_demo, RIGHT, WRONG)
    done = program.json("run-once", "receipts", "-c", served_demo / "gateway.toml")["receipts"]
    assert done["quarantined"] > 50
    assert done.get("received", 0) == 0
    return served_demo


def items(program: Program, directory: Path, *options: object) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = program.json("quarantine", "list", *options, "-c", directory / "gateway.toml")[
        "items"
    ]
    return listed


@pytest.mark.exhaustive(group="the whole program at length", keep=8)
def test_receipts_are_looked_at_released_and_dismissed(refused: Path, program: Program, tmp_path: Path) -> None:
    config = refused / "gateway.toml"
    first, second = items(program, refused, "--limit", 2)
    assert first["code"] == "verify.unknown-certificate"
    assert items(program, refused, "--limit", 1, "--after", f"{first['digest']}/{first['code']}") == [second]
    assert items(program, refused, "--code", "verify.digest") == []
    text = program("quarantine", "list", "--limit", 1, "-c", config).stdout
    assert f"more: quarantine list --after {first['digest']}/{first['code']}" in text

    octets = tmp_path / "receipt.xml"
    shown = program.json("quarantine", "show", first["digest"], "--save", octets, "-c", config)
    assert shown["items"] == [first]
    assert sha256(octets.read_bytes()) == first["digest"]
    assert "register" in program("quarantine", "show", first["digest"], "-c", config).stdout

    act = ("--code", first["code"], "--reason", "گواهی تازه ثبت شد", "-c", config)
    still = program.json("quarantine", "release", first["digest"], *act, check=1)
    assert (still["believed"], still["standing"]) == (False, [first])

    edit(refused, WRONG, RIGHT)
    released = program.json("quarantine", "release", first["digest"], *act)
    assert (released["believed"], released["standing"], released["unconfirmed"]) == (True, [], None)
    assert released["account"] == pwd.getpwuid(os.getuid()).pw_name
    notice = program.json("notice", "show", released["reference"], "--save", tmp_path / "notice", "-c", config)
    assert notice["evidence"][-1]["kind"] == "PERSON_ACT"
    [reported] = (tmp_path / "notice").glob("*-act.json")
    assert "not authenticated by the gateway" in reported.read_text(encoding="utf-8")

    act = ("--code", second["code"], "--reason", "forged", "-c", config)
    assert "not authenticated" in program("quarantine", "dismiss", second["digest"], *act).stdout
    assert {first["digest"], second["digest"]}.isdisjoint(i["digest"] for i in items(program, refused))
    [ended] = program.json("quarantine", "show", second["digest"], "-c", config)["items"]
    assert ended["ended_as"] == "dismissed"


def test_an_answer_that_is_not_believed_is_shown_as_that(copy: Path, program: Program, tmp_path: Path) -> None:
    config = copy / "gateway.toml"
    reference = program.json("notice", "list", "--limit", 1, "-c", config)["notices"][0]["reference"]
    now = datetime.now(UTC)
    message = Message(
        id="urn:uuid:1",
        operation=Operation.INQUIRE_STATUS,
        references=(reference,),
        created_at=now,
        wire=b"<m/>",
        frame=Frame(pieces=(b"<m/>",), seals=()),
    )
    refusal = Rejection("verify.unsigned")
    answer = Answer(raw=b"<forged/>", received_at=now, by_reference={reference: None}, refused=refusal)
    store = SqlStore.open(f"sqlite:///{copy / 'gateway.db'}", SegmentPayloads(copy / "payloads"))
    store.commit(answered(message, answer, [], "city", "judiciary"))
    store.close()

    shown = program.json("notice", "show", reference, "--save", tmp_path / "saved", "-c", config)
    assert [row["refused"] for row in shown["evidence"] if row["refused"]] == ["verify.unsigned"]
    [saved] = (tmp_path / "saved").glob("*-refused-answer.xml")
    assert saved.read_bytes() == b"<forged/>"
    assert "not believed: verify.unsigned" in program("notice", "show", reference, "-c", config).stdout
    [item] = items(program, copy)
    assert (item["kind"], item["code"]) == ("answer", "verify.unsigned")
    act = ("--code", "verify.unsigned", "--reason", "x", "-c", config)
    assert "quarantine.message" in program("quarantine", "release", item["digest"], *act, check=1).stderr


def test_what_is_not_there_is_told(copy: Path, program: Program) -> None:
    config = copy / "gateway.toml"
    unknown = "sha256:" + "0" * 64
    assert "quarantine list" in program("quarantine", "show", unknown, "-c", config, check=1).stderr
    act = (unknown, "--code", "verify.digest", "--reason", "x", "-c", config)
    assert "quarantine.unknown" in program("quarantine", "release", *act, check=1).stderr
    assert "DIGEST/CODE" in program("quarantine", "list", "--after", unknown, "-c", config, check=2).stderr
