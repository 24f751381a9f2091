"""No peer keeps others out of a listener: by waiting, by trickling, by not reading, or by what no token lets in."""

from __future__ import annotations

import errno
import io
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from threading import Event
from types import SimpleNamespace

import pytest
import requests
from prometheus_client import CollectorRegistry

from adapters.callback.receipt_router import CallbackRouter
from adapters.http.http_service import HttpRequest, HttpResponse, HttpService
from adapters.municipal.push_router import PushRouter
from adapters.municipal.rest.push_application import MAX_BODY_BYTES, RestPush
from adapters.municipal.rest.tokens import Tokens
from adapters.web.application import Application
from adapters.web.bounded_connection import Patience
from adapters.web.facts import Reading
from adapters.web.health import ready
from adapters.web.listener_watch import ListenerWatch
from adapters.web.server import BODIES, MAX_CONNECTIONS, SHARE, WebServer, peer_of
from gateway.intake.push_result import PushTally
from gateway.runtime.clock import system_clock
from gateway.store.inbox import Inbox
from tests.integration.push.senders import DIGEST, TOKEN

from .slow import PATIENCE, exchange, slow
from .test_web import GOOD

SHORT = Patience(head=5.0, silent=5.0, body=5.0, answer=5.0, linger=5.0)
ONE_PEER = ["127.0.0.1"] * MAX_CONNECTIONS
MANY_PEERS = [f"127.0.0.{number}" for number in range(2, MAX_CONNECTIONS + 2)]
HEAD = b"GET /health/live HTTP/1.1\r\nHost: a\r\nX-Slow: "


class NoInbox:
    def __call__(self) -> Inbox:
        raise AssertionError("nothing is brought")


def push_front() -> PushRouter:
    tokens = {"portal": Tokens((bytes.fromhex(DIGEST),))}
    rest = RestPush(tokens=tokens, inbox=NoInbox(), clock=system_clock, contract=b"{}", tally=PushTally())
    return PushRouter(rest=rest, endpoints={})


def health() -> HttpService:
    return Application(lambda: GOOD, lambda: None, CollectorRegistry(), system_clock)  # type: ignore[arg-type, return-value]


def started(most: int) -> WebServer:
    """Return a server that takes bodies of ``most`` octets."""
    server = WebServer("127.0.0.1:0", most)
    server.service = health()
    server.start()
    return server


KINDS: dict[str, tuple[Callable[[], HttpService], str, int]] = {
    "health": (health, "/health/live", 200),
    "push": (push_front, "/rest/openapi.json", 200),
    "callback": (lambda: CallbackRouter(lambda: None), "/callback", 404),
}


@pytest.fixture
def serving() -> Iterator[Callable[..., str]]:
    servers: list[WebServer] = []

    def serve(application: HttpService, max_body_bytes: int = MAX_BODY_BYTES, **named: object) -> str:
        server = WebServer("127.0.0.1:0", max_body_bytes, **named)  # type: ignore[arg-type]
        server.service = application
        server.start()
        servers.append(server)
        return server.url

    yield serve
    for server in servers:
        server.close()


@pytest.mark.parametrize("kind", list(KINDS))
@pytest.mark.parametrize("peers", [ONE_PEER, MANY_PEERS], ids=["one-peer", "many-peers"])
def test_fifty_slow_connections_stop_no_request_and_are_closed(
    serving: Callable[..., str], kind: str, peers: list[str]
) -> None:
    application, path, status = KINDS[kind]
    url = serving(application(), patience=SHORT)
    with slow(url, peers, HEAD) as there:
        for _ in range(3):
            assert requests.get(url + path, timeout=PATIENCE).status_code == status
        assert there.closed.wait(PATIENCE), "those that are slow are closed, whatever they go on sending"
        assert requests.get(url + path, timeout=PATIENCE).status_code == status


def test_fifty_slow_bodies_stop_no_push_and_are_closed(serving: Callable[..., str]) -> None:
    url = serving(push_front(), patience=SHORT)
    head = (
        f"POST /rest/portal/rows HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {TOKEN}\r\n"
        "Content-Type: application/json\r\nContent-Length: 1000000\r\n\r\n"
    )
    with slow(url, ONE_PEER, head.encode()) as there:
        answer = requests.post(f"{url}/rest/portal/rows", data=b"{}", headers=headers(TOKEN), timeout=PATIENCE)
        assert (answer.status_code, answer.json()["code"]) == (400, "push.request")
        assert there.closed.wait(PATIENCE)


def test_a_listener_that_may_open_no_more_files_waits_and_then_takes_the_connection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The connection stays in the queue of the system: whoever asks for it without a pause does nothing else."""
    server = WebServer("127.0.0.1:0")
    server.service = health()
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
    assert requests.get(f"{server.url}/health/live", timeout=PATIENCE).status_code == 200
    server.close()
    assert len(pauses) == 4
    assert all(pauses)


def test_bodies_that_come_from_anybody_are_kept_within_a_bound() -> None:
    """A message of SOAP is known by its signature, so its body is read whoever sends it."""
    most = 1024 * 1024
    server = started(most)
    head = f"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {most - 1}\r\n\r\n".encode()
    with slow(server.url, MANY_PEERS[:10], head) as there:
        for each in there.sockets:
            with suppress(OSError):  # closed to make room
                each.sendall(b"x" * (most - 65536))
            assert (
                sum(channel.octets for channel in list(server._server.active_channels.values())) <= (BODIES + 1) * most
            )
        assert requests.get(f"{server.url}/health/live", timeout=PATIENCE).status_code == 200
    server.close()


def test_the_file_of_a_body_that_does_not_come_whole_is_closed_with_its_connection() -> None:
    most = 1024 * 1024
    server = started(most)
    host, _, port = server.url.removeprefix("http://").rpartition(":")
    channels = server._server.active_channels
    with socket.create_connection((host, int(port)), PATIENCE) as connection:
        head = f"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {most - 1}\r\n\r\n".encode()
        connection.sendall(head + b"x" * (most - 65536))
        until(lambda: any(channel.octets > most // 2 for channel in list(channels.values())))
        [channel] = channels.values()
        kept = channel.request.get_body_stream()
        assert not isinstance(kept, io.BytesIO)
    until(lambda: not channels)
    until(lambda: kept.closed)
    server.close()


def test_the_file_of_a_body_is_closed_with_its_server() -> None:
    most = 1024 * 1024
    server = started(most)
    host, _, port = server.url.removeprefix("http://").rpartition(":")
    with socket.create_connection((host, int(port)), PATIENCE) as connection:
        head = f"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {most - 1}\r\n\r\n".encode()
        connection.sendall(head + b"x" * (most // 2))
        channels = server._server.active_channels
        until(lambda: any(channel.octets >= most // 2 for channel in list(channels.values())))
        [channel] = channels.values()
        server.close()
        assert channel.request.get_body_stream().closed


def test_a_peer_that_takes_no_answer_is_closed(serving: Callable[..., str]) -> None:
    asked = Event()

    class Large(HttpService):
        def handle(self, request: HttpRequest) -> HttpResponse:
            asked.set()
            return HttpResponse(body=b"x" * (15 * 1024 * 1024))

    server = WebServer("127.0.0.1:0", patience=SHORT)
    server.service = Large()
    server.start()
    host, _, port = server.url.removeprefix("http://").rpartition(":")
    with socket.create_connection((host, int(port)), PATIENCE) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        channels = server._server.active_channels
        assert asked.wait(PATIENCE)
        # Nothing is read until the server has given up: what it had sent by then comes, and then the end.
        until(lambda: not channels)
        found = 0
        with suppress(ConnectionResetError):
            while more := connection.recv(1 << 20):
                found += len(more)
        assert found < 15 * 1024 * 1024
    server.close()


def until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def headers(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}


def test_ten_connections_without_token_are_refused_before_their_bodies_are_read(serving: Callable[..., str]) -> None:
    url = serving(push_front())
    head = (
        b"POST /rest/portal/rows HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
        b"Content-Length: 30000000\r\n\r\n"
    )
    for _ in range(10):
        answer = exchange(url, head)
        assert answer.startswith(b"HTTP/1.1 401 "), "though no octet of the body was sent"
        assert b"\r\nwww-authenticate: bearer\r\n" in answer.lower()


@pytest.mark.parametrize("chunked", [False, True])
def test_a_sender_with_a_wrong_token_reads_why_though_it_is_still_sending(
    serving: Callable[..., str], chunked: bool
) -> None:
    url = serving(push_front(), patience=Patience(linger=PATIENCE))
    body = b"x" * (8 * 1024 * 1024)
    answer = requests.post(
        f"{url}/rest/portal/rows",
        data=iter([body]) if chunked else body,
        headers=headers("0" * 40),
        timeout=PATIENCE,
    )
    assert (answer.status_code, answer.json()["code"]) == (401, "push.unauthorized")


def test_a_body_for_an_unknown_path_is_not_read(serving: Callable[..., str]) -> None:
    answer = exchange(
        serving(push_front()), b"POST /soap/nobody HTTP/1.1\r\nHost: a\r\nContent-Length: 9000000\r\n\r\n"
    )
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
def test_content_length_with_transfer_encoding_closes_the_connection(
    serving: Callable[..., str], framing: bytes
) -> None:
    url = serving(health())
    hidden = b"0\r\n\r\nGET /health/live HTTP/1.1\r\nHost: a\r\n\r\n"
    found = exchange(url, b"POST / " + framing + b"\r\nHost: a\r\n\r\n" + hidden)
    assert found.startswith((b"HTTP/1.1 400 ", b"HTTP/1.0 400 "))
    assert found.count(b"HTTP/1.") == 1, "what comes behind is no request"


@pytest.mark.parametrize("line", [b"1" * 400, b"1\r\nx\r\n0\r\nTrailer: " + b"x" * 9000])
def test_a_chunk_line_or_trailer_without_an_end_is_refused(serving: Callable[..., str], line: bytes) -> None:
    found = exchange(serving(health()), b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + line)
    assert found.startswith(b"HTTP/1.1 400 ")


def test_a_peer_has_a_share_of_the_connections() -> None:
    assert SHARE < MAX_CONNECTIONS
    assert peer_of("10.0.0.1") == peer_of("::ffff:10.0.0.1") != peer_of("10.0.0.2")
    assert peer_of("2001:db8::1") == peer_of("2001:db8::ffff:1%2") != peer_of("2001:db8:0:1::1")


def test_ready_tells_a_listener_that_does_not_answer(serving: Callable[..., str]) -> None:
    """One that accepts and never answers, beside one that is well: by probes that come as peers come."""
    with socket.create_server(("127.0.0.1", 0)) as dead:
        urls = {"push": f"http://127.0.0.1:{dead.getsockname()[1]}", "web": serving(health())}
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


def test_a_listener_that_answers_is_well_beside_slow_peers(serving: Callable[..., str]) -> None:
    url = serving(push_front(), patience=SHORT)
    watch = ListenerWatch({"push": url}, every_seconds=0.1, late_seconds=PATIENCE)
    watch.start()
    with slow(url, ONE_PEER, HEAD) as there:
        assert there.closed.wait(PATIENCE)
    assert watch.late() == {}
    watch.close()
