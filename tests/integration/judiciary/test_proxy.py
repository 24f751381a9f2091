"""The way out through a proxy: a tunnel for TLS, and nothing sent where the proxy gives none."""

from __future__ import annotations

import base64
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from datetime import timedelta
from http.server import BaseHTTPRequestHandler

import pytest

from adapters.http.client import Proxy
from adapters.http.tls import Tls
from adapters.judiciary.channel import Channel
from gateway.judiciary.courier import CallFailed
from gateway.runtime.errors import GatewayError
from tests.witness import tls

from .tls_server import OverTls, running

pytestmark = pytest.mark.long

TIMEOUT = timedelta(seconds=60)


class Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, Server)
        self.server.heard.append((dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_: object) -> None:
        """Tests are quiet."""


class Server(OverTls):
    def __init__(self, pki: tls.Tls) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.context = pki.context()
        self.heard: list[tuple[dict[str, str], bytes]] = []

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.server_address[1]}/"


class TunnelProxy:
    """A proxy of plain sockets: it reads one head, answers it, and then passes octets on."""

    def __init__(self, answer: bytes = b"HTTP/1.1 200 Connection established\r\n\r\n") -> None:
        self.heads: list[str] = []
        self.ended = threading.Event()
        self._answer, self._listener = answer, socket.create_server(("127.0.0.1", 0))
        self._threads = [threading.Thread(target=self._serve)]
        self._threads[0].start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def close(self) -> None:
        self.ended.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join()

    def _serve(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            with near, suppress(OSError):
                self._tunnel(near)

    def _tunnel(self, near: socket.socket) -> None:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            if not (octets := near.recv(1)):
                return
            head += octets
        self.heads.append(head.decode("ascii"))
        near.sendall(self._answer)
        while self._answer.endswith(b": ") and not self.ended.wait(0.05):
            near.sendall(b"a")
        if b" 200 " not in self._answer:
            return
        host, port = head.split(b" ")[1].rsplit(b":", 1)
        with socket.create_connection((host.decode(), int(port))) as far:
            back = threading.Thread(target=self._pass, args=(far, near))
            back.start()
            self._pass(near, far)
            back.join()

    @staticmethod
    def _pass(giver: socket.socket, taker: socket.socket) -> None:
        with suppress(OSError):
            while octets := giver.recv(65_536):
                taker.sendall(octets)
        with suppress(OSError):
            taker.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def opened() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def server(opened: ExitStack, ours: tls.Tls) -> Server:
    made = Server(ours)
    opened.enter_context(running(made))
    return made


@pytest.fixture
def proxied(opened: ExitStack) -> Callable[..., TunnelProxy]:
    def start(*answer: bytes) -> TunnelProxy:
        proxy = TunnelProxy(*answer)
        opened.callback(proxy.close)
        return proxy

    return start


def send(url: str, pki: tls.Tls, proxy: Proxy | None, timeout: timedelta = TIMEOUT) -> bytes:
    channel = Channel(url, timeout, tls=Tls(anchors=pki.root), proxy=proxy, loopback_only=True)
    try:
        return channel.send(b"<a/>", {"X-Told": "service"}).body
    finally:
        channel.close()


def test_messages_go_through_the_proxy_and_it_reads_none(
    server: Server, ours: tls.Tls, proxied: Callable[..., TunnelProxy]
) -> None:
    proxy = proxied()
    assert send(server.url, ours, Proxy(url=proxy.url, username="eblagh", password=b"secret at the proxy")) == b"ok"
    [head], [(headers, body)] = proxy.heads, server.heard
    pair = base64.b64encode(b"eblagh:secret at the proxy").decode()
    assert head.startswith(f"CONNECT 127.0.0.1:{server.server_address[1]} HTTP/1.")
    assert f"Proxy-Authorization: Basic {pair}\r\n" in head
    assert "X-Told" not in head
    assert body == b"<a/>"
    assert "Proxy-Authorization" not in headers


def test_the_server_behind_the_proxy_is_verified_all_the_same(
    server: Server, others: tls.Tls, proxied: Callable[..., TunnelProxy]
) -> None:
    with pytest.raises(CallFailed) as failure:
        send(server.url, others, Proxy(url=proxied().url))
    assert failure.value.code == "courier.server-untrusted"
    assert server.heard == []


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n",
        b"",
        b"HTTP/1.1 200 Connection established\r\nX-Slow: ",
    ],
    ids=["no password", "no way", "cut", "dawdles"],
)
def test_without_a_tunnel_nothing_was_sent(
    server: Server, ours: tls.Tls, proxied: Callable[..., TunnelProxy], answer: bytes
) -> None:
    """The request to the proxy is no octet of the message: such a call leaves no doubt."""
    proxy = proxied(answer)
    timeout = timedelta(seconds=3) if answer.endswith(b": ") else TIMEOUT  # one of them is waited for in vain
    with pytest.raises(CallFailed) as failure:
        send(server.url, ours, Proxy(url=proxy.url), timeout)
    assert failure.value.code == "courier.not-connected"
    assert f"by the proxy {proxy.url}" in failure.value.detail
    assert (b" 407 " in answer) == ("HTTP 407" in failure.value.detail)
    assert server.heard == []


def test_proxies_of_the_environment_are_not_used(
    server: Server, ours: tls.Tls, proxied: Callable[..., TunnelProxy], monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = proxied()
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, proxy.url)
        monkeypatch.setenv(name.upper(), proxy.url)
    assert send(server.url, ours, None) == b"ok"
    assert proxy.heads == []


def test_in_development_no_proxy_leads_off_this_machine(server: Server, ours: tls.Tls) -> None:
    with pytest.raises(GatewayError) as refused:
        send(server.url, ours, Proxy(url="http://192.0.2.1:3128"))
    assert refused.value.code == "config.endpoint"
    assert server.heard == []
