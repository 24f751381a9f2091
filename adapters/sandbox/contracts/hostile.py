"""The sandbox's server for faults on demand: HTTP/1.1 over sockets of its own, so that a connection can be broken.

h11 speaks the protocol; the service is the one that waitress serves otherwise. A thread for each connection,
not more than `CONNECTIONS` at once.
"""

from __future__ import annotations

import re
import socket
import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Final

import h11

from adapters.crypto.message.jws import MAX_JWS_BYTES
from adapters.http.http_service import Headers, HttpRequest, HttpResponse
from adapters.sandbox.contracts.contract_router import Endpoints
from adapters.sandbox.contracts.rest_endpoint import JOSE
from adapters.sandbox.judiciary.faults import Fault, FaultPlan

CONNECTIONS: Final = 64
IDLE_SECONDS: Final = 30.0
"""Longest silence of a connection, in seconds."""
FINISHING_SECONDS: Final = 30.0
"""Seconds to wait at the end for each answer under way."""

SOAP12_XML: Final = "application/soap+xml; charset=utf-8"
_PIECE: Final = 256 * 1024
_DROPS: Final = 20
_RESET: Final = struct.pack("ii", 1, 0)
_PAGE: Final = b"<html><head><title>%s</title></head><body><h1>%s</h1><hr>gateway</body></html>\n"
_SIGNATURE = re.compile(rb"(<ds:SignatureValue>\s*)([A-Za-z0-9+/])")
_SECURITY = re.compile(rb"<wsse:Security\b.*?</wsse:Security>", re.DOTALL)
_UNSIGNED_FAULT: Final = (
    b'<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body><soap:Fault>'
    b"<faultcode>soap:Server</faultcode><faultstring>not processed</faultstring></soap:Fault>"
    b"</soap:Body></soap:Envelope>"
)
_UNSIGNED_FAULT12: Final = (
    b'<soap:Envelope xmlns:soap="http://www.w3.org/2003/05/soap-envelope"><soap:Body><soap:Fault>'
    b"<soap:Code><soap:Value>soap:Receiver</soap:Value></soap:Code>"
    b'<soap:Reason><soap:Text xml:lang="en">not processed</soap:Text></soap:Reason></soap:Fault>'
    b"</soap:Body></soap:Envelope>"
)
_UNSIGNED_JSON: Final = b'{"fault":{"code":"internal","text":"not processed"}}'


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reply(HttpResponse):
    """Response to write. ``cut`` is the number of octets after which the connection ends, ``pause`` the time between
    pieces.
    """

    delay: timedelta = timedelta()
    cut: int | None = None
    drops: int = 1
    pause: timedelta = timedelta()

    @property
    def is_jws(self) -> bool:
        return self.media_type == JOSE

    @property
    def unsigned_fault(self) -> bytes:
        """An unsigned fault in the reply's own form."""
        if self.is_jws:
            return _UNSIGNED_JSON
        return _UNSIGNED_FAULT12 if self.media_type == SOAP12_XML else _UNSIGNED_FAULT


class _Broken(Exception):
    """End of the connection; with ``reset``, by an RST."""

    literal_name = "_Broken"

    def __init__(self, *, reset: bool) -> None:
        super().__init__()
        self.reset = reset


@dataclass(slots=True)
class HostileServer:
    """Server of ``endpoints`` that applies the plan's fault to each POST. It calls ``record`` with each dealt fault."""

    endpoints: Endpoints
    plan: FaultPlan
    record: Callable[[Fault, str], None]
    listener: socket.socket
    _address: Any = field(init=False)
    _started: float = field(init=False, default_factory=time.monotonic)
    _stop: threading.Event = field(init=False, default_factory=threading.Event)
    _room: threading.Semaphore = field(init=False, default_factory=lambda: threading.Semaphore(CONNECTIONS))
    _open: set[socket.socket] = field(init=False, default_factory=set)
    _threads: set[threading.Thread] = field(init=False, default_factory=set)
    """Threads that answer, now or later."""
    _lock: threading.Lock = field(init=False, default_factory=threading.Lock)
    _may_continue: threading.Event = field(init=False, default_factory=threading.Event)
    _gone: threading.Event = field(init=False, default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._address = self.listener.getsockname()

    def serve(self, stop: threading.Event) -> None:
        """Serve until ``stop``; calls under way are cut off, as they would be by a crash."""
        self._stop = stop
        while not stop.is_set():
            if self._may_continue.is_set():
                self._be_away()
            self.listener.settimeout(0.05)
            with suppress(TimeoutError, OSError):
                connection, _ = self.listener.accept()
                self._begin(connection)
        self.listener.close()
        for connection in tuple(self._open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in tuple(self._threads):
            if isinstance(thread, threading.Timer):
                thread.cancel()
            thread.join(FINISHING_SECONDS)  # the ledger is closed next

    def _be_away(self) -> None:
        self.listener.close()
        with socket.socket(self.listener.family) as held:
            # The port is bound meanwhile, so that the system gives it to nobody else; nobody listens there.
            held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            held.bind(self._address)
            self._gone.set()
            self._stop.wait(self.plan.config.away.total_seconds())
            self._may_continue.clear()
            self._gone.clear()
            self.listener = socket.create_server(self._address[:2], family=self.listener.family)

    def _begin(self, connection: socket.socket) -> None:
        if not self._room.acquire(blocking=False):
            connection.close()
            return
        connection.settimeout(IDLE_SECONDS)
        self._open.add(connection)
        self._run(threading.Thread(target=self._converse, args=(connection,), daemon=True))

    def _run(self, thread: threading.Thread) -> None:
        with self._lock:
            self._threads = {each for each in self._threads if each.is_alive()}
            thread.start()
            self._threads.add(thread)

    def _converse(self, connection: socket.socket) -> None:
        protocol = h11.Connection(h11.SERVER, max_incomplete_event_size=64 * 1024)
        try:
            while (call := _read(protocol, connection)) is not None:
                _send(protocol, connection, self._answer(call), self._stop)
                if protocol.our_state is not h11.DONE or protocol.their_state is not h11.DONE:
                    return
                protocol.start_next_cycle()
        except _Broken as broken:
            if broken.reset:
                with suppress(OSError):
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        except (OSError, h11.ProtocolError):
            pass  # the other side closed the connection, or speaks no HTTP
        finally:
            connection.close()
            self._open.discard(connection)
            self._room.release()

    def _answer(self, call: HttpRequest) -> _Reply:
        if call.method != "POST":
            return self._pass_on(call, None)
        operation = self.endpoints.operation(call)
        fault = self.plan.deal(operation, timedelta(seconds=time.monotonic() - self._started))
        if fault is None:
            return self._pass_on(call, None)
        self.record(fault, operation)
        return self._wrong(call, fault)

    def _pass_on(self, call: HttpRequest, fault: Fault | None) -> _Reply:
        given = self.endpoints.handle(call, fault)
        return _Reply(status=given.status, body=given.body, media_type=given.media_type, headers=given.headers)

    def _wrong(self, call: HttpRequest, fault: Fault) -> _Reply:
        config = self.plan.config
        match fault:
            case Fault.AWAY | Fault.RESET_BEFORE:
                if fault is Fault.AWAY:
                    self._may_continue.set()
                    self._gone.wait(1)  # a second call at once is then refused already
                raise _Broken(reset=True)
            case Fault.PROCESSED_LATE:
                later = threading.Timer(config.late.total_seconds(), self._pass_on, (call, None))
                later.daemon = True
                self._run(later)
                raise _Broken(reset=True)
            case Fault.HTTP_429:
                return _page(429, "Too Many Requests", config.retry_after)
            case Fault.HTTP_500:
                return _page(500, "Internal Server Error")
            case Fault.HTTP_503:
                return _page(503, "Service Unavailable", config.retry_after)
        reply = self._pass_on(call, None if fault is Fault.DELIVERED_TWICE else fault)
        match fault:
            case Fault.DELIVERED_TWICE:
                return self._pass_on(call, Fault.BUSY)
            case Fault.RESET_AFTER:
                raise _Broken(reset=True)
            case Fault.ANSWER_LOST:
                raise _Broken(reset=False)
            case Fault.ANSWER_LATE:
                return replace(reply, delay=config.hold)
            case Fault.HTTP_502:
                return _page(502, "Bad Gateway")
            case Fault.TRUNCATED:
                return replace(reply, cut=len(reply.body) // 2)
            case Fault.MALFORMED | Fault.WRONG_SIGNATURE | Fault.NO_SIGNATURE:
                return replace(reply, body=(_spoiled_jws if reply.is_jws else _spoiled_xml)(fault, reply.body))
            case Fault.UNSIGNED_FAULT:
                return _Reply(status=500, body=reply.unsigned_fault, media_type="text/xml; charset=utf-8")
            case Fault.DRIP:
                return replace(reply, drops=_DROPS, pause=config.hold / _DROPS)
            case _:
                return reply  # a fault of the answer's contents: the endpoint has applied it


def _spoiled_xml(fault: Fault, body: bytes) -> bytes:
    match fault:
        case Fault.WRONG_SIGNATURE:
            return _SIGNATURE.sub(_other_letter, body, count=1)
        case Fault.NO_SIGNATURE:
            return _SECURITY.sub(b"", body, count=1)
        case _:
            return body[:-8]


def _spoiled_jws(fault: Fault, body: bytes) -> bytes:
    signed, _, signature = body.rpartition(b".")
    match fault:
        case Fault.WRONG_SIGNATURE:
            return signed + b"." + (b"B" if signature[:1] == b"A" else b"A") + signature[1:]
        case Fault.NO_SIGNATURE:
            return signed + b"."
        case _:
            return body + b"="


def _other_letter(found: re.Match[bytes]) -> bytes:
    return found[1] + (b"B" if found[2] == b"A" else b"A")


def _page(status: int, title: str, retry_after: timedelta | None = None) -> _Reply:
    name = f"{status} {title}".encode()
    wait: Headers = () if retry_after is None else (("Retry-After", str(max(1, round(retry_after.total_seconds())))),)
    return _Reply(status=status, body=_PAGE % (name, name), media_type="text/html", headers=wait)


def _read(protocol: h11.Connection, connection: socket.socket) -> HttpRequest | None:
    """Return the next request, or None if the other side has ended."""
    request: h11.Request | None = None
    body = bytearray()
    while True:
        event = protocol.next_event()
        if event is h11.NEED_DATA:
            if protocol.they_are_waiting_for_100_continue:
                go_on = h11.InformationalResponse(status_code=100, headers=[])
                connection.sendall(protocol.send(go_on) or b"")
            protocol.receive_data(connection.recv(_PIECE))
        elif isinstance(event, h11.Request):
            request = event
        elif isinstance(event, h11.Data):
            body += event.data
            if len(body) > MAX_JWS_BYTES:
                raise _Broken(reset=False)
        elif isinstance(event, h11.EndOfMessage) and request is not None:
            headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in request.headers}
            path, _, query = request.target.decode("latin-1").partition("?")
            method = request.method.decode("latin-1")
            return HttpRequest(method=method, path=path, query=query, headers=headers, body=bytes(body))
        else:
            return None


def _send(protocol: h11.Connection, connection: socket.socket, reply: _Reply, stop: threading.Event) -> None:
    stop.wait(reply.delay.total_seconds())
    headers = [("Content-Type", reply.media_type), ("Content-Length", str(len(reply.body))), *reply.headers]
    connection.sendall(protocol.send(h11.Response(status_code=reply.status, headers=headers)) or b"")
    size = max(1, -(-len(reply.body) // reply.drops))
    for start in range(0, len(reply.body), size):
        piece = reply.body[start : start + size]
        if reply.cut is not None and start + size > reply.cut:
            connection.sendall(piece[: reply.cut - start])
            raise _Broken(reset=False)
        connection.sendall(protocol.send(h11.Data(data=piece)) or b"")
        stop.wait(reply.pause.total_seconds())
    connection.sendall(protocol.send(h11.EndOfMessage()) or b"")
