"""What listens for rows that are pushed: REST under one path, a SOAP door for each source under another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """``doors`` are by path."""

    rest: WSGIApplication
    doors: Mapping[str, WSGIApplication]

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path.startswith("/rest/"):
            return self.rest(environ, start_response)
        if (door := self.doors.get(path)) is not None:
            return door(environ, start_response)
        if path == "/soap/messages-1.xsd" and self.doors:
            return next(iter(self.doors.values()))(environ, start_response)
        body = b"not found\n"
        start_response("404 Not Found", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
        return [body]
