"""The second mode: the product's SQL store over SQLite in memory. Each transaction of a gateway is a step."""

from __future__ import annotations

import sqlite3
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any, Final, TypeVar

from sqlalchemy import Connection

from adapters.storage.engine import migrate
from adapters.storage.engine.engine import Database
from adapters.storage.fingerprint_file import FingerprintFile
from adapters.storage.sql_store import SqlStore
from gateway.runtime.clock import parse_timestamp

from .raw_rows import FOR_RESCUE, LONG, Record, Step
from .world.fingerprint import RememberedStore

T = TypeVar("T")

_NUMBERS: Iterator[int] = count(1)

_PLACES: list[Place] = []
"""Places that no database has now."""

_WAITS: Final = ""

_NEXT_DUE: Final[Mapping[str, str]] = {
    "dispatch": f"SELECT min(coalesce(due_at, '{_WAITS}')) FROM outbox WHERE state = 'QUEUED' AND NOT held",
    "rescue": (
        f"SELECT min(coalesce(lease_until, due_at)) FROM outbox WHERE state IN ({', '.join(map(repr, FOR_RESCUE))})"
    ),
    "writeback": (
        f"SELECT max('{_WAITS}') FROM (SELECT 1 FROM outbox WHERE written_seq < seq AND state != 'SENDING'"
        " UNION SELECT 1 FROM refusal WHERE NOT written)"
    ),
    "receipts": f"SELECT max('{_WAITS}') FROM receipt WHERE applied_at IS NULL",
}
"""Pass -> the time at which something is due for it, or that it waits already."""


class HookedDatabase(Database):
    """Database whose transactions call ``at`` before, when they are committed, and with the answer in hand."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.at: Callable[[str], None] = lambda _: None

    def write(self, work: Callable[[Connection], T]) -> T:
        self.at("sql.write")
        done = super().write(work)
        self.at("sql.write applied")
        return done

    def read(self, work: Callable[[Connection], T]) -> T:
        self.at("sql.read")
        found = super().read(work)
        self.at("sql.read answered")
        return found


@dataclass(slots=True)
class Place:
    """Name of a database in memory, with the objects that opened one there before: they keep compiled statements."""

    name: str
    free: list[HookedDatabase] = field(default_factory=list)
    taken: list[HookedDatabase] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"file:/{self.name}?vfs=memdb"

    def open(self, at: Callable[[str], None]) -> HookedDatabase:
        database = self.free.pop() if self.free else HookedDatabase(f"sqlite:///{self.url}&uri=true")
        self.taken.append(database)
        database.at = at
        return database

    def leave(self) -> None:
        """Let another database have the place: whatever was open there is closed."""
        self.free += self.taken
        self.taken.clear()
        _PLACES.append(self)


@dataclass(slots=True)
class SqlDatabase:
    """One database in memory, which several gateways open."""

    _place: Place = field(default_factory=lambda: _PLACES.pop() if _PLACES else Place(f"simulation{next(_NUMBERS)}"))
    _stores: list[SqlStore] = field(default_factory=list)
    _own: sqlite3.Connection = field(init=False)

    def __post_init__(self) -> None:
        self._own = sqlite3.connect(self._place.url, uri=True)
        self.restore(_template())
        self._own.execute("UPDATE store_meta SET value = 'first' WHERE name = 'epoch'")
        self._own.commit()

    def new_memory(self) -> RememberedStore:
        """Return the memory of a machine that has seen no store yet."""
        return RememberedStore()

    def open(
        self,
        at: Callable[[str], None],
        steady: Callable[[], float],
        memory: FingerprintFile,
        random: Any,
    ) -> SqlStore:
        store = SqlStore(self._place.open(at), memory_file=memory, steady=steady)
        self._stores.append(store)
        return store

    def snapshot(self) -> bytes:
        return self._own.serialize()

    def restore(self, snapshot: bytes) -> None:
        with closing(sqlite3.connect(":memory:")) as kept:
            kept.deserialize(snapshot)
            kept.backup(self._own)

    def close(self) -> None:
        for store in self._stores:
            store.close()
        self._own.close()
        self._place.leave()

    def newest(self) -> tuple[str, list[str]]:
        """Return the store's epoch, and the id of its newest record if it has one."""
        [epoch] = self._own.execute("SELECT value FROM store_meta WHERE name = 'epoch'").fetchone()
        return epoch, [row[0] for row in self._own.execute("SELECT id FROM evidence ORDER BY position DESC LIMIT 1")]

    # Raw rows, for checks that share no code with what they check.

    def steps(self, known: Mapping[str, Sequence[Step]]) -> list[Step]:
        """Return the steps of each notice that has another number of them than is known."""
        query = "SELECT reference, seq, event, state, evidence_id, learned_at FROM event ORDER BY 1, 2"
        rows = self._own.execute(query).fetchall()
        counts = Counter(row[0] for row in rows)
        changed = {reference for reference, count in counts.items() if count != len(known.get(reference, ()))}
        return [Step(*row[:5], parse_timestamp(row[5])) for row in rows if row[0] in changed]

    def receipts(self) -> set[str]:
        return {row[0] for row in self._own.execute("SELECT receipt_id FROM receipt")}

    def refused(self) -> Counter[str]:
        """Count the codes of what was refused: input in the quarantine, and rows that still stand refused."""
        query = "SELECT code FROM quarantine UNION ALL SELECT code FROM refusal"
        return Counter(code for (code,) in self._own.execute(query))

    def step_count(self) -> int:
        return int(self._own.execute("SELECT count(*) FROM event").fetchone()[0])

    def next_due(self, kind: str, now: datetime) -> float:
        """Return the seconds until something waits for passes of a kind; 0 if it waits already."""
        at = self._own.execute(_NEXT_DUE[kind]).fetchone()[0]
        if at is None:
            return LONG
        return 0.0 if at == _WAITS else max(0.0, (parse_timestamp(at) - now).total_seconds())

    def has_record(self, id: str) -> bool:
        return self._own.execute("SELECT 1 FROM evidence WHERE id = ?", [id]).fetchone() is not None

    def record_count(self) -> int:
        return int(self._own.execute("SELECT count(*) FROM evidence").fetchone()[0])

    def checkpoint_size(self) -> int:
        """Return the size of the last checkpoint, or 0."""
        return int(self._own.execute("SELECT coalesce(max(size), 0) FROM checkpoint").fetchone()[0])

    def records(self, after: int) -> list[Record]:
        query = "SELECT id, kind, header, leaf_index FROM evidence WHERE position > ? ORDER BY position"
        return [Record(*row) for row in self._own.execute(query, [after])]

    def has_open_fork(self) -> bool:
        """Tell if the store knows of another tree that nobody has set aside."""
        return bool(self._own.execute("SELECT count(*) FROM fork WHERE act IS NULL").fetchone()[0])

    def checkpoint_count(self) -> int:
        return int(self._own.execute("SELECT count(*) FROM checkpoint").fetchone()[0])

    def headers(self, first: int) -> dict[int, bytes]:
        """Return the headers of the records from a place on, by their places."""
        return dict(self._own.execute("SELECT leaf_index, header FROM evidence WHERE leaf_index >= ?", [first]))

    def tree_size(self) -> int:
        row = self._own.execute("SELECT size FROM tree").fetchone()
        return 0 if row is None else int(row[0])

    def waiting(self) -> dict[str, tuple[str, str | None, str | None, bool]]:
        """Return state, code, due time and mark of each notice."""
        rows = self._own.execute("SELECT reference, state, code, due_at, held FROM outbox")
        return {row[0]: (row[1], row[2], row[3], bool(row[4])) for row in rows}

    def named_in_quarantine(self) -> set[str]:
        """Return the notices that open items name."""
        rows = self._own.execute("SELECT notice FROM quarantine WHERE ended_at IS NULL AND notice IS NOT NULL")
        return {row[0] for row in rows}


@cache
def _template() -> bytes:
    """Make an empty store once for this process; its migrations need a file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "template.db"
        migrate.upgrade(f"sqlite:///{path}")
        with closing(sqlite3.connect(path)) as file:
            file.execute("PRAGMA journal_mode=DELETE")
            return file.serialize()
