"""A connection to a server of ours, bounded in time and in octets.

Waitress closes a silent connection, but one octet now and then would keep it open for ever. Here a whole head has a
deadline, a body has a minimum rate, and an answer must be read within a time. A request that can be refused by its head
alone (an unknown token, an unknown path) is refused before its body is read.
"""

from __future__ import annotations

import re
import socket
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.utilities import BadRequest

from adapters.http.http_service import BeforeBody, HttpRequest, HttpResponse
from adapters.http.wsgi import written


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """Time limits for a peer, in seconds.

    ``head`` is for a whole head; ``silent`` for the next one on an answered connection. A body has ``body`` seconds,
    and more as long as its average is ``rate`` octets a second. ``answer`` is for reading an answer. ``linger`` is the
    time in which further octets of a refused peer are thrown away, so that it reads its answer.
    """

    head: float = 10.0
    silent: float = 20.0
    body: float = 20.0
    rate: float = 16 * 1024
    answer: float = 120.0
    linger: float = 2.0


class Parser(HTTPRequestParser):  # type: ignore[misc]
    """Parser of a request, piece by piece."""

    def __init__(self, adjustments: Any, before_body: BeforeBody, peer: str) -> None:
        super().__init__(adjustments)
        self._before_body, self._peer = before_body, peer
        self.began = time.monotonic()
        self.body_began: float | None = None

    def received(self, data: bytes) -> int:
        consumed: int = super().received(data)
        if self.headers_finished and self.body_began is None:
            self.body_began = time.monotonic()
            if not self.completed and (refusal := self._before_body(_head(self, self._peer))) is not None:
                self._end(_Answered(refusal))
        if self.chunked and not self.completed and self._has_long_line():
            self._end(BadRequest("a chunk's size or a trailer is too long"))
        return consumed

    def parse_header(self, header_plus: bytes) -> None:
        """Refuse what two readers interpret differently: two lengths of one body (RFC 9112, 6.1 and 6.3), two Hosts
        (RFC 9112, 3.2), two Cookies (RFC 9113, 8.2.3), which Waitress would join by a comma.
        """
        super().parse_header(header_plus)
        if any(count > 1 for count in Counter(name.lower() for name in _ONCE.findall(header_plus)).values()):
            raise ParsingError("a header is repeated that a request has once")
        if _TRANSFER_ENCODING.search(header_plus) and ("CONTENT_LENGTH" in self.headers or self.version != "1.1"):
            raise ParsingError("Transfer-Encoding beside Content-Length, or in an older version")

    def _end(self, error: Any) -> None:
        self.error, self.completed, self.expect_continue = error, True, False

    def _has_long_line(self) -> bool:
        """Return True for a control line beyond the bound: Waitress keeps it without a bound, and reads it anew with
        each piece.
        """
        receiver = self.body_rcv
        return len(receiver.control_line) > _MAX_LINE or len(receiver.trailer) > self.adj.max_request_header_size


_TRANSFER_ENCODING = re.compile(rb"^transfer-encoding[ \t]*:", re.IGNORECASE | re.MULTILINE)
_ONCE = re.compile(rb"^(host|cookie)[ \t]*:", re.IGNORECASE | re.MULTILINE)
_MAX_LINE = 256


@dataclass(frozen=True, slots=True)
class _Answered:
    """Error of waitress's; the connection is closed after it."""

    refusal: HttpResponse

    def to_response(self, _ident: str | None = None) -> tuple[str, list[tuple[str, str]], bytes]:
        return written(self.refusal)


def _head(request: Parser, peer: str) -> HttpRequest:
    path: str = request.path
    return HttpRequest(
        method=request.command.upper(),
        path="/" + path.lstrip("/") if path.startswith("/") else path,
        query=request.query,
        headers={name.replace("_", "-").lower(): value for name, value in request.headers.items()},
        peer=peer,
    )


class Channel(HTTPChannel):  # type: ignore[misc]
    """Connection. ``server`` is a `adapters.web.server.BoundedServer`."""

    close_when_flushed: bool
    will_close: bool

    def __init__(self, server: Any, sock: socket.socket, addr: Any, adj: Any, map: Any = None) -> None:
        self._patience: Patience = server.patience
        self._free_since = self._opened = time.monotonic()
        self._lingers_until: float | None = None
        self._answering = 0
        super().__init__(server, sock, addr, adj, map=map)

    def parser_class(self, adjustments: Any) -> Parser:
        return Parser(adjustments, self.server.before_body, self.addr[0])

    @property
    def octets(self) -> int:
        """Octets of bodies that are kept, of requests not answered yet."""
        return sum(each.body_bytes_received for each in (*self.requests, self.request) if each is not None)

    @property
    def is_served(self) -> bool:
        """True while a whole request is being answered: that is our time, not the peer's."""
        return bool(self.requests) or self._answering > 0

    @property
    def waited_since(self) -> float:
        """Time since which the peer is late, by the monotonic clock."""
        return self._free_since if self.request is None else max(self._free_since, self.request.began)

    def is_late(self, now: float) -> bool:
        """True once a deadline of the peer has passed."""
        patience, request = self._patience, self.request
        if self._lingers_until is not None:
            return now > self._lingers_until
        if self.is_served:
            return False
        if self.total_outbufs_len:
            return now - self._free_since > patience.answer
        if request is None:
            is_new = self._free_since == self._opened
            return now - self._free_since > (patience.head if is_new else patience.silent)
        if request.body_began is None:
            return now - self.waited_since > patience.head
        # Octets that were sent ahead are not read while the request before them is being answered.
        over = now - max(request.body_began, self._free_since) - patience.body
        return over > 0 and bool(request.body_bytes_received < over * patience.rate)

    def drop(self) -> None:
        """Close the connection in the next round of the loop; send the reason, if the peer listens."""
        if self.request is not None and not self.total_outbufs_len and self._lingers_until is None:
            with suppress(OSError):
                self.socket.send(_TIMEOUT)
        self.will_close = True

    def received(self, data: bytes) -> bool:
        taken: object = super().received(data)
        if self.octets:
            self.server.bound_bodies()
        return bool(taken)

    def service(self) -> None:
        # Waitress forgets a request, and wakes the loop, before it returns: the loop must not count our time till then.
        with self.requests_lock:
            self._answering += 1
        try:
            super().service()
        finally:
            with self.requests_lock:
                self._free_since = time.monotonic()
                self._answering -= 1

    def handle_write(self) -> None:
        # A close with unread octets destroys the answer for a peer that is still sending them.
        flushed = self.close_when_flushed and not self.requests and not self.total_outbufs_len
        if flushed and not self.will_close and self._lingers_until is None:
            self.close_when_flushed = False
            self._lingers_until = time.monotonic() + self._patience.linger
            with suppress(OSError):
                self.socket.shutdown(socket.SHUT_WR)
            return
        super().handle_write()

    def handle_close(self) -> None:
        """Close the stored part of an incomplete body, too: waitress leaves its file open."""
        super().handle_close()
        with self.requests_lock:
            if self.request is not None:
                self.request.close()

    def handle_read(self) -> None:
        if self._lingers_until is None:
            super().handle_read()
            return
        try:
            more = self.recv(self.adj.recv_bytes)
        except OSError:
            more = b""
        if not more:
            self.will_close = True


_TIMEOUT = b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
