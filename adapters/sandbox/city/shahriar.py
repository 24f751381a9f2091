"""A stand-in for Shahriar: cases with their parties, and the results that came back. docs/connect/city.md.

It is written from the documented interface alone. The same tables are read by the REST form (this server) and by the
database form (the views at the end of `TABLES`); a case is shown in one of them, by its ``way``.

Faults beside those of the network: a result is refused as often as ``refuse_results`` says, and planned changes of
cases (``edits``) are made once a notice of the case is on its way.
"""

from __future__ import annotations

import base64
import json
import sqlite3
from collections.abc import Mapping
from typing import Any

from adapters.sandbox.city.service import Reply, Request, Settings, main, now

RENOVATION = ("district", "region", "block", "house", "building", "apartment", "shop")
"""The seven parts of a renovation code, in order."""

TABLES = """
CREATE TABLE IF NOT EXISTS counter (value INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS cases (
    case_id TEXT PRIMARY KEY, version INTEGER NOT NULL UNIQUE, way TEXT NOT NULL CHECK (way IN ('rest', 'database')),
    body TEXT, district TEXT, case_number TEXT, archive_number TEXT,
    renovation_district TEXT, renovation_region TEXT, renovation_block TEXT, renovation_house TEXT,
    renovation_building TEXT, renovation_apartment TEXT, renovation_shop TEXT,
    paper_number TEXT, kind TEXT, subject TEXT, issued_on TEXT, serve_by TEXT, revision, file_name TEXT, content BLOB
);
CREATE TABLE IF NOT EXISTS parties (
    row_key TEXT PRIMARY KEY, case_id TEXT NOT NULL REFERENCES cases, party_id TEXT NOT NULL,
    kind TEXT, identifier TEXT, name TEXT, mobile TEXT, postal_code TEXT, address TEXT,
    hidden INTEGER NOT NULL DEFAULT 0,      -- 1: entered late, and not shown before
    UNIQUE (case_id, party_id)
);
CREATE TABLE IF NOT EXISTS served (             -- cases that were given out whole, by REST
    id INTEGER PRIMARY KEY, at TEXT NOT NULL, case_id TEXT NOT NULL, version INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS standing (           -- what each party's row shows now
    row_key TEXT PRIMARY KEY REFERENCES parties,
    reference TEXT, state TEXT, seq INTEGER, code TEXT, reason TEXT, tracking_number TEXT, delivered_at TEXT,
    viewed_at TEXT, legal_service_at TEXT, service_date TEXT, effect TEXT, updated_at TEXT,
    state_words TEXT, service_day TEXT, service_character TEXT, last_day TEXT, last_day_rule TEXT, last_day_note TEXT
);
CREATE TABLE IF NOT EXISTS results (            -- every change of a row's standing, in order
    id INTEGER PRIMARY KEY, at TEXT NOT NULL, row_key TEXT NOT NULL, reference TEXT, state TEXT, seq INTEGER, code TEXT,
    last_day TEXT, last_day_rule TEXT
);
CREATE TABLE IF NOT EXISTS repeats (            -- results and refusals that said nothing new, or came too late
    id INTEGER PRIMARY KEY, at TEXT NOT NULL, row_key TEXT NOT NULL, reference TEXT, seq INTEGER
);
CREATE TABLE IF NOT EXISTS refuse_results (     -- fault: results of a row are refused so many times more
    row_key TEXT PRIMARY KEY, remaining INTEGER NOT NULL, refused INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS edits (              -- changes of cases, made once one of its notices is on its way
    id INTEGER PRIMARY KEY, kind TEXT NOT NULL CHECK (kind IN ('party-added', 'subject-changed')),
    case_id TEXT NOT NULL, row_key TEXT NOT NULL, done_at TEXT
);
CREATE TRIGGER IF NOT EXISTS party_entered AFTER INSERT ON parties BEGIN
    INSERT INTO standing (row_key) VALUES (NEW.row_key);
END;
CREATE TRIGGER IF NOT EXISTS standing_changed AFTER UPDATE ON standing
WHEN (NEW.reference, NEW.state, NEW.seq, NEW.code, NEW.viewed_at, NEW.delivered_at)
    IS NOT (OLD.reference, OLD.state, OLD.seq, OLD.code, OLD.viewed_at, OLD.delivered_at)
BEGIN
    INSERT INTO results (at, row_key, reference, state, seq, code, last_day, last_day_rule)
    VALUES (strftime('%Y-%m-%dT%H:%M:%fZ'), NEW.row_key, NEW.reference, NEW.state, NEW.seq, NEW.code, NEW.last_day,
            NEW.last_day_rule);
END;
CREATE VIEW IF NOT EXISTS gateway_cases AS SELECT * FROM cases WHERE way = 'database';
CREATE VIEW IF NOT EXISTS gateway_parties AS
    SELECT row_key, case_id, kind AS party_kind, identifier AS party_identifier, name AS party_name,
           mobile AS party_mobile, postal_code AS party_postal_code, address AS party_address
    FROM parties WHERE NOT hidden;
"""

_ON_ITS_WAY = ("SUBMITTED", "DELIVERED", "VIEWED")
_OF_RESULT = (
    "reference", "state", "seq", "code", "reason", "tracking_number", "delivered_at", "viewed_at", "legal_service_at",
    "service_date", "effect",
)  # fmt: skip
_OWN = ("state_words", "service_day", "service_character", "last_day", "last_day_rule", "last_day_note")
_SHOWN = ("reference", "state", "seq", "code", "tracking_number", "delivered_at", "viewed_at", "service_date")
_SHOW = """
UPDATE standing SET
    reference = :reference, state = :state, seq = :seq, code = :code, reason = :reason,
    tracking_number = :tracking_number, delivered_at = :delivered_at, viewed_at = :viewed_at,
    legal_service_at = :legal_service_at, service_date = :service_date, effect = :effect, updated_at = :updated_at,
    state_words = :state_words, service_day = :service_day, service_character = :service_character,
    last_day = :last_day, last_day_rule = :last_day_rule, last_day_note = :last_day_note
WHERE row_key = :row_key
"""
MOST = 1000
"""Most cases in one page."""


def handle(request: Request, ledger: sqlite3.Connection, _settings: Settings) -> Reply:
    """Answer one request of the documented interface."""
    match request.method, request.steps:
        case "GET", ("cases",):
            return _list(request.query, ledger)
        case "GET", ("cases", case_id):
            return _case(case_id, ledger)
        case "POST", ("rows",):
            return Reply(body={"rows": [_shown(each, ledger) for each in request.json()["rows"]]})
        case "POST", ("results",):
            return _take_results(request.json()["results"], ledger)
        case "POST", ("refusals",):
            return _take_refusals(request.json()["refusals"], ledger)
    return Reply(status=404, body={"error": "path"})


def next_version(ledger: sqlite3.Connection) -> int:
    """Return a version that no case has had."""
    row = ledger.execute("UPDATE counter SET value = value + 1 RETURNING value").fetchone()
    if row is None:
        ledger.execute("INSERT INTO counter VALUES (1)")
        return 1
    return int(row[0])


def touch(ledger: sqlite3.Connection, case_id: str) -> None:
    """Give a case its next version."""
    ledger.execute("UPDATE cases SET version = ? WHERE case_id = ?", (next_version(ledger), case_id))


def _list(query: Mapping[str, str], ledger: sqlite3.Connection) -> Reply:
    version, case_id = int(query.get("from_version", "0")), query.get("from_case", "")
    found = ledger.execute(
        "SELECT case_id, version FROM cases WHERE way = 'rest' AND (version, case_id) >= (?, ?)"
        " ORDER BY version, case_id LIMIT ?",
        (version, case_id, min(int(query.get("limit", "100")), MOST)),
    ).fetchall()
    marks = [{"case_id": row["case_id"], "version": row["version"], "parties": _ids(row, ledger)} for row in found]
    return Reply(body={"cases": marks})


def _ids(case: sqlite3.Row, ledger: sqlite3.Connection) -> list[str]:
    rows = ledger.execute(
        "SELECT party_id FROM parties WHERE case_id = ? AND NOT hidden ORDER BY party_id", (case["case_id"],)
    )
    return [row["party_id"] for row in rows]


def _case(case_id: str, ledger: sqlite3.Connection) -> Reply:
    row = ledger.execute("SELECT * FROM cases WHERE case_id = ? AND way = 'rest'", (case_id,)).fetchone()
    if row is None:
        return Reply(status=404, body={"error": "case"})
    parties = ledger.execute(
        "SELECT party_id, kind, identifier, name, mobile, postal_code, address FROM parties"
        " WHERE case_id = ? AND NOT hidden ORDER BY party_id",
        (case_id,),
    )
    told = {name: row[name] for name in ("case_id", "version", "body", "district", "case_number", "archive_number")}
    renovation = {part: row[f"renovation_{part}"] for part in RENOVATION}
    paper = {name: row[name] for name in ("kind", "subject", "issued_on", "serve_by", "revision", "file_name")}
    content = row["content"] if isinstance(row["content"], bytes | None) else str(row["content"]).encode()
    told |= {
        "renovation_code": renovation if any(part is not None for part in renovation.values()) else None,
        "paper": {
            "number": row["paper_number"],
            **paper,
            "content": None if content is None else base64.b64encode(content).decode(),
        },
        "parties": [dict(party) for party in parties],
    }
    ledger.execute("INSERT INTO served (at, case_id, version) VALUES (?, ?, ?)", (now(), case_id, row["version"]))
    return Reply(body=told)


def _row_key(named: Mapping[str, Any], ledger: sqlite3.Connection) -> str | None:
    row = ledger.execute(
        "SELECT row_key FROM parties WHERE case_id = ? AND party_id = ? AND NOT hidden", (named["case"], named["party"])
    ).fetchone()
    return None if row is None else str(row["row_key"])


def _standing(row_key: str, ledger: sqlite3.Connection) -> sqlite3.Row:
    row: sqlite3.Row = ledger.execute("SELECT * FROM standing WHERE row_key = ?", (row_key,)).fetchone()
    return row


def _shown(named: Mapping[str, Any], ledger: sqlite3.Connection) -> dict[str, Any] | None:
    row_key = _row_key(named, ledger)
    if row_key is None:
        return None
    standing = _standing(row_key, ledger)
    return {name: standing[name] for name in _SHOWN}


def _take_results(results: list[dict[str, Any]], ledger: sqlite3.Connection) -> Reply:
    """Keep results, all or none: a refused one refuses all of them, and the count of refusals alone is kept."""
    keys = [_row_key(result, ledger) for result in results]
    for known in filter(None, keys):
        refused = ledger.execute(
            "UPDATE refuse_results SET remaining = remaining - 1, refused = refused + 1"
            " WHERE row_key = ? AND remaining > 0 RETURNING row_key",
            (known,),
        ).fetchone()
        if refused is not None:
            return Reply(status=422, body={"error": "locked", "row": known}, keep=True)
    for row_key, result in zip(keys, results, strict=True):
        if row_key is not None:
            _take_result(row_key, result, ledger)
    _edit(ledger)
    return Reply(body={"absent": [place for place, row_key in enumerate(keys) if row_key is None]})


def _take_result(row_key: str, result: Mapping[str, Any], ledger: sqlite3.Connection) -> None:
    standing = _standing(row_key, ledger)
    own = result.get("fields") or {}
    told = {name: result[name] for name in _OF_RESULT} | {name: own.get(name) for name in _OWN}
    replaced = standing["reference"] in (None, result.get("replaces"))
    later = standing["reference"] == result["reference"] and (standing["seq"] or 0) <= result["seq"]
    if not (later or replaced) or all(standing[name] == value for name, value in told.items()):
        _repeat(row_key, result["reference"], result["seq"], ledger)
        return
    _write(row_key, told | {"updated_at": result["updated_at"]}, ledger)


def _take_refusals(refusals: list[dict[str, Any]], ledger: sqlite3.Connection) -> Reply:
    """Keep refusals of rows that were not changed meanwhile. A notice that is on its way stays as it stands there."""
    for refusal in refusals:
        row_key = _row_key(refusal, ledger)
        if row_key is None:
            continue
        standing = _standing(row_key, ledger)
        version = ledger.execute("SELECT version FROM cases WHERE case_id = ?", (refusal["case"],)).fetchone()[0]
        told = {"code": refusal["code"], "reason": refusal["reason"]}
        told |= {} if standing["seq"] is not None else {"state": "REFUSED"}
        own = refusal.get("fields")
        told |= {} if own is None or standing["seq"] is not None else {name: own.get(name) for name in _OWN}
        if version != refusal["version"] or all(standing[name] == value for name, value in told.items()):
            _repeat(row_key, standing["reference"], standing["seq"], ledger)
            continue
        _write(row_key, told | {"updated_at": refusal["refused_at"]}, ledger)
    return Reply(body={})


def _write(row_key: str, values: Mapping[str, Any], ledger: sqlite3.Connection) -> None:
    """Change a row's standing: columns of `_OF_RESULT` and `_OWN`, and ``updated_at``."""
    ledger.execute(_SHOW, {**dict(_standing(row_key, ledger)), **values})


def _repeat(row_key: str, reference: str | None, seq: int | None, ledger: sqlite3.Connection) -> None:
    ledger.execute(
        "INSERT INTO repeats (at, row_key, reference, seq) VALUES (?, ?, ?, ?)", (now(), row_key, reference, seq)
    )


def _edit(ledger: sqlite3.Connection) -> None:
    """Make the planned changes of cases that have a notice on its way."""
    due = ledger.execute(
        "SELECT e.id, e.kind, e.case_id, e.row_key FROM edits e WHERE e.done_at IS NULL AND EXISTS ("
        " SELECT 1 FROM standing s JOIN parties p USING (row_key)"
        " WHERE p.case_id = e.case_id AND s.state IN (SELECT value FROM json_each(?)))",
        (json.dumps(_ON_ITS_WAY),),
    ).fetchall()
    for edit in due:
        if edit["kind"] == "party-added":
            ledger.execute("UPDATE parties SET hidden = 0 WHERE row_key = ?", (edit["row_key"],))
        else:
            ledger.execute("UPDATE cases SET subject = subject || ' *' WHERE case_id = ?", (edit["case_id"],))
        touch(ledger, edit["case_id"])
        ledger.execute("UPDATE edits SET done_at = ? WHERE id = ?", (now(), edit["id"]))


if __name__ == "__main__":
    main(TABLES, handle)
