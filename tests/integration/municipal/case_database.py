"""A small case database with the sample's schema, and the clerk who works in it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from adapters.sandbox.cases.sample_schema import INDEXES_AND_TRIGGERS, TABLES
from tests.papers import PDF


class CaseDatabase:
    """One file; each act of the clerk is a transaction of a connection of its own."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.url = f"sqlite:///{path}"
        self._ids = count(1)
        with closing(sqlite3.connect(path)) as connection:
            connection.executescript(TABLES + INDEXES_AND_TRIGGERS)
        self.run("INSERT INTO change_counter VALUES (1, 0)")
        self.run("INSERT INTO bodies VALUES ('article-100', 'کمیسیون ماده صد')")

    @contextmanager
    def connect(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self.path)) as connection:
            connection.row_factory = sqlite3.Row
            with connection:
                yield connection

    def run(self, statement: str, **values: object) -> list[dict[str, Any]]:
        with self.connect() as connection:
            return [dict(row) for row in connection.execute(statement, values)]

    def add(self, document: bytes | None = PDF, parties: int = 1) -> list[str]:
        """Issue one paper to each of a new case's parties, and return the keys of its notices."""
        with self.connect() as connection:
            case = next(self._ids)
            ids = {"case": case, "number": f"1404/{case}", "document": document}
            connection.execute("INSERT INTO cases VALUES (:case, 'article-100', 'منطقه ۵', :number, NULL, NULL)", ids)
            connection.execute(
                "INSERT INTO papers"
                " VALUES (:case, :case, 'P', 'ruling', 'موضوع', '1404/11/14', NULL, 'p.pdf', :document)",
                ids,
            )
            return [self._serve(connection, case) for _ in range(parties)]

    def _serve(self, connection: sqlite3.Connection, case: int) -> str:
        ids = {"case": case, "party": next(self._ids)}
        connection.execute(
            "INSERT INTO parties VALUES"
            " (:party, :case, 'حقیقی', '9990000000', 'علی یکتا (نمونه)', NULL, NULL, NULL, 1)",
            ids,
        )
        connection.execute("INSERT INTO notices (paper_id, party_id) VALUES (:case, :party)", ids)
        return str(connection.execute("SELECT max(notice_id) FROM notices").fetchone()[0])

    def correct(self, key: str, name: str) -> None:
        """Correct the name of the party that a notice is for."""
        self.run(
            "UPDATE parties SET name = :name WHERE party_id = (SELECT party_id FROM notices WHERE notice_id = :key)",
            name=name,
            key=int(key),
        )

    def shown(self, key: str) -> dict[str, Any]:
        """Return a notice's row as the clerk sees it."""
        return self.run("SELECT * FROM notices WHERE notice_id = :key", key=int(key))[0]
