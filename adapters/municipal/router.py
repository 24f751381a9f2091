"""Router of pushed rows: REST under one path, a SOAP endpoint for each source under another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

Refusal = tuple[str, list[tuple[str, str]], bytes]
"""Status, headers and body."""


class Refusing(Protocol):
    """WSGI application that refuses some requests before their bodies are read."""

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse, /) -> Iterable[bytes]: ...

    def before_body(self, environ: WSGIEnvironment) -> Refusal | None:
        """Return a refusal that the head alone decides."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """WSGI application of all pushed sources. ``endpoints`` are by path."""

    rest: Refusing
    endpoints: Mapping[str, WSGIApplication]

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path.startswith("/rest/"):
            return self.rest(environ, start_response)
        if (endpoint := self.endpoints.get(path)) is not None:
            return endpoint(environ, start_response)
        if path == "/soap/messages-1.xsd" and self.endpoints:
            return next(iter(self.endpoints.values()))(environ, start_response)
        status, headers, body = _NOT_FOUND
        start_response(status, headers)
        return [body]

    def before_body(self, environ: WSGIEnvironment) -> Refusal | None:
        """Return a refusal that the head alone decides. A message of SOAP is judged by its signature."""
        path = environ["PATH_INFO"]
        if path.startswith("/rest/"):
            return self.rest.before_body(environ)
        return None if path in self.endpoints else _NOT_FOUND


_NOT_FOUND: Refusal = ("404 Not Found", [("Content-Type", "text/plain"), ("Content-Length", "10")], b"not found\n")
