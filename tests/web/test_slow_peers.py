"""No peer keeps others out of a listener: by waiting, by trickling, by not reading, or by what no token lets in."""

from __future__ import annotations

import errno
import io
import os
import re
import socket
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path
from threading import Event
from types import SimpleNamespace
from urllib.parse import urlsplit

import flask
import pytest
import requests

from adapters.http.http_service import HttpRequest, HttpResponse, HttpService
from adapters.http.wsgi_service import WsgiService
from adapters.web.bounded_connection import Patience
from adapters.web.facts import Reading
from adapters.web.health import ready
from adapters.web.listener_limits import KIB
from adapters.web.listener_watch import ListenerWatch
from adapters.web.server import WebServer, peer_of

from .asked import GOOD
from .listeners import KINDS, MIB, Kind
from .slow import PATIENCE, exchange, slow

pytestmark = pytest.mark.long

SHORT = Patience(head=5.0, silent=5.0, body=5.0, answer=5.0, linger=5.0)
HEAD = b"GET /health/live HTTP/1.1\r\nHost: a\r\nX-Slow: "


@pytest.fixture(params=list(KINDS))
def kind(request: pytest.FixtureRequest) -> Kind:
    return KINDS[request.param]


def one_peer(kind: Kind) -> list[str]:
    """Return an address for each connection that a listener can have: the same."""
    return ["127.0.0.1"] * kind.limits.connections


def many_peers(kind: Kind) -> list[str]:
    return [f"127.0.0.{number}" for number in range(2, kind.limits.connections + 2)]


def connected(server: WebServer) -> socket.socket:
    at = urlsplit(server.url)
    return socket.create_connection((at.hostname or "", at.port or 0), PATIENCE)


def headers(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}


def until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize("peers", [one_peer, many_peers], ids=["one-peer", "many-peers"])
@pytest.mark.exhaustive(keep=2)
def test_as_many_slow_connections_as_there_may_be_stop_no_request_and_are_closed(
    kind: Kind, peers: Callable[[Kind], list[str]]
) -> None:
    with kind.listening(patience=SHORT) as server, slow(server.url, peers(kind), HEAD) as there:
        for _ in range(3):
            assert requests.get(server.url + kind.path, timeout=PATIENCE).status_code == kind.status
        assert there.closed.wait(PATIENCE), "those that are slow are closed, whatever they go on sending"
        assert requests.get(server.url + kind.path, timeout=PATIENCE).status_code == kind.status


@pytest.mark.exhaustive(keep=2)
def test_as_many_slow_bodies_stop_no_request_and_are_closed(kind: Kind) -> None:
    head = kind.head(kind.limits.body_bytes - 1)
    with kind.listening(patience=SHORT) as server, slow(server.url, one_peer(kind), head) as there:
        answer = exchange(server.url, kind.head(2).replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n") + b"{}")
        assert answer.startswith(f"HTTP/1.1 {kind.taken} ".encode())
        assert there.closed.wait(PATIENCE)


def test_a_listener_that_may_open_no_more_files_waits_and_then_takes_the_connection(
    kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection stays in the queue of the system: whoever asks for it without a pause does nothing else."""
    server = WebServer("127.0.0.1:0", kind.limits)
    server.service = kind.service()
    accept, refused, pauses = server._server.accept, 4, list[float]()

    def exhausted() -> object:
        nonlocal refused
        refused -= 1
        if refused >= 0:
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
        return accept()

    monkeypatch.setattr(server._server, "accept", exhausted)
    monkeypatch.setattr("adapters.web.server.time", SimpleNamespace(monotonic=time.monotonic, sleep=pauses.append))
    server.start()
    assert requests.get(server.url + kind.path, timeout=PATIENCE).status_code == kind.status
    server.close()
    assert len(pauses) == 4
    assert all(pauses)


def test_bodies_that_come_from_anybody_are_kept_within_a_bound(kind: Kind) -> None:
    """A message of SOAP is known by its signature, so its body is read whoever sends it."""
    with kind.listening(body_bytes=MIB) as server, slow(server.url, many_peers(kind)[:10], kind.head(MIB - 1)) as there:
        for each in there.sockets:
            with suppress(OSError):  # closed to make room
                each.sendall(b"x" * (MIB - 65536))
            kept = sum(channel.octets for channel in list(server._server.active_channels.values()))
            assert kept <= (kind.limits.bodies + 1) * MIB
        assert requests.get(server.url + kind.path, timeout=PATIENCE).status_code == kind.status


def test_the_file_of_a_body_that_does_not_come_whole_is_closed_with_its_connection(kind: Kind) -> None:
    with kind.listening(body_bytes=MIB) as server:
        channels = server._server.active_channels
        with connected(server) as connection:
            connection.sendall(kind.head(MIB - 1) + b"x" * (MIB - 65536))
            until(lambda: any(channel.octets > MIB // 2 for channel in list(channels.values())))
            [channel] = channels.values()
            kept = channel.request.get_body_stream()
            assert not isinstance(kept, io.BytesIO)
        until(lambda: not channels)
        until(lambda: kept.closed)


def test_the_file_of_a_body_is_closed_with_its_server(kind: Kind) -> None:
    with ExitStack() as connections:
        with kind.listening(body_bytes=MIB) as server:
            connection = connections.enter_context(connected(server))
            connection.sendall(kind.head(MIB - 1) + b"x" * (MIB // 2))
            channels = server._server.active_channels
            until(lambda: any(channel.octets >= MIB // 2 for channel in list(channels.values())))
            [channel] = channels.values()
        assert channel.request.get_body_stream().closed


class Large(HttpService):
    def handle(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse(body=b"x" * (15 * MIB))


def large_page() -> WsgiService:
    app = flask.Flask(__name__)
    app.add_url_rule("/", view_func=lambda: b"x" * (15 * MIB))
    return WsgiService(app)


def test_a_peer_that_takes_no_answer_is_closed(kind: Kind) -> None:
    asked = Event()

    class Asked(HttpService):
        def handle(self, request: HttpRequest) -> HttpResponse:
            asked.set()
            return (large_page() if kind is KINDS["console"] else Large()).handle(request)

    with (
        replace(kind, service=Asked).listening(patience=replace(SHORT, answer=1.0)) as server,
        connected(server) as connection,
    ):
        connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        channels = server._server.active_channels
        assert asked.wait(PATIENCE)
        # Nothing is read until the server has given up: what it had sent by then comes, and then the end.
        until(lambda: not channels)
        found = 0
        with suppress(ConnectionResetError):
            while more := connection.recv(1 << 20):
                found += len(more)
        assert found < 15 * MIB


def test_the_time_of_an_answer_is_not_the_peers(kind: Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the answer had taken long, and the loop looked as soon as it was made."""
    late = list[bool]()
    with kind.listening() as server:
        trigger, channels = server._server.pull_trigger, server._server.active_channels

        def pull_trigger() -> None:
            late.extend(channel.is_late(channel._opened + 3600) for channel in list(channels.values()))
            trigger()

        with requests.Session() as session:
            monkeypatch.setattr(server._server, "pull_trigger", pull_trigger)
            assert session.get(server.url + kind.path, timeout=PATIENCE).status_code == kind.status
            until(lambda: late)
            monkeypatch.undo()
    assert not any(late)


REFUSING = [name for name, kind in KINDS.items() if kind.refused]


@pytest.mark.parametrize("name", REFUSING)
def test_ten_bodies_that_the_head_refuses_are_not_read(name: str) -> None:
    kind = KINDS[name]
    assert kind.refused is not None
    head, status = kind.refused
    with kind.listening() as server:
        for _ in range(10):
            octets = f"{head}Content-Length: {kind.limits.body_bytes - 1}\r\n\r\n".encode()
            answer = exchange(server.url, octets)
            assert answer.startswith(f"HTTP/1.1 {status} ".encode()), "though no octet of the body was sent"
            assert (b"\r\nwww-authenticate: bearer\r\n" in answer.lower()) == (status == 401)


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("name", REFUSING)
def test_a_sender_that_the_head_refuses_reads_why_though_it_is_still_sending(name: str, chunked: bool) -> None:
    kind = KINDS[name]
    assert kind.refused is not None
    head, _ = kind.refused
    body = b"x" * min(8 * MIB, kind.limits.body_bytes - 1)
    path = head.split()[1]
    with kind.listening(patience=Patience(linger=PATIENCE)) as server:
        answer = requests.post(
            server.url + path,
            data=iter([body]) if chunked else body,
            headers=headers("0" * 40),
            timeout=PATIENCE,
        )
    if name == "push":
        assert (answer.status_code, answer.json()["code"]) == (401, "push.unauthorized")
    else:
        assert answer.status_code == (411 if chunked else 413)


@pytest.mark.parametrize("path", ["/soap/nobody", "/nowhere"])
def test_a_body_for_an_unknown_path_is_not_read(path: str) -> None:
    with KINDS["push"].listening() as server:
        answer = exchange(server.url, f"POST {path} HTTP/1.1\r\nHost: a\r\nContent-Length: 9000000\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 404 ")


@pytest.mark.parametrize(
    "framing",
    [
        b"HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked",
        b"HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 5",
        b"HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding:",
        b"HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked",
    ],
)
def test_content_length_with_transfer_encoding_closes_the_connection(kind: Kind, framing: bytes) -> None:
    hidden = b"0\r\n\r\nGET /health/live HTTP/1.1\r\nHost: a\r\n\r\n"
    with kind.listening() as server:
        found = exchange(server.url, b"POST / " + framing + b"\r\nHost: a\r\n\r\n" + hidden)
    assert found.startswith((b"HTTP/1.1 400 ", b"HTTP/1.0 400 "))
    assert found.count(b"HTTP/1.") == 1, "what comes behind is no request"


@pytest.mark.parametrize("line", [b"1" * 400, b"1\r\nx\r\n0\r\nTrailer: " + b"x" * 17_000])
def test_a_chunk_line_or_trailer_without_an_end_is_refused(kind: Kind, line: bytes) -> None:
    with kind.listening(body_bytes=MIB) as server:
        found = exchange(server.url, f"{kind.body}Transfer-Encoding: chunked\r\n\r\n".encode() + line)
    assert found.startswith(f"HTTP/1.1 {kind.chunked} ".encode())


@pytest.mark.parametrize(
    ("octets", "status"),
    [
        (b"nonsense\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: h\r\nX: %(long)s\r\n\r\n", b""),
        (b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: %(more)d\r\n\r\n", b"413"),
        (b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", b""),
        (b"GET / HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", b"400"),
        (b"\x00\xff\r\n\r\n", b"400"),
    ],
)
def test_a_bad_request_is_refused_and_breaks_nothing(kind: Kind, octets: bytes, status: bytes) -> None:
    values = {b"long": b"a" * 2 * kind.limits.head_bytes, b"more": kind.limits.body_bytes + 1}
    with kind.listening() as server:
        with connected(server) as connection:
            answer = b""
            with suppress(
                OSError
            ):  # a server that has read enough may hang up, and what is hung up cannot be shut down
                connection.sendall(octets % values if b"%(" in octets else octets)
                connection.shutdown(socket.SHUT_WR)  # or a server that waits for the rest waits until its time is over
                answer = connection.recv(4096)
        assert status in answer.split(b"\r\n")[0]
        assert b"200 OK" not in answer
        assert b"waitress" not in answer.lower()
        assert requests.get(server.url + kind.path, timeout=PATIENCE).status_code == kind.status


def test_a_peer_has_a_share_of_the_connections(kind: Kind) -> None:
    assert kind.limits.share < kind.limits.connections
    assert peer_of("10.0.0.1") == peer_of("::ffff:10.0.0.1") != peer_of("10.0.0.2")
    assert peer_of("2001:db8::1") == peer_of("2001:db8::ffff:1%2") != peer_of("2001:db8:0:1::1")


def test_the_page_has_the_limits_of_each_listener(kind: Kind, request: pytest.FixtureRequest) -> None:
    page = (Path(__file__).parents[2] / "docs/operate/operations.md").read_text(encoding="utf-8")
    limits = kind.limits
    body = f"{limits.body_bytes // KIB} KiB" if limits.body_bytes < MIB else f"{limits.body_bytes // MIB} MiB"
    told = f"| {limits.threads} | {limits.connections} | {limits.share} | {limits.head_bytes // KIB} KiB | {body}"
    assert re.search(rf"^\| {request.node.callspec.params['kind']}[^|]* {re.escape(told)}", page, re.MULTILINE)


def test_one_peer_never_has_more_than_its_share(kind: Kind) -> None:
    with kind.listening() as server, slow(server.url, one_peer(kind), HEAD):
        assert requests.get(server.url + kind.path, timeout=PATIENCE).status_code == kind.status
        there = list(server._server.active_channels.values())
        assert sum(not channel.will_close for channel in there) <= kind.limits.share


def test_ready_tells_a_listener_that_does_not_answer() -> None:
    """One that accepts and never answers, beside one that is well: by probes that come as peers come."""
    with socket.create_server(("127.0.0.1", 0)) as dead, KINDS["health"].listening() as server:
        urls = {"push": f"http://127.0.0.1:{dead.getsockname()[1]}", "web": server.url}
        watch = ListenerWatch(urls, every_seconds=0.1, late_seconds=1.0)
        watch.start()
        until(lambda: "push" in watch.late())
        late = watch.late()
        watch.close()
        assert (late["push"].code, late["push"].where) == ("service.no-answer", f"push {urls['push']}")

    facts = replace(GOOD, silent=late)
    reported = ready(facts, Reading(read_at=GOOD.started_at), GOOD.started_at)
    assert reported[0] is False
    assert reported[1]["checks"]["listeners"]["code"] == "service.no-answer"


@pytest.mark.exhaustive(keep=2)
def test_a_listener_that_answers_is_well_beside_slow_peers(kind: Kind) -> None:
    with kind.listening(patience=SHORT) as server:
        watch = ListenerWatch({"one": server.url}, every_seconds=0.1, late_seconds=PATIENCE)
        watch.start()
        with slow(server.url, one_peer(kind), HEAD) as there:
            assert there.closed.wait(PATIENCE)
        assert watch.late() == {}
        watch.close()
