"""Upgrade an installation of the version before and go on with it: database, archive, configuration. And the way back.

The files in ``tests/vectors/upgrade`` were written by that version, so they share no code with the migrations.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from typer.testing import CliRunner

from adapters.cli.main import app
from adapters.storage.engine import migrate

BEFORE = Path(__file__).parents[1] / "vectors" / "upgrade"
VERSION = "0015"
"""The last migration of the version before."""

ARCHIVE_KEY = b"u" * 32
"""The archive was signed by a key that anybody can make from this."""

STATES = {"VIEWED": 15, "DELIVERED": 1, "NO_ACCOUNT": 2, "IN_DOUBT": 1, "QUEUED": 2, "WITHDRAWN": 1}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An installation of the version before, without its keys: only the archive's."""
    folder = tmp_path / "installation"
    shutil.copytree(BEFORE, folder)
    for name in ("gateway", "cases"):
        load(folder / f"{name}.sql", folder / f"{name}.db")
    key = Ed25519PrivateKey.from_private_bytes(ARCHIVE_KEY)
    written = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "pki" / "municipality" / "archive.key.pem").write_bytes(written)
    return folder


def without_time_authority(folder: Path) -> None:
    """The sandbox's does not run here; without any, segments are written at once."""
    config = folder / "gateway.toml"
    before, _, rest = config.read_text(encoding="utf-8").partition("[[archive.time_authorities]]")
    after = rest[rest.index("\n# A real one") :]
    config.write_text(before + after, encoding="utf-8")


def load(dump: Path, database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection:
        connection.executescript(dump.read_text(encoding="utf-8"))
    database.chmod(0o600)


def run(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(app, [*words, "--config", str(folder / "gateway.toml")])


def reported(folder: Path, *words: str, exit_code: int = 0) -> Any:
    """Return the JSON object that ends a verb's output."""
    result = run(folder, *words, "--json")
    assert result.exit_code == exit_code, result.output
    return json.loads(result.stdout.splitlines()[-1])


def upgrade(folder: Path) -> None:
    assert reported(folder, "db", "upgrade")["before"] == VERSION


def rows(database: Path, columns: dict[str, list[str]]) -> dict[str, set[tuple[object, ...]]]:
    """Return the rows of each table by these columns."""
    with closing(sqlite3.connect(database)) as connection:
        return {
            table: set(connection.execute(f"SELECT {', '.join(names)} FROM {table}"))
            for table, names in columns.items()
        }


def columns(database: Path) -> dict[str, list[str]]:
    with closing(sqlite3.connect(database)) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {
            table: [f'"{row[1]}"' for row in connection.execute(f"PRAGMA table_info({table})")]
            for table in tables
            if table != "alembic_version"
        }


def states(folder: Path) -> dict[str, int]:
    with closing(sqlite3.connect(folder / "gateway.db")) as connection:
        return dict(connection.execute("SELECT state, count(*) FROM outbox GROUP BY state"))


def by_state(folder: Path, state: str, code: str | None = None) -> list[str]:
    query = "SELECT reference FROM outbox WHERE state = ? AND code IS ? ORDER BY reference"
    with closing(sqlite3.connect(folder / "gateway.db")) as connection:
        return [reference for (reference,) in connection.execute(query, (state, code))]


def test_a_database_of_the_version_before_is_refused_until_it_is_upgraded(folder: Path) -> None:
    result = run(folder, "notice", "list")
    assert result.exit_code != 0
    assert "store.schema" in result.output + str(result.exception)
    assert reported(folder, "db", "status", exit_code=1)["current"] == VERSION
    head = reported(folder, "db", "upgrade")["now"]
    assert migrate.status(f"sqlite:///{folder / 'gateway.db'}") == (head, head)
    assert "up to date" in run(folder, "db", "upgrade").output


def test_an_upgrade_keeps_every_row_but_marks_of_second_rows(folder: Path) -> None:
    database = folder / "gateway.db"
    kept = columns(database)
    before = rows(database, kept)
    upgrade(folder)
    after = rows(database, kept)
    changed = {table for table in kept if before[table] != after[table]}
    assert changed == {"seen_row", "cursor"}
    [second] = [row for row in before["refusal"] if "notice.two-rows" in row]
    assert before["seen_row"] - after["seen_row"] == {second[:3]}
    assert {row[0] for row in before["cursor"] - after["cursor"]} == {"listed:cases"}
    assert after["seen_row"] < before["seen_row"]


def test_a_receipt_that_the_version_before_set_aside_names_its_notice(folder: Path) -> None:
    """That version named the notices of few items; an open item of a signed receipt stops its notice now."""
    [reference] = by_state(folder, "IN_DOUBT", "doubt.person")
    detail = f"{reference}: a receipt contradicts what is known of the notice [receipt.contradiction]"
    item = ("sha256:" + "1" * 64, "receipt.contradiction", "receipt", "sandbox", detail, "2026-11-27T15:00:00.000000Z")
    with closing(sqlite3.connect(folder / "gateway.db")) as database:
        database.execute("INSERT INTO quarantine VALUES (?, ?, ?, ?, ?, ?, NULL, NULL, NULL, NULL)", item)
        database.commit()
    assert reported(folder, "db", "upgrade")["receipts_named"] == 1
    with closing(sqlite3.connect(folder / "gateway.db")) as database:
        query = "SELECT notice FROM quarantine WHERE code = 'receipt.contradiction'"
        assert database.execute(query).fetchall() == [(reference,)]
    assert reported(folder, "db", "upgrade")["receipts_named"] == 0
    assert run(folder, "queue", "decide", reference, "--as", "queued", "--reason", "r", "--yes").exit_code != 0


@pytest.mark.long
def test_every_verb_that_reads_goes_on_over_an_upgraded_installation(folder: Path) -> None:
    upgrade(folder)
    status = run(folder, "status")
    assert status.exit_code == 1, "a doubt waits for a person, and everything is stopped"
    listed = [notice["reference"] for notice in reported(folder, "notice", "list", "--limit", "100")["notices"]]
    assert len(listed) == sum(STATES.values())
    assert states(folder) == STATES
    for reference in listed:
        assert run(folder, "notice", "show", reference, "--save", str(folder / "saved")).exit_code == 0
    assert len(reported(folder, "rows", "refused")["refused"]) == 4
    assert [item["code"] for item in reported(folder, "quarantine", "list")["items"]] == [
        "receipt.unknown-notice",
        "verify.malformed",
    ]
    assert reported(folder, "db", "check")["problems"] == 0
    assert reported(folder, "db", "payloads")["problems"] == 0
    assert run(folder, "config", "show").exit_code == 0


def test_reconciliation_of_an_upgraded_installation_finds_only_what_is_to_be_found(folder: Path) -> None:
    """Five results that were not written yet, a second row that is judged again, a receipt about no notice."""
    upgrade(folder)
    run(folder, "resume", "--reason", "upgraded")

    def kinds() -> dict[str, int]:
        report = reported(folder, "reconcile", "--ask", "none", "--since", "2026-11-01", exit_code=1)
        # Lateness is another question: its answer changes with the day on which this runs.
        return {kind: number for kind, number in report["kinds"].items() if not kind.endswith("-late")}

    found = {"result-unwritten": 5, "not-collected": 1, "receipt-without-notice": 1}
    assert kinds() == found
    assert run(folder, "run-once", "writeback").exit_code == 0
    assert kinds() == {kind: number for kind, number in found.items() if kind != "result-unwritten"}


def test_write_back_goes_on_where_the_version_before_ended(folder: Path) -> None:
    upgrade(folder)
    assert reported(folder, "resume", "--reason", "upgraded")
    unwritten = set(by_state(folder, "QUEUED")) | set(by_state(folder, "WITHDRAWN"))
    query = "SELECT eblagh_reference, eblagh_state FROM notices WHERE eblagh_reference IS NOT NULL"
    with closing(sqlite3.connect(folder / "cases.db")) as cases:
        assert not unwritten & set(dict(cases.execute(query)))
    assert run(folder, "run-once", "writeback").exit_code == 0
    with closing(sqlite3.connect(folder / "cases.db")) as cases:
        shown = dict(cases.execute(query))
    assert {shown[reference] for reference in unwritten} == {"QUEUED", "WITHDRAWN"}


def test_a_doubt_that_the_version_before_left_to_a_person_is_decided(folder: Path) -> None:
    upgrade(folder)
    [absent] = by_state(folder, "IN_DOUBT", "doubt.person")
    decided = run(folder, "queue", "decide", "--code", "doubt.absent", "--as", "queued", "--reason", "گم شده بود")
    assert decided.exit_code == 0, decided.output
    assert absent in by_state(folder, "QUEUED")


@pytest.mark.long
def test_an_archive_of_the_version_before_is_verified_and_goes_on(folder: Path) -> None:
    """Its own segment PASSES once the auditor has the pins; without them it is INDETERMINATE, as the change demands."""
    upgrade(folder)
    trust, archive = folder / "pki" / "anchors", folder / "archive"

    def verdicts() -> dict[str, str]:
        words = ["archive", "verify", str(archive), "--trust", str(trust), "--json"]
        result = CliRunner().invoke(app, words)
        assert result.exit_code == 0, result.output
        found: dict[str, str] = json.loads(result.stdout.splitlines()[-1])["verdicts"]
        return found

    assert verdicts()["7 signature"] == "INDETERMINATE"
    assert run(folder, "archive", "pins", str(trust)).exit_code == 0
    assert verdicts()["7 signature"] == "PASSED"
    run(folder, "resume", "--reason", "upgraded")
    without_time_authority(folder)
    assert reported(folder, "archive", "write")["segments"] == 1
    assert len(list(archive.glob("*.zip"))) == 2
    found = verdicts()
    assert {name for name, verdict in found.items() if verdict == "FAILED"} == set()
    assert [found[name] for name in ("1 container", "3 tree", "8 join")] == ["PASSED"] * 3


def test_the_way_back_sends_nothing_unasked(folder: Path) -> None:
    """A backup that is put back lacks records that the memory file names, so a recovery is needed."""
    upgrade(folder)
    fingerprint = json.loads((folder / "gateway.state").read_text(encoding="utf-8"))
    fingerprint["records"] = [*fingerprint["records"], "message:sent-after-the-upgrade"]
    (folder / "gateway.state").write_text(json.dumps(fingerprint), encoding="utf-8")
    (folder / "gateway.db").unlink()
    load(folder / "gateway.sql", folder / "gateway.db")
    upgrade(folder)
    assert reported(folder, "check", exit_code=2)["memory of the store"]["code"] == "recovery.needed"
