"""Translation between a WSGI server and a service."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from http import HTTPStatus
from io import BytesIO
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from adapters.http.http_service import HttpRequest, HttpResponse


def wsgi(handle: Callable[[HttpRequest], HttpResponse], streams: Callable[[], bool] = lambda: False) -> WSGIApplication:
    """Return the WSGI application of a service, which may read bodies by itself (`HttpService.streams`).

    The server bounds the size of bodies.
    """

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        size, source = int(environ.get("CONTENT_LENGTH") or 0), environ["wsgi.input"]
        if streams():
            request = replace(request_of(environ), stream=source if size else BytesIO())
        else:
            request = request_of(environ, source.read(size) if size else b"")
        response = handle(request)
        status, headers, body = written(response)
        start_response(status, headers)
        return [] if request.method == "HEAD" or not body else [body]

    return application


def request_of(environ: WSGIEnvironment, body: bytes = b"") -> HttpRequest:
    """Return the request of a WSGI environment."""
    headers = {name[5:]: value for name, value in environ.items() if name.startswith("HTTP_")}
    headers |= {name: environ[name] for name in ("CONTENT_TYPE", "CONTENT_LENGTH") if environ.get(name)}
    return HttpRequest(
        method=environ["REQUEST_METHOD"],
        path=environ.get("PATH_INFO", ""),
        query=environ.get("QUERY_STRING", ""),
        headers={name.replace("_", "-").lower(): value for name, value in headers.items()},
        body=body,
        peer=environ.get("REMOTE_ADDR", ""),
    )


def written(response: HttpResponse) -> tuple[str, list[tuple[str, str]], bytes]:
    """Return the status line's end, all headers and the body."""
    status = f"{response.status} {HTTPStatus(response.status).phrase}"
    headers = list(response.headers)
    if response.status in _WITHOUT_CONTENT:
        return status, headers, b""
    headers.insert(0, ("Content-Length", str(len(response.body))))
    if response.media_type:
        headers.insert(0, ("Content-Type", response.media_type))
    return status, headers, response.body


_WITHOUT_CONTENT = (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)
"""RFC 9110, 6.4.1 and 8.6: their answers have no body, and tell neither a type nor a length of it."""
