"""The three ledgers side by side, row by row: the case database, the gateway's store, and the judiciary's own."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from adapters.sandbox.cases.generator import REFUSED
from adapters.sandbox.judiciary.ledger import ledger
from adapters.storage.sql_store import SqlStore
from gateway.notice.outbox import OutboxEntry
from gateway.runtime.errors import GatewayError

PAGE = 500

_REFERENCE = re.compile(r"EB-[A-Z2-7]{32}")

_ROWS = """
    SELECT notice_id, eblagh_reference, eblagh_state, eblagh_code, eblagh_tracking, delivered_at, viewed_at,
           expected_state, expected_code
    FROM notices JOIN sample_expectations USING (notice_id)
"""


@dataclass(slots=True)
class Verdict:
    """Every row of the three that is not as it should be, in words.

    ``contradictions`` are contradicting receipts that wait for a person: the judiciary has signed two truths, and it is
    no fault to ask which one is.
    """

    rows: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    contradictions: set[str] = field(default_factory=set)

    @property
    def good(self) -> bool:
        return not (self.lost or self.doubled or self.wrong)


def compare(directory: Path, store: SqlStore) -> Verdict:
    """Compare every row with every other one that tells of the same notice."""
    verdict = Verdict()
    entries = list(_entries(store))
    by_row = {entry.row_key: entry for entry in entries}
    theirs = {line["reference"]: line for line in ledger(directory / "judiciary.db")}
    seals = _seals(directory / "judiciary.db")
    verdict.contradictions = _contradicted(store)
    for row in _rows(directory / "cases.db"):
        verdict.rows += 1
        entry = by_row.pop(str(row["notice_id"]), None)
        line = theirs.pop(entry.reference, None) if entry else None
        _judge(verdict, row, entry, line, seals)
    verdict.wrong += [f"{entry.reference} stands for no row" for entry in by_row.values()]
    verdict.wrong += [f"{reference} came to the judiciary from nowhere" for reference in theirs]
    verdict.lost += _unreadable(store, entries)
    return verdict


def _judge(
    verdict: Verdict, row: dict[str, Any], entry: OutboxEntry | None, line: dict[str, Any] | None, seals: set[Any]
) -> None:
    name, expected = f"row {row['notice_id']}", row["expected_state"]
    if expected == REFUSED:
        if entry or (row["eblagh_state"], row["eblagh_code"]) != (REFUSED, row["expected_code"]):
            verdict.wrong.append(f"{name}: {row['eblagh_state']} {row['eblagh_code']}, and not {row['expected_code']}")
        return
    if entry is None:
        verdict.lost.append(f"{name}: never admitted; it shows {row['eblagh_state']} {row['eblagh_code']}")
        return
    name += f", {entry.reference}"
    if line is None:
        verdict.lost.append(f"{name}: {entry.state}, and the judiciary has never seen it")
        return
    if line["submissions"] > 1:
        verdict.doubled.append(f"{name}: came {line['submissions']} times: {line['tracking_numbers']}")
        return
    states = row["eblagh_state"], entry.state.value, line["state"]
    if states != (expected, expected, expected):
        verdict.wrong.append(f"{name}: case database, store, judiciary: {states}, and not {expected}")
    if (entry.reference, entry.seal_digest) not in seals:
        verdict.wrong.append(f"{name}: the judiciary has other octets")
    facts = {
        "reference": (row["eblagh_reference"], entry.reference, line["reference"]),
        "tracking": (row["eblagh_tracking"], entry.tracking_number, next(iter(line["tracking_numbers"]), None)),
        "code": (row["eblagh_code"], entry.code, line["code"] or entry.code),
    }
    if entry.reference not in verdict.contradictions:
        for name_of in ("delivered_at", "viewed_at"):
            facts[name_of] = _time(row[name_of]), getattr(entry, name_of), _time(line[name_of])
    for what, reported in facts.items():
        if len(set(reported)) > 1:
            verdict.wrong.append(f"{name}: {what} is told as {tuple(map(str, reported))}")


def _entries(store: SqlStore) -> Iterator[OutboxEntry]:
    after = None
    while page := store.notices.find(state=None, limit=PAGE, after=after):
        for admission in page:
            yield admission.entry
        after = page[-1].entry.reference


def _contradicted(store: SqlStore) -> set[str]:
    found: set[str] = set()
    after = None
    while page := store.quarantine.page(code="receipt.contradiction", limit=PAGE, after=after):
        found |= {reference for item in page for reference in _REFERENCE.findall(item.detail)}
        after = page[-1].payload_digest, page[-1].code
    return found


def _unreadable(store: SqlStore, entries: Sequence[OutboxEntry]) -> list[str]:
    """Notices whose sealed octets are not given out any more, exactly as they were."""
    found = []
    for start in range(0, len(entries), PAGE):
        part = entries[start : start + PAGE]
        try:
            store.evidence.payloads([entry.seal_digest for entry in part])
        except GatewayError as error:
            found.append(f"among {part[0].reference} and {len(part) - 1} after it: {error}")
    return found


def _seals(path: Path) -> set[tuple[str, str]]:
    """Return the octets that came to the judiciary, as (reference, digest)."""
    with closing(sqlite3.connect(path)) as connection:
        return set(connection.execute("SELECT reference, seal_digest FROM submission"))


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        yield from map(dict, connection.execute(_ROWS))


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text).astimezone(UTC)
