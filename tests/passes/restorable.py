"""A store that can be backed up and restored, on either database, and what a machine remembers outside of it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from sqlalchemy import make_url

from adapters.storage.engine import migrate
from adapters.storage.fingerprint_file import FingerprintFile
from adapters.storage.sql_store import SqlStore
from tests.databases import DATABASES, server

_NUMBERS = count(1)


@dataclass
class Restorable:
    """A database whose stores are all closed while it is backed up, restored or made anew. Without ``remembers`` a
    machine does not see that it was."""

    url: str
    folder: Path
    remembers: bool = True
    _opened: list[SqlStore] = field(default_factory=list)

    @property
    def state(self) -> Path:
        return self.folder / "gateway.state"

    def open(self, state: Path | None = None) -> SqlStore:
        """Open the store, as a machine that remembers it in ``state``."""
        store = SqlStore.open(self.url, memory_file=FingerprintFile(state or self.state) if self.remembers else None)
        self._opened.append(store)
        return store

    def close(self) -> None:
        while self._opened:
            self._opened.pop().close()

    def back_up(self) -> str:
        """Return a name for the present."""
        self.close()
        name = f"backup_{next(_NUMBERS)}"
        if self._file is not None:
            shutil.copy(self._file, self.folder / name)
        else:
            server().create_database(name, self._name)
        return name

    def restore(self, name: str) -> None:
        self.close()
        if self._file is not None:
            shutil.copy(self.folder / name, self._file)
        else:
            server().drop_database(self._name)
            server().create_database(self._name, name)

    def make_anew(self) -> None:
        """The store is lost, and an empty one stands in its place."""
        self.close()
        if self._file is not None:
            self._file.unlink()
        else:
            server().drop_database(self._name)
            server().create_database(self._name)
        migrate.upgrade(self.url)

    @property
    def _file(self) -> Path | None:
        parsed = make_url(self.url)
        return Path(parsed.database or "") if parsed.get_backend_name() == "sqlite" else None

    @property
    def _name(self) -> str:
        return make_url(self.url).database or ""


@contextmanager
def restorable(kind: str, folder: Path) -> Iterator[Restorable]:
    with DATABASES[kind](folder) as url:
        made = Restorable(url, folder)
        try:
            yield made
        finally:
            made.close()
