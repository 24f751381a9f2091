"""A relay before a PostgreSQL server, which can hold answers back or swallow them: a slow or a broken network."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType


class Relay:
    """Listens on the loopback from the ``with`` block's beginning to its end. ``delay`` is how many seconds each piece
    of an answer is held back; while it is ``silent``, nothing that either side says arrives, and nothing is closed."""

    def __init__(self, folder: Path) -> None:
        """``folder`` is the server's, with its socket."""
        self.delay, self.silent = 0.0, False
        self._target = str(folder / ".s.PGSQL.5432")
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept)]

    def __enter__(self) -> Relay:
        self._threads[0].start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close(self._listener)
        for each in self._open:
            self._close(each)
        for thread in self._threads:
            thread.join()

    @property
    def port(self) -> int:
        port: int = self._listener.getsockname()[1]
        return port

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/{database}?sslmode=disable&gssencmode=disable"

    def _accept(self) -> None:
        with suppress(OSError):  # the end
            while True:
                client, _ = self._listener.accept()
                server = socket.socket(socket.AF_UNIX)
                server.connect(self._target)
                self._open += [client, server]
                for arguments in ((client, server, False), (server, client, True)):
                    self._threads.append(threading.Thread(target=self._pump, args=arguments))
                    self._threads[-1].start()

    def _pump(self, source: socket.socket, target: socket.socket, answers: bool) -> None:
        with suppress(OSError):
            while octets := source.recv(65536):
                if answers and self.delay:
                    time.sleep(self.delay)
                if not self.silent:
                    target.sendall(octets)
        if not self.silent:
            self._close(target)

    def _close(self, each: socket.socket) -> None:
        with suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
        each.close()
