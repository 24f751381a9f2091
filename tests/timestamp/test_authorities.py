"""The client against the development authority over real HTTP, and against servers that are none."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.asn1 import BitString, decode_der, encode_der

from adapters.crypto.keys.certificate import read_pem
from adapters.sandbox.pki.time_authority import TimeAuthorityConfig, serve_time
from adapters.sandbox.pki.time_stamper import POLICY, TimeFault
from adapters.timestamp import tsp
from adapters.timestamp.http_authority import AuthoritySettings, HttpTimeAuthority
from adapters.timestamp.token import verify_token
from gateway.archive.timestamping import InOrder, NoTimeStamp, TokenRefused
from gateway.runtime.clock import steady_clock, system_clock
from gateway.runtime.errors import GatewayError
from gateway.runtime.timekeeping import Timekeeper

from .authorities import DIGEST, good, holder, query, root, stamper

PATIENT = timedelta(seconds=30)


@dataclass
class Development:
    """Starts development authorities, and clients of whatever has a URL; ends them all."""

    pki: Path
    _stops: list[threading.Event] = field(default_factory=list)
    _threads: list[threading.Thread] = field(default_factory=list)
    _clients: list[HttpTimeAuthority] = field(default_factory=list)
    timekeeper: Timekeeper = field(default_factory=lambda: Timekeeper(system_clock, steady_clock, timedelta(minutes=1)))

    @property
    def anchors(self) -> list[x509.Certificate]:
        return read_pem(self.pki / "anchors" / "time-root.pem")

    def serve(self, **named: Any) -> str:
        config = TimeAuthorityConfig(
            key=self.pki / "time" / "authority.key.pem", certificate=self.pki / "time" / "authority.crt.pem", **named
        )
        ready: queue.Queue[int] = queue.Queue()
        self._stops.append(threading.Event())
        self._threads.append(threading.Thread(target=serve_time, args=(config, ready.put, self._stops[-1])))
        self._threads[-1].start()
        return f"http://127.0.0.1:{ready.get(timeout=600)}/"

    def client(self, url: str, **named: Any) -> HttpTimeAuthority:
        settings = AuthoritySettings(
            **{"name": "dev", "url": url, "anchors": self.anchors, "timeout": PATIENT, "loopback_only": True} | named
        )
        self._clients.append(HttpTimeAuthority(settings, system_clock, self.timekeeper))
        return self._clients[-1]

    def end(self) -> None:
        for client in self._clients:
            client.close()
        for stop in self._stops:
            stop.set()
        for thread in self._threads:
            thread.join()


@pytest.fixture
def development(time_pki: Path) -> Iterator[Development]:
    made = Development(time_pki)
    yield made
    made.end()


def failure(client: HttpTimeAuthority) -> GatewayError:
    with pytest.raises(GatewayError) as error:
        client.stamp(DIGEST)
    return error.value


def test_a_digest_is_stamped_and_the_token_stands_alone(development: Development) -> None:
    client = development.client(development.serve())
    before = datetime.now(UTC)
    tokens = [client.stamp(DIGEST) for _ in range(3)]
    stamps = [verify_token(token, DIGEST, development.anchors) for token in tokens]
    assert all(before - timedelta(seconds=1) <= stamp.time <= datetime.now(UTC) for stamp in stamps)
    assert stamps[0].authority.startswith("CN=Time Stamping Authority (DEVELOPMENT)")
    assert len({stamp.serial for stamp in stamps}) == 3


def test_the_configured_policy_is_asked_for_and_required(development: Development) -> None:
    url = development.serve()
    assert development.client(url, policy=POLICY.dotted_string).stamp(DIGEST)
    error = failure(development.client(url, policy="1.2.3"))
    assert (error.code, error.where) == ("time.refused", "dev")
    assert "unacceptedPolicy" in error.detail
    assert POLICY.dotted_string in error.detail


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (TimeFault.REFUSED, "time.refused"),
        (TimeFault.GARBAGE, "time.answer"),
        (TimeFault.WRONG_NONCE, "time.nonce"),
        (TimeFault.WRONG_IMPRINT, "time.imprint"),
        (TimeFault.WRONG_TIME, "time.clock"),
    ],
)
def test_an_authority_that_errs_is_not_believed(development: Development, fault: TimeFault, code: str) -> None:
    client = development.client(development.serve(fault=fault, faulty=1))
    error = failure(client)
    assert (error.code, error.where) == (code, "dev")
    assert isinstance(error, TokenRefused) == (fault.value.startswith("wrong"))
    assert client.stamp(DIGEST), "the next request is a new one"


def test_every_fault_of_the_authority_is_tried_here() -> None:
    tried = {TimeFault.REFUSED, TimeFault.GARBAGE, TimeFault.WRONG_NONCE, TimeFault.WRONG_IMPRINT, TimeFault.WRONG_TIME}
    assert tried | {TimeFault.LATE} == set(TimeFault)


def test_a_late_answer_is_not_waited_for(development: Development) -> None:
    url = development.serve(fault=TimeFault.LATE, late=PATIENT)
    error = failure(development.client(url, timeout=timedelta(seconds=0.3)))
    assert (error.code, error.where) == ("time.unreachable", "dev")


def test_an_answer_in_time_is_believed_however_long_it_took(development: Development) -> None:
    assert development.client(development.serve(fault=TimeFault.LATE, late=timedelta(seconds=0.2))).stamp(DIGEST)


def test_another_root_is_not_believed(development: Development) -> None:
    assert failure(development.client(development.serve(), anchors=[root().certificate])).code == "time.untrusted"


def test_nobody_is_there(development: Development) -> None:
    assert failure(development.client("http://127.0.0.1:1/")).code == "time.unreachable"


@pytest.mark.parametrize(
    ("url", "loopback_only"),
    [
        ("http://tsa.example/", False),
        ("http://tsa.example/", True),
        ("https://tsa.example/", True),
        ("http://192.0.2.1/", False),
        ("http://127.0.0.1@tsa.example/", False),
    ],
)
def test_in_clear_nothing_leaves_this_machine_and_in_development_nothing_at_all(
    development: Development, monkeypatch: pytest.MonkeyPatch, url: str, loopback_only: bool
) -> None:
    def asked(*_: object, **__: object) -> None:
        raise AssertionError("a name was asked for")

    monkeypatch.setattr("socket.getaddrinfo", asked)
    assert failure(development.client(url, loopback_only=loopback_only)).code == "config.endpoint"


def test_https_may_leave_it(development: Development, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def nowhere(host: str, *_: object, **__: object) -> None:
        asked.append(host)
        raise OSError("no such name")

    monkeypatch.setattr("socket.getaddrinfo", nowhere)
    assert failure(development.client("https://tsa.example/", loopback_only=False)).code == "time.unreachable"
    assert asked == ["tsa.example"]


# servers that are no time authorities


@dataclass
class Impostor:
    """Answers each request with what a test says."""

    status: int = 200
    media_type: str | None = tsp.REPLY
    body: Callable[[bytes], bytes] = lambda query: b""
    requests: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)


@pytest.fixture
def impostor() -> Iterator[tuple[Impostor, str]]:
    plan = Impostor()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = self.rfile.read(int(self.headers["Content-Length"]))
            plan.requests.append((self.path, dict(self.headers), asked))
            body = plan.body(asked)
            self.send_response(plan.status)
            if plan.media_type:
                self.send_header("Content-Type", plan.media_type)
            if plan.status == 302:
                self.send_header("Location", "/elsewhere")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Tests are quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    serving = threading.Thread(target=partial(server.serve_forever, poll_interval=0.01))
    serving.start()
    yield plan, f"http://127.0.0.1:{server.server_address[1]}/tsa"
    server.shutdown()
    server.server_close()
    serving.join()


def _now(asked: bytes) -> bytes:
    return stamper(good(), datetime.now(UTC)).answer(asked)


def _status(code: int, **more: Any) -> Callable[[bytes], bytes]:
    return lambda asked: encode_der(tsp.Response(status=tsp.Status(status=code, **more)))


def _granted_with(code: int) -> Callable[[bytes], bytes]:
    def answer(asked: bytes) -> bytes:
        token = decode_der(tsp.Response, _now(asked)).token
        return encode_der(tsp.Response(status=tsp.Status(status=code), token=token))

    return answer


def test_the_request_is_what_rfc_3161_wants(development: Development, impostor: tuple[Impostor, str]) -> None:
    plan, url = impostor
    plan.body = _now
    client = development.client(url, anchors=[root().certificate])
    client.stamp(DIGEST)
    client.stamp(DIGEST)
    (path, headers, first), (_, _, second) = plan.requests
    assert (path, headers["Content-Type"], headers["Accept"]) == ("/tsa", tsp.QUERY, tsp.REPLY)
    one, other = decode_der(tsp.Request, first), decode_der(tsp.Request, second)
    assert (one.version, one.imprint.algorithm.oid, one.imprint.digest) == (1, tsp.SHA256, DIGEST)
    assert one.certificates_wanted
    assert one.policy is None
    assert one.nonce != other.nonce


def test_granted_with_changes_is_granted(development: Development, impostor: tuple[Impostor, str]) -> None:
    plan, url = impostor
    plan.body, plan.media_type = _granted_with(1), "Application/Timestamp-Reply; charset=binary"
    assert development.client(url, anchors=[root().certificate]).stamp(DIGEST)


@pytest.mark.parametrize(
    ("planned", "code", "said"),
    [
        (Impostor(status=302, body=_now), "time.answer", "HTTP 302"),
        (Impostor(status=503, body=_now), "time.answer", "HTTP 503"),
        (Impostor(media_type="text/html", body=lambda _: b"<html>log in</html>"), "time.answer", "text/html"),
        (Impostor(media_type=None, body=_now), "time.answer", "no media type"),
        (Impostor(body=lambda _: b""), "time.answer", ""),
        (Impostor(body=lambda _: bytes(10 * tsp.MAX_OCTETS)), "time.answer", "octets"),
        (Impostor(body=_status(0)), "time.answer", "without a token"),
        (
            Impostor(body=_status(2, text=["not\n", "today"], failure=BitString(b"\x00\x02", 1))),
            "time.refused",
            "timeNot",
        ),
        (Impostor(body=_status(3)), "time.refused", "status 3"),
        (Impostor(body=_granted_with(2)), "time.refused", "status 2"),
        (Impostor(body=_granted_with(5)), "time.refused", "status 5"),
        (Impostor(body=lambda asked: _now(query(nonce=7))), "time.nonce", "another"),
        (Impostor(body=lambda asked: _now(query(nonce=None))), "time.nonce", "none"),
    ],
)
def test_what_is_no_good_answer(
    development: Development, impostor: tuple[Impostor, str], planned: Impostor, code: str, said: str
) -> None:
    plan, url = impostor
    plan.status, plan.media_type, plan.body = planned.status, planned.media_type, planned.body
    error = failure(development.client(url, anchors=[root().certificate]))
    assert (error.code, error.where) == (code, "dev")
    assert said in error.detail
    assert "\n" not in str(error)
    assert len(plan.requests) == 1, "nothing was followed or asked again"


def test_the_words_of_a_refusal_are_bounded(development: Development, impostor: tuple[Impostor, str]) -> None:
    plan, url = impostor
    plan.body = _status(2, text=["long " * 1000])
    assert len(str(failure(development.client(url)))) < 500


def test_a_certificate_for_something_else_is_refused_at_once(
    development: Development, impostor: tuple[Impostor, str]
) -> None:
    plan, url = impostor
    own = holder("Lax", root(), critical=False, end=datetime.now(UTC) + timedelta(days=1))
    plan.body = lambda asked: stamper(own, datetime.now(UTC)).answer(asked)
    error = failure(development.client(url, anchors=[root().certificate]))
    assert (error.code, error.where) == ("time.purpose-not-critical", "dev")


def test_authorities_in_between_may_be_known_beforehand(
    development: Development, impostor: tuple[Impostor, str]
) -> None:
    plan, url = impostor
    issuing = holder("Issuing", root(), authority=True)
    own = holder("Under", issuing)
    plan.body = lambda asked: stamper(own, datetime.now(UTC), chain=own.chain[:1]).answer(asked)
    assert failure(development.client(url, anchors=[root().certificate])).code == "time.untrusted"
    assert development.client(url, anchors=[root().certificate], between=[issuing.certificate]).stamp(DIGEST)


# several, in order of preference


def test_the_next_authority_is_asked_where_one_failed(development: Development) -> None:
    reported: list[tuple[str, str]] = []
    authorities = [
        development.client("http://127.0.0.1:1/", name="first"),
        development.client(development.serve(fault=TimeFault.WRONG_NONCE), name="second"),
        development.client(development.serve(), name="third"),
        development.client("http://127.0.0.1:1/", name="fourth"),
    ]
    token = InOrder(authorities, lambda name, error: reported.append((name, error.code))).stamp(DIGEST)
    assert verify_token(token, DIGEST, development.anchors)
    assert reported == [("first", "time.unreachable"), ("second", "time.nonce")]


def test_where_all_failed_each_ones_error_is_told(development: Development) -> None:
    authorities = [
        development.client("http://127.0.0.1:1/", name="first"),
        development.client(development.serve(fault=TimeFault.REFUSED), name="second"),
    ]
    with pytest.raises(NoTimeStamp) as error:
        InOrder(authorities).stamp(DIGEST)
    assert {name: each.code for name, each in error.value.failures.items()} == {
        "first": "time.unreachable",
        "second": "time.refused",
    }
    assert error.value.code == "time.no-authority"
    assert "first: time.unreachable; second: time.refused" in str(error.value)


def test_without_any_authority_there_is_no_time_stamp() -> None:
    with pytest.raises(NoTimeStamp) as error:
        InOrder([]).stamp(DIGEST)
    assert "none is configured" in str(error.value)


@pytest.mark.parametrize(
    ("method", "media_type", "body", "status"),
    [("GET", tsp.QUERY, b"", 415), ("POST", "text/xml", query(), 415), ("POST", tsp.QUERY, bytes(5000), 413)],
)
def test_the_development_authority_takes_queries_only(
    development: Development, method: str, media_type: str, body: bytes, status: int
) -> None:
    headers = {"Content-Type": media_type}
    answer = requests.request(method, development.serve(), data=body, headers=headers, timeout=600)
    assert answer.status_code == status
