"""Stand-in for the register of municipal property: it says of a parcel whether it is the municipality's own.

    GET /parcels/5-12-3-4-5-6-0   {"parcel": "5-12-3-4-5-6-0", "municipal": true, "as_of": "2026-11-29T08:00:00Z"}

``municipal`` is null for a parcel that it does not know. Its ledger has the parcels, and every answer that it gave.
`adapters/sandbox/city/asset_parcels.py` fills it before the server starts.
"""

from __future__ import annotations

import re
import sqlite3

from adapters.sandbox.city.service import Reply, Request, Settings, main, now

TABLES = """
CREATE TABLE IF NOT EXISTS parcels (parcel TEXT PRIMARY KEY, municipal INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS rows_of_own_parcels (
    source TEXT NOT NULL, row_key TEXT NOT NULL, parcel TEXT NOT NULL, PRIMARY KEY (source, row_key)
);
CREATE TABLE IF NOT EXISTS lookups (
    id INTEGER PRIMARY KEY, at TEXT NOT NULL, parcel TEXT NOT NULL, finding TEXT NOT NULL
);
"""
"""``rows_of_own_parcels`` are rows of case sources whose notices nobody must receive."""

_CODE = re.compile(r"[0-9]+(-[0-9]+){6}", re.ASCII)
_FINDINGS = {None: "not-listed", 0: "not-municipal", 1: "municipal"}


def handle(request: Request, ledger: sqlite3.Connection, _settings: Settings) -> Reply:
    """Answer a question about one parcel, and write it down."""
    if request.method != "GET" or len(request.steps) != 2 or request.steps[0] != "parcels":
        return Reply(status=404, body={"error": "path"})
    parcel = request.steps[1]
    if not _CODE.fullmatch(parcel):
        return Reply(status=400, body={"error": "parcel"})
    row = ledger.execute("SELECT municipal FROM parcels WHERE parcel = ?", (parcel,)).fetchone()
    municipal, at = None if row is None else row["municipal"], now()
    ledger.execute("INSERT INTO lookups (at, parcel, finding) VALUES (?, ?, ?)", (at, parcel, _FINDINGS[municipal]))
    told = None if municipal is None else bool(municipal)
    return Reply(body={"parcel": parcel, "municipal": told, "as_of": at})


if __name__ == "__main__":
    main(TABLES, handle)
