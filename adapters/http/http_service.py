"""Values of an HTTP exchange on our side of it: a service is a function from a request to a response.

No service knows a server. Each server translates: Waitress by `adapters/http/wsgi.py`, the sandbox's server for faults
by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import BinaryIO, Final, Protocol

TEXT: Final = "text/plain; charset=utf-8"

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """Request. ``path`` is decoded, ``query`` is not; ``headers`` are by names in small letters.

    Texts have a character for each octet, as in WSGI. ``peer`` is the address at the other end of the connection, which
    may be a proxy's; it is empty if no server knows it. A request that is judged by its head alone has no ``body`` yet.
    For a service that ``streams``, the body is the rest of ``stream``, of which large parts lie on the disk.
    """

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    peer: str = field(default="", repr=False)
    stream: BinaryIO | None = field(default=None, repr=False)

    @property
    def target(self) -> str:
        """Path and query."""
        return f"{self.path}?{self.query}" if self.query else self.path

    @property
    def media_type(self) -> str:
        return self.headers.get("content-type", "")

    @property
    def is_encoded(self) -> bool:
        """True if the body is in a content coding."""
        return bool(self.headers.get("content-encoding"))


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpResponse:
    """Response; a server adds Content-Type and Content-Length to the other ``headers``."""

    status: int = 200
    body: bytes = field(default=b"", repr=False)
    media_type: str = TEXT
    headers: Headers = ()


BeforeBody = Callable[[HttpRequest], HttpResponse | None]
"""Check of a head before its body is read (`HttpService.before_body`)."""


class HttpService(Protocol):
    """Service that answers requests. One that ``streams`` reads a body from `HttpRequest.stream` by itself."""

    streams: bool = False

    def handle(self, request: HttpRequest) -> HttpResponse: ...

    def before_body(self, head: HttpRequest) -> HttpResponse | None:  # noqa: ARG002
        """Return a refusal that the head alone decides, before the body is read.

        It must be quick: all connections of its server wait for it.
        """
        return None


def refusal(status: int) -> HttpResponse:
    """Return a response that says its status and no more."""
    return HttpResponse(status=status, body=f"{status} {HTTPStatus(status).phrase}\n".encode())
