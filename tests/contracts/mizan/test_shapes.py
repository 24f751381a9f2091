"""Stories of whole installations, by where their seal travels: from `check` to the auditor's verdict."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from queue import Queue
from typing import Any
from zipfile import ZipFile

import pytest
from typer.testing import CliRunner

from adapters.cli.main import app
from adapters.evidence.verify_page import commands_of
from adapters.sandbox.pki.time_authority import TimeAuthorityConfig, serve_time
from adapters.shipped.resources import ROOT
from gateway.notice.notice import sha256
from tests.stranger import needs_xmlsec1

from .__main__ import installed
from .attachments import AttachedMizan
from .server import Mizan
from .shapes import PaperMizan

TIME_AUTHORITY = """
[[archive.time_authorities]]
name = "development"
url = "http://127.0.0.1:{port}/"
anchors = ["pki/anchors/time-root.pem"]
"""

pytestmark = [pytest.mark.slow, needs_xmlsec1, pytest.mark.long]


def run(command: str) -> str:
    done = CliRunner(env={"COLUMNS": "200"}).invoke(app, [*command.split(), "-c", "D/gateway.toml"])
    assert done.exit_code == 0, f"{command}\n{done.output}\n{done.exception}"
    return done.stdout


def reported(command: str) -> Any:
    return json.loads(run(f"{command} --json").splitlines()[-1])


def judged(verified: Any) -> dict[str, str]:
    return {check: verified["verdicts"][check] for check in ("10 seal", "11 receipts", "12 messages")}


def apart(command: str) -> Any:
    """Return the answer of an auditor's command, run without a configuration."""
    done = CliRunner(env={"COLUMNS": "200"}).invoke(app, [*command.split(), "--json"])
    assert done.exit_code == 0, f"{command}\n{done.output}\n{done.exception}"
    return json.loads(done.stdout.splitlines()[-1])


@contextmanager
def story(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shape: type[Mizan]) -> Iterator[Mizan]:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config").symlink_to(ROOT / "config")
    with installed(tmp_path / "D", shape) as (_, mizan), stamping(tmp_path / "D") as port:
        with (tmp_path / "D/gateway.toml").open("a", encoding="utf-8") as file:
            file.write(TIME_AUTHORITY.format(port=port))
        yield mizan


@contextmanager
def stamping(folder: Path) -> Iterator[int]:
    """Serve a time authority while the block runs: an evidence file needs one."""
    keys, ports, stop = folder / "pki" / "time", Queue[int](), threading.Event()
    config = TimeAuthorityConfig(key=keys / "authority.key.pem", certificate=keys / "authority.crt.pem")
    serving = threading.Thread(target=serve_time, args=(config, ports.put, stop))
    serving.start()
    try:
        yield ports.get()
    finally:
        stop.set()
        serving.join()


def states() -> Counter[str]:
    with closing(sqlite3.connect("D/gateway.db")) as store:
        return Counter(state for (state,) in store.execute("SELECT state FROM outbox"))


def one_viewed() -> str:
    with closing(sqlite3.connect("D/gateway.db")) as store:
        [reference] = store.execute("SELECT reference FROM outbox WHERE state = 'VIEWED' LIMIT 1").fetchone()
    return str(reference)


def live() -> None:
    for verb in ("collect", "dispatch", "receipts", "writeback"):
        run(f"run-once {verb}")


def archived() -> dict[str, set[str]]:
    """Archive everything; have the auditor judge it, and an evidence file of one notice; return what he left open."""
    run("archive write")
    run("archive pins D/pki/anchors")
    audit = apart("archive verify D/archive --trust D/pki/anchors")
    assert audit["verdicts"]["7 signature"] == "PASSED"
    assert "FAILED" not in audit["verdicts"].values()
    run(f"evidence export {one_viewed()} -o one.asice")
    verified = apart("evidence verify one.asice --trust D/pki/anchors")
    assert judged(verified) == {"10 seal": "PASSED", "11 receipts": "INDETERMINATE", "12 messages": "PASSED"}
    assert "FAILED" not in verified["verdicts"].values()
    read_by_a_stranger(Path("one.asice"))
    open_: dict[str, set[str]] = {}
    for found in verified["findings"]:
        open_.setdefault(found["check"], set()).add(found["reason"])
    return open_


def read_by_a_stranger(file: Path) -> None:
    """Run the commands of the page in the file, as they stand there."""
    with ZipFile(file) as evidence:
        script = "\n".join(commands_of(evidence.read("VERIFY.en.txt")))
    places = {"TRUST": "D/pki/anchors", "FILE": file, "FOLDER": "unpacked"}
    environment = {name: str(Path(place).resolve()) for name, place in places.items()} | {"PATH": os.environ["PATH"]}
    command = ["bash", "-euo", "pipefail", "-c", script]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.exhaustive(group="stories of contracts", keep=4)
def test_where_no_seal_travels_and_nothing_can_be_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with story(tmp_path, monkeypatch, PaperMizan) as mizan:
        checked = reported("check")
        assert {"lost.inquiry", "lost.batches", "lost.seal"} <= checked.keys()
        assert "lost.path" not in checked
        assert "answers, signed and fresh" in checked["endpoint"]["found"], "a page of receipts proves the path"
        assert "3 operations bound" in checked["contract"]["found"]
        assert "مهر تنها در بایگانی درگاه می‌ماند" in run("check")

        live()
        assert states().keys() == {"VIEWED", "REJECTED", "NO_ACCOUNT"}
        assert len(mizan.kept) == len(mizan.slips) == 2 * states()["VIEWED"]

        assert archived()["11 receipts"] == {
            "of the judiciary's own format: it names this notice, and no seal, since the judiciary never saw the seal; "
            "what happened, and when, is the gateway's reading"
        }


@pytest.mark.exhaustive(group="stories of contracts", keep=4)
def test_where_the_seal_travels_beside_the_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with story(tmp_path, monkeypatch, AttachedMizan) as mizan:
        assert isinstance(mizan, AttachedMizan)
        checked = reported("check")
        assert "lost.batches" in checked
        assert "lost.seal" not in checked
        live()
        assert states().keys() == {"VIEWED", "REJECTED", "NO_ACCOUNT"}
        with closing(sqlite3.connect("D/gateway.db")) as store:
            digests = {digest for (digest,) in store.execute("SELECT seal_digest FROM outbox WHERE attempts > 0")}
        assert {sha256(octets) for octets in mizan.seals.values()} == digests, "octet for octet"
        assert archived()["11 receipts"] == {
            "of the judiciary's own format: it names this notice and this seal; "
            "what happened, and when, is the gateway's reading"
        }
        [segment] = Path("D/archive").glob("*.zip")
        with ZipFile(segment) as entries:
            held = [entries.read(name) for name in entries.namelist()]
        for octets in mizan.seals.values():
            assert sum(octets in each for each in held) == 1, "the message is kept without the seal beside it"
        with ZipFile("one.asice") as evidence:
            [sent] = [name for name in evidence.namelist() if name.endswith(".mime")]
            assert evidence.read(sent).startswith(b"--eblagh-")


@pytest.mark.exhaustive(group="stories of contracts", keep=4)
def test_where_the_seal_travels_inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with story(tmp_path, monkeypatch, Mizan):
        live()
        assert archived()["11 receipts"] == {
            "of the judiciary's own format: it names this notice and this seal; "
            "what happened, and when, is the gateway's reading"
        }
