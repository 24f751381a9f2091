"""Receipts that the sandbox has made or will make, by its ledger."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

_COUNTED = "SELECT count(arrives_at), count(views_at) FROM submission"


def receipts_due(folder: Path) -> tuple[int, int]:
    """Return the number of arrivals and of views, of the sandbox of a demonstration's folder."""
    with closing(sqlite3.connect(f"file:{folder / 'judiciary.db'}?mode=ro", uri=True)) as connection:
        arrivals, views = connection.execute(_COUNTED).fetchone()
    return arrivals, views
