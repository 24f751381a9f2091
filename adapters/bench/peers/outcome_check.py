"""Check that a run did its work, by the sandbox's own ledger and the case database."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

from adapters.bench.peers.measured_program import Failed
from adapters.bench.peers.workplace import Workplace
from adapters.sandbox.judiciary.ledger import ledger, refused

_RECEIPTS = "SELECT count(*), count(confirmed_at) FROM receipt"
_ROWS = """
    SELECT eblagh_reference, eblagh_tracking FROM notices
    WHERE eblagh_state = 'VIEWED' AND delivered_at IS NOT NULL AND viewed_at IS NOT NULL AND service_date IS NOT NULL
"""


def assert_done(place: Workplace, notices: int) -> None:
    """Assert that each notice was accepted once, each receipt confirmed, and each row written. Raises `Failed`."""
    if wrong := list(_wrong(place, notices)):
        raise Failed("; ".join(wrong))


def _wrong(place: Workplace, notices: int) -> Iterator[str]:
    path = place.folder / "judiciary.db"
    lines = {line["reference"]: line for line in ledger(path)}
    once = {
        reference: line["tracking_numbers"][0]
        for reference, line in lines.items()
        if line["state"] == "VIEWED" and line["submissions"] == len(line["tracking_numbers"]) == 1
    }
    if len(once) != notices or len(lines) != notices:
        yield f"{len(once)} of {notices} notices were accepted once and viewed, of {len(lines)} in the ledger"
    if turned_away := refused(path):
        yield f"{len(turned_away)} requests were refused: {turned_away[0]['code']} {turned_away[0]['detail']}"
    made, confirmed = _query(path, _RECEIPTS)[0]
    if not made == confirmed == 2 * notices:
        yield f"{confirmed} of {made} receipts are confirmed, of {2 * notices} that are due"
    if dict(_query(place.cases, _ROWS)) != once:
        yield "the case database does not show what the ledger says"


def _query(path: object, statement: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(str(path), timeout=30)) as connection:
        return connection.execute(statement).fetchall()
