"""From an OpenAPI document to written-back cases, by the commands of docs/connect/bind-your-own-service.md."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from adapters.shipped.resources import ROOT
from tests.contracts.page import REST_COMMANDS, run, told_by

from .__main__ import installed


@pytest.mark.slow
def test_the_page_leads_from_the_openapi_document_to_the_first_receipt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config").symlink_to(ROOT / "config")
    with installed(tmp_path / "R") as (_, barid):
        reported = {command: run(command) for command in REST_COMMANDS}
        assert len(reported) == len(REST_COMMANDS) >= 14
        assert "4 operations bound" in told_by(reported, "check")
        assert "lost." not in told_by(reported, "check")
        preview = told_by(reported, "mapping preview")
        assert '"ourRef": "EB-' in preview
        assert "notice and message conform" in preview
        assert "FAILED" not in told_by(reported, "archive verify")

        with closing(sqlite3.connect(tmp_path / "R/gateway.db")) as store:
            states = Counter(state for (state,) in store.execute("SELECT state FROM outbox"))
            [waiting] = store.execute("SELECT count(*) FROM quarantine").fetchone()
        assert states.keys() == {"VIEWED", "REJECTED", "NO_ACCOUNT"}
        assert waiting == 0
        with closing(sqlite3.connect(tmp_path / "R/cases.db")) as cases:
            [written] = cases.execute("SELECT count(*) FROM notices WHERE eblagh_state = 'VIEWED'").fetchone()
        assert written == states["VIEWED"] > 0
        assert len(barid.kept) == len(barid.slips) == 2 * written

        # The corrected revision of the letter that was rejected goes out now; then there is nothing left to do.
        run("run-once all -c R/gateway.toml")
        again = json.loads(run("run-once all -c R/gateway.toml --json").splitlines()[-1])
        assert not again["dispatch"].get("sent")
        assert {len(letters) for letters in barid.letters.values()} == {1}, "no letter went out twice"
