"""Stand-in for another body that reads the state of service: a client with a ledger of its questions and the answers.

    python -m adapters.sandbox.city.other_body --ledger FILE --gateway URL --body NAME --token-file FILE

It asks each question of its ledger until the gateway answers or refuses it for good, and ends. It prints one line of
JSON with the numbers. It imports the standard library and the common form of the stand-ins alone, so that it shares no
code with what it checks. `fill` makes questions of a sample case database.
"""

from __future__ import annotations

import argparse
import http.client
import json
import sqlite3
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from adapters.sandbox.city.service import now, open_ledger

TABLES = """
CREATE TABLE IF NOT EXISTS agreed_fields (name TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS questions (
    id INTEGER PRIMARY KEY, purpose TEXT NOT NULL, case_number TEXT NOT NULL, renovation_code TEXT NOT NULL,
    is_real INTEGER NOT NULL, UNIQUE (purpose, case_number, renovation_code)
);
CREATE TABLE IF NOT EXISTS reads (
    id INTEGER PRIMARY KEY, question INTEGER NOT NULL REFERENCES questions (id), at TEXT NOT NULL,
    status INTEGER NOT NULL, code TEXT, record TEXT, notices INTEGER, complete INTEGER
);
CREATE TABLE IF NOT EXISTS told (
    read INTEGER NOT NULL REFERENCES reads (id), notice INTEGER NOT NULL, name TEXT NOT NULL, value TEXT,
    PRIMARY KEY (read, notice, name)
);
"""
"""``is_real`` is 0 for a question to which no notice may be told. Each attempt is a read; status 0: no answer came."""

_AGAIN = (0, 429, 503)
_ATTEMPTS = 50
_DIGITS = str.maketrans("۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩", "01234567890123456789")


def fill(ledger: Path, cases: Path, purpose: str, fields: Sequence[str], *, bodies: Sequence[str], most: int) -> None:
    """Make questions of a sample case database: of each case of these bodies one, with its renovation code.

    Then there are some that must find nothing: another renovation code, no such case, and a case of another body.
    """
    with closing(open_ledger(ledger, TABLES)) as opened, closing(sqlite3.connect(cases)) as database:
        if opened.execute("SELECT count(*) FROM questions").fetchone()[0]:
            return
        found = database.execute(
            "SELECT DISTINCT case_number, renovation_code, body_code FROM eblagh_notices "
            "WHERE renovation_code IS NOT NULL ORDER BY case_number"
        ).fetchall()
        seen = [(number, code, 1) for number, code, body in found if body in bodies][:most]
        hidden = [(number, code, 0) for number, code, body in found if body not in bodies][:3]
        wrong = [(number, "22-299-99-98-11-39-4", 0) for number, _, _ in seen[:3]]
        absent = [("1404/999999", seen[0][1], 0)] if seen else []
        opened.execute("BEGIN")
        opened.executemany("INSERT INTO agreed_fields VALUES (?)", [(name,) for name in fields])
        opened.executemany(
            "INSERT OR IGNORE INTO questions (purpose, case_number, renovation_code, is_real) VALUES (?, ?, ?, ?)",
            [
                (purpose, number.translate(_DIGITS), code, real)
                for number, code, real in [*seen, *hidden, *wrong, *absent]
            ],
        )
        opened.execute("COMMIT")


def ask_all(ledger: sqlite3.Connection, url: str, token: str) -> dict[str, int]:
    """Ask every question that has no final answer yet; return the numbers of answers, refusals and notices."""
    open_questions = ledger.execute(
        "SELECT * FROM questions WHERE id NOT IN (SELECT question FROM reads WHERE status NOT IN (0, 429, 503))"
    ).fetchall()
    for question in open_questions:
        for _ in range(_ATTEMPTS):
            status, answer, wait = _ask(url, token, question)
            _keep(ledger, question["id"], status, answer)
            if status not in _AGAIN:
                break
            time.sleep(min(wait, 2.0))
    row = ledger.execute(
        "SELECT count(*) FILTER (WHERE status = 200) AS answered, count(*) FILTER (WHERE status NOT IN (0, 200)) AS "
        "refused, coalesce(sum(notices), 0) AS notices FROM reads"
    ).fetchone()
    return dict(row)


def _ask(url: str, token: str, question: sqlite3.Row) -> tuple[int, dict[str, Any], float]:
    """Return status and answer (0: none came), and the seconds after which to ask again."""
    body = json.dumps({name: question[name] for name in ("purpose", "case_number", "renovation_code")}).encode()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    request = urllib.request.Request(url, data=body, headers=headers, method="POST")  # noqa: S310 - our own address
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=60) as answer:
            return answer.status, json.loads(answer.read()), 0.0
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read()), float(error.headers.get("Retry-After") or 1)
    except (OSError, http.client.HTTPException):
        return 0, {}, 1.0


def _keep(ledger: sqlite3.Connection, question: int, status: int, answer: dict[str, Any]) -> None:
    ledger.execute("BEGIN IMMEDIATE")
    notices = answer.get("notices") if status == 200 else None
    read = ledger.execute(
        "INSERT INTO reads (question, at, status, code, record, notices, complete) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            question,
            now(),
            status,
            answer.get("code"),
            answer.get("record"),
            None if notices is None else len(notices),
            answer.get("complete"),
        ),
    ).lastrowid
    ledger.executemany(
        "INSERT INTO told VALUES (?, ?, ?, ?)",
        [
            (read, number, name, value)
            for number, notice in enumerate(notices or (), start=1)
            for name, value in notice.items()
        ],
    )
    ledger.execute("COMMIT")


def main() -> None:
    """Ask as the arguments of the command line say."""
    parser = argparse.ArgumentParser(description="Another body, which reads the state of service.")
    parser.add_argument("--ledger", type=Path, required=True)
    parser.add_argument("--gateway", required=True, help="address of the gateway's municipal listener")
    parser.add_argument("--body", required=True)
    parser.add_argument("--token-file", type=Path, required=True)
    options = parser.parse_args()
    token = options.token_file.read_text(encoding="ascii").strip()
    with closing(open_ledger(options.ledger, TABLES)) as ledger:
        figures = ask_all(ledger, f"{options.gateway.rstrip('/')}/sharing/{options.body}/reads", token)
    sys.stdout.write(json.dumps(figures) + "\n")


if __name__ == "__main__":
    main()
