"""A console that is served on loopback, over a store in which notices went their way."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask

from adapters.composition.installation import Installation
from adapters.console.site import uploads
from adapters.http.wsgi_service import WsgiService, bodies_within
from adapters.web.listener_limits import CONSOLE
from adapters.web.server import WebServer
from tests.console.signed_in import pages_of


@contextmanager
def served(installation: Installation) -> Iterator[str]:
    """Serve an installation's console, whose people are signed in by their cookie alone; yield its address."""
    with served_app(pages_of(installation)) as address:
        yield address


@contextmanager
def served_app(app: Flask) -> Iterator[str]:
    """Serve a console's application; yield its address."""
    server = WebServer("127.0.0.1:0", CONSOLE)
    server.service = WsgiService(app, before_body=bodies_within(lambda head: uploads.bound(app, head)))
    server.start()
    try:
        yield server.url
    finally:
        server.close()
