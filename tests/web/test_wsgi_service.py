"""A WSGI application behind the server of every listener: requests and answers mean the same on both sides."""

from __future__ import annotations

import http.client
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from threading import Event
from urllib.parse import urlsplit

import flask
import pytest
import requests
from werkzeug.wrappers import Response

from adapters.http.http_service import HttpRequest
from adapters.http.wsgi_service import WsgiService, bodies_within
from adapters.web.listener_limits import Limits
from adapters.web.server import WebServer

from .slow import PATIENCE, exchange
from .test_slow_peers import until


def small() -> flask.Flask:
    """Return an application that shows its requests."""
    app = flask.Flask(__name__)

    @app.route("/shown/<path:rest>", methods=["GET", "POST"])
    def shown(rest: str) -> dict[str, object]:
        request = flask.request
        return {
            "rest": rest,
            "path": request.path,
            "args": {name: request.args.getlist(name) for name in request.args},
            "cookies": dict(request.cookies),
            "headers": {name: value for name, value in request.headers.items() if name.startswith("X-")},
            "peer": request.remote_addr,
            "url": request.url,
            "method": request.method,
            "type": request.content_type,
            "length": request.content_length,
            "body": request.get_data().decode("latin-1"),
        }

    @app.get("/status/<int:status>")
    def status(status: int) -> Response:
        return Response("body" if status == 200 else b"", status)

    @app.get("/cookies")
    def cookies() -> Response:
        answer = Response("two")
        answer.set_cookie("a", "1")
        answer.set_cookie("b", "2")
        return answer

    @app.post("/form")
    def form() -> dict[str, str]:
        return dict(flask.request.form)

    return app


def asked(
    path: str, *, service: WsgiService | None = None, peer: str = "10.0.0.9", **headers: str
) -> dict[str, object]:
    """Return what the application sees of a request."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = (service or WsgiService(small())).handle(HttpRequest(method="GET", path=path, headers=names, peer=peer))
    found: dict[str, object] = flask.json.loads(answer.body)
    return found


@pytest.fixture
def url() -> Iterator[str]:
    server = WebServer("127.0.0.1:0")
    server.service = WsgiService(small(), before_body=bodies_within(lambda head: 100 if head.path == "/form" else 0))
    server.start()
    yield server.url
    server.close()


def test_paths_and_queries_arrive_decoded_once(url: str) -> None:
    seen = requests.get(f"{url}/shown/%D9%86%D8%A7%D9%85%D9%87/a%2520b?q=%DB%B1%26&q=2&empty=", timeout=PATIENCE).json()
    assert seen["rest"] == "نامه/a%20b"
    assert seen["args"] == {"q": ["۱&", "2"], "empty": [""]}
    assert seen["peer"] == "127.0.0.1"
    assert seen["url"].startswith(url), "links lead to the address that was asked"


@pytest.mark.parametrize(
    "target",
    [b"*", b"/%ff%fe", b"/shown/%00", b"/\xd9\x86", b"//evil.example/a", b"http://evil.example/shown/a", b"/?%zz"],
)
def test_odd_targets_break_nothing(url: str, target: bytes) -> None:
    answer = exchange(url, b"GET " + target + b" HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    assert answer.split(b" ")[1] in (b"200", b"400", b"404"), answer
    assert b"evil.example" not in answer.partition(b"\r\n\r\n")[0], "no redirection leads elsewhere"


def test_a_repeated_header_arrives_joined(url: str) -> None:
    octets = b"GET /shown/a HTTP/1.1\r\nHost: a\r\nX-One: 1\r\nX-One: 2\r\nX_One: 3\r\nConnection: close\r\n\r\n"
    assert b'"X-One":"1, 2"' in exchange(url, octets)


@pytest.mark.parametrize(
    "repeated",
    [
        b"Content-Length: 0\r\nContent-Length: 0",
        b"Cookie: a=1\r\nCookie: b=2",
        b"cookie: a=1\r\nCOOKIE: a=1",
        b"Host: b",
    ],
)
def test_what_a_request_has_once_is_refused_twice(url: str, repeated: bytes) -> None:
    answer = exchange(url, b"GET /shown/a HTTP/1.1\r\nHost: a\r\n" + repeated + b"\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 400 ")


def test_cookies_of_one_header_arrive_apart(url: str) -> None:
    seen = requests.get(f"{url}/shown/a", headers={"Cookie": "a=1; b=2"}, timeout=PATIENCE).json()
    assert seen["cookies"] == {"a": "1", "b": "2"}


def test_every_cookie_of_an_answer_is_sent(url: str) -> None:
    assert dict(requests.get(f"{url}/cookies", timeout=PATIENCE).cookies) == {"a": "1", "b": "2"}


def test_head_tells_the_length_and_sends_nothing(url: str) -> None:
    at = urlsplit(url)
    connection = http.client.HTTPConnection(at.hostname or "", at.port, timeout=PATIENCE)
    for _ in range(2):  # on one connection: octets of a body would be read as the next answer
        connection.request("HEAD", "/status/200")
        answer = connection.getresponse()
        assert (answer.status, answer.getheader("Content-Length"), answer.read()) == (200, "4", b"")
    connection.close()


@pytest.mark.parametrize("status", [204, 304])
def test_an_answer_without_content_tells_neither_type_nor_length(url: str, status: int) -> None:
    head, _, body = exchange(
        url, b"GET /status/%d HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" % status
    ).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status)
    assert body == b""
    assert b"content-" not in head.lower()


def test_a_form_arrives_and_a_larger_one_is_refused_before_it_is_read(url: str) -> None:
    assert requests.post(f"{url}/form", data={"name": "نام"}, timeout=PATIENCE).json() == {"name": "نام"}
    for path, size in (("/form", 101), ("/shown/a", 1)):
        head = f"POST {path} HTTP/1.1\r\nHost: a\r\nContent-Length: {size}\r\n\r\n"
        assert exchange(url, head.encode()).startswith(b"HTTP/1.1 413 ")


def test_a_body_of_unknown_length_is_refused(url: str) -> None:
    head = b"POST /form HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert exchange(url, head).startswith(b"HTTP/1.1 411 ")


def test_a_chunked_body_is_read_whole_where_nothing_forbids_it() -> None:
    server = WebServer("127.0.0.1:0")
    server.service = WsgiService(small())
    server.start()
    seen = requests.post(f"{server.url}/shown/a", data=iter([b"ab", b"c"]), timeout=PATIENCE).json()
    server.close()
    assert (seen["body"], seen["length"]) == ("abc", 3)


FORWARDED = {"x_forwarded_for": "192.0.2.1, 198.51.100.7", "x_forwarded_proto": "https", "x_forwarded_host": "evil"}


def test_nobody_but_a_proxy_is_believed_about_another() -> None:
    seen = asked("/shown/a", host="console", **FORWARDED)
    assert (seen["peer"], seen["url"], seen["headers"]) == ("10.0.0.9", "http://console/shown/a", {})


@pytest.mark.parametrize(
    ("forwarded", "peer"),
    [
        ("192.0.2.1, 198.51.100.7", "198.51.100.7"),
        ("192.0.2.1, 198.51.100.7, 127.0.0.1", "198.51.100.7"),
        ("2001:DB8::1", "2001:db8::1"),
        ("192.0.2.1, nonsense", "127.0.0.1"),
        ("192.0.2.1, ", "127.0.0.1"),
        ("127.0.0.1", "127.0.0.1"),
        ("", "127.0.0.1"),
    ],
)
def test_the_last_address_is_a_proxys_word(forwarded: str, peer: str) -> None:
    service = WsgiService(small(), proxies=["127.0.0.1"])
    headers = {**FORWARDED, "x_forwarded_for": forwarded}
    seen = asked("/shown/a", service=service, peer="127.0.0.1", host="console", **headers)
    assert (seen["peer"], seen["url"]) == (peer, "https://console/shown/a")


def test_an_answer_without_end_is_not_collected() -> None:
    closed, given = [], 0

    class Endless:
        def __iter__(self) -> Iterator[bytes]:
            nonlocal given
            while True:
                given += 1
                yield b"x" * 1000

        def close(self) -> None:
            closed.append(True)

    def application(_environ: object, start_response: Callable[..., object]) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])
        return Endless()

    answer = WsgiService(application, max_answer_bytes=10_000).handle(HttpRequest(method="GET", path="/"))
    assert (answer.status, given, closed) == (500, 11, [True])


def test_the_older_ways_of_an_application_are_understood() -> None:
    def application(_environ: object, start_response: Callable[..., Callable[[bytes], object]]) -> Iterable[bytes]:
        write = start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "4")])
        write(b"ea")
        try:
            raise ValueError
        except ValueError as error:
            start_response("503 Later", [("X-Why", "a")], (ValueError, error, None))
        return [b"rl", b"y"]

    answer = WsgiService(application).handle(HttpRequest(method="GET", path="/"))
    assert (answer.status, answer.body, answer.media_type, answer.headers) == (503, b"early", "", (("X-Why", "a"),))


def test_the_address_of_a_peer_is_known_before_the_body() -> None:
    heads: list[HttpRequest] = []
    server = WebServer("127.0.0.1:0")
    server.service = WsgiService(small(), before_body=lambda head: heads.append(head))
    server.start()
    requests.post(f"{server.url}/form", data={"a": "b"}, timeout=PATIENCE)
    server.close()
    assert [(head.peer, head.path) for head in heads] == [("127.0.0.1", "/form")]
    assert heads[0].body == b""


def test_requests_that_wait_for_a_thread_are_no_warnings(caplog: pytest.LogCaptureFixture) -> None:
    """More people than threads are usual."""
    going_on = Event()

    def application(_environ: object, start_response: Callable[..., object]) -> Iterable[bytes]:
        assert going_on.wait(PATIENCE)
        start_response("200 OK", [])
        return [b""]

    with closing(WebServer("127.0.0.1:0", Limits(threads=1))) as server:
        server.service = WsgiService(application)
        server.start()
        at = urlsplit(server.url)
        browsers = [http.client.HTTPConnection(at.hostname or "", at.port, timeout=PATIENCE) for _ in range(3)]
        for browser in browsers:
            browser.request("GET", "/")
        until(lambda: len(server._server.task_dispatcher.queue) == 2)
        going_on.set()
        assert [browser.getresponse().status for browser in browsers] == [200] * 3
        for browser in browsers:
            browser.close()
    assert caplog.text == ""
