"""The program's own database: what was sent, what was answered, and the receipts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from case_rows import connect

_TABLES = """
CREATE TABLE IF NOT EXISTS served (
    reference TEXT PRIMARY KEY, row_key INTEGER NOT NULL UNIQUE, seal_digest TEXT NOT NULL, tracking TEXT NOT NULL,
    delivered_at TEXT, viewed_at TEXT, shown INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS answers (id INTEGER PRIMARY KEY, octets BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS receipts (receipt_id TEXT PRIMARY KEY, reference TEXT NOT NULL, octets BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS place (only_row INTEGER PRIMARY KEY CHECK (only_row = 1), cursor TEXT NOT NULL);
INSERT OR IGNORE INTO place VALUES (1, '');
"""
_APPLY = {
    column: f"UPDATE served SET {column} = ? WHERE reference = ? AND tracking = ? AND seal_digest = ?"  # noqa: S608
    for column in ("delivered_at", "viewed_at")
}


Sent = tuple[str, int, str, str]
"""An accepted notice: reference, key of its row, digest of its seal, tracking number."""


class OwnTable:
    """Database at a path. Each method is one transaction."""

    def __init__(self, path: str, *, wal: bool) -> None:
        self._database = connect(path, wal=wal)
        self._database.executescript(_TABLES)

    def sent(self, calls: Iterable[tuple[Sequence[Sent], bytes]]) -> None:
        """Keep what calls sent, each with its answer."""
        with self._database as database:
            for rows, answer in calls:
                database.execute("INSERT INTO answers (octets) VALUES (?)", (answer,))
                database.executemany(
                    "INSERT INTO served (reference, row_key, seal_digest, tracking) VALUES (?, ?, ?, ?)", rows
                )

    def received(self, receipts: Sequence[tuple[str, bytes, dict[str, str]]], cursor: str | None = None) -> None:
        """Keep genuine receipts (id, octets, facts), apply each to its notice, and note the cursor.

        Raises `ValueError` for a receipt of a notice or a seal that was never sent.
        """
        with self._database as database:
            for receipt_id, octets, facts in receipts:
                kept = (receipt_id, facts["reference"], octets)
                database.execute("INSERT OR IGNORE INTO receipts VALUES (?, ?, ?)", kept)
                about = (facts["at"], facts["reference"], facts["tracking"], facts["seal_digest"])
                if database.execute(_APPLY[facts["column"]], about).rowcount != 1:
                    raise ValueError(f"a receipt of nothing that was sent: {receipt_id}")
            if cursor is not None:
                database.execute("UPDATE place SET cursor = ?", (cursor,))

    def cursor(self) -> str:
        return self._database.execute("SELECT cursor FROM place").fetchone()[0]

    def under_way(self) -> int:
        """Return the number of notices that were not viewed yet."""
        return self._database.execute("SELECT count(*) FROM served WHERE viewed_at IS NULL").fetchone()[0]

    def served(self) -> list[Any]:
        """Return the notices that were viewed, and whose rows do not show it yet."""
        return self._database.execute(
            "SELECT * FROM served WHERE viewed_at IS NOT NULL AND NOT shown ORDER BY row_key"
        ).fetchall()

    def shown(self, served: Iterable[Any]) -> None:
        """Note that the rows of these notices show their results."""
        with self._database as database:
            database.executemany(
                "UPDATE served SET shown = 1 WHERE reference = ?", [(each["reference"],) for each in served]
            )
