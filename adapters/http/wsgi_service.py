"""A WSGI application as a service: the other direction of `adapters/http/wsgi.py`.

The application stands behind the same server as every service, so all bounds of a connection hold for it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterable
from io import BytesIO
from ipaddress import ip_address
from types import TracebackType
from typing import Final
from wsgiref.types import WSGIApplication, WSGIEnvironment

import structlog

from adapters.http.http_service import BeforeBody, HttpRequest, HttpResponse, HttpService, refusal

MAX_ANSWER_BYTES: Final = 64 * 1024 * 1024

_log = structlog.get_logger(__name__)


class WsgiService(HttpService):
    """Service that asks a WSGI application (PEP 3333), which reads a body from its stream."""

    streams = True

    def __init__(
        self,
        application: WSGIApplication,
        before_body: BeforeBody | None = None,
        proxies: Collection[str] = (),
        max_answer_bytes: int = MAX_ANSWER_BYTES,
    ) -> None:
        """Take the application, and the check of a head before its body is read.

        ``proxies`` are addresses of reverse proxies, whose X-Forwarded-For and X-Forwarded-Proto are believed. An
        answer of more than ``max_answer_bytes`` is not sent, since it is held in memory.
        """
        self._application, self._before_body = application, before_body
        self._proxies = frozenset(proxies)
        self._max_answer_bytes = max_answer_bytes

    def handle(self, request: HttpRequest) -> HttpResponse:
        """Answer a request. The application gets HEAD as GET, whose length the server then tells without the body."""
        started = _Started()
        parts = self._application(self._environment(request), started)
        try:
            body = self._body(started, parts)
        finally:
            if (close := getattr(parts, "close", None)) is not None:
                close()
        if body is None:
            _log.error("answer too large", path=request.path, bytes_at_most=self._max_answer_bytes)
            return refusal(500)
        named = {name.lower(): value for name, value in started.headers}
        return HttpResponse(
            status=started.status,
            body=body,
            media_type=named.get("content-type", ""),
            headers=tuple(each for each in started.headers if each[0].lower() not in _WRITTEN_BY_SERVER),
        )

    def before_body(self, head: HttpRequest) -> HttpResponse | None:
        return None if self._before_body is None else self._before_body(head)

    def _environment(self, request: HttpRequest) -> WSGIEnvironment:
        peer, scheme = self._origin(request)
        environment: WSGIEnvironment = {
            "REQUEST_METHOD": "GET" if request.method == "HEAD" else request.method,
            "SCRIPT_NAME": "",
            "PATH_INFO": request.path,
            "QUERY_STRING": request.query,
            "REMOTE_ADDR": peer,
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "443" if scheme == "https" else "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": scheme,
            "wsgi.input": BytesIO(request.body) if request.stream is None else request.stream,
            "wsgi.input_terminated": True,
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        for name, value in request.headers.items():
            if name not in _NOT_PASSED_ON:
                environment[f"HTTP_{name.replace('-', '_').upper()}"] = value
        if request.media_type:
            environment["CONTENT_TYPE"] = request.media_type
        if request.stream is not None:
            environment["CONTENT_LENGTH"] = request.headers.get("content-length", "0")
        elif request.body or "content-length" in request.headers:
            environment["CONTENT_LENGTH"] = str(len(request.body))
        return environment

    def _origin(self, request: HttpRequest) -> tuple[str, str]:
        """Return the address of the client and the scheme that it used. Nobody but a proxy is believed about another.

        A client may send X-Forwarded-For itself, and each proxy appends to it: so the last address that is no proxy's.
        """
        if request.peer not in self._proxies:
            return request.peer, "http"
        scheme = "https" if request.headers.get("x-forwarded-proto", "").strip().lower() == "https" else "http"
        for named in reversed(request.headers.get("x-forwarded-for", "").split(",")):
            try:
                address = str(ip_address(named.strip()))
            except ValueError:
                break
            if address not in self._proxies:
                return address, scheme
        return request.peer, scheme

    def _body(self, started: _Started, parts: Iterable[bytes]) -> bytes | None:
        """Return the answer's body, or None if it is too large."""
        body = bytearray()
        for part in parts:
            body += part
            if len(body) + len(started.early) > self._max_answer_bytes:
                return None
        return bytes(started.early + body)


_NOT_PASSED_ON = {
    "content-type",
    "content-length",
    "forwarded",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-port",
    "x-forwarded-prefix",
    "x-forwarded-proto",
}
"""Headers that have variables of their own, or that the application would believe from anybody."""

_WRITTEN_BY_SERVER = {"content-type", "content-length"}


class _Started:
    """The application's ``start_response``, and what it was called with."""

    def __init__(self) -> None:
        self.status, self.headers = 500, list[tuple[str, str]]()
        self.early = bytearray()

    def __call__(
        self,
        status: str,
        headers: list[tuple[str, str]],
        exc_info: tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None] | None = None,  # noqa: ARG002
        /,
    ) -> Callable[[bytes], object]:
        """Note status and headers. Nothing has been sent yet, so an error may replace them at any time."""
        self.status, self.headers = int(status[:3]), list(headers)
        return self.early.extend


def bodies_within(bound: Callable[[HttpRequest], int]) -> BeforeBody:
    """Return the check of a head that refuses a body of more octets than ``bound`` tells by the head.

    A body whose length is not told (chunked) is refused, too.
    """

    def before_body(head: HttpRequest) -> HttpResponse | None:
        told = head.headers.get("content-length")
        if told is None:
            return refusal(411)
        return refusal(413) if int(told) > bound(head) else None

    return before_body


def first_refusal(*checks: BeforeBody) -> BeforeBody:
    """Return the check of a head that makes these checks in their order."""

    def before_body(head: HttpRequest) -> HttpResponse | None:
        return next((answer for check in checks if (answer := check(head)) is not None), None)

    return before_body
