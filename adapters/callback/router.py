"""Router of receipts to the endpoint of the judiciary's profile in force when a message arrives."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from threading import Lock
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment


class CallbackRouter:
    """WSGI application. ``present`` returns the endpoint in force, or None if the judiciary pushes no receipts under
    the profile in force.
    """

    def __init__(self, present: Callable[[], WSGIApplication | None]) -> None:
        self._present, self._lock = present, Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        with self._lock:  # a profile is compiled once
            endpoint = self._present()
        if endpoint is not None:
            return endpoint(environ, start_response)
        body = b"not found\n"
        start_response("404 Not Found", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
        return [body]
