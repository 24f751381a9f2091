"""Stand-in for Shahrzad (شهرزاد), by the interface that docs/connect/courtesy.md assumes.

POST /messages   {"to": "+989121234567", "text": "…"}   202 {"id": "SH-17"}

It takes each message that comes, also one that came before: its ledger shows what a person would have heard. It does
not reach numbers that end with the setting ``unreached``, and answers 422 for them.
"""

from __future__ import annotations

import re
import sqlite3

from adapters.sandbox.city.service import Reply, Request, Settings, main, now

TABLES = """
CREATE TABLE IF NOT EXISTS messages (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, at TEXT NOT NULL, mobile TEXT NOT NULL, text TEXT NOT NULL,
    body TEXT NOT NULL
);
"""
"""``body`` is the request's body as it came; ``at`` is UTC."""

_MOBILE = re.compile(r"\+989[0-9]{9}")


def handle(request: Request, ledger: sqlite3.Connection, settings: Settings) -> Reply:
    """Take a message."""
    if (request.method, request.steps) != ("POST", ("messages",)):
        return Reply(status=404)
    said = request.json()
    mobile, text = said["to"], said["text"]
    if not isinstance(text, str) or not text or _MOBILE.fullmatch(mobile) is None:
        return Reply(status=400, body={"error": "form"})
    unreached = settings.own.get("unreached")
    if unreached and mobile.endswith(unreached):
        return Reply(status=422, body={"error": "not reached"})
    (last,) = ledger.execute("SELECT COALESCE(MAX(number), 0) FROM messages").fetchone()
    id = f"SH-{last + 1}"
    ledger.execute(
        "INSERT INTO messages (id, at, mobile, text, body) VALUES (?, ?, ?, ?, ?)",
        (id, now(), mobile, text, request.body.decode("utf-8")),
    )
    return Reply(status=202, body={"id": id})


if __name__ == "__main__":
    main(TABLES, handle)
