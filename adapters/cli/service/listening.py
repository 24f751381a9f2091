"""A server beside the passes, whose service a new configuration replaces."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from adapters.composition.judiciary.callback import callback_router, callback_wanted
from adapters.composition.sources import push_router, pushed_sources
from adapters.console.pages_application import console_router
from adapters.crypto.xml.strict_xml import MESSAGE_LIMITS, MIB
from adapters.http.http_service import HttpService
from adapters.municipal.rest.push_application import MAX_BODY_BYTES
from adapters.web.listener_limits import CONSOLE as CONSOLE_LIMITS
from adapters.web.listener_limits import Limits
from adapters.web.server import WebServer
from gateway.intake.push_result import PushTally

if TYPE_CHECKING:
    from adapters.composition.installation import Installation

PUSH, CALLBACK, CONSOLE = "push", "callback", "console"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """Kind of server.

    ``wanted`` is true if an installation has it. ``listen`` is its address. ``router`` makes its service, by the
    base address that senders use, and with a counter. ``limits`` are those of its server. ``change`` names its addition
    or removal.
    """

    wanted: Callable[[Installation], bool]
    listen: Callable[[Installation], str]
    router: Callable[[Installation, str, PushTally], HttpService]
    limits: Limits
    change: str


LISTENERS: Final = {
    PUSH: Listener(
        wanted=lambda installation: bool(pushed_sources(installation.settings) or installation.settings.sharing),
        listen=lambda installation: installation.settings.push.listen,
        router=push_router,
        limits=Limits(body_bytes=MAX_BODY_BYTES),
        change="the first source that rows are pushed to, or the first agreement on sharing",
    ),
    CALLBACK: Listener(
        wanted=callback_wanted,
        listen=lambda installation: installation.settings.judiciary.callback.listen,
        router=callback_router,
        # A little more than a message may have, so that the endpoint itself refuses it, and signs the refusal.
        limits=Limits(body_bytes=MESSAGE_LIMITS.max_bytes + MIB),
        change="a judiciary that brings receipts",
    ),
    CONSOLE: Listener(
        wanted=lambda installation: installation.settings.console is not None,
        listen=lambda installation: installation.settings.configured_console.listen,
        router=lambda installation, _url, _tally: console_router(installation),
        limits=CONSOLE_LIMITS,
        change="the console",
    ),
}
"""Kinds by the role that serves them."""


class Listening:
    """Server of one kind. It has its address before its service, which contains the address."""

    def __init__(self, kind: Listener, installation: Installation, tally: PushTally) -> None:
        """Open the server. Raises `GatewayError` ``service.listen``, and the errors of making the service."""
        self._kind, self._tally = kind, tally
        self.server = WebServer(kind.listen(installation), kind.limits)
        self.server.service = self.router_of(installation)

    def router_of(self, installation: Installation) -> HttpService:
        """Return an installation's service for the same server."""
        return self._kind.router(installation, self.server.url, self._tally)
