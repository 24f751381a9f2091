"""The listeners of the program, as far as their doors go: a service behind the limits of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from prometheus_client import CollectorRegistry

from adapters.callback.receipt_router import CallbackRouter
from adapters.cli.service.listening import CALLBACK, CONSOLE, LISTENERS, PUSH
from adapters.console.pages_application import application
from adapters.console.site.context import Parts
from adapters.http.http_service import HttpRequest, HttpResponse, HttpService
from adapters.http.wsgi_service import WsgiService, bodies_within
from adapters.municipal.push_router import PushRouter
from adapters.municipal.rest.push_application import RestPush
from adapters.municipal.rest.tokens import Tokens
from adapters.settings import ConsoleSection
from adapters.web.application import Application
from adapters.web.listener_limits import HEALTH, Limits
from adapters.web.server import WebServer
from gateway.intake.push_result import PushTally
from gateway.runtime.clock import system_clock
from gateway.runtime.errors import GatewayError
from gateway.store.inbox import Inbox
from tests.integration.push.senders import DIGEST, TOKEN

from .asked import GOOD

MIB = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Kind:
    """Listener: its service and limits, and a path with the status of its answer.

    ``body`` begins a request whose body is read; with the body ``{}`` its status is ``taken``. ``refused`` begins one
    that is refused by its head, with the status; it is None if every body within the limit is read. ``chunked`` is the
    status of a body in chunks whose framing is wrong.
    """

    service: Callable[[], HttpService]
    limits: Limits
    path: str
    status: int
    body: str
    taken: int
    refused: tuple[str, int] | None
    chunked: int = 400

    @contextmanager
    def listening(self, **limits: object) -> Iterator[WebServer]:
        """Serve while the block runs, with some other limits."""
        server = WebServer("127.0.0.1:0", replace(self.limits, **limits))  # type: ignore[arg-type]
        server.service = self.service()
        server.start()
        try:
            yield server
        finally:
            server.close()

    def head(self, length: int) -> bytes:
        """Return the head of a request whose body of ``length`` octets is read."""
        return f"{self.body}Content-Length: {length}\r\n\r\n".encode()


class NoInbox:
    def __call__(self) -> Inbox:
        raise AssertionError("nothing is brought")


def push_front() -> PushRouter:
    tokens = {"portal": Tokens((bytes.fromhex(DIGEST),))}
    rest = RestPush(tokens=tokens, inbox=NoInbox(), clock=system_clock, contract=b"{}", tally=PushTally())
    return PushRouter(rest=rest, endpoints={})


def health() -> HttpService:
    return Application(lambda: GOOD, lambda: None, CollectorRegistry(), system_clock)  # type: ignore[arg-type, return-value]


class Endpoint(HttpService):
    """Endpoint that anybody may send a message to, as one of SOAP, which is known by its signature."""

    def handle(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse(status=500 if request.method == "POST" else 404, body=request.body)


class NobodySignsIn:
    """Sessions of a console without a store; they note the addresses of those who try to sign in."""

    required = True

    def __init__(self) -> None:
        self.peers: list[str] = []

    def begin(self, _login: str, _password: str, _code: str, peer: str, *_: object, **_others: object) -> None:
        self.peers.append(peer)
        raise GatewayError("people.sign-in")

    def find(self, _token: str, _now: datetime, *, attended: bool = True) -> None:
        """Find no session."""


def console_parts(section: ConsoleSection, sessions: NobodySignsIn) -> Parts:
    """Return the parts of a console without a store: enough for people who have not signed in."""
    installation: Any = SimpleNamespace(clock=system_clock, settings=SimpleNamespace(configured_console=section))
    known: Any = sessions
    nothing: Any = None
    return Parts(
        installation=installation,
        sessions=known,
        enrolments=nothing,
        own_accounts=nothing,
        address=section.public_url,
        listen=section.listen,
    )


def console() -> WsgiService:
    """Return the console's pages, of which one takes forms as large as the listener."""
    largest = bodies_within(lambda head: LISTENERS[CONSOLE].limits.body_bytes if head.path == "/sign-in" else 0)
    return WsgiService(application(console_parts(ConsoleSection(), NobodySignsIn())), before_body=largest)


KINDS: dict[str, Kind] = {
    "health": Kind(
        service=health,
        limits=HEALTH,
        path="/health/live",
        status=200,
        body="POST /health/live HTTP/1.1\r\nHost: a\r\n",
        taken=405,
        refused=None,
    ),
    "push": Kind(
        service=push_front,
        limits=LISTENERS[PUSH].limits,
        path="/rest/openapi.json",
        status=200,
        body=f"POST /rest/portal/rows HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {TOKEN}\r\n"
        "Content-Type: application/json\r\n",
        taken=400,
        refused=("POST /rest/portal/rows HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n", 401),
    ),
    "callback": Kind(
        service=lambda: CallbackRouter(Endpoint),
        limits=LISTENERS[CALLBACK].limits,
        path="/callback",
        status=404,
        body="POST /callback HTTP/1.1\r\nHost: a\r\n",
        taken=500,
        refused=None,
    ),
    "console": Kind(
        service=console,
        limits=LISTENERS[CONSOLE].limits,
        path="/sign-in",
        status=200,
        body="POST /sign-in HTTP/1.1\r\nHost: localhost\r\n",
        taken=403,  # a form of another site
        refused=("POST /sign-in/ HTTP/1.1\r\nHost: localhost\r\n", 413),
        chunked=411,
    ),
}
