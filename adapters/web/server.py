"""The HTTP server of every listener: Waitress in a thread of its own, with small limits (`Limits`).

No peer can keep others out. A connection is bounded in time (`adapters/web/bounded_connection.py`), and each peer has a
share of the connections. If a new one arrives at a full server, the connection is closed that has been late for
longest.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from collections import Counter
from collections.abc import Sequence
from ipaddress import IPv6Address
from typing import Any
from urllib.parse import urlsplit

from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.server import TcpWSGIServer
from waitress.task import ThreadedTaskDispatcher

from adapters.http.http_service import BeforeBody, HttpRequest, HttpResponse, HttpService
from adapters.http.wsgi import wsgi
from adapters.web.bounded_connection import Channel
from adapters.web.listener_limits import HEALTH, Limits
from gateway.runtime.errors import GatewayError
from gateway.runtime.exhaustion import exhausted
from gateway.runtime.plain_words import words_of

PROBE = "/probe"
"""Path that the server answers itself, as proof to the outside that it answers."""


class BoundedServer(TcpWSGIServer):  # type: ignore[misc]
    """Server that accepts connections as long as it can close another one for them."""

    channel_class = Channel

    def __init__(self, *arguments: Any, limits: Limits, before_body: BeforeBody, **named: Any) -> None:
        self._limits, self.patience, self.before_body = limits, limits.patience, before_body
        super().__init__(*arguments, **named)

    def handle_accept(self) -> None:
        try:
            accepted = self.accept()
        except OSError as error:  # the other side has gone already, or no more files may be opened
            if exhausted(error):
                # The connection stays in the queue: without a pause this thread would try it all the time.
                time.sleep(_PAUSE_SECONDS)
            return
        if accepted is None:
            return
        connection, address = accepted
        if not self._has_room(peer_of(address[0])):
            connection.close()
            return
        self.set_socket_options(connection)
        self.channel_class(self, connection, address, self.adj, map=self._map)

    def close_late(self, now: float) -> None:
        """Close the connections of peers that are too late."""
        for channel in list(self.active_channels.values()):
            if not channel.will_close and channel.is_late(now):
                channel.drop()
            # The loop closes a dropped one when it is writable, which one that reads nothing never is.
            if channel.will_close and not channel.is_served:
                channel.handle_close()

    def bound_bodies(self) -> None:
        """Keep the stored parts of bodies within their bound."""
        bound = self._limits.bodies * self._limits.body_bytes
        while sum(channel.octets for channel in self._open()) > bound:
            if not _close_one([channel for channel in self._open() if channel.octets]):
                return

    def _has_room(self, peer: str) -> bool:
        """Make room for one more connection of a peer, if need be by closing another; return False if there is none."""
        there = self._open()
        by_peer = Counter(peer_of(channel.addr[0]) for channel in there)
        if by_peer[peer] >= self._limits.share:
            return _close_one([channel for channel in there if peer_of(channel.addr[0]) == peer])
        if len(there) >= self._limits.connections:
            most = max(by_peer.values())
            return _close_one([channel for channel in there if by_peer[peer_of(channel.addr[0])] == most])
        return True

    def _open(self) -> list[Channel]:
        return [channel for channel in self.active_channels.values() if not channel.will_close]


def _close_one(channels: Sequence[Channel]) -> bool:
    """Close the connection that has been late for longest; return False if each is being answered."""
    waiting = [channel for channel in channels if not channel.is_served]
    if not waiting:
        return False
    min(waiting, key=lambda channel: channel.waited_since).drop()
    return True


def peer_of(address: str) -> str:
    """Return a peer's identity: an owner of one address of an IPv6 network has all of them."""
    if ":" not in address:
        return address
    parsed = IPv6Address(address.partition("%")[0])
    return str(parsed.ipv4_mapped) if parsed.ipv4_mapped else parsed.packed[:8].hex()


class WebServer:
    """Server that listens from construction on, and serves from `start` to `close`."""

    service: HttpService
    """Service of the requests, set before `start`: it may contain the server's address. Another one may replace it."""

    def __init__(self, listen: str, limits: Limits = HEALTH) -> None:
        """Listen at ``listen``: address and port, 0 for a free one. Raises `GatewayError` ``service.listen``."""
        self._listener = _listener(listen)
        self._sockets: dict[int, Any] = {}
        adjustments = Adjustments(
            sockets=[self._listener],
            max_request_header_size=limits.head_bytes,
            max_request_body_size=limits.body_bytes,
            # Beside connections there are the listener and a trigger; we count connections ourselves.
            connection_limit=2 * limits.connections,
            # By the system's clock, which may be set; `close_late` uses the monotonic one.
            channel_timeout=86_400,
            # A service knows its proxies, and reads what they say (`adapters/http/wsgi_service.py`).
            clear_untrusted_proxy_headers=False,
            ident=None,
        )
        dispatcher = ThreadedTaskDispatcher()
        # More requests than threads are usual while people open pages: each would be a warning in the log.
        dispatcher.queue_logger = _SILENT
        dispatcher.set_thread_count(limits.threads)
        self._server = BoundedServer(
            wsgi(self._handle, lambda: self.service.streams),
            self._sockets,
            True,
            self._listener,
            dispatcher=dispatcher,
            adj=adjustments,
            sockinfo=(self._listener.family, self._listener.type, self._listener.proto, self._listener.getsockname()),
            bind_socket=False,
            limits=limits,
            before_body=lambda head: self.service.before_body(head),
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
        """Stop answering; end the threads."""
        self._ending.set()
        self._server.pull_trigger()
        self._thread.join()
        self._server.task_dispatcher.shutdown()
        for channel in list(self._server.active_channels.values()):
            channel.handle_close()  # `close_all` leaves files of incomplete bodies open
        wasyncore.close_all(self._sockets)
        self._listener.close()

    def _handle(self, request: HttpRequest) -> HttpResponse:
        if request.path == PROBE and request.method == "GET":
            return HttpResponse(status=204)
        return self.service.handle(request)

    def _serve(self) -> None:
        while not self._ending.is_set():
            wasyncore.loop(timeout=_LOOK_SECONDS, map=self._sockets, count=1, use_poll=True)
            self._server.close_late(time.monotonic())


_SILENT = logging.Logger("waitress.queue", logging.CRITICAL)
_LOOK_SECONDS = 0.5
_PAUSE_SECONDS = 0.1


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
