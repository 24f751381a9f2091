"""The service of health and metrics: three paths, GET and HEAD, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from adapters.http.http_service import TEXT, HttpRequest, HttpResponse, HttpService
from adapters.web.facts import Facts, Reading
from adapters.web.health import ready
from gateway.runtime.clock import Clock

_SAFE = (("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"))


class Application(HttpService):
    """Service that answers from facts and readings, and stores nothing."""

    def __init__(
        self, facts: Callable[[], Facts], reading: Callable[[], Reading], registry: CollectorRegistry, clock: Clock
    ) -> None:
        self._facts, self._reading, self._registry, self._clock = facts, reading, registry, clock
        self._pages = {"/health/live": self._live, "/health/ready": self._ready, "/metrics": self._metrics}

    def handle(self, request: HttpRequest) -> HttpResponse:
        page = self._pages.get(request.path)
        if page is None:
            return _response(404, b"not found\n")
        if request.method not in ("GET", "HEAD"):
            return replace(_response(405, b"GET and HEAD only\n"), headers=(*_SAFE, ("Allow", "GET, HEAD")))
        return page()

    def _live(self) -> HttpResponse:
        """Answer without the store: the state of another machine is no reason to restart this process."""
        if self._facts().moves:
            return _response(200, b"live\n")
        return _response(503, b"the scheduler does not move\n")

    def _ready(self) -> HttpResponse:
        fit, told = ready(self._facts(), self._reading(), self._clock())
        body = json.dumps(told, ensure_ascii=False).encode() + b"\n"
        return _response(200 if fit else 503, body, "application/json")

    def _metrics(self) -> HttpResponse:
        return _response(200, generate_latest(self._registry), CONTENT_TYPE_LATEST)


def _response(status: int, body: bytes, media_type: str = TEXT) -> HttpResponse:
    return HttpResponse(status=status, body=body, media_type=media_type, headers=_SAFE)
