"""The three ledgers of a service with tickets, compared by SQL: the cases, the gateway's store, the service's book."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

from adapters.sandbox.cases.generator import REFUSED
from tests.examples.installation import Installation, Service
from tests.examples.ledgers import compared

from .ledgers import Verdict

_TABLES = """
    CREATE TABLE letter (ticket TEXT PRIMARY KEY, reference TEXT, lost INTEGER, events INTEGER);
    CREATE TABLE decision (ticket TEXT, what TEXT);
    CREATE TABLE receipt (ticket TEXT, event TEXT);
    CREATE TABLE outbox (reference TEXT PRIMARY KEY, row_key TEXT, state TEXT);
    -- What became of each letter by the service's own book. One that it lost, or gave back, was never served.
    CREATE VIEW ended AS
    SELECT letter.ticket, letter.reference, letter.lost, letter.events,
           CASE WHEN what <> 'submitted' THEN what
                WHEN sum(event = 'VIEWED') THEN 'VIEWED'
                WHEN sum(event IN ('PLACED', 'LEGAL')) THEN 'DELIVERED'
                WHEN sum(event = 'NO_ACCOUNT') THEN 'UNDELIVERABLE'
                WHEN what = 'submitted' THEN 'SUBMITTED' END AS state,
           count(event) AS made
    FROM letter LEFT JOIN decision USING (ticket) LEFT JOIN receipt USING (ticket) GROUP BY letter.ticket;
    CREATE VIEW truth AS
    SELECT reference, CASE state WHEN 'rejected' THEN 'REJECTED' WHEN 'no-account' THEN 'NO_ACCOUNT' ELSE state END
        AS state FROM ended WHERE state <> 'returned';
"""

UNKNOWN_KINDS = "first-warning", "second-warning"
"""Kinds of sample notices that the service does not have: such rows are refused before anything is sent."""

_LOST = """
    SELECT 'row ' || n.notice_id, 'shows ' || coalesce(n.eblagh_state, 'nothing'), 'store: ' || coalesce(o.state, '-')
    FROM cases.notices n JOIN cases.sample_expectations e USING (notice_id)
    JOIN cases.eblagh_notices v USING (notice_id)
    LEFT JOIN outbox o ON o.row_key = CAST(n.notice_id AS TEXT)
    LEFT JOIN truth t ON t.reference = o.reference
    WHERE e.expected_state <> :refused AND t.reference IS NULL AND NOT (
        o.reference IS NULL AND n.eblagh_state = :refused AND CASE
            WHEN v.kind IN (:unknown, :unknown_too) THEN n.eblagh_code = 'notice.contract'
            -- A correction of a paper that was not rejected.
            ELSE n.revision > 1 AND n.eblagh_code = 'notice.predecessor' END)
"""
"""Rows that had to be served or decided, and no letter of them was."""

_WRONG = {
    "not refused for its reason": """
        SELECT n.notice_id, o.state, n.eblagh_code
        FROM cases.notices n JOIN cases.sample_expectations e USING (notice_id)
        JOIN cases.eblagh_notices v USING (notice_id) LEFT JOIN outbox o ON o.row_key = CAST(n.notice_id AS TEXT)
        WHERE e.expected_state = :refused AND (
            o.reference IS NOT NULL OR n.eblagh_state <> :refused OR NOT (
                n.eblagh_code = e.expected_code
                OR n.eblagh_code = 'notice.contract' AND v.kind IN (:unknown, :unknown_too)))
    """,
    "another end than at the service": """
        SELECT o.reference, o.state, t.state FROM outbox o LEFT JOIN truth t ON t.reference = o.reference
        WHERE o.state <> coalesce(t.state, '-')
    """,
    "from nowhere": "SELECT reference FROM letter WHERE reference NOT IN (SELECT reference FROM outbox)",
}

_OPEN = "SELECT count(*) FROM ended WHERE NOT lost AND (state IS NULL OR state <> 'returned' AND made < events)"
"""Letters that the service has not decided yet, or has a receipt still to make for."""


def judged(made: Installation, service: Service) -> Verdict:
    """Return every row of the three that is not as it should be."""
    verdict = Verdict()
    differences = compared(made, service)
    values = {"refused": REFUSED, "unknown": UNKNOWN_KINDS[0], "unknown_too": UNKNOWN_KINDS[1]}
    with _ledgers(made, service) as sql:
        [(verdict.rows,)] = sql.execute("SELECT count(*) FROM cases.notices")
        verdict.lost = list(map(str, sql.execute(_LOST, values)))
        for name, query in _WRONG.items():
            differences[name] = sql.execute(query, values).fetchall()
    verdict.doubled = list(map(str, differences.pop("doubled")))
    verdict.wrong = [f"{name}: {row}" for name, rows in differences.items() for row in rows]
    return verdict


def is_over(made: Installation, service: Service) -> bool:
    """Return True if the service has nothing left to do, and the three ledgers agree."""
    with _ledgers(made, service) as sql:
        [(left,)] = sql.execute(_OPEN)
    if left:
        return False
    # The store is read several times: a notice that goes on meanwhile could agree with each ledger at another time.
    query = "SELECT reference, seq FROM outbox ORDER BY reference"
    before = made.rows(query)
    return judged(made, service).good and made.rows(query) == before


@contextmanager
def _ledgers(made: Installation, service: Service) -> Iterator[sqlite3.Connection]:
    lines = service.ledger()
    with closing(sqlite3.connect(":memory:", timeout=60)) as sql:
        sql.execute("ATTACH ? AS cases", (str(made.directory / "cases.db"),))
        sql.executescript(_TABLES)
        taken = [line for line in lines if line["what"] == "taken"]
        sql.executemany(
            "INSERT INTO letter VALUES (?, ?, ?, ?)",
            [
                (line["ticket"], line["reference"], bool(line["outcome"].get("lost")), len(line["events"]))
                for line in taken
            ],
        )
        decided = [line for line in lines if line["what"] not in ("taken", "receipt")]
        sql.executemany("INSERT INTO decision VALUES (?, ?)", [(line["ticket"], line["what"]) for line in decided])
        receipts = [line for line in lines if line["what"] == "receipt"]
        sql.executemany("INSERT INTO receipt VALUES (?, ?)", [(line["ticket"], line["event"]) for line in receipts])
        rows = made.rows("SELECT reference, row_key, state FROM outbox")
        sql.executemany("INSERT INTO outbox VALUES (?, ?, ?)", rows)
        yield sql
