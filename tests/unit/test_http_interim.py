"""Interim answers, and octets that nobody asked for: no call ever reads the answer of another one."""

from __future__ import annotations

import shutil
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.http.client import Distrust, HttpClient, NoAnswer
from adapters.http.tls import Tls
from tests.witness import tls

LIMIT = 1000
FOREVER = 600
PAUSE = 0.3

Answer = Callable[[socket.socket], None]


class Server:
    """Server on loopback whose answer to the nth request is ``answers[n]``.

    ``connections`` counts its connections, ``sent`` the answers that were sent.
    """

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self._context = context
        self.answers: list[Answer] = []
        self.connections, self.sent = 0, threading.Semaphore(0)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"{'http' if context is None else 'https'}://127.0.0.1:{self._listener.getsockname()[1]}/"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=[connection], daemon=True).start()

    def _serve(self, plain: socket.socket) -> None:
        try:
            connection = self._context.wrap_socket(plain, server_side=True) if self._context else plain
        except OSError:  # the client does not trust it
            plain.close()
            return
        with connection, connection.makefile("rb") as asked:
            try:
                while asked.readline():
                    while asked.readline() not in (b"\r\n", b""):
                        pass
                    self.answers.pop(0)(connection)
                    self.sent.release()
            except OSError:
                pass  # the client has gone

    def close(self) -> None:
        self._listener.close()


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.close()


@pytest.fixture
def client() -> Iterator[HttpClient]:
    made = HttpClient(timedelta(seconds=FOREVER))
    yield made
    made.close()


def whole(body: str) -> bytes:
    return f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()


def interim(status: int) -> bytes:
    return f"HTTP/1.1 {status} Interim\r\nLink: </style.css>\r\n\r\n".encode()


def pieces(*those: bytes, pause: float = 0) -> Answer:
    def answer(connection: socket.socket) -> None:
        for number, each in enumerate(those):
            time.sleep(pause if number else 0)
            connection.sendall(each)

    return answer


@pytest.mark.parametrize("status", [100, 102, 103, 199])
def test_a_call_gets_the_answer_after_an_interim_one(client: HttpClient, server: Server, status: int) -> None:
    server.answers += [pieces(interim(status), whole("A"), pause=PAUSE), pieces(whole("B"))]
    first, second = client.get(server.url, {}, LIMIT), client.get(server.url, {}, LIMIT)
    assert [(first.status, first.body), (second.status, second.body)] == [(200, b"A"), (200, b"B")]
    assert server.connections == 1


def test_several_interim_answers_are_passed_over(client: HttpClient, server: Server) -> None:
    server.answers += [pieces(*[interim(102)] * 5, interim(103), whole("A")), pieces(whole("B"))]
    assert [client.get(server.url, {}, LIMIT).body for _ in range(2)] == [b"A", b"B"]


def test_another_protocol_ends_the_connection(client: HttpClient, server: Server) -> None:
    server.answers += [pieces(interim(101), whole("A"), pause=PAUSE), pieces(whole("B"))]
    assert client.get(server.url, {}, LIMIT).status == 101
    assert client.get(server.url, {}, LIMIT).body == b"B"
    assert server.connections == 2


def test_interim_answers_without_an_end_are_no_answer(client: HttpClient, server: Server) -> None:
    def endless(connection: socket.socket) -> None:
        while True:
            connection.sendall(interim(103))

    server.answers += [endless, pieces(whole("B"))]
    with pytest.raises(NoAnswer) as failed:
        client.get(server.url, {}, LIMIT)
    assert failed.value.sent
    assert client.get(server.url, {}, LIMIT).body == b"B"


@pytest.mark.parametrize("together", [True, False])
def test_octets_after_an_answer_end_the_connection(client: HttpClient, server: Server, together: bool) -> None:
    more = whole("nobody asked for this")
    server.answers += [pieces(*([whole("A") + more] if together else [whole("A"), more])), pieces(whole("B"))]
    assert client.get(server.url, {}, LIMIT).body == b"A"
    assert server.sent.acquire(timeout=FOREVER)
    assert client.get(server.url, {}, LIMIT).body == b"B"
    assert server.connections == 2


def test_a_few_octets_after_an_answer_end_the_connection(client: HttpClient, server: Server) -> None:
    server.answers += [pieces(whole("A") + b"\r\n"), pieces(whole("B"))]
    assert [client.get(server.url, {}, LIMIT).body for _ in range(2)] == [b"A", b"B"]
    assert server.connections == 2


def test_octets_of_tls_after_an_answer_end_the_connection(tmp_path: Path) -> None:
    """The operating system has handed them over with the answer; TLS alone has them still."""
    pki = tls.make(tmp_path)
    server, client = Server(pki.context()), HttpClient(timedelta(seconds=FOREVER), Tls(anchors=pki.root))
    with closing(server), closing(client):
        server.answers += [pieces(whole("A") + b" " * 15_000), pieces(whole("B")), pieces(whole("C"))]
        assert [client.get(server.url, {}, LIMIT).body for _ in range(3)] == [b"A", b"B", b"C"]
        assert server.connections == 2


def test_an_answer_without_content_has_none(client: HttpClient, server: Server) -> None:
    server.answers += [pieces(b"HTTP/1.1 204 No Content\r\n\r\nA"), pieces(whole("B"))]
    assert [client.get(server.url, {}, LIMIT).body for _ in range(2)] == [b"", b"B"]


def test_files_of_tls_are_read_once_for_all_clients(tmp_path: Path) -> None:
    """A reload makes settings anew, and records their change first."""
    (tmp_path / "ours").mkdir()
    (tmp_path / "theirs").mkdir()
    ours, theirs, anchors = tls.make(tmp_path / "ours"), tls.make(tmp_path / "theirs"), tmp_path / "anchors.pem"
    shutil.copy(ours.root, anchors)
    known, partner, stranger = Tls(anchors=anchors), Server(ours.context()), Server(theirs.context())
    partner.answers += [pieces(whole("A"))] * 2
    stranger.answers += [pieces(whole("B"))] * 2

    def asked(settings: Tls, server: Server) -> bytes | Distrust | None:
        with closing(HttpClient(timedelta(seconds=FOREVER), settings)) as client:
            try:
                return client.get(server.url, {}, LIMIT).body
            except NoAnswer as failed:
                return failed.distrust

    with closing(partner), closing(stranger):
        assert asked(known, partner) == b"A"
        shutil.copy(theirs.root, anchors)
        assert (asked(known, partner), asked(known, stranger)) == (b"A", Distrust.OF_SERVER)
        anew = Tls(anchors=anchors)
        assert (asked(anew, partner), asked(anew, stranger)) == (Distrust.OF_SERVER, b"B")
