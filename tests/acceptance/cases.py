"""The case database of a demonstration, whose rows come little by little."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path


class Cases:
    """Holds every row back at first; `add` lets some come."""

    def __init__(self, directory: Path) -> None:
        self.path = directory / "cases.db"
        self._away = directory / "cases.away"
        with self._connect() as connection:
            connection.execute("CREATE TABLE later AS SELECT * FROM notices")
            connection.execute("DELETE FROM notices")
            self.waiting = connection.execute("SELECT count(*) FROM later").fetchone()[0]

    def add(self, rows: int) -> None:
        """Let some more rows come, of those that are left."""
        with self._connect() as connection:
            ids = [row[0] for row in connection.execute("SELECT notice_id FROM later LIMIT ?", (rows,))]
            marks = ", ".join("?" * len(ids))
            connection.execute(f"INSERT INTO notices SELECT * FROM later WHERE notice_id IN ({marks})", ids)
            connection.execute(f"DELETE FROM later WHERE notice_id IN ({marks})", ids)
        self.waiting -= len(ids)

    def go(self) -> None:
        self.path.rename(self._away)

    def come_back(self) -> None:
        self._away.rename(self.path)

    def at_their_end(self) -> bool:
        query = """
            SELECT sum(eblagh_state = expected_state), count(*) FROM notices JOIN sample_expectations USING (notice_id)
        """
        with self._connect() as connection:
            right, rows = connection.execute(query).fetchone()
        return bool(right == rows)

    def shown(self) -> dict[str | None, int]:
        """Return how many rows show each state."""
        with self._connect() as connection:
            return dict(connection.execute("SELECT eblagh_state, count(*) FROM notices GROUP BY eblagh_state"))

    @contextmanager
    def _connect(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self.path, timeout=60)) as connection, connection:
            yield connection
