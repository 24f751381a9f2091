"""Three ledgers, compared by SQL: the cases, the gateway's store, and the service's own book."""

from __future__ import annotations

import itertools
import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing

from .installation import Installation, Service

MOVING = ("QUEUED", "SENDING", "IN_DOUBT")
"""States that a pass still changes by itself."""


def give_outcomes(made: Installation, service: Service, ends: Sequence[object]) -> None:
    """Give the recipients of the sample cases these ends in turn, so that each occurs."""
    with closing(sqlite3.connect(made.directory / "cases.db")) as cases:
        found = cases.execute("SELECT DISTINCT identifier FROM parties WHERE identifier IS NOT NULL ORDER BY 1")
        people = [identifier for (identifier,) in found]
    assert len(people) >= len(ends), "each end has a recipient"
    service.write("outcomes.json", dict(zip(people, itertools.cycle(ends), strict=False)))


def run_until_settled(made: Installation, service: Service, rounds: int = 600) -> None:
    """Run all passes in turn until nothing is under way and what the service told is applied."""
    before: object = None
    for _ in range(rounds):
        made.passes("collect", "dispatch", "rescue", "receipts", "writeback")
        held = [reference for (reference,) in made.rows("SELECT reference FROM outbox WHERE code LIKE 'held.%'")]
        if held:  # a refusal of our permission was played: the person who mended it lets the notices go on
            made.run(f"queue release {' '.join(held)} --reason mended", 0, 1)
        moving = sum(made.states()[state] for state in MOVING)
        now = made.states(), len(service.ledger())
        if not moving and now == before:
            return
        before = now
        time.sleep(0.2)  # the gateway's own waits are real time
    raise AssertionError(f"still under way: {made.states()}")


def compared(made: Installation, service: Service) -> dict[str, list[tuple[object, ...]]]:
    """Return what is lost, doubled or told otherwise between the three ledgers; each list is empty if they agree."""
    book = [(line["reference"], line["number"]) for line in service.ledger("submitted")]
    with closing(sqlite3.connect(":memory:")) as sql:
        sql.execute("ATTACH ? AS gateway", (str(made.directory / "gateway.db"),))
        sql.execute("ATTACH ? AS cases", (str(made.directory / "cases.db"),))
        sql.execute("CREATE TABLE book (reference TEXT, number TEXT)")
        sql.executemany("INSERT INTO book VALUES (?, ?)", book)
        queries = {
            "doubled": "SELECT reference, count(*) FROM book GROUP BY reference HAVING count(*) > 1",
            "served, and unknown here": "SELECT b.reference FROM book b LEFT JOIN gateway.outbox o"
            " ON o.reference = b.reference WHERE o.tracking_number IS NULL OR o.tracking_number <> b.number",
            "accepted here, and never served": "SELECT o.reference FROM gateway.outbox o LEFT JOIN book b"
            " ON b.reference = o.reference WHERE o.tracking_number IS NOT NULL AND b.reference IS NULL",
            "another state in the row": "SELECT n.eblagh_reference, n.eblagh_state, o.state FROM cases.notices n"
            " JOIN gateway.outbox o ON o.reference = n.eblagh_reference WHERE n.eblagh_state <> o.state",
        }
        return {name: sql.execute(query).fetchall() for name, query in queries.items()}
