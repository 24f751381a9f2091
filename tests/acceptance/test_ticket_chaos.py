"""Chaos against the independent service with logins and tickets, a short one; `make chaos` has the long one."""

from __future__ import annotations

import json
import sqlite3
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from adapters.sandbox.cases import generate
from tests import debian
from tests.chaos.__main__ import as_table, tickets_in
from tests.chaos.ledgers import Verdict
from tests.chaos.plan import Disturbance
from tests.chaos.run import chaos
from tests.chaos.service_plan import ServiceDisturbance, plan_of
from tests.chaos.ticket_ledgers import UNKNOWN_KINDS, judged
from tests.databases import open_folder
from tests.examples.installation import Installation, Service
from tests.examples.peyk import NEEDED

from .service import PATIENCE

pytestmark = [pytest.mark.slow, debian.needs(*NEEDED)]

SEED = 1405


@pytest.mark.exhaustive(group="chaos", keep=1)
def test_nothing_is_lost_or_doubled_at_a_service_with_logins_and_tickets() -> None:
    plan = plan_of(SEED, 60, 20)
    with open_folder() as folder:
        cluster = tickets_in(folder, plan)
        outcome = chaos(cluster, plan, PATIENCE, print)
        table = as_table(outcome)
        assert outcome.good, table
        assert outcome.verdict.rows == 60
        assert min(outcome.done[kind] for kind in (*Disturbance, *ServiceDisturbance)) > 0, table
        assert all(outcome.faults.values()), table
        assert outcome.met["PENDING"] == outcome.done[Disturbance.KILL], table


@dataclass(frozen=True, slots=True)
class Ended:
    """Three ledgers of a run that ended well: each row that can be served was viewed."""

    made: Installation
    service: Service

    def verdict(self) -> Verdict:
        return judged(self.made, self.service)

    def write(self, lines: Sequence[Mapping[str, Any]]) -> None:
        """Write the service's book."""
        text = "".join(f"{json.dumps(line)}\n" for line in lines)
        (self.service.folder / "ledger.jsonl").write_text(text, encoding="utf-8")


@pytest.fixture
def ended(tmp_path: Path) -> Ended:
    made = Installation(directory=tmp_path, store=f"sqlite:///{tmp_path / 'store.db'}")
    generate(tmp_path / "cases.db", notices=60, seed=1, small_documents=True)
    lines: list[dict[str, Any]] = []
    with closing(sqlite3.connect(tmp_path / "cases.db")) as cases, cases:
        cases.execute(
            "UPDATE notices SET (eblagh_state, eblagh_code) = (SELECT expected_state, expected_code FROM"
            " sample_expectations e WHERE e.notice_id = notices.notice_id)"
        )
        cases.execute(
            "UPDATE notices SET eblagh_state = 'REFUSED', eblagh_code = 'notice.contract' WHERE notice_id IN"
            " (SELECT notice_id FROM eblagh_notices WHERE kind IN (?, ?)) AND eblagh_state <> 'REFUSED'",
            UNKNOWN_KINDS,
        )
        cases.execute(
            "UPDATE notices SET eblagh_state = 'VIEWED', eblagh_reference = 'EB-' || notice_id"
            " WHERE eblagh_state <> 'REFUSED'"
        )
        served = [row for (row,) in cases.execute("SELECT notice_id FROM notices WHERE eblagh_state = 'VIEWED'")]
    with closing(sqlite3.connect(tmp_path / "store.db")) as store, store:
        store.execute("CREATE TABLE outbox (reference, row_key, tracking_number, state)")
        for row in served:
            store.execute("INSERT INTO outbox VALUES (?, ?, ?, 'VIEWED')", (f"EB-{row}", str(row), f"PK-{row}"))
            named = {"ticket": f"TK-{row}", "reference": f"EB-{row}"}
            lines += [
                {"what": "taken", "outcome": {}, "events": ["VIEWED"], **named},
                {"what": "submitted", "number": f"PK-{row}", **named},
                {"what": "receipt", "event": "VIEWED", **named},
            ]
    process = subprocess.Popen(["true"])
    process.wait()
    found = Ended(made, Service(ready={}, folder=tmp_path, process=process))
    found.write(lines)
    return found


def test_a_letter_that_is_doubled_lost_or_told_otherwise_is_found(ended: Ended) -> None:
    assert ended.verdict() == Verdict(rows=60)
    lines = ended.service.ledger()
    again = [{**line, "ticket": "TK-again", "number": "PK-again"} for line in lines[:3]]
    ended.write([*lines, *again])
    assert ended.verdict().doubled
    ended.write(lines[3:])
    assert ended.verdict().lost
    ended.write([*lines[:2], {**lines[2], "event": "PLACED"}, *lines[3:]])
    verdict = ended.verdict()
    assert (verdict.lost, verdict.doubled) == ([], [])
    [wrong] = verdict.wrong
    assert wrong.startswith("another end than at the service")


def test_a_seed_repeats_its_plan() -> None:
    assert plan_of(SEED, 60, 20) == plan_of(SEED, 60, 20) != plan_of(SEED + 1, 60, 20)
