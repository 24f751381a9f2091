"""The connections of this process to one SQLite file, of all engines.

SQLite keeps one shared-memory index for a file and a process. If it was opened while the disk was read-only, it stays
read-only as long as any connection of the process is open. A new connection joins it and cannot write either. So all of
them are closed together, between two transactions of each thread, before the next one begins.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from weakref import WeakSet, WeakValueDictionary

from sqlalchemy import Engine


class SqliteFile:
    """Counts transactions under way, and closes every connection once there is none. Use `sqlite_file`."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._under_way = 0
        self._stale = False
        self._engines: WeakSet[Engine] = WeakSet()
        self._here = threading.local()

    def add(self, engine: Engine) -> None:
        """Register an engine whose connections are closed with those of all others."""
        with self._changed:
            self._engines.add(engine)

    def close_all(self) -> None:
        """Close every connection as soon as no transaction is under way; none begins before that."""
        with self._changed:
            self._stale = True
            self._close_if_idle()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Count the block as a transaction. It waits for connections that are about to be closed, unless this thread is
        in a transaction already."""
        depth = getattr(self._here, "depth", 0)
        if not depth:
            with self._changed:
                self._changed.wait_for(lambda: not self._stale)
                self._under_way += 1
        self._here.depth = depth + 1
        try:
            yield
        finally:
            self._here.depth = depth
            if not depth:
                self._end()

    def _end(self) -> None:
        with self._changed:
            self._under_way -= 1
            self._close_if_idle()

    def _close_if_idle(self) -> None:
        if self._stale and not self._under_way:
            for engine in list(self._engines):
                engine.dispose()
            self._stale = False
            self._changed.notify_all()


_files: WeakValueDictionary[Path, SqliteFile] = WeakValueDictionary()
_files_lock = threading.Lock()


def sqlite_file(path: Path) -> SqliteFile:
    """Return the object that all engines of this process share which open ``path``."""
    place = path.resolve()
    with _files_lock:
        if (found := _files.get(place)) is None:
            found = _files[place] = SqliteFile()
        return found
