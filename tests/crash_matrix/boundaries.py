"""Boundaries, as a gateway process meets them one after another; at the one that it was told, it is killed."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
from collections.abc import Callable
from typing import Any, NoReturn

import psycopg
from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine.default import DefaultDialect

from adapters.storage.payloads import segment_file
from adapters.storage.sql_store import SqlStore
from gateway.store.store import NARROW_STORES
from gateway.store.stored import Changes

LOCAL = frozenset(
    {"assert_ready", "prepare_submission", "prepare_inquiry", "prepare_ticket_question", "before", "has_account"}
)
"""Calls to a port that reach nobody."""

_READS = re.compile(r"\s*(SELECT|PRAGMA|BEGIN|SHOW|SET)\b", re.IGNORECASE)
_SUBJECT = re.compile(r"\s*(\w+)(?:\s+(?:INTO|FROM))?\s+(\w+)", re.IGNORECASE)

COMMIT_UNANSWERED = "answer lost to COMMIT"
COMMIT_UNHEARD = "never heard COMMIT"
"""Boundaries at which the connection breaks and the process lives on: the store repeats the transaction."""


class Fuse:
    """Counts boundaries, and kills this process at number ``blow_at``. ``within`` is what it is doing, ``moved`` the
    events that the present commit writes: two commits that move different things are different places."""

    def __init__(self, blow_at: int | None = None) -> None:
        self.places: list[str] = []
        self.within: list[str] = []
        self.moved = ""
        self._blow_at = blow_at

    def meets(self, boundary: str) -> bool:
        """Note a boundary; return whether it is the one that was told."""
        self.places.append("/".join([*self.within, boundary]))
        return len(self.places) - 1 == self._blow_at

    def at(self, boundary: str) -> None:
        if self.meets(boundary):
            die()

    def around(self, name: str, target: Any, *, outside: bool) -> Any:
        """Return a stand-in for a port. Calls to the ``outside`` are boundaries; others only say where we are."""
        return _Port(self, name, target, outside)


def die() -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("nothing outlives SIGKILL")


class _Port:
    def __init__(self, fuse: Fuse, name: str, target: Any, outside: bool) -> None:
        self._fuse, self._name, self._target, self._outside = fuse, name, target, outside

    def __getattr__(self, method: str) -> Any:
        attribute = getattr(self._target, method)
        if method in NARROW_STORES and isinstance(self._target, SqlStore):
            return _Port(self._fuse, f"{self._name}.{method}", attribute, self._outside)
        if not callable(attribute) or method in LOCAL:
            return attribute

        def call(*arguments: Any, **named: Any) -> Any:
            self._fuse.within.append(f"{self._name}.{method}")
            self._fuse.moved = _moved(arguments)
            try:
                if not self._outside:
                    return attribute(*arguments, **named)
                self._fuse.at("before")
                result = attribute(*arguments, **named)
                self._fuse.at("after")
                return result
            finally:
                self._fuse.within.pop()

        return call


def _moved(arguments: tuple[Any, ...]) -> str:
    events = {step.event.value for each in arguments if isinstance(each, Changes) for step in each.steps}
    return f" of {', '.join(sorted(events))}" if events else ""


def watch_database(fuse: Fuse) -> None:
    """Make a boundary of each statement that writes, in any database of this process, and of each COMMIT after one."""
    wrote: dict[Any, bool] = {}

    @event.listens_for(Engine, "before_cursor_execute")
    def statement(connection: Connection, _cursor: object, text: str, *_: object) -> None:
        if not _READS.match(text):
            found = _SUBJECT.match(text)
            fuse.at(f"before {' '.join(found.groups()) if found else text.split()[0]}")
            wrote[connection.connection.dbapi_connection] = True

    @event.listens_for(Engine, "begin")
    def begin(connection: Connection) -> None:
        wrote[connection.connection.dbapi_connection] = False

    commit: Callable[..., None] = DefaultDialect.do_commit

    def do_commit(dialect: DefaultDialect, connection: Any) -> None:
        present = getattr(connection, "dbapi_connection", connection)
        if not wrote.get(present):
            return commit(dialect, connection)
        fuse.at(f"before COMMIT{fuse.moved}")
        networked = not isinstance(present, sqlite3.Connection)
        if networked and fuse.meets(f"{COMMIT_UNHEARD}{fuse.moved}"):
            _break(present)
        commit(dialect, connection)
        if networked and fuse.meets(f"{COMMIT_UNANSWERED}{fuse.moved}"):
            _break(present)
        return fuse.at(f"after COMMIT{fuse.moved}")

    DefaultDialect.do_commit = do_commit  # type: ignore[method-assign]


def _break(connection: psycopg.Connection[Any]) -> NoReturn:
    connection.close()
    raise psycopg.OperationalError("the connection is lost")


def watch_segments(fuse: Fuse) -> None:
    """Make boundaries of what this process does to segment files; a write is also met in its middle."""
    segment_file.os = _Disk(fuse)  # type: ignore[assignment]


class _Disk:
    """The module `os`, as the segment files' code sees it."""

    def __init__(self, fuse: Fuse) -> None:
        self._fuse = fuse

    def __getattr__(self, name: str) -> Any:
        return getattr(os, name)

    def open(self, path: Any, flags: int, *mode: int) -> int:
        if flags & os.O_CREAT:
            self._fuse.at("before a segment file")
        return os.open(path, flags, *mode)

    def write(self, descriptor: int, octets: Any) -> int:
        self._fuse.at("before write")
        if self._fuse.meets("in the middle of write"):
            os.write(descriptor, octets[: len(octets) // 2])
            die()
        return os.write(descriptor, octets)

    def fsync(self, descriptor: int) -> None:
        self._fuse.at("before fsync")
        os.fsync(descriptor)
        self._fuse.at("after fsync")
