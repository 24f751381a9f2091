"""Answer to one request over a kept connection: interim ones before it are skipped, octets after it are refused."""

from __future__ import annotations

import http.client
import io
import socket
from contextlib import suppress
from http import HTTPStatus
from typing import Any, Final

MAX_INTERIM: Final = 100
"""Most interim answers before the final one; a server that sends more never answers."""


class FinalAnswer(http.client.HTTPResponse):
    """Final answer to a request, after any interim ones (RFC 9110, 15.2).

    `http.client` skips 100 alone. It takes any other 1xx for the answer, and the answer itself for that of the next
    request. After 101 the connection speaks another protocol, so it is closed.
    """

    def __init__(self, sock: socket.socket, *arguments: Any, **named: Any) -> None:
        super().__init__(sock, *arguments, **named)
        buffered: Any = self.fp
        self.fp: Any = _Reader(buffered.detach(), sock)

    def begin(self) -> None:
        for _ in range(MAX_INTERIM + 1):
            super().begin()
            if self.status == HTTPStatus.SWITCHING_PROTOCOLS:
                self.will_close = True
                return
            if self.status >= HTTPStatus.OK:
                return
            self.headers = self.msg = None  # type: ignore[assignment]
        raise http.client.HTTPException(f"over {MAX_INTERIM} interim answers")


class _Reader(io.BufferedReader):
    """Reader of one answer. If more octets have come when the answer ends, the connection is never used again."""

    def __init__(self, raw: io.RawIOBase, connection: socket.socket) -> None:
        super().__init__(raw)
        self._connection = connection

    def close(self) -> None:
        if not self.closed and _has_more(self, self._connection):
            with suppress(OSError):
                # Not that of TLS, which would wait. The pool sees the end, and makes a new connection.
                socket.socket.shutdown(self._connection, socket.SHUT_RDWR)
        super().close()


def _has_more(reader: io.BufferedReader, connection: socket.socket) -> bool:
    """Return True if an octet can be read without waiting; those of TLS are seen in no other way."""
    timeout = connection.gettimeout()
    try:
        connection.settimeout(0)
        try:
            return bool(reader.peek(1))
        finally:
            connection.settimeout(timeout)
    except (OSError, ValueError):  # nothing can be read now, or never again
        return False
