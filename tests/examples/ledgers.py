"""Three ledgers, compared by SQL: the cases, the gateway's store, and the service's own book."""

from __future__ import annotations

import itertools
import re
import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing

from .installation import Installation, Service, lines

MOVING = ("QUEUED", "SENDING", "IN_DOUBT")
"""States that a pass still changes by itself."""


def collected(made: Installation) -> dict[str, list[str]]:
    """Collect; return the rows of queued notices by their recipient, where he is written as he is sent.

    A recipient who is written otherwise has the service's usual end.
    """
    made.passes("collect")
    queued = {row for (row,) in made.rows("SELECT row_key FROM outbox")}
    with closing(sqlite3.connect(made.directory / "cases.db")) as cases:
        named = cases.execute("SELECT recipient_id, notice_id FROM eblagh_notices ORDER BY notice_id").fetchall()
    found: dict[str, list[str]] = {}
    for recipient, row in named:
        if str(row) in queued and re.fullmatch("[0-9]{10,12}", recipient, re.ASCII):
            found.setdefault(recipient, []).append(str(row))
    return found


def give_outcomes(made: Installation, service: Service, ends: Sequence[object]) -> None:
    """Collect; give the recipients of the queued notices these ends in turn, so that each occurs."""
    people = list(collected(made))
    assert len(people) >= len(ends), f"{len(people)} recipients for {len(ends)} ends"
    service.write("outcomes.json", dict(zip(people, itertools.cycle(ends), strict=False)))


def played(service: Service) -> set[str]:
    """Return the faults that the service has played."""
    return {line["fault"] for line in lines(service.folder / "faults.jsonl")}


REST = 3
"""Seconds for which nothing may change: longer than any wait of the gateway, of the profiles and of the services."""


def run_until_settled(made: Installation, service: Service, faults: set[str], *, rounds: int = 600) -> None:
    """Run all passes in turn until ``faults`` are played, nothing is under way, and nothing changes any more.

    The last round begins when nothing has changed for `REST`: so each wait is over, however long a round takes.
    """
    before: object = None
    changed = time.monotonic()
    for _ in range(rounds):
        began = time.monotonic()
        made.passes("collect", "dispatch", "rescue", "receipts", "writeback")
        held = [reference for (reference,) in made.rows("SELECT reference FROM outbox WHERE code LIKE 'held.%'")]
        if held:  # a refusal of our permission was played: the person who mended it lets the notices go on
            made.run(f"queue release {' '.join(held)} --reason mended", 0, 1)
        moving = sum(made.states()[state] for state in MOVING)
        now = made.states(), len(service.ledger())
        if now != before:
            before, changed = now, time.monotonic()
        elif not moving and faults <= played(service) and began - changed >= REST:
            return
        time.sleep(0.2)  # the gateway's own waits are real time
    raise AssertionError(f"still under way: {made.states()}; not played: {faults - played(service)}")


def compared(made: Installation, service: Service) -> dict[str, list[tuple[object, ...]]]:
    """Return what is lost, doubled or told otherwise between the three ledgers; each list is empty if they agree."""
    book = [(line["reference"], line["number"]) for line in service.ledger("submitted")]
    with closing(sqlite3.connect(":memory:", timeout=60)) as sql:
        sql.execute("ATTACH ? AS cases", (str(made.directory / "cases.db"),))
        sql.execute("CREATE TABLE book (reference TEXT, number TEXT)")
        sql.executemany("INSERT INTO book VALUES (?, ?)", book)
        sql.execute("CREATE TABLE outbox (reference TEXT, tracking_number TEXT, state TEXT)")
        outbox = made.rows("SELECT reference, tracking_number, state FROM outbox")
        sql.executemany("INSERT INTO outbox VALUES (?, ?, ?)", outbox)
        queries = {
            "doubled": "SELECT reference, count(*) FROM book GROUP BY reference HAVING count(*) > 1",
            "served, and unknown here": "SELECT b.reference FROM book b LEFT JOIN outbox o"
            " ON o.reference = b.reference WHERE o.tracking_number IS NULL OR o.tracking_number <> b.number",
            "accepted here, and never served": "SELECT o.reference FROM outbox o LEFT JOIN book b"
            " ON b.reference = o.reference WHERE o.tracking_number IS NOT NULL AND b.reference IS NULL",
            "another state in the row": "SELECT n.eblagh_reference, n.eblagh_state, o.state FROM cases.notices n"
            " JOIN outbox o ON o.reference = n.eblagh_reference WHERE n.eblagh_state <> o.state",
            "no state in the row": "SELECT o.reference FROM outbox o LEFT JOIN cases.notices n"
            " ON n.eblagh_reference = o.reference WHERE n.eblagh_state IS NULL AND o.state NOT IN ('QUEUED')",
        }
        return {name: sql.execute(query).fetchall() for name, query in queries.items()}
