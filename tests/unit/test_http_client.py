"""The HTTP client over a kept connection: what a prepared request keeps, and what it does not."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from adapters.http.call_deadline import Deadlines
from adapters.http.client import HttpClient, NoAnswer

LIMIT = 1000
FOREVER = 600


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    asked: list[tuple[str, str, dict[str, str], bytes]]
    answers: list[tuple[int, dict[str, str]]]

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.asked.append((self.command, self.path, dict(self.headers), body))
        status, headers = self.answers.pop(0) if self.answers else (200, {})
        self.send_response(status)
        for name, value in ({"Content-Length": "2"} | headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(b"ok")

    do_GET = do_POST = do_PUT = _answer

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[tuple[str, type[Handler]]]:
    yield from serving()


@pytest.fixture
def other_server() -> Iterator[tuple[str, type[Handler]]]:
    yield from serving()


def serving() -> Iterator[tuple[str, type[Handler]]]:
    kind = type("Kind", (Handler,), {"asked": [], "answers": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), kind) as served:
        threading.Thread(target=served.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{served.server_port}", kind
        served.shutdown()


@pytest.fixture
def client() -> Iterator[HttpClient]:
    made = HttpClient(timedelta(seconds=FOREVER))
    yield made
    made.close()


def test_each_request_has_its_own_body_and_headers(client: HttpClient, server: tuple[str, type[Handler]]) -> None:
    url, kind = server
    client.post(f"{url}/a?b=1", b"first", {"SOAPAction": "one", "Content-Type": "text/xml"}, LIMIT)
    client.post(f"{url}/a?b=1", b"", {}, LIMIT)
    client.ask("PUT", f"{url}/c", b"third one", {"X": "y"}, LIMIT)
    client.get(f"{url}/d", {}, LIMIT)
    first, second, third, fourth = kind.asked
    assert [each[:2] for each in kind.asked] == [("POST", "/a?b=1"), ("POST", "/a?b=1"), ("PUT", "/c"), ("GET", "/d")]
    assert [each[3] for each in kind.asked] == [b"first", b"", b"third one", b""]
    assert first[2]["SOAPAction"] == "one"
    assert second[2].keys().isdisjoint({"SOAPAction", "Content-Type"})
    assert [each[2].get("Content-Length") for each in kind.asked] == ["5", "0", "9", None]
    assert third[2]["X"] == "y"
    assert all(each[2]["Accept-Encoding"] == "identity" for each in kind.asked)
    assert "X" not in fourth[2]


def test_a_cookie_is_sent_back_until_it_ends(client: HttpClient, server: tuple[str, type[Handler]]) -> None:
    url, kind = server
    kind.answers += [
        (200, {"Set-Cookie": "node=3; Path=/"}),
        (200, {}),
        (200, {"Set-Cookie": "node=; Max-Age=0; Path=/"}),
    ]
    for _ in range(4):
        client.post(url, b"asked", {}, LIMIT)
    assert [each[2].get("Cookie") for each in kind.asked] == [None, "node=3", "node=3", None]


@pytest.mark.parametrize("name", ["Cookie", "cookie"])
def test_a_cookie_of_ours_goes_beside_those_of_the_service_and_replaces_the_one_of_its_name(
    client: HttpClient, server: tuple[str, type[Handler]], name: str
) -> None:
    """A load balancer's cookie leads each request of a session to the machine that knows the session."""
    url, kind = server
    kind.answers += [(200, {"Set-Cookie": "node=3; Path=/"}), (200, {"Set-Cookie": "SID=old; Path=/"})]
    ours: list[dict[str, str]] = [{}, {name: "SID=one"}, {name: "SID=two; lang=fa"}, {}, {name: "SID=one"}]
    for headers in ours:
        client.post(url, b"asked", headers, LIMIT)
    told = [each[2].get("Cookie") or each[2].get("cookie") for each in kind.asked]
    assert [told[0], told[1], told[2], told[4]] == [
        None,
        "SID=one; node=3",
        "SID=two; lang=fa; node=3",
        "SID=one; node=3",
    ]
    assert set((told[3] or "").split("; ")) == {"node=3", "SID=old"}


def test_a_cookie_goes_to_the_server_that_has_set_it_and_to_no_other(
    client: HttpClient, server: tuple[str, type[Handler]], other_server: tuple[str, type[Handler]]
) -> None:
    (url, kind), (other, other_kind) = server, other_server
    kind.answers += [(200, {"Set-Cookie": "node=3; Path=/"})]
    for each in (url, other, url.replace("127.0.0.1", "localhost"), url):
        client.post(each, b"asked", {}, LIMIT)
    client.post(other, b"asked", {"Cookie": "SID=one"}, LIMIT)
    assert [each[2].get("Cookie") for each in kind.asked] == [None, None, "node=3"]
    assert [each[2].get("Cookie") for each in other_kind.asked] == [None, "SID=one"]


def test_a_redirect_is_an_answer(client: HttpClient, server: tuple[str, type[Handler]]) -> None:
    url, kind = server
    kind.answers += [(302, {"Location": f"{url}/elsewhere"})]
    assert client.get(url, {}, LIMIT).status == 302
    assert len(kind.asked) == 1


class OwnDeadlines:
    """Deadlines that a test lets pass."""

    def __init__(self) -> None:
        self.act: Callable[[], None]

    @contextmanager
    def act_after(self, _seconds: float, act: Callable[[], None]) -> Iterator[None]:
        self.act = act
        yield


def failed_by_its_deadline(begun: bytes, monkeypatch: pytest.MonkeyPatch) -> tuple[str, bool]:
    """Let a call's deadline pass once its server has received octets and given the ``begun`` answer."""
    deadlines = OwnDeadlines()
    monkeypatch.setattr("adapters.http.client.DEADLINES", deadlines)

    def serve(listening: socket.socket) -> None:
        connection, _ = listening.accept()
        with connection:
            while connection.recv(LIMIT):
                connection.sendall(begun)
                deadlines.act()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        serving = threading.Thread(target=serve, args=(listening,))
        serving.start()
        client = HttpClient(timedelta(seconds=FOREVER))
        with pytest.raises(NoAnswer) as failed:
            client.post(f"http://127.0.0.1:{listening.getsockname()[1]}/", b"asked", {}, LIMIT)
        client.close()
        serving.join()
    return failed.value.reason, failed.value.sent


@pytest.mark.parametrize("begun", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab"])
def test_a_time_out_is_told_as_one(begun: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    assert failed_by_its_deadline(begun, monkeypatch) == ("no answer in time", True)


def test_a_block_that_takes_too_long_is_acted_on_once() -> None:
    deadlines, acted = Deadlines(), threading.Semaphore(0)
    with deadlines.act_after(FOREVER, pytest.fail), deadlines.act_after(0.01, acted.release):
        assert acted.acquire(timeout=FOREVER)
        with deadlines.act_after(0.01, acted.release):
            assert acted.acquire(timeout=FOREVER)
    assert not acted.acquire(blocking=False)


def test_nothing_is_done_after_the_end_of_a_block() -> None:
    deadlines, after, ended = Deadlines(), threading.Event(), False
    while not ended:  # on a busy machine an empty block may take longer than its deadline
        acted, began = threading.Event(), time.monotonic()
        with deadlines.act_after(0.02, acted.set):
            pass
        ended = time.monotonic() < began + 0.02
    with deadlines.act_after(0.05, after.set):
        assert after.wait(FOREVER)
    assert not acted.is_set()
