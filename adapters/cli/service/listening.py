"""A server beside the passes, whose application a new configuration replaces."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from adapters.composition.callback import callback_router, callback_wanted
from adapters.composition.installation import Installation
from adapters.composition.sources import push_router, pushed_sources
from adapters.crypto.xml.strict_xml import MESSAGE_LIMITS, MIB
from adapters.municipal.rest.application import MAX_BODY_BYTES
from adapters.web.channel import BeforeBody, Refusal
from adapters.web.server import WebServer
from gateway.intake.push_result import PushTally

PUSH, CALLBACK = "push", "callback"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """Kind of server.

    ``wanted`` is true if an installation has it. ``listen`` is its address. ``router`` makes its application, by the
    base address that senders use, and with a counter. ``max_body_bytes`` is the largest body. ``change`` names its
    addition or removal.
    """

    wanted: Callable[[Installation], bool]
    listen: Callable[[Installation], str]
    router: Callable[[Installation, str, PushTally], WSGIApplication]
    max_body_bytes: int
    change: str


LISTENERS: Final = {
    PUSH: Listener(
        wanted=lambda installation: bool(pushed_sources(installation.settings)),
        listen=lambda installation: installation.settings.push.listen,
        router=lambda installation, base, tally: push_router(installation, base, tally),
        max_body_bytes=MAX_BODY_BYTES,
        change="the first source that rows are pushed to",
    ),
    CALLBACK: Listener(
        wanted=lambda installation: callback_wanted(installation),
        listen=lambda installation: installation.settings.judiciary.callback.listen,
        router=lambda installation, base, tally: callback_router(installation, base, tally),
        # A little more than a message may have, so that the endpoint itself refuses it, and signs the refusal.
        max_body_bytes=MESSAGE_LIMITS.max_bytes + MIB,
        change="a judiciary that brings receipts",
    ),
}
"""Kinds by the role that serves them."""


class Listening:
    """Server of one kind. It has its address before its application, which contains the address."""

    def __init__(self, kind: Listener, installation: Installation, tally: PushTally) -> None:
        """Open the server. Raises `GatewayError` ``service.listen``, and the errors of making the application."""
        self._kind, self._tally = kind, tally
        self.server = WebServer(
            self._serve, kind.listen(installation), kind.max_body_bytes, before_body=self._before_body
        )
        self._router = self.router_of(installation)

    def router_of(self, installation: Installation) -> WSGIApplication:
        """Return an installation's application for the same server."""
        return self._kind.router(installation, self.server.url, self._tally)

    def put(self, router: WSGIApplication) -> None:
        """Serve another application from the next request on."""
        self._router = router

    def _serve(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return self._router(environ, start_response)

    def _before_body(self, environ: WSGIEnvironment) -> Refusal | None:
        before: BeforeBody | None = getattr(self._router, "before_body", None)
        return None if before is None else before(environ)
