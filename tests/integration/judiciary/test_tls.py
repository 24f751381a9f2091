"""A channel to a server that demands a certificate: who believes whom, and whether anything was sent."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import urllib3.exceptions

from adapters.http.client import Distrust, _failure, _Line
from adapters.http.tls import Tls as Known
from adapters.judiciary.channel import Channel
from gateway.judiciary.courier import CallFailed
from tests.witness import tls

from .tls_server import OverTls, running

TIMEOUT = timedelta(seconds=60)
VERSIONS = pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=["1.2", "1.3"])


@dataclass
class Seen:
    """Requests at a server that demands a certificate of ``clients``: their bodies, and their senders."""

    url: str
    bodies: list[bytes] = field(default_factory=list)
    subjects: list[str] = field(default_factory=list)


Serving = Callable[[ssl.SSLContext], Seen]


@pytest.fixture
def serving() -> Iterator[Serving]:
    with ExitStack() as all_of_them:

        def start(context: ssl.SSLContext) -> Seen:
            server = TlsServer(context)
            all_of_them.enter_context(running(server))
            return server.seen

        yield start


class TlsServer(OverTls):
    def __init__(self, context: ssl.SSLContext) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.context, self.seen = context, Seen(f"https://127.0.0.1:{self.server_address[1]}/")


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: TlsServer

    def do_POST(self) -> None:
        assert isinstance(self.connection, ssl.SSLSocket)
        known = self.connection.getpeercert() or {}
        self.server.seen.subjects += [value for ((name, value),) in known.get("subject", ()) if name == "commonName"]
        self.server.seen.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_: object) -> None:
        """Tests are quiet."""


def call(seen: Seen, known: Known) -> bytes:
    channel = Channel(seen.url, TIMEOUT, tls=known)
    try:
        return channel.send(b"<a/>", {}).body
    finally:
        channel.close()


def failed(seen: Seen, known: Known) -> CallFailed:
    with pytest.raises(CallFailed) as failure:
        call(seen, known)
    assert seen.bodies == []
    return failure.value


def known_by(pki: tls.Tls, pair: tls.Pair | None, password: bytes | None = None) -> Known:
    if pair is None:
        return Known(anchors=pki.root)
    return Known(anchors=pki.root, certificate=pair.certificate, key=pair.key, password=password)


def demanding(ours: tls.Tls, version: ssl.TLSVersion) -> ssl.SSLContext:
    context = ours.context(clients=True)
    context.minimum_version = context.maximum_version = version
    return context


@VERSIONS
def test_a_server_that_demands_a_certificate_is_shown_ours(
    serving: Serving, ours: tls.Tls, version: ssl.TLSVersion
) -> None:
    seen = serving(demanding(ours, version))
    assert call(seen, known_by(ours, ours.client)) == b"ok"
    assert call(seen, known_by(ours, ours.locked, tls.PASSWORD)) == b"ok"
    assert seen.subjects == ["client", "locked"]
    assert seen.bodies == [b"<a/>"] * 2


@VERSIONS
@pytest.mark.parametrize("shown", ["none", "of another root"])
def test_a_certificate_that_is_refused_sends_nothing(
    serving: Serving, ours: tls.Tls, others: tls.Tls, version: ssl.TLSVersion, shown: str
) -> None:
    """In TLS 1.3 we have written by then, and the server has not read."""
    seen = serving(demanding(ours, version))
    known = known_by(ours, None if shown == "none" else others.client)
    failure = failed(seen, known)
    assert failure.code == "courier.certificate-refused"
    assert "ALERT" in failure.detail


@pytest.mark.parametrize("fault", ["of another root", "of another host"])
def test_a_server_that_is_not_believed_gets_nothing(
    serving: Serving, ours: tls.Tls, others: tls.Tls, fault: str
) -> None:
    seen = serving(ours.context(of=ours.stranger if fault == "of another host" else None, clients=True))
    pki = others if fault == "of another root" else ours
    failure = failed(seen, Known(anchors=pki.root, certificate=ours.client.certificate, key=ours.client.key))
    assert failure.code == "courier.server-untrusted"
    assert failure.detail


def test_without_anchors_the_roots_that_browsers_know_are_asked(serving: Serving, ours: tls.Tls) -> None:
    assert failed(serving(ours.context()), Known()).code == "courier.server-untrusted"


def test_a_file_that_vanished_sends_nothing(serving: Serving, ours: tls.Tls, tmp_path: Path) -> None:
    known = Known(anchors=ours.root, certificate=tmp_path / "gone.pem", key=ours.client.key)
    assert failed(serving(ours.context()), known).code == "courier.not-connected"


def test_a_server_that_speaks_no_tls_gets_nothing(ours: tls.Tls) -> None:
    server = HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    thread = threading.Thread(target=server.handle_request)
    thread.start()
    seen = Seen(f"https://127.0.0.1:{server.server_address[1]}/")
    assert failed(seen, known_by(ours, ours.client)).code == "courier.not-connected"
    thread.join()
    server.server_close()


@pytest.mark.parametrize(
    ("version", "answered", "sent"),
    [("TLSv1.3", False, False), ("TLSv1.3", True, True), ("TLSv1.2", False, True)],
    ids=["before the server could read", "after it had answered on this connection", "in a second handshake"],
)
def test_only_a_refusal_before_the_server_could_read_proves_that_nothing_arrived(
    version: str, answered: bool, sent: bool
) -> None:
    line = _Line()
    line.tls, line.fresh, line.sent = version, not answered, True
    alert = ssl.SSLError(1, "alert")
    alert.reason = "TLSV13_ALERT_CERTIFICATE_REQUIRED"
    failure = _failure(urllib3.exceptions.SSLError(alert), line)
    assert (failure.distrust, failure.sent) == (Distrust.OF_CLIENT, sent)
