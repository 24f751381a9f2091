"""An HTTP client: it keeps its connections, posts or gets octets, bounded in time and size."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum, auto
from typing import Any, Final

import requests
import urllib3
import urllib3.connection
import urllib3.exceptions
from requests.adapters import HTTPAdapter
from requests.cookies import RequestsCookieJar, extract_cookies_to_jar
from requests.utils import check_header_validity

from adapters.http.authorization import basic_authorization
from adapters.http.call_deadline import DEADLINES
from adapters.http.cookies import Cookies, both
from adapters.http.final_answer import FinalAnswer
from adapters.http.tls import BROWSERS, Tls
from gateway.notice.large_octets import Octets
from gateway.runtime.plain_words import words_of

_CHUNK = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpAnswer:
    """Response. ``media_type`` is in lower case, without parameters.

    ``body`` is cut one octet after the given limit. ``retry_after`` and ``date`` are these headers as they came;
    ``headers`` are all of them.
    """

    status: int
    media_type: str
    body: bytes = field(repr=False)
    retry_after: str | None = None
    date: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """Proxy on the way out, to which a tunnel is asked for (CONNECT, RFC 9110, 9.3.6).

    ``url`` is ``http://host:port``. ``username`` and ``password`` are ours there (RFC 7617), if it wants them.
    """

    url: str
    username: str | None = None
    password: bytes | None = field(default=None, repr=False)

    @property
    def headers(self) -> dict[str, str]:
        """Headers for the proxy alone."""
        if self.username is None or self.password is None:
            return {}
        return {"Proxy-Authorization": basic_authorization(self.username, self.password)}


class Distrust(Enum):
    """Side whose certificate was refused when a TLS connection was made."""

    OF_SERVER = auto()
    OF_CLIENT = auto()


class NoAnswer(Exception):
    """Missing or incomplete answer. ``sent``: the request may have arrived; ``reason`` is short."""

    literal_name = "NoAnswer"

    def __init__(self, reason: str, *, sent: bool, distrust: Distrust | None = None) -> None:
        super().__init__(reason)
        self.reason, self.sent, self.distrust = reason, sent, distrust


class HttpClient:
    """Client of one call at a time.

    Proxies and netrc of the environment are not used, ``proxy`` alone is; redirects are not followed. The time-out is
    for a call as a whole, however little the other side sends at a time. Cookies go back to the server that set them:
    the same scheme, host and port. A ``Cookie`` of a caller goes first, and replaces those of its names.
    """

    def __init__(self, timeout: timedelta, tls: Tls = BROWSERS, proxy: Proxy | None = None) -> None:
        self._timeout = timeout.total_seconds()
        self._session = requests.Session()
        self._cookies = Cookies()
        self._last: dict[tuple[str, str], _Prepared] = {}
        self._session.trust_env = False
        if proxy is not None:
            self._session.proxies = {"http": proxy.url, "https": proxy.url}
        self._line = _Line(None if proxy is None else proxy.url)
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, _Adapter(self._line, tls, proxy))

    def post(self, url: str, body: Octets, headers: Mapping[str, str], limit: int) -> HttpAnswer:
        """Post ``body`` and return the response, of its body at most ``limit`` + 1 octets. Raises `NoAnswer`."""
        return self.ask("POST", url, body, headers, limit)

    def get(self, url: str, headers: Mapping[str, str], limit: int) -> HttpAnswer:
        """Get the response, of its body at most ``limit`` + 1 octets. Raises `NoAnswer`."""
        return self.ask("GET", url, None, headers, limit)

    def ask(self, method: str, url: str, body: Octets | None, headers: Mapping[str, str], limit: int) -> HttpAnswer:
        """Return the response to any method, of its body at most ``limit`` + 1 octets.

        A large ``body`` is read a piece at a time while it is sent. Raises `NoAnswer`, and what reading it raises.
        """
        self._line.sent = False
        try:
            cookies = self._cookies.of_server(url)
            prepared = self._prepared_for(method, url, cookies)
            request = prepared.request.copy()
            for header in headers.items():
                check_header_validity(header)
            theirs = request.headers.get("Cookie")
            request.headers.update(headers)
            if theirs is not None:
                request.headers["Cookie"] = both(request.headers["Cookie"], theirs)
            request.prepare_body(body, None)
            with self._line.cut_after(self._timeout), closing(prepared.sent(request, self._timeout)) as response:
                self._line.fresh = False
                if "Set-Cookie" in response.headers:
                    extract_cookies_to_jar(cookies, request, response)  # type: ignore[no-untyped-call]
                return HttpAnswer(
                    status=response.status,
                    media_type=response.headers.get("Content-Type", "").partition(";")[0].strip().lower(),
                    body=self._bounded(response, limit),
                    retry_after=response.headers.get("Retry-After"),
                    date=response.headers.get("Date"),
                    headers=dict(response.headers),
                )
        except (OSError, urllib3.exceptions.HTTPError) as error:  # every error of requests is an OSError
            raise _failure(error, self._line) from error

    def close(self) -> None:
        self._session.close()

    def _prepared_for(self, method: str, url: str, cookies: RequestsCookieJar) -> _Prepared:
        """Return a request without a body. It is prepared once, unless its server has set a cookie."""
        last = self._last.get((method, url))
        if last is None or cookies:
            asked = requests.Request(method, url, headers={"Accept-Encoding": "identity"}, cookies=cookies)
            last = _Prepared.of(self._session, asked)
            self._last = {} if cookies else {(method, url): last}
        return last

    def _bounded(self, response: urllib3.BaseHTTPResponse, limit: int) -> bytes:
        body = bytearray()
        while len(body) <= limit and (chunk := response.read1(_CHUNK)):
            body += chunk
        if self._line.was_cut:  # a body without a length ends wherever its connection does
            raise NoAnswer("the answer came too slowly", sent=True)
        return bytes(body[: limit + 1])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Prepared:
    """Request of a session without a body, the pool of connections that serves it, and its target (RFC 9112, 3.2).

    `requests.Session.send` prepares the latter two for each request anew, which takes a third of a call's CPU time.
    """

    request: requests.PreparedRequest
    pool: urllib3.HTTPConnectionPool
    target: str

    @classmethod
    def of(cls, session: requests.Session, asked: requests.Request) -> _Prepared:
        request = session.prepare_request(asked)
        request.headers.pop("Content-Length", None)  # of no body
        adapter: Any = session.get_adapter(request.url or "")
        pool = adapter.get_connection_with_tls_context(request, session.verify, proxies=session.proxies)
        return cls(request=request, pool=pool, target=adapter.request_url(request, session.proxies))

    def sent(self, request: requests.PreparedRequest, timeout: float) -> urllib3.BaseHTTPResponse:
        """Send a copy of the request that has a body and headers, as `HTTPAdapter.send` does."""
        return self.pool.urlopen(
            request.method or "",
            self.target,
            body=request.body,
            headers=request.headers,
            redirect=False,
            assert_same_host=False,
            preload_content=False,
            decode_content=False,
            retries=_NO_RETRIES,
            timeout=urllib3.Timeout(connect=timeout, read=timeout),
        )


_NO_RETRIES: Final = urllib3.Retry(0, read=False)


class _Line:
    """The connection in use. Another thread can cut it: a reader then is at its end.

    ``sent``: an octet of the request was passed to it. ``fresh``: nothing was answered on it yet. ``tls`` is the
    version that it speaks. ``proxy`` is the address of the proxy on the way; while it is ``connecting``, the proxy
    alone hears us.
    """

    def __init__(self, proxy: str | None = None) -> None:
        self.proxy = proxy
        self.connected: socket.socket | None = None
        self.was_cut = self.sent = self.fresh = self.connecting = False
        self.tls: str | None = None

    @contextmanager
    def being_made(self) -> Iterator[None]:
        self.connecting = True
        try:
            yield
        finally:
            self.connecting = False

    def made(self, connection: socket.socket) -> None:
        self.connected, self.fresh = connection, True
        self.tls = connection.version() if isinstance(connection, ssl.SSLSocket) else None
        if self.was_cut:  # before there was anything to cut
            raise TimeoutError("connecting took too long")

    @contextmanager
    def cut_after(self, seconds: float) -> Iterator[None]:
        """Cut the connection if the block takes longer."""
        self.was_cut = False
        with DEADLINES.act_after(seconds, self._cut):
            yield

    def _cut(self) -> None:
        self.was_cut = True
        if self.connected is not None:
            with suppress(OSError):  # it has ended by itself
                # Not that of TLS, which drops its session first: a later write would be in clear.
                socket.socket.shutdown(self.connected, socket.SHUT_RDWR)


class _Adapter(HTTPAdapter):
    """Adapter that reports each new connection to a `_Line`. All of them have one context of TLS."""

    def __init__(self, line: _Line, tls: Tls, proxy: Proxy | None) -> None:
        self._line, self._tls, self._proxy = line, tls, proxy
        super().__init__()

    def build_connection_pool_key_attributes(self, request: Any, verify: Any, cert: Any = None) -> Any:
        """Return what a pool is made of. With a context, urllib3 reads no file at a connection."""
        host, of_tls = super().build_connection_pool_key_attributes(request, verify, cert)
        return host, {**of_tls, "ssl_context": self._tls.context} if host["scheme"] == "https" else of_tls

    def proxy_headers(self, _proxy: str) -> dict[str, str]:
        return {} if self._proxy is None else self._proxy.headers

    def proxy_manager_for(self, *arguments: Any, **named: Any) -> urllib3.ProxyManager:
        manager: urllib3.ProxyManager = super().proxy_manager_for(*arguments, **named)
        manager.pool_classes_by_scheme = self._pools
        return manager

    def init_poolmanager(self, *arguments: Any, **named: Any) -> None:
        super().init_poolmanager(*arguments, **named)
        line = self._line

        class Plain(urllib3.connection.HTTPConnection):
            response_class = FinalAnswer

            def connect(self) -> None:
                with line.being_made():
                    super().connect()
                line.made(self.sock)

            def send(self, data: Any) -> None:
                _connected(self, line)
                super().send(data)

        class Secure(urllib3.connection.HTTPSConnection):
            response_class = FinalAnswer

            def connect(self) -> None:
                with line.being_made():
                    super().connect()
                line.made(self.sock)

            def _new_conn(self) -> socket.socket:
                # A proxy that dawdles is cut off, too.
                line.connected = super()._new_conn()
                return line.connected

            def send(self, data: Any) -> None:
                _connected(self, line)
                super().send(data)

        class Plains(urllib3.HTTPConnectionPool):
            ConnectionCls = Plain

        class Secures(urllib3.HTTPSConnectionPool):
            ConnectionCls = Secure

        self._pools = {"http": Plains, "https": Secures}
        self.poolmanager.pool_classes_by_scheme = self._pools


def _connected(connection: urllib3.connection.HTTPConnection, line: _Line) -> None:
    """Connect if there is no connection yet, so that nothing counts as sent before."""
    if line.connecting:
        return  # to the proxy, which asks for the tunnel
    if connection.sock is None:
        connection.connect()
    line.sent = True


_ABOUT_CERTIFICATES: Final = (
    "ALERT_BAD_CERTIFICATE",
    "ALERT_UNSUPPORTED_CERTIFICATE",
    "ALERT_CERTIFICATE_REVOKED",
    "ALERT_CERTIFICATE_EXPIRED",
    "ALERT_CERTIFICATE_UNKNOWN",
    "ALERT_CERTIFICATE_REQUIRED",
    "ALERT_UNKNOWN_CA",
    "ALERT_ACCESS_DENIED",
    "ALERT_HANDSHAKE_FAILURE",
)
"""Ends of OpenSSL's names for alerts by which a server refuses a client's certificate, or its absence.

The last is that of TLS 1.2, and may mean more.
"""


def _failure(error: Exception, line: _Line) -> NoAnswer:
    """Return the failure of a call: without an octet passed to a connection nothing was sent; otherwise it may have
    arrived.

    There is one exception. A server of TLS 1.3 refuses a certificate after we have sent, and before it can read the
    request (RFC 8446, 4.4.2.4 and 6.2).

    A connection that our deadline cut looks broken: its failure is that of the time-out.
    """
    if line.was_cut:
        error = TimeoutError()
    fault = next((each for each in _causes(error) if isinstance(each, ssl.SSLError)), None)
    if fault is None:
        cause = error.args[0] if isinstance(error, requests.ConnectionError) and error.args else error
        reason = _words(getattr(cause, "reason", cause))
        by_proxy = line.proxy is not None and not line.sent
        return NoAnswer(f"by the proxy {line.proxy}: {reason}" if by_proxy else reason, sent=line.sent)
    if isinstance(fault, ssl.SSLCertVerificationError):
        return NoAnswer(fault.verify_message, sent=line.sent, distrust=Distrust.OF_SERVER)
    told = fault.reason or words_of(fault)
    if not told.endswith(_ABOUT_CERTIFICATES):
        return NoAnswer(told, sent=line.sent)
    unread = line.fresh and line.tls == "TLSv1.3"
    return NoAnswer(told, sent=line.sent and not unread, distrust=Distrust.OF_CLIENT)


def _words(error: Any) -> str:
    if not isinstance(error, urllib3.exceptions.ProxyError):
        return words_of(error)
    cause = error.original_error
    refused = _NO_TUNNEL.match(str(cause))
    return f"HTTP {refused['status']}" if refused else words_of(cause)


_NO_TUNNEL: Final = re.compile(r"Tunnel connection failed: (?P<status>[0-9]{3})")
"""Words of `http.client` for an answer to CONNECT that is not 2xx."""


def _causes(error: object) -> Iterator[object]:
    """Yield an error, and those wrapped in it: requests and urllib3 each have a place of their own for that."""
    while error is not None:
        yield error
        inside = getattr(error, "reason", None), *getattr(error, "args", ()), getattr(error, "__cause__", None)
        error = next((each for each in inside if isinstance(each, Exception)), None)
