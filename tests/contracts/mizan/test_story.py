"""From a WSDL to written-back cases, by the commands of docs/connect/bind-your-own-service.md: a stranger's hour."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from adapters.shipped.resources import ROOT
from tests.contracts.page import SOAP_COMMANDS, run, told_by

from .__main__ import installed


@pytest.mark.slow
def test_the_page_leads_from_the_wsdl_to_the_first_receipt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config").symlink_to(ROOT / "config")
    with installed(tmp_path / "D") as (_, mizan):
        reported = {command: run(command) for command in SOAP_COMMANDS}
        assert len(reported) == len(SOAP_COMMANDS) >= 15
        assert "4 operations bound" in told_by(reported, "check")
        assert "lost.batches" in told_by(reported, "check")
        preview = told_by(reported, "mapping preview")
        assert "RegisterLetter" in preview
        assert "notice and message conform" in preview
        assert "FAILED" not in told_by(reported, "archive verify")

        with closing(sqlite3.connect(tmp_path / "D/gateway.db")) as store:
            states = Counter(state for (state,) in store.execute("SELECT state FROM outbox"))
            [waiting] = store.execute("SELECT count(*) FROM quarantine").fetchone()
        assert states.keys() == {"VIEWED", "REJECTED", "NO_ACCOUNT"}
        assert waiting == 0
        with closing(sqlite3.connect(tmp_path / "D/cases.db")) as cases:
            [written] = cases.execute("SELECT count(*) FROM notices WHERE eblagh_state = 'VIEWED'").fetchone()
        assert written == states["VIEWED"] > 0
        assert len(mizan.kept) == len(mizan.slips) == 2 * written

        # The corrected revision of the letter that was rejected goes out now; then there is nothing left to do.
        run("run-once all -c D/gateway.toml")
        again = json.loads(run("run-once all -c D/gateway.toml --json").splitlines()[-1])
        assert not again["dispatch"].get("sent")
        assert {len(letters) for letters in mizan.letters.values()} == {1}, "no letter went out twice"
