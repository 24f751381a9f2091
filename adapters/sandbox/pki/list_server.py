"""The development authorities' revocation lists over HTTP, on loopback alone: each is made on request."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adapters.sandbox.pki.devlists import DevelopmentAuthorities
from adapters.sandbox.server import listen, run
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
        application = _Application(DevelopmentAuthorities(config.pki), clock)
        run(application, listener, lambda: on_ready(port), stop)


@dataclass(frozen=True, slots=True)
class _Application:
    """WSGI application of the lists."""

    authorities: DevelopmentAuthorities
    clock: Clock

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        name = environ["PATH_INFO"].removeprefix("/").removesuffix(".crl")
        if environ["REQUEST_METHOD"] != "GET" or name not in self.authorities.names():
            start_response("404 Not Found", [("Content-Type", "text/plain"), ("Content-Length", "0")])
            return [b""]
        body = self.authorities.list_of(name, self.clock())
        start_response("200 OK", [("Content-Type", MEDIA_TYPE), ("Content-Length", str(len(body)))])
        return [body]
