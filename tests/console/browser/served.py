"""A console that is served on loopback, over a store in which notices went their way."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from adapters.composition.installation import Installation
from adapters.console.site.form_limits import form_bound
from adapters.http.wsgi_service import WsgiService, bodies_within
from adapters.web.listener_limits import CONSOLE
from adapters.web.server import WebServer
from tests.console.signed_in import pages_of


@contextmanager
def served(installation: Installation) -> Iterator[str]:
    """Serve an installation's console, whose people are signed in by their cookie alone; yield its address."""
    server = WebServer("127.0.0.1:0", CONSOLE)
    bounds = bodies_within(lambda head: form_bound(head.method, head.path))
    server.service = WsgiService(pages_of(installation), before_body=bounds)
    server.start()
    try:
        yield server.url
    finally:
        server.close()
