"""HTTP servers that speak TLS, and how they run while a test does."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import HTTPServer
from socket import SHUT_WR


class OverTls(HTTPServer):
    """Mixin for a server: take connections by ``context``, which is set before it serves."""

    context: ssl.SSLContext

    def get_request(self) -> tuple[ssl.SSLSocket, object]:
        plain, address = super().get_request()
        connection = self.context.wrap_socket(plain, server_side=True, do_handshake_on_connect=False)
        try:
            connection.do_handshake()
        except OSError:
            refuse(connection)
            raise
        return connection, address


def refuse(connection: ssl.SSLSocket) -> None:
    """Close as a server does that wants its alert to be read: the rest of what came is taken, and read by nobody."""
    with connection, suppress(OSError):
        connection.shutdown(SHUT_WR)
        while connection.recv(65_536):
            pass


@contextmanager
def running(server: HTTPServer) -> Iterator[None]:
    """Serve while the block runs."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
