"""The case database: rows that wait, and the columns that show their results (docs/start/sample-data.md)."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import jdatetime

_WAITING = "SELECT * FROM eblagh_notices WHERE notice_id = ?"
_KEYS = """
    SELECT notice_id FROM notices WHERE eblagh_state IS NULL ORDER BY change_no
"""
_SHOW = """
    UPDATE notices
    SET eblagh_reference = ?, eblagh_state = ?, eblagh_seq = ?, eblagh_tracking = ?, delivered_at = ?, viewed_at = ?,
        service_date = ?, service_effect = 'ACTUAL', eblagh_updated_at = ?
    WHERE notice_id = ?
"""
_TEHRAN = timezone(timedelta(hours=3, minutes=30))


def connect(path: str, *, wal: bool) -> sqlite3.Connection:
    """Open a database. Without ``wal`` everything is as SQLite has it by default."""
    connection = sqlite3.connect(path, timeout=30)
    connection.row_factory = sqlite3.Row
    if wal:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
    return connection


def waiting(cases: sqlite3.Connection) -> list[int]:
    """Return the keys of the rows without a result, oldest change first."""
    return [key for (key,) in cases.execute(_KEYS)]


def read(cases: sqlite3.Connection, key: int) -> sqlite3.Row:
    return cases.execute(_WAITING, (key,)).fetchone()


def result(served: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return the parameters of a row's result. It was served on the day of its arrival, in Tehran."""
    arrival = datetime.fromisoformat(served["delivered_at"]).astimezone(_TEHRAN)
    day = jdatetime.date.fromgregorian(date=arrival.date()).strftime("%Y-%m-%d")
    now = datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    return (
        served["reference"],
        "VIEWED",
        3,
        served["tracking"],
        served["delivered_at"],
        served["viewed_at"],
        day,
        now,
        served["row_key"],
    )


def show(cases: sqlite3.Connection, results: Iterable[tuple[Any, ...]]) -> None:
    """Write results into their rows, in one transaction."""
    with cases:
        cases.executemany(_SHOW, results)
