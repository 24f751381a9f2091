"""A gateway process that can be killed: forked, it runs passes over a real store, and asks this process for the rest.

Case database, judiciary and clock live here, in the parent, which no kill reaches.
"""

from __future__ import annotations

import gc
import os
import signal
import traceback
from collections.abc import Mapping
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from adapters.archive.segment_records import SegmentReader
from adapters.storage.engine.engine import Database
from adapters.storage.payloads.payloads import DatabasePayloads
from adapters.storage.payloads.segments import SegmentPayloads
from adapters.storage.sql_store import SqlStore
from gateway.runtime.errors import GatewayError

from .boundaries import Fuse, watch_database, watch_segments
from .watched_passes import WatchedPasses


class Killed(Exception):
    """The process died by SIGKILL, at the place that it was told."""


def open_store(url: str, folder: Path) -> SqlStore:
    """The store as an installation has it: octets in segment files beside SQLite, in the database of PostgreSQL."""
    payloads = SegmentPayloads(folder / "payloads") if url.startswith("sqlite") else DatabasePayloads()
    return SqlStore(Database(url), payloads, archived=SegmentReader(folder / "archive"))


class Process:
    """One gateway process; ``others`` are the ports' other sides by name."""

    def __init__(self, url: str, folder: Path, others: Mapping[str, Any], blow_at: int | None = None) -> None:
        self._others = others
        self._pipe, theirs = Pipe()
        self.id = os.fork()
        if self.id == 0:
            self._pipe.close()
            _live(theirs, url, folder, blow_at)
        theirs.close()

    def run(self, method: str, **arguments: Any) -> Any:
        """Have it run a method of its `WatchedPasses`; return what that returns. Raises `Killed`."""
        try:
            self._pipe.send((method, self._others["clock"](), arguments))
            while True:
                kind, *said = self._pipe.recv()
                if kind == "done":
                    return said[0]
                if kind == "broken":
                    raise AssertionError(said[0])
                self._pipe.send(self._answer(*said))
        except (EOFError, ConnectionError):
            _, status = os.waitpid(self.id, 0)
            self._pipe.close()
            self.id = 0
            assert os.WIFSIGNALED(status), status
            assert os.WTERMSIG(status) == signal.SIGKILL, status
            raise Killed from None

    def end(self) -> None:
        if self.id:
            self._pipe.close()
            os.waitpid(self.id, 0)
            self.id = 0

    def _answer(self, port: str, method: str, arguments: Any, named: Any) -> tuple[str, Any]:
        try:
            value = getattr(self._others[port], method)(*arguments, **named)
            return "value", list(value) if hasattr(value, "__next__") else value
        except GatewayError as error:
            return "error", (error.code, error.where, error.detail)


class _Remote:
    """A port whose other side is the parent."""

    def __init__(self, pipe: Connection, name: str, constants: Mapping[str, Any]) -> None:
        self._pipe, self._name, self._constants = pipe, name, constants

    def __getattr__(self, method: str) -> Any:
        if method in self._constants:
            return self._constants[method]

        def call(*arguments: Any, **named: Any) -> Any:
            arguments = tuple(list(a) if hasattr(a, "__next__") else a for a in arguments)
            self._pipe.send(("call", self._name, method, arguments, named))
            kind, said = self._pipe.recv()
            if kind == "error":
                raise GatewayError(said[0], where=said[1], detail=said[2])
            return said

        return call


def _live(pipe: Connection, url: str, folder: Path, blow_at: int | None) -> None:
    """Run until the parent ends it; never return into the parent's code."""
    gc.disable()  # it lives for a second
    fuse = Fuse(blow_at)
    watch_database(fuse)
    watch_segments(fuse)
    watched = WatchedPasses(
        fuse.around("store", open_store(url, folder), outside=False),
        fuse.around("cases", _Remote(pipe, "cases", {"name": "cases"}), outside=True),
        fuse.around("judiciary", _Remote(pipe, "judiciary", {"destination": "court"}), outside=True),
        folder=folder,
        watch=lambda name, target, outside: fuse.around(name, target, outside=outside),
    )
    while True:
        try:
            method, now, arguments = pipe.recv()
        except EOFError:
            os._exit(0)
        watched.clock.now = now
        fuse.within[:] = [method]
        try:
            reported = fuse.places if method == "places" else getattr(watched, method)(**arguments)
            pipe.send(("done", reported if isinstance(reported, list | str) else None))
        except Exception:
            pipe.send(("broken", traceback.format_exc()))
