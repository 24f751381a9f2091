"""A table of values that never change, with indexes, and the journal by which a transaction is undone."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

Undo = Callable[[], None]


class Journal:
    """Changes of the transaction that is open, newest last."""

    def __init__(self) -> None:
        self._undo: list[Undo] = []

    def note(self, undo: Undo) -> None:
        self._undo.append(undo)

    def place(self) -> int:
        return len(self._undo)

    def undo(self, place: int = 0) -> None:
        """Undo everything since ``place``, the newest change first."""
        while len(self._undo) > place:
            self._undo.pop()()

    def forget(self) -> None:
        """Keep everything: the transaction is committed."""
        self._undo.clear()


class Table(Generic[K, V]):
    """Rows by key. An index gives each row one value; rows whose value is None are not in it."""

    def __init__(self, journal: Journal, **indexes: Callable[[V], Hashable | None]) -> None:
        self.rows: dict[K, V] = {}
        self._journal = journal
        self._indexes = list(indexes.items())
        self._found: dict[str, dict[Hashable, dict[K, None]]] = {name: {} for name in indexes}
        self._values: dict[K, list[Hashable | None]] = {}
        """Values of each row in the indexes, in their order."""
        self._ordered: list[K] | None = None

    def __contains__(self, key: object) -> bool:
        return key in self.rows

    def __len__(self) -> int:
        return len(self.rows)

    def get(self, key: K) -> V | None:
        return self.rows.get(key)

    def values(self) -> Iterator[V]:
        return iter(self.rows.values())

    def ordered(self) -> list[K]:
        """Return all keys, sorted."""
        if self._ordered is None:
            self._ordered = sorted(self.rows)  # type: ignore[type-var]
        return self._ordered

    def find(self, index: str, value: Hashable) -> list[V]:
        """Return the rows with this value of an index."""
        found = self._found[index].get(value)
        return [self.rows[key] for key in found] if found else []

    def keys(self, index: str, value: Hashable) -> list[K]:
        return list(self._found[index].get(value, ()))

    def has(self, index: str, value: Hashable) -> bool:
        return value in self._found[index]

    def values_of(self, index: str) -> list[Hashable]:
        """Return the values of an index that some row has."""
        return list(self._found[index])

    def put(self, key: K, row: V) -> None:
        """Write a row in the place of any other one."""
        before = self.rows.get(key)
        if before is row:
            return
        self._journal.note(lambda: self._set(key, before))
        self._set(key, row)

    def insert(self, key: K, row: V) -> bool:
        """Write a row unless its key is there; return True if it was written."""
        if key in self.rows:
            return False
        self.put(key, row)
        return True

    def drop(self, key: K) -> bool:
        """Delete a row; return True if it was there."""
        before = self.rows.get(key)
        if before is None:
            return False
        self._journal.note(lambda: self._set(key, before))
        self._set(key, None)
        return True

    def copy(self) -> dict[K, V]:
        return dict(self.rows)

    def replace(self, rows: dict[K, V]) -> None:
        """Take other rows in the place of all. No transaction is open."""
        self.rows, self._ordered = {}, None
        self._found = {name: {} for name in self._found}
        self._values = {}
        for key, row in rows.items():
            self._set(key, row)

    def _set(self, key: K, row: V | None) -> None:
        before = self.rows.get(key)
        if row is None:
            self.rows.pop(key, None)
        else:
            self.rows[key] = row
        if (before is None) != (row is None):
            self._ordered = None
        if not self._indexes:
            return
        none: list[Hashable | None] = [None] * len(self._indexes)
        olds = self._values.pop(key, none)
        news = none if row is None else [value_of(row) for _, value_of in self._indexes]
        if row is not None:
            self._values[key] = news
        for index, old, new in zip(self._found.values(), olds, news, strict=True):
            if old == new:
                continue
            if old is not None:
                del index[old][key]
                if not index[old]:
                    del index[old]
            if new is not None:
                index.setdefault(new, {})[key] = None
