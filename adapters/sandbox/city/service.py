"""Common form of a stand-in for a system of the city: an HTTP server on loopback, over a ledger in SQLite.

A stand-in is a module that ends with ``main(TABLES, handle)`` under ``__main__``. It prints one line of JSON when it is
ready, ``{"ready": true, "port": 40123}``, and ends with its standard input. It imports the standard library and this
file alone, so that it shares no code with what it checks.

    python -m adapters.sandbox.city.NAME --ledger FILE [--port N] [--token-file FILE] [--slow-every N]
        [--slow-seconds S] [--unavailable-every N] [--lost-every N] [--set NAME=VALUE]
"""

from __future__ import annotations

import argparse
import contextlib
import hmac
import http.server
import json
import os
import signal
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

MAX_BODY = 32 * 1024 * 1024

_CALLS = """
CREATE TABLE IF NOT EXISTS calls (
    id INTEGER PRIMARY KEY, at TEXT NOT NULL, method TEXT NOT NULL, path TEXT NOT NULL, status INTEGER NOT NULL,
    fault TEXT
);
"""
"""Every request, also one that met a fault; ``at`` is UTC, ``path`` is without a query."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Request to a stand-in. ``steps`` are those of its path, decoded; ``query`` has each name once."""

    method: str
    steps: tuple[str, ...]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    def json(self) -> Any:
        """Return the body. Raises `ValueError`."""
        return json.loads(self.body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """Answer with a body of JSON, or none. An error rolls the ledger back, unless ``keep`` is true."""

    status: int = 200
    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict)
    keep: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Faults of the network, by the number of the request: every N-th is slow, gets a 503, or is done and gets no
    answer (0: none).

    ``own`` are settings that one stand-in alone knows.
    """

    slow_every: int = 0
    slow_seconds: float = 1.0
    unavailable_every: int = 0
    lost_every: int = 0
    own: Mapping[str, str] = field(default_factory=dict)


Handle = Callable[[Request, sqlite3.Connection, Settings], Reply]
"""Function that answers one request, inside one transaction of the ledger; an exception rolls it back."""


def now() -> str:
    """Return the time as a ledger writes it: RFC 3339, UTC, microseconds."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def open_ledger(path: Path, tables: str) -> sqlite3.Connection:
    """Open a ledger, and make its ``tables`` (statements ``CREATE TABLE IF NOT EXISTS``) and `calls`."""
    ledger = sqlite3.connect(path, timeout=30, check_same_thread=False, isolation_level=None)
    ledger.row_factory = sqlite3.Row
    ledger.execute("PRAGMA journal_mode = WAL")
    ledger.executescript(_CALLS + tables)
    return ledger


def main(tables: str, handle: Handle) -> None:
    """Serve as the arguments of the command line say, until standard input ends or a signal comes."""
    options = _options()
    token = options.token_file.read_text(encoding="ascii").strip() if options.token_file else None
    settings = Settings(
        slow_every=options.slow_every,
        slow_seconds=options.slow_seconds,
        unavailable_every=options.unavailable_every,
        lost_every=options.lost_every,
        own=dict(each.split("=", 1) for each in options.set),
    )
    with contextlib.closing(open_ledger(options.ledger, tables)) as ledger:
        answering = _Answering(ledger, settings, token, handle)
        server = http.server.ThreadingHTTPServer(("127.0.0.1", options.port), _handler(answering))
        server.daemon_threads = True
        signal.signal(signal.SIGTERM, lambda *_: _stop(server))
        signal.signal(signal.SIGINT, lambda *_: _stop(server))
        threading.Thread(target=_wait_for_parent, args=(server,), daemon=True).start()
        sys.stdout.write(json.dumps({"ready": True, "port": server.server_address[1]}) + "\n")
        sys.stdout.flush()
        server.serve_forever(poll_interval=0.1)
        server.server_close()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="A stand-in for a system of the city, on loopback.")
    parser.add_argument("--ledger", type=Path, required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--token-file", type=Path)
    parser.add_argument("--slow-every", type=int, default=0)
    parser.add_argument("--slow-seconds", type=float, default=1.0)
    parser.add_argument("--unavailable-every", type=int, default=0)
    parser.add_argument("--lost-every", type=int, default=0)
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE")
    return parser.parse_args()


class _Answering:
    """Answer requests one at a time: token, fault, then the stand-in's own function."""

    def __init__(self, ledger: sqlite3.Connection, settings: Settings, token: str | None, handle: Handle) -> None:
        self._ledger, self._settings, self._token, self._handle = ledger, settings, token, handle
        self._lock, self._number = threading.Lock(), 0

    def answer(self, request: Request) -> Reply | None:
        """Return the answer; None if it is lost on its way."""
        with self._lock:
            self._number += 1
            fault = self._fault(self._number)
        if fault == "slow":
            time.sleep(self._settings.slow_seconds)
        with self._lock:
            reply = self._judged(request, fault)
            path = "/" + "/".join(request.steps)
            self._ledger.execute(
                "INSERT INTO calls (at, method, path, status, fault) VALUES (?, ?, ?, ?, ?)",
                (now(), request.method, path, reply.status, fault),
            )
        return None if fault == "lost" else reply

    def _fault(self, number: int) -> str | None:
        settings = self._settings
        if settings.unavailable_every and number % settings.unavailable_every == 0:
            return "unavailable"
        if settings.lost_every and number % settings.lost_every == 0:
            return "lost"
        return "slow" if settings.slow_every and number % settings.slow_every == 0 else None

    def _judged(self, request: Request, fault: str | None) -> Reply:
        given = request.headers.get("authorization", "").encode("latin-1", "replace")
        if self._token is not None and not hmac.compare_digest(given, f"Bearer {self._token}".encode()):
            return Reply(status=401, body={"error": "token"})
        if fault == "unavailable":
            return Reply(status=503, body={"error": "unavailable"}, headers={"Retry-After": "1"})
        self._ledger.execute("BEGIN IMMEDIATE")
        try:
            reply = self._handle(request, self._ledger, self._settings)
        except (ValueError, KeyError, TypeError):
            self._ledger.execute("ROLLBACK")
            return Reply(status=400, body={"error": "malformed"})
        except BaseException:
            self._ledger.execute("ROLLBACK")
            raise
        self._ledger.execute("COMMIT" if reply.keep or reply.status < 400 else "ROLLBACK")
        return reply


def _handler(answering: _Answering) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 30

        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer()

        def do_PUT(self) -> None:
            self._answer()

        def log_message(self, format: str, *args: Any) -> None:
            """Print nothing: the ledger has every call."""

        def _answer(self) -> None:
            size = int(self.headers.get("Content-Length") or 0)
            if not 0 <= size <= MAX_BODY:
                self.close_connection = True
                return
            address = urlsplit(self.path)
            request = Request(
                method=self.command,
                steps=tuple(unquote(step) for step in address.path.split("/") if step),
                query=dict(parse_qsl(address.query, keep_blank_values=True)),
                headers={name.lower(): value for name, value in self.headers.items()},
                body=self.rfile.read(size),
            )
            self._send(answering.answer(request))

        def _send(self, reply: Reply | None) -> None:
            if reply is None:
                self.close_connection = True
                return
            octets = b"" if reply.body is None else json.dumps(reply.body, ensure_ascii=False).encode()
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(octets)))
            self.end_headers()
            self.wfile.write(octets)

    return Handler


def _wait_for_parent(server: http.server.ThreadingHTTPServer) -> None:
    # Not sys.stdin: a daemon thread that waits in its buffer keeps the interpreter from ending.
    while os.read(0, 4096):
        pass
    _stop(server)


def _stop(server: http.server.ThreadingHTTPServer) -> None:
    # The server waits for itself if it is stopped from the thread that it serves in.
    threading.Thread(target=server.shutdown, daemon=True).start()
