"""Peers that keep a server waiting: each sends an octet now and then, and never ends."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from urllib.parse import urlsplit

PATIENCE = 600.0
"""Seconds after which a test that waits for nothing ends, however busy the machine is."""


class Slow:
    """Connections of these addresses, each of which begins with the same octets."""

    def __init__(self, url: str, peers: Sequence[str], beginning: bytes, octet: bytes = b"x") -> None:
        at = urlsplit(url)
        self._octet = octet
        self.sockets = []
        for peer in peers:
            each = socket.create_connection((at.hostname or "", at.port or 0), PATIENCE, source_address=(peer, 0))
            each.sendall(beginning)
            self.sockets.append(each)
        self._ending, self.closed = threading.Event(), threading.Event()
        self._open = list(self.sockets)
        self._thread = threading.Thread(target=self._trickle)
        self._thread.start()

    def _trickle(self) -> None:
        while self._open and not self._ending.wait(0.1):
            self._open = [each for each in self._open if self._goes_on(each)]
        if not self._open:
            self.closed.set()

    def _goes_on(self, each: socket.socket) -> bool:
        try:
            each.sendall(self._octet)
            each.setblocking(False)
            try:
                return bool(each.recv(1000))
            except BlockingIOError:
                return True
            finally:
                each.settimeout(PATIENCE)
        except OSError:
            return False

    def close(self) -> None:
        self._ending.set()
        self._thread.join()
        for each in self.sockets:
            each.close()


@contextmanager
def slow(url: str, peers: Sequence[str], beginning: bytes, octet: bytes = b"x") -> Iterator[Slow]:
    there = Slow(url, peers, beginning, octet)
    try:
        yield there
    finally:
        there.close()


def exchange(url: str, octets: bytes) -> bytes:
    """Send octets; return everything that comes until the server closes the connection."""
    at = urlsplit(url)
    with socket.create_connection((at.hostname or "", at.port or 0), PATIENCE) as connection:
        connection.sendall(octets)
        found = b""
        while more := connection.recv(65536):
            found += more
        return found
