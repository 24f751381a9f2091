"""A service over https that keeps checkpoints, and does what a test tells it."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from gateway.merkle.checkpoint import Checkpoint, SignedNote


@dataclass
class Keeper:
    """``status`` is its answer in place of what it would say; ``token`` is what it lets in."""

    url: str = ""
    status: int | None = None
    says: bytes = b""
    token: str | None = None
    notes: list[bytes] = field(default_factory=list)
    seen: list[dict[str, str]] = field(default_factory=list)

    def take(self, note: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        self.seen.append(headers)
        if self.status is not None:
            return self.status, self.says
        if self.token is not None and headers.get("Authorization") != f"Bearer {self.token}":
            return 401, b"who are you?"
        size = size_of(note)
        if any(size_of(kept) > size for kept in self.notes):
            return 409, f"{max(map(size_of, self.notes))}\n".encode()
        if note not in self.notes:
            self.notes.append(note)
        return 200, b""


def size_of(note: bytes) -> int:
    return Checkpoint.of(SignedNote.of(note).text).size


@contextmanager
def serving(context: ssl.SSLContext) -> Iterator[Keeper]:
    keeper = Keeper()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            note = self.rfile.read(int(self.headers["Content-Length"]))
            status, body = keeper.take(note, dict(self.headers))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def finish_request(self, request, client_address) -> None:  # type: ignore[no-untyped-def]
            """The handshake belongs to the connection's own thread; one that fails is the client's to tell."""
            try:
                with context.wrap_socket(request, server_side=True) as secured:
                    super().finish_request(secured, client_address)
            except OSError:
                pass

    with Server(("127.0.0.1", 0), Handler) as server:
        keeper.url = f"https://127.0.0.1:{server.server_port}/checkpoints"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield keeper
        finally:
            server.shutdown()
            thread.join()
