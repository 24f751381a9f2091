"""Requests that the listener of health and metrics takes, and those that it refuses."""

from __future__ import annotations

import socket
from contextlib import suppress

import pytest

from adapters.web.listener_limits import HEALTH
from adapters.web.server import WebServer
from gateway.runtime.errors import GatewayError

from .asked import PATIENCE, Asked


def test_only_three_paths_and_two_methods_are_known(asked: Asked) -> None:
    for path in ("/", "/health", "/metrics/", "/health/live/../ready", "/%2e%2e/etc/passwd", "/metrics%00"):
        assert asked(path)[0] == 404
    for method in ("POST", "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT"):
        status, headers, _ = asked("/metrics", method)
        assert status == 405
        assert headers["allow"] == "GET, HEAD"
    status, headers, body = asked("/metrics", "HEAD")
    assert (status, body) == (200, "")
    assert int(headers["content-length"]) > 0


def test_no_answer_names_the_server(asked: Asked) -> None:
    answers = [asked("/metrics"), asked("/x")]
    for _, headers, body in answers:
        assert "server" not in headers
        assert "via" not in headers
        assert "waitress" not in body.lower()


@pytest.mark.parametrize(
    ("octets", "status"),
    [
        (b"nonsense\r\n\r\n", b"400"),
        (b"GET /metrics HTTP/1.1\r\nHost: h\r\nX: " + b"a" * 2 * HEALTH.head_bytes + b"\r\n\r\n", b""),
        (b"POST /metrics HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n" % (HEALTH.body_bytes + 1), b"413"),
        (b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", b""),
        (b"GET /metrics HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n", b"400"),
        (b"\x00\xff\r\n\r\n", b"400"),
    ],
)
def test_a_bad_request_is_refused_and_breaks_nothing(asked: Asked, octets: bytes, status: bytes) -> None:
    with socket.create_connection(("127.0.0.1", asked.port), timeout=PATIENCE) as connection:
        answer = b""
        with suppress(OSError):  # a server that has read enough may hang up, and what is hung up cannot be shut down
            connection.sendall(octets)
            connection.shutdown(socket.SHUT_WR)  # or a server that waits for the rest waits until its time is over
            answer = connection.recv(4096)
    assert status in answer.split(b"\r\n")[0]
    assert b"200 OK" not in answer
    assert b"waitress" not in answer.lower()
    assert asked("/health/live")[0] == 200


def test_an_address_that_is_taken_is_refused(asked: Asked) -> None:
    with pytest.raises(GatewayError) as refused:
        WebServer(f"127.0.0.1:{asked.port}")
    assert refused.value.code == "service.listen"
    assert refused.value.detail == "Address already in use"


def test_an_address_that_is_not_ours_is_refused() -> None:
    with pytest.raises(GatewayError) as refused:
        WebServer("192.0.2.1:0")
    assert refused.value.code == "service.listen"


@pytest.mark.parametrize("listen", ["127.0.0.1:99999", "127.0.0.1:http", "[::1:0", "name.invalid:0"])
def test_what_is_no_address_is_refused(listen: str) -> None:
    with pytest.raises(GatewayError) as refused:
        WebServer(listen)
    assert (refused.value.code, refused.value.where) == ("service.listen", listen)
    assert "Unknown error" not in refused.value.detail
