"""The cases of a demonstration's Shahriar: the sample's, a third of them for the database form.

`city.db` in the demonstration's folder has the expected end of each row. It belongs to the demonstration, as the
sample's table of expectations does; neither the gateway nor a stand-in reads it.
"""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

from adapters.sandbox.city.service import open_ledger
from adapters.sandbox.city.shahriar import TABLES, next_version
from adapters.shipped.resources import CONFIG

CITY: Final = "city.db"
"""File of the expected ends, attached to comparisons as ``demo``."""

REST, DATABASE = "shahriar", "shahriar-database"
"""Names of the two sources."""

_TOKEN: Final = "shahriar.token"  # noqa: S105 - a file's name
_BODIES: Final = {f"article-{code}": code for code in ("100", "77", "55-20", "55-24", "99")}
_THIRD: Final = 3

_ROWS: Final = """
CREATE TABLE rows (
    row_key TEXT PRIMARY KEY, source TEXT NOT NULL, notice_id INTEGER NOT NULL UNIQUE, expected_state TEXT NOT NULL,
    expected_code TEXT
);
"""
_PAPERS: Final = """
SELECT p.paper_id, p.case_id, c.body_code, c.district, c.case_number, c.archive_number, c.renovation_code,
       p.paper_number, p.kind, p.subject, p.issued_on, p.serve_by, p.document_name, p.document,
       (SELECT max(n.revision) FROM notices n WHERE n.paper_id = p.paper_id) AS revision
FROM papers p JOIN cases c USING (case_id) ORDER BY p.paper_id
"""
_PARTIES: Final = """
SELECT n.notice_id, n.paper_id, r.party_id, r.kind, r.identifier, r.name, r.mobile, r.postal_code, r.address,
       e.expected_state, e.expected_code
FROM notices n JOIN parties r USING (party_id) JOIN sample_expectations e USING (notice_id) ORDER BY n.notice_id
"""
_LATE_PARTY: Final = """
SELECT s.case_id, max(s.row_key) AS row_key FROM shahriar.parties s JOIN shahriar.cases c USING (case_id)
JOIN rows r USING (row_key)
WHERE c.way = 'rest' AND r.expected_state IN ('VIEWED', 'DELIVERED')
GROUP BY s.case_id HAVING count(*) > 1 ORDER BY s.case_id
"""
_LATE_SUBJECT: Final = """
SELECT s.case_id, max(s.row_key) AS row_key FROM shahriar.parties s JOIN shahriar.cases c USING (case_id)
JOIN rows r USING (row_key)
WHERE c.way = 'rest' GROUP BY s.case_id HAVING count(*) = 1 AND max(r.expected_state) = 'VIEWED' ORDER BY s.case_id
"""


def prepare(directory: Path) -> None:
    """Make the token, Shahriar's cases and the expected ends, once; `city.db` is the last."""
    token = directory / _TOKEN
    if not token.exists():
        token.touch(mode=0o600)
        token.write_text(secrets.token_urlsafe(32) + "\n", encoding="ascii")
    if (directory / CITY).exists():
        return
    partial = directory / f"{CITY}.partial"
    for path in (partial, *directory.glob("shahriar.db*")):
        path.unlink(missing_ok=True)
    with (
        closing(sqlite3.connect(directory / "cases.db")) as sample,
        closing(open_ledger(directory / "shahriar.db", TABLES)) as ledger,
        closing(sqlite3.connect(partial)) as ends,
    ):
        sample.row_factory = sqlite3.Row
        ledger.execute("BEGIN")
        ways = {row["paper_id"]: _enter_case(row, ledger) for row in sample.execute(_PAPERS)}
        ends.executescript(_ROWS)
        for row in sample.execute(_PARTIES):
            row_key = _enter_party(row, ledger)
            end = (row_key, ways[row["paper_id"]], row["notice_id"], row["expected_state"], row["expected_code"])
            ends.execute("INSERT INTO rows VALUES (?, ?, ?, ?, ?)", end)
        ledger.execute("COMMIT")
        ends.commit()
    partial.rename(directory / CITY)


def plan(directory: Path) -> None:
    """Plan late changes and a refused result, once: of rows whose notices will be served."""
    with closing(sqlite3.connect(directory / CITY)) as ends:
        ends.row_factory = sqlite3.Row
        ends.execute("ATTACH ? AS shahriar", (str(directory / "shahriar.db"),))
        if ends.execute("SELECT count(*) FROM shahriar.edits").fetchone()[0]:
            return
        insert = "INSERT INTO shahriar.edits (kind, case_id, row_key) VALUES (?, ?, ?)"
        for added in ends.execute(_LATE_PARTY).fetchmany(2):
            ends.execute(insert, ("party-added", added["case_id"], added["row_key"]))
            ends.execute("UPDATE shahriar.parties SET hidden = 1 WHERE row_key = ?", (added["row_key"],))
        changed = ends.execute(_LATE_SUBJECT).fetchmany(2)
        if changed:
            ends.execute(insert, ("subject-changed", changed[0]["case_id"], changed[0]["row_key"]))
            locked = changed[-1]["row_key"]
            ends.execute("INSERT INTO shahriar.refuse_results (row_key, remaining) VALUES (?, 2)", (locked,))
        ends.commit()


def options(directory: Path) -> Sequence[str]:
    """Return the options of its process: every ninth request is slow, every thirteenth gets a 503."""
    faults = ("--slow-every", "9", "--slow-seconds", "0.5", "--unavailable-every", "13")
    return ("--token-file", str(directory / _TOKEN), *faults)


def section(_directory: Path, address: str) -> str:
    """Return the two sources; their mappings are those that ship."""
    mappings = CONFIG / "mappings"
    names = ("kind", "identifier", "name", "mobile", "postal_code", "address")
    columns = "\n".join(f'party_{name} = "party_{name}"' for name in names)
    return f'''
# Shahriar, which is asked by REST for some cases, and read as a database for the others: docs/connect/city.md.
[sources.{REST}]
kind = "rest-pull"
url = "{address}"
token_file = "{_TOKEN}"
documents = ["paper_content"]
timeout_seconds = 10
mapping = "{mappings / "shahriar-rest-1.toml"}"
results = "{mappings / "shahriar-rest-results-1.toml"}"

[sources.{DATABASE}]
url = "sqlite:///shahriar.db"
view = "gateway_cases"
key = "case_id"
version = "version"
table = "standing"
table_key = "row_key"
mapping = "{mappings / "shahriar-database-1.toml"}"
results = "{mappings / "shahriar-database-results-1.toml"}"
[sources.{DATABASE}.columns]
reference = "reference"
state = "state"
seq = "seq"
code = "code"
reason = "reason"
tracking_number = "tracking_number"
delivered_at = "delivered_at"
viewed_at = "viewed_at"
service_date = "service_day"
effect = "service_character"
updated_at = "updated_at"
[sources.{DATABASE}.owners]
table = "gateway_parties"
case = "case_id"
key = "row_key"
[sources.{DATABASE}.owners.columns]
{columns}
'''


def _enter_case(row: sqlite3.Row, ledger: sqlite3.Connection) -> str:
    """Enter a paper of the sample as a case; return the source that will have it."""
    way = "rest" if row["case_id"] % _THIRD else "database"
    parts = (row["renovation_code"] or "").split("-")
    renovation = parts if len(parts) == 7 else [None] * 7
    values = (
        str(row["paper_id"]), next_version(ledger), way, _BODIES.get(row["body_code"], row["body_code"]),
        row["district"], row["case_number"], row["archive_number"], *renovation, row["paper_number"], row["kind"],
        row["subject"], row["issued_on"], row["serve_by"], row["revision"], row["document_name"], row["document"],
    )  # fmt: skip
    ledger.execute(f"INSERT INTO cases VALUES ({', '.join('?' * len(values))})", values)  # noqa: S608 - question marks
    return DATABASE if way == "database" else REST


def _enter_party(row: sqlite3.Row, ledger: sqlite3.Connection) -> str:
    row_key = f"{row['paper_id']}/{row['party_id']}"
    names = ("kind", "identifier", "name", "mobile", "postal_code", "address")
    ledger.execute(
        "INSERT INTO parties (row_key, case_id, party_id, kind, identifier, name, mobile, postal_code, address)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (row_key, str(row["paper_id"]), str(row["party_id"]), *(row[name] for name in names)),
    )
    return row_key
