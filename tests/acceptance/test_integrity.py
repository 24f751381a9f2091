"""A bit that flips in the database is told, with notice and column, by `db check` and by the daily reconciliation."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from adapters.cli.service.database import last_comparisons
from adapters.composition.installation import Installation
from adapters.composition.ledgers import damage, receipt_reader
from gateway.reconciliation import integrity
from gateway.reconciliation.integrity import BY_RECEIPTS, IN_RECORD, IN_SEAL, IN_STEPS
from gateway.runtime.errors import GatewayError

from .conftest import Program

pytestmark = [pytest.mark.slow, pytest.mark.long]

KEYS = {"reference"}
"""A notice whose reference flips is another one, whose rows do not belong together."""


def flip(directory: Path, column: str) -> str:
    """Flip the lowest bit of a column's last octet in one notice; return its reference."""
    with closing(sqlite3.connect(directory / "gateway.db")) as connection, connection:
        table = "notice" if column in {row[1] for row in connection.execute("PRAGMA table_info(notice)")} else "outbox"
        found = connection.execute(
            f"SELECT reference, {column} FROM {table} WHERE {column} IS NOT NULL ORDER BY reference LIMIT 1"
        ).fetchone()
        if found is None:  # such as a predecessor, which the sample has not
            found = connection.execute(f"SELECT reference, {column} FROM {table} ORDER BY reference LIMIT 1").fetchone()
        reference, value = found
        spoiled: Any = (
            "EB-OTHER"
            if value is None
            else value ^ 1
            if isinstance(value, int)
            else value[:-1] + chr(ord(value[-1]) ^ 1)
        )
        connection.execute(f"UPDATE {table} SET {column} = ? WHERE reference = ?", (spoiled, reference))
    return str(reference)


@pytest.mark.parametrize("column", sorted({*IN_SEAL, *IN_RECORD, *IN_STEPS, *BY_RECEIPTS} - KEYS))
@pytest.mark.exhaustive(keep=5)
def test_a_flipped_bit_is_told_with_notice_and_column(copy: Path, program: Program, column: str) -> None:
    reference = flip(copy, column)
    reported = program.json("db", "check", "--config", copy / "gateway.toml", check=1)
    [found] = reported["found"]
    assert (found["code"], found["where"]) == ("store.value-differs", reference)
    assert column in found["detail"] or "cannot be read" in found["detail"] or "record of its seal" in found["detail"]


def test_an_untouched_database_is_whole_and_names_what_no_evidence_tells(copy: Path, program: Program) -> None:
    reported = program.json("db", "check", "--config", copy / "gateway.toml")
    assert (reported["pages"], reported["problems"], reported["unread"], reported["found"]) == (
        "PRAGMA quick_check",
        0,
        0,
        [],
    )
    assert reported["notices"] > 40
    assert {"row_key", "held", "due_at"} <= set(reported["not_covered"])


def test_a_damaged_page_is_told(copy: Path, program: Program) -> None:
    with closing(sqlite3.connect(copy / "gateway.db")) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        size = connection.execute("PRAGMA page_size").fetchone()[0]
        name = "ix_quarantine_code"
        found = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE type = 'index' ORDER BY name = ? DESC", (name,)
        )
        page = found.fetchone()[0]
    with (copy / "gateway.db").open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * 64)
    reported = program.json("db", "check", "--config", copy / "gateway.toml", check=1)
    assert "store.damaged" in {each["code"] for each in reported["found"]}


def test_the_daily_look_tells_of_it_and_goes_on_where_it_was_broken_off(
    copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference = flip(copy, "recipient_name")
    with closing(Installation.of(copy / "gateway.toml")) as installation:
        store = installation.store()
        looks = 0
        monkeypatch.setattr(integrity, "PAGE", 10)

        def once() -> bool:
            nonlocal looks
            looks += 1
            return looks % 2 == 1

        found = []
        while (reported := damage(store, receipt_reader(installation), once)) or store.rows.cursor("rows-checked"):
            found += [(error.code, error.where) for error in reported]
        assert looks > 4
        assert found == [("store.value-differs", reference)]


def test_check_tells_when_the_rows_were_compared_last_and_fails_on_what_was_found(copy: Path, program: Program) -> None:
    config = copy / "gateway.toml"

    def reported() -> str:
        with closing(Installation.of(config)) as installation:
            return last_comparisons(installation)

    def refused() -> tuple[str, str]:
        with pytest.raises(GatewayError) as found:
            reported()
        return found.value.code, found.value.detail

    assert reported() == "not compared with evidence yet: `db check` does that"
    notices = program.json("db", "check", "--config", config)["notices"]
    assert reported().startswith(f"compared with evidence by `db check`, {notices} notices: ")
    flip(copy, "recipient_name")
    with closing(Installation.of(config)) as installation:
        assert damage(installation.store(), receipt_reader(installation), lambda: True)
    code, detail = refused()
    assert code == "store.value-differs"
    assert detail.startswith(f"1 of {notices} notices differed at ")
    program.json("db", "check", "--config", config, check=1)
    assert refused()[0] == "store.value-differs"
    flip(copy, "recipient_name")  # back
    program.json("db", "check", "--config", config)
    assert "by the daily reconciliation" in reported(), "what it found before is not so any more"
