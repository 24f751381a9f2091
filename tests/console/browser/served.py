"""A console that is served on loopback, over a store in which notices went their way."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from adapters.composition.installation import Installation
from adapters.console.site import uploads
from adapters.http.wsgi_service import WsgiService, bodies_within
from adapters.web.listener_limits import CONSOLE
from adapters.web.server import WebServer
from tests.console.signed_in import pages_of


@contextmanager
def served(installation: Installation) -> Iterator[str]:
    """Serve an installation's console, whose people are signed in by their cookie alone; yield its address."""
    server = WebServer("127.0.0.1:0", CONSOLE)
    app = pages_of(installation)
    server.service = WsgiService(app, before_body=bodies_within(lambda head: uploads.bound(app, head)))
    server.start()
    try:
        yield server.url
    finally:
        server.close()
