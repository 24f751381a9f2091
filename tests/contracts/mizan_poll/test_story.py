"""A judiciary that gives slips only to who names the letter: from cases to written-back results, over real HTTP."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from tests.contracts.mizan.__main__ import installed
from tests.contracts.mizan.shapes import PolledMizan
from tests.contracts.page import run

pytestmark = pytest.mark.slow


def states(directory: Path) -> Counter[str]:
    with closing(sqlite3.connect(directory / "gateway.db")) as store:
        return Counter(state for (state,) in store.execute("SELECT state FROM outbox"))


@pytest.mark.exhaustive(group="stories of contracts", keep=4)
def test_letters_are_asked_about_in_turn_until_they_were_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    directory = tmp_path / "D"
    config = f"-c {directory}/gateway.toml"
    with installed(directory, PolledMizan) as (_, mizan):
        reported = json.loads(run(f"check {config} --json").splitlines()[-1])
        assert reported["lost.receipts-poll"]["ok"]
        assert "3 operations bound" in reported["contract"]["found"]
        for name in ("collect", "dispatch"):
            run(f"run-once {name} {config}")
        slips, mizan.slips = mizan.slips, []
        run(f"run-once receipts {config}")
        assert isinstance(mizan, PolledMizan)
        assert sum(map(len, mizan.asked)) == states(directory)["SUBMITTED"] > 5
        assert max(map(len, mizan.asked)) == 5
        mizan.slips = slips
        for _ in range(2):  # the end of the first round, and a second one
            run(f"run-once receipts {config}")
        run(f"run-once writeback {config}")
        found = states(directory)
        assert found.keys() == {"VIEWED", "REJECTED", "NO_ACCOUNT"}
        mizan.asked.clear()
        for _ in range(3):
            run(f"run-once receipts {config}")
        assert mizan.asked == [], "nothing more can come"
        run(f"archive write {config}")
        assert "FAILED" not in run(f"archive verify {directory}/archive --trust {directory}/pki/anchors")
        with closing(sqlite3.connect(directory / "cases.db")) as cases:
            [written] = cases.execute("SELECT count(*) FROM notices WHERE eblagh_state = 'VIEWED'").fetchone()
        assert written == found["VIEWED"] == len(slips) / 2
