"""A clerk of Shahriar, whose REST interface the gateway asks: the sandbox's stand-in, in a process of its own."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adapters.municipal.rest.case_api import CaseApi, CaseApiSettings
from adapters.municipal.rest.pulled_cases import CaseNames, PulledCases
from adapters.sandbox.city.city_process import city_process
from adapters.sandbox.city.service import open_ledger
from adapters.sandbox.city.shahriar import TABLES, next_version, touch
from gateway.runtime.clock import Clock, system_clock
from tests.integration.municipal.case_database import PDF

NAMES = CaseNames(party_prefix="recipient_", documents=["paper_content"])
"""Fields of a party are those of the sample's view, for the suites that know these."""


@dataclass(frozen=True)
class PulledShahriar:
    """The clerk's actions, as `case_database.CaseDatabase` has them; each case of `add` has one party."""

    ledger: sqlite3.Connection
    url: str

    def source(self, clock: Clock = system_clock, names: CaseNames = NAMES) -> PulledCases:
        api = CaseApi(CaseApiSettings(name="cases", url=self.url, token=lambda: "token"))
        return PulledCases("cases", api, names, clock)

    def add(self, document: bytes | None = PDF, parties: int = 1) -> list[str]:
        return [key for _ in range(parties) for key in self.add_case(("1",), document)]

    def add_case(self, parties: Sequence[str], document: bytes | None = PDF) -> list[str]:
        """Enter one case with these parties; return the keys of its rows."""
        version = next_version(self.ledger)
        case_id = f"1404/{version:06}"
        self.ledger.execute(
            "INSERT INTO cases (case_id, version, way, body, content) VALUES (?, ?, 'rest', '100', ?)",
            (case_id, version, document),
        )
        keys = [f"1404%2F{version:06}/{party}" for party in parties]
        self.ledger.executemany(
            "INSERT INTO parties (row_key, case_id, party_id, name) VALUES (?, ?, ?, 'علی یکتا (نمونه)')",
            [(key, case_id, party) for key, party in zip(keys, parties, strict=True)],
        )
        return keys

    def correct(self, key: str, name: str) -> None:
        self.ledger.execute("UPDATE parties SET name = ? WHERE row_key = ?", (name, key))
        [(case_id,)] = self.ledger.execute("SELECT case_id FROM parties WHERE row_key = ?", (key,))
        touch(self.ledger, case_id)

    def shown(self, key: str) -> dict[str, Any]:
        """Return a row's standing by a case database's names."""
        names = {"eblagh_reference": "reference", "eblagh_state": "state", "eblagh_seq": "seq", "eblagh_code": "code"}
        names |= {"eblagh_reason": "reason", "eblagh_tracking": "tracking_number", "service_effect": "effect"}
        names |= {"delivered_at": "delivered_at", "viewed_at": "viewed_at", "service_date": "service_date"}
        names |= {"eblagh_updated_at": "updated_at"}
        row = self.ledger.execute("SELECT * FROM standing WHERE row_key = ?", (key,)).fetchone()
        return {column: row[name] for column, name in names.items()}


@contextmanager
def shahriar(directory: Path, *options: str) -> Iterator[PulledShahriar]:
    """Serve a Shahriar without cases while the block runs; ``options`` are those of its process."""
    with (
        closing(open_ledger(directory / "shahriar.db", TABLES)) as ledger,
        city_process("shahriar", directory, options) as url,
    ):
        yield PulledShahriar(ledger, url)
