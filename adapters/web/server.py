"""The HTTP server: Waitress in a thread of its own, with small limits."""

from __future__ import annotations

import os
import socket
import threading
from typing import Any
from urllib.parse import urlsplit
from wsgiref.types import WSGIApplication

import waitress.server
from waitress import wasyncore

from gateway.errors import GatewayError
from gateway.plain_words import words_of

THREADS = 4
MAX_HEADER_BYTES, MAX_BODY_BYTES = 8192, 1024
MAX_CONNECTIONS, SILENT_SECONDS = 50, 20


class WebServer:
    """Listens from the beginning; serves from `start` to `close`."""

    def __init__(self, application: WSGIApplication, listen: str, max_body_bytes: int = MAX_BODY_BYTES) -> None:
        """``listen`` is address and port, 0 for a free one. Raises `GatewayError` ``service.listen``."""
        self._listener = _listener(listen)
        self._sockets: dict[int, Any] = {}
        self._server: Any = waitress.server.create_server(
            application,
            map=self._sockets,
            sockets=[self._listener],
            threads=THREADS,
            max_request_header_size=MAX_HEADER_BYTES,
            max_request_body_size=max_body_bytes,
            connection_limit=MAX_CONNECTIONS,
            channel_timeout=SILENT_SECONDS,
            cleanup_interval=SILENT_SECONDS // 2,
            ident=None,
        )
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="web", daemon=True)

    @property
    def url(self) -> str:
        host, port = self._listener.getsockname()[:2]
        return f"http://{f'[{host}]' if ':' in host else host}:{port}"

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Answer no more."""
        self._ending.set()
        self._server.pull_trigger()
        self._thread.join()
        self._server.task_dispatcher.shutdown()
        wasyncore.close_all(self._sockets)
        self._listener.close()

    def _serve(self) -> None:
        while not self._ending.is_set():
            wasyncore.loop(timeout=1, map=self._sockets, count=1)


def _listener(listen: str) -> socket.socket:
    try:
        address = urlsplit(f"//{listen}")
        host, port = address.hostname or "", address.port or 0
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except ValueError as error:
        raise GatewayError("service.listen", where=listen, detail="no address and port") from error
    except OSError as error:
        # A resolver's errors have negative numbers and texts of their own.
        number = error.errno or 0
        detail = os.strerror(number) if number > 0 else error.strerror or words_of(error)
        raise GatewayError("service.listen", where=listen, detail=detail) from error
