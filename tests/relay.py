"""A relay before a server, which can hold octets back, swallow them or cut connections: a slow or a broken network."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType


class Relay:
    """Listens on the loopback from the ``with`` block's beginning to its end.

    ``delay`` is how many seconds each piece of an answer is held back, ``request_delay`` each piece of a request; what
    is held back arrives even if its sender no longer waits. While it is ``silent``, nothing that either side says
    arrives, and nothing is closed. The connections that a silence befell end with it, as keep-alives would end them.
    While no server listens at ``target``, each connection ends at once. ``late_requests``, ``late_answers`` and
    ``swallowed`` count the pieces that this befell.
    """

    def __init__(self, target: Path | int) -> None:
        """``target`` is the folder of a PostgreSQL server, with its socket, or a port of this machine."""
        self.target = target
        self.delay = self.request_delay = 0.0
        self.late_requests = self.late_answers = self.swallowed = 0
        self._silent = False
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: set[tuple[socket.socket, socket.socket]] = set()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._accept)]

    def __enter__(self) -> Relay:
        self._threads[0].start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close(self._listener)
        self._threads[0].join()
        self.cut()
        for thread in self._threads:
            thread.join()

    @property
    def silent(self) -> bool:
        return self._silent

    @silent.setter
    def silent(self, silent: bool) -> None:
        was, self._silent = self._silent, silent
        if was and not silent:
            self.cut()

    @property
    def port(self) -> int:
        port: int = self._listener.getsockname()[1]
        return port

    def url(self, database: str) -> str:
        """Return the URL of a database of the PostgreSQL server."""
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/{database}?sslmode=disable&gssencmode=disable"

    def cut(self) -> int:
        """Cut every connection; return how many there were."""
        with self._lock:
            befallen, self._open = self._open, set()
        for pair in befallen:
            for each in pair:
                self._close(each)
        return len(befallen)

    def _accept(self) -> None:
        with suppress(OSError):  # the end
            while True:
                client, _ = self._listener.accept()
                try:
                    server = self._connected()
                except OSError:
                    self._close(client)
                    continue
                pair = client, server
                with self._lock:
                    self._open.add(pair)
                for source, target, answers in ((client, server, False), (server, client, True)):
                    self._threads.append(threading.Thread(target=self._pump, args=(pair, source, target, answers)))
                    self._threads[-1].start()

    def _connected(self) -> socket.socket:
        if isinstance(self.target, int):
            return socket.create_connection(("127.0.0.1", self.target))
        server = socket.socket(socket.AF_UNIX)
        try:
            server.connect(str(self.target / ".s.PGSQL.5432"))
        except OSError:
            server.close()
            raise
        return server

    def _pump(
        self, pair: tuple[socket.socket, socket.socket], source: socket.socket, target: socket.socket, answers: bool
    ) -> None:
        with suppress(OSError):
            while octets := source.recv(65536):
                if delay := self.delay if answers else self.request_delay:
                    time.sleep(delay)
                    self._count(answers)
                if not self.silent:
                    target.sendall(octets)
                else:
                    self.swallowed += 1
        if not self.silent:
            with self._lock:
                self._open.discard(pair)
            for each in pair:
                self._close(each)

    def _count(self, answers: bool) -> None:
        if answers:
            self.late_answers += 1
        else:
            self.late_requests += 1

    def _close(self, each: socket.socket) -> None:
        with suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
        each.close()
