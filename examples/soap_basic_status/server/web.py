"""HTTPS: one request, its login, its session, the fault that the plan has for it, and its answer."""

import itertools
import socket
import ssl
import sys
import time
import traceback
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import clients
import messages
import soap
import tables
from faults import Fault, Faults
from messages import RefusedError
from operations import Hours, Service

_COOKIE = "NoticeService_SessionId"
_CONTRACT = Path(__file__).resolve().parent.parent / "contract"
_PROXY_PAGE = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"


@dataclass
class Parts:
    """Parts of the service that a request needs."""

    service: Service
    faults: Faults
    sessions: clients.Sessions
    quota: clients.Quota
    clients_path: Path
    closed: Hours | None
    login_in_answer: bool


class Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, port: int, context: ssl.SSLContext, parts: Parts) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.context = context
        self.parts = parts
        # Larger than before, over a restart too.
        self.tracks = itertools.count(int(time.time() * 1_000_000))

    def handle_error(self, _request: object, _address: object) -> None:
        """A client that goes away is none of our faults."""
        if not isinstance(sys.exception(), OSError):
            traceback.print_exc()


class Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"
    server_version = "NoticeService/1"
    sys_version = ""
    # An answer is two writes; the second must not wait for an acknowledgement.
    disable_nagle_algorithm = True
    # Seconds without an octet.
    timeout = 60

    def setup(self) -> None:
        # Here, in the connection's own thread: a slow handshake delays nobody else.
        self.request.settimeout(self.timeout)
        self.request = self.server.context.wrap_socket(self.request, server_side=True)
        super().setup()

    def finish(self) -> None:
        try:
            super().finish()
        finally:
            self.request.close()

    def log_message(self, *_what: object) -> None:
        """No line for a request: it would hold personal data."""

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        if path == tables.SERVICE_PATH and query.lower() == "wsdl":
            self._contract("NoticeService.wsdl")
        elif path == "/Services/NoticeService.xsd":
            self._contract("NoticeService.xsd")
        else:
            self._plain(404, "not found")

    def _contract(self, name: str) -> None:
        text = (_CONTRACT / name).read_text(encoding="utf-8")
        here = f"https://127.0.0.1:{self.server.server_address[1]}{tables.SERVICE_PATH}"
        text = text.replace(f"https://notices.example.invalid{tables.SERVICE_PATH}", here)
        self._send(200, text.encode("utf-8"), {})

    def do_POST(self) -> None:
        octets = self._body()
        if octets is None:
            return
        parts = self.server.parts
        known = clients.read(parts.clients_path)
        client = clients.login(known, self.headers["Authorization"], self.headers["X-Api-Key"])
        if client is None and not parts.login_in_answer:
            self._plain(401, "unauthorized", {"WWW-Authenticate": 'Basic realm="NoticeService", charset="UTF-8"'})
            return
        try:
            element = soap.read(octets)
            operation = messages.operation_of(element)
            if operation is None:
                raise soap.UnreadableError("Client", f"the service has no operation {element.local}")
        except soap.UnreadableError as error:
            self._send(500, soap.fault(error), {})
            return
        self._operate(operation, element, client)

    def _body(self) -> bytes | None:
        length = self.headers["Content-Length"]
        if self.path != tables.SERVICE_PATH:
            status, text = 404, "not found"
        elif self.headers.get_content_type() != "text/xml":
            status, text = 415, "the content type must be text/xml"
        elif length is None or not length.isascii() or not length.isdigit():
            status, text = 411, "a length is required"
        elif int(length) > tables.MAX_REQUEST:
            status, text = 413, "the request is too large"
        else:
            octets = self.rfile.read(int(length))
            return octets if len(octets) == int(length) else None
        # The body was not read: the connection cannot be used again.
        self.close_connection = True
        self._plain(status, text)
        return None

    def _operate(self, operation: str, element: soap.Element, client: clients.Client | None) -> None:
        track = next(self.server.tracks)
        headers: dict[str, str] = {}
        fault: Fault | None = None
        fields: dict[str, object] = {}
        refused: RefusedError | None = None
        try:
            if client is None:
                raise RefusedError(tables.LOGIN)
            key = next((child.text for child in element.children if child.local in ("Reference", "NoticeNumber")), "")
            fault = self._fault(operation, key, track)
            if fault and fault.kind == "cut-before":
                self._cut()
                return
            if fault and fault.kind == "proxy-page":
                self._send(502, _PROXY_PAGE.encode(), {}, "text/html")
                return
            headers = self._session(client)
            fields = self._act(operation, element, client, track, fault)
        except RefusedError as error:
            refused = error
        except Exception:  # the contract has a code for it
            traceback.print_exc()
            refused = RefusedError(tables.INTERNAL)
        if refused and refused.code == tables.SESSION and client:
            headers = self._new_session(client)
        self._answer(soap.answer(operation, _container(refused, track) | fields), headers, fault)

    def _fault(self, operation: str, key: str, track: int) -> Fault | None:
        fault = self.server.parts.faults.choose(operation, key)
        if fault and fault.kind == "session-lost":
            held = self._cookie()
            if held is None:
                return None  # there is no session that could be lost
            self.server.parts.sessions.forget(held)
        if fault:
            self.server.parts.faults.played(fault, operation, key, track)
        return fault

    def _act(
        self, operation: str, element: soap.Element, client: clients.Client, track: int, fault: Fault | None
    ) -> dict[str, object]:
        parts = self.server.parts
        if fault and fault.kind == "code":
            raise RefusedError(fault.code)
        if parts.closed and parts.closed.hold():
            raise RefusedError(tables.CLOSED)
        if not parts.quota.allows(client):
            raise RefusedError(tables.QUOTA)
        if (self.headers["SOAPAction"] or "").strip().strip('"') != f"{tables.NAMESPACE}/{operation}":
            raise RefusedError(tables.NOT_IN_CONTRACT, "SOAPAction")
        values = messages.read(operation, element)
        if fault and fault.kind == "twice":
            parts.service.call(operation, values, client, track)
        return parts.service.call(operation, values, client, track)

    def _cookie(self) -> str | None:
        try:
            held = SimpleCookie(self.headers["Cookie"] or "").get(_COOKIE)
        except CookieError:
            return None
        return held.value if held else None

    def _session(self, client: clients.Client) -> dict[str, str]:
        """No cookie: a new session. A cookie of a session that is not there is refused."""
        held = self._cookie()
        if held is None:
            return self._new_session(client)
        if not self.server.parts.sessions.touch(held, client):
            raise RefusedError(tables.SESSION)
        return {}

    def _new_session(self, client: clients.Client) -> dict[str, str]:
        key = self.server.parts.sessions.begin(client)
        return {"Set-Cookie": f"{_COOKIE}={key}; Path=/; Secure; HttpOnly"}

    def _answer(self, octets: bytes, headers: dict[str, str], fault: Fault | None) -> None:
        if fault and fault.kind == "cut-after":
            self._cut()
        elif fault and fault.kind == "half-answer":
            self._send(200, octets, headers, sent=len(octets) // 2)
            self._cut()
        else:
            if fault and fault.kind == "delay":
                time.sleep(fault.seconds)
            self._send(200, octets, headers)

    def _cut(self) -> None:
        self.close_connection = True
        self.wfile.flush()
        self.connection.shutdown(socket.SHUT_RDWR)

    def _plain(self, status: int, text: str, headers: dict[str, str] | None = None) -> None:
        self._send(status, (text + "\n").encode(), headers or {}, "text/plain")

    def _send(
        self, status: int, octets: bytes, headers: dict[str, str], kind: str = "text/xml", sent: int | None = None
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(octets)))
        for name, value in headers.items():
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(octets[:sent])


def _container(refused: RefusedError | None, track: int) -> dict[str, object]:
    """Begins every answer."""
    code = refused.code if refused else tables.OK
    text = tables.error_text(code)
    if refused and refused.detail:
        text = f"{text}: {refused.detail}"
    return {"HasError": code != tables.OK, "ErrorCode": code, "ErrorText": text, "TrackId": track}
