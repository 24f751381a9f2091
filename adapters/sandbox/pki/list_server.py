"""The development authorities' revocation lists over HTTP, on loopback alone: each is made on request."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from adapters.http.http_service import HttpRequest, HttpResponse, refusal
from adapters.sandbox.pki.devlists import DevelopmentAuthorities
from adapters.sandbox.sandbox_server import listen, run
from gateway.runtime.clock import Clock, system_clock

MEDIA_TYPE = "application/pkix-crl"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListServerConfig:
    """Settings. ``pki`` is a folder that `adapters.sandbox.pki.devpki` made. Port 0 is a free one."""

    pki: Path
    host: str = "127.0.0.1"
    port: int = 0


def serve_lists(
    config: ListServerConfig, on_ready: Callable[[int], None], stop: threading.Event, clock: Clock = system_clock
) -> None:
    """Serve ``/AUTHORITY.crl`` until ``stop``. ``on_ready`` is called with the port.

    Raises `GatewayError` ``sandbox.*`` before anything is served.
    """
    with listen(config.host, config.port) as listener:
        port = listener.getsockname()[1]
        run(_Lists(DevelopmentAuthorities(config.pki), clock).handle, listener, lambda: on_ready(port), stop)


@dataclass(frozen=True, slots=True)
class _Lists:
    """Service of the lists."""

    authorities: DevelopmentAuthorities
    clock: Clock

    def handle(self, request: HttpRequest) -> HttpResponse:
        name = request.path.removeprefix("/").removesuffix(".crl")
        if request.method != "GET" or name not in self.authorities.names():
            return refusal(404)
        return HttpResponse(body=self.authorities.list_of(name, self.clock()), media_type=MEDIA_TYPE)
