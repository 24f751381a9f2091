"""An administrator offloads and deletes: records that left are still found, payloads are deleted on record."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from .conftest import Program, edit

pytestmark = pytest.mark.long

CLASSES = """
[retention.classes.answers]
kinds = ["MESSAGE_RECEIVED"]
payload_days = 0.000001
"""


def count(directory: Path, query: str) -> int:
    with closing(sqlite3.connect(directory / "gateway.db")) as connection:
        return int(connection.execute(query).fetchone()[0])


@pytest.mark.slow
@pytest.mark.exhaustive(group="the whole program at length", keep=8)
def test_what_left_is_still_shown_and_what_is_deleted_is_told(
    served_demo: Path, program: Program, tmp_path: Path
) -> None:
    config = ("-c", served_demo / "gateway.toml")
    program("archive", "write", *config)
    notice = program.json("notice", "list", *config, "--state", "DELIVERED")["notices"][0]["reference"]
    before = program.json("notice", "show", notice, *config, "--save", tmp_path / "before")
    reported = program("archive", "leave", *config, check=2)
    assert "leave_after_days" in reported.stderr
    records = count(served_demo, "SELECT count(*) FROM evidence")
    left = program.json("archive", "leave", "--after-days", 0, *config)
    assert left["left"] + left["in_use"] == records
    assert count(served_demo, "SELECT count(*) FROM payload") <= left["in_use"]
    after = program.json("notice", "show", notice, *config, "--save", tmp_path / "after")
    assert after | {"saved": []} == before | {"saved": []}
    for path in (tmp_path / "before").iterdir():
        assert (tmp_path / "after" / path.name).read_bytes() == path.read_bytes()
    assert program.json("reconcile", *config, "--ask", "none")["findings"] == []

    program("archive", "purge", *config, check=1)
    edit(served_demo, "[archive]", f"{CLASSES}\n[archive]")
    program("archive", "hold", "add", "--notice", notice, "--reason", "a court asks for it", *config)
    held = program.json("archive", "hold", "list", *config)["holds"]
    assert [each["subject"] for each in held] == [notice]
    foreseen = program.json("archive", "purge", "--dry-run", *config)["payloads"]["answers"]
    purged = program.json("archive", "purge", *config)
    assert purged["deleted"] == foreseen == purged["recorded"] > 0
    shown = program("notice", "show", notice, *config, "--save", tmp_path / "held")
    assert "retention.deleted" not in shown.stderr, "what is held is kept, with the messages that carried it"
    report = program.json("archive", "verify", served_demo / "archive", "--trust", served_demo / "pki" / "anchors")
    assert report["kinds"]["PAYLOAD_DELETED"] == 1
    assert report["verdicts"]["6 payload"] == "INDETERMINATE"
    assert "FAILED" not in report["verdicts"].values()
    [finding] = [finding for finding in report["findings"] if finding["check"] == "6 payload"]
    assert re.fullmatch(r"deleted under rule answers on [0-9-]{10}", finding["reason"])
    program("archive", "leave", "--after-days", 0, "--audit-anew", *config)
