"""CPU time of a durable SQLite commit, by a bare loop over the sqlite3 module."""

from __future__ import annotations

import os
import sqlite3
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Final

ROW_BYTES: Final = 1024


def commit_ms(rows: int, commits: int) -> float:
    """Return CPU milliseconds of a commit of so many rows of `ROW_BYTES`, with WAL and ``synchronous = FULL``."""
    with tempfile.TemporaryDirectory() as name, closing(sqlite3.connect(Path(name) / "bare.db")) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("CREATE TABLE bare (octets BLOB NOT NULL)")
        batch = [(os.urandom(ROW_BYTES),)] * rows
        began = time.process_time()
        for _ in range(commits):
            with connection:
                connection.executemany("INSERT INTO bare VALUES (?)", batch)
        return (time.process_time() - began) * 1000 / commits
