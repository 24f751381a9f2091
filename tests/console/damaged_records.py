"""A copy of a demonstration's folder whose records are given other headers, and get their own back."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path


class Damaged:
    """Copy of the lived folder, in which a test gives records other headers, and every header its octets again."""

    def __init__(self, folder: Path) -> None:
        self.folder, self._whole = folder, dict[str, bytes]()

    def rows(self, condition: str, *values: str) -> list[str]:
        with closing(sqlite3.connect(self.folder / "gateway.db")) as store:
            return [row[0] for row in store.execute(f"SELECT id FROM evidence {condition} ORDER BY position", values)]

    def damage(self, octets: bytes, id: str) -> None:
        with closing(sqlite3.connect(self.folder / "gateway.db")) as store, store:
            [(whole,)] = store.execute("SELECT header FROM evidence WHERE id = ?", (id,))
            self._whole.setdefault(id, whole)
            store.execute("UPDATE evidence SET header = ? WHERE id = ?", (octets, id))

    def restore(self) -> None:
        with closing(sqlite3.connect(self.folder / "gateway.db")) as store, store:
            whole = [(header, id) for id, header in self._whole.items()]
            store.executemany("UPDATE evidence SET header = ? WHERE id = ?", whole)
