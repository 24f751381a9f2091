"""The WSGI application: three paths, GET and HEAD, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from wsgiref.types import StartResponse, WSGIEnvironment

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from adapters.web.facts import Facts, Reading
from adapters.web.health import ready
from gateway.runtime.clock import Clock

Page = tuple[str, str, bytes]
"""Status, content type, body."""

_JSON, _TEXT = "application/json", "text/plain; charset=utf-8"
_UNFIT = "503 Service Unavailable"


class Application:
    """WSGI application that answers from facts and readings, and stores nothing."""

    def __init__(
        self, facts: Callable[[], Facts], reading: Callable[[], Reading], registry: CollectorRegistry, clock: Clock
    ) -> None:
        self._facts, self._reading, self._registry, self._clock = facts, reading, registry, clock
        self._pages = {"/health/live": self._live, "/health/ready": self._ready, "/metrics": self._metrics}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        status, kind, body = self._answer(environ)
        headers = [
            ("Content-Type", kind),
            ("Content-Length", str(len(body))),
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
        ]
        if status.startswith("405"):
            headers.append(("Allow", "GET, HEAD"))
        start_response(status, headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]

    def _answer(self, environ: WSGIEnvironment) -> Page:
        page = self._pages.get(environ["PATH_INFO"])
        if page is None:
            return "404 Not Found", _TEXT, b"not found\n"
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return "405 Method Not Allowed", _TEXT, b"GET and HEAD only\n"
        return page()

    def _live(self) -> Page:
        """Answer without the store: the state of another machine is no reason to restart this process."""
        if self._facts().moves:
            return "200 OK", _TEXT, b"live\n"
        return _UNFIT, _TEXT, b"the scheduler does not move\n"

    def _ready(self) -> Page:
        fit, told = ready(self._facts(), self._reading(), self._clock())
        body = json.dumps(told, ensure_ascii=False).encode() + b"\n"
        return "200 OK" if fit else _UNFIT, _JSON, body

    def _metrics(self) -> Page:
        return "200 OK", CONTENT_TYPE_LATEST, generate_latest(self._registry)
