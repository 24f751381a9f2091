"""An HTTP client: it keeps its connections, posts octets or asks for them, bounded in time and size."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import requests
import urllib3
import urllib3.connection
import urllib3.exceptions
from requests.adapters import HTTPAdapter

_CHUNK = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpAnswer:
    """``media_type`` is in lower case, without parameters; ``body`` is cut one octet after the limit that was given;
    ``retry_after`` is that header as it came."""

    status: int
    media_type: str
    body: bytes
    retry_after: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """What an https endpoint is believed by, and we by it. Without ``anchors`` (a PEM file) those that browsers know
    are asked; ``certificate`` and ``key`` are PEM files of ours, the key's ``password`` in plain text."""

    anchors: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    password: str | None = field(default=None, repr=False)


class NoAnswer(Exception):
    """No answer came, or not the whole of it. ``sent``: the request may have arrived; ``reason`` is short."""

    def __init__(self, reason: str, *, sent: bool) -> None:
        super().__init__(reason)
        self.reason, self.sent = reason, sent


class HttpClient:
    """One call at a time. Proxies and netrc of the environment are not used; redirects are not followed. The time-out
    is for a call as a whole, however little the other side sends at a time."""

    def __init__(self, timeout: timedelta, tls: Tls = Tls()) -> None:
        self._timeout = timeout.total_seconds()
        self._session = _Session()
        self._session.trust_env = False
        if tls.anchors is not None:
            self._session.verify = str(tls.anchors)
        if tls.certificate is not None and tls.key is not None:
            self._session.cert = (str(tls.certificate), str(tls.key))
        self._line = _Line()
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, _Adapter(self._line, tls.password))

    def post(self, url: str, body: bytes, headers: Mapping[str, str], limit: int) -> HttpAnswer:
        """Post ``body`` and return what comes back, of its body at most ``limit`` + 1 octets. Raises `NoAnswer`."""
        return self._ask("POST", url, body, headers, limit)

    def get(self, url: str, headers: Mapping[str, str], limit: int) -> HttpAnswer:
        """Get what is there, of its body at most ``limit`` + 1 octets. Raises `NoAnswer`."""
        return self._ask("GET", url, None, headers, limit)

    def _ask(self, method: str, url: str, body: bytes | None, headers: Mapping[str, str], limit: int) -> HttpAnswer:
        asked = {**headers, "Accept-Encoding": "identity"}
        try:
            with (
                self._line.cut_after(self._timeout),
                self._session.request(
                    method, url, data=body, headers=asked, timeout=self._timeout, stream=True, allow_redirects=False
                ) as response,
            ):
                return HttpAnswer(
                    status=response.status_code,
                    media_type=response.headers.get("Content-Type", "").partition(";")[0].strip().lower(),
                    body=self._bounded(response, limit),
                    retry_after=response.headers.get("Retry-After"),
                )
        except requests.ConnectionError as error:
            raise _failure(error) from error
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            raise NoAnswer(type(error).__name__, sent=True) from error

    def close(self) -> None:
        self._session.close()

    def _bounded(self, response: requests.Response, limit: int) -> bytes:
        body = bytearray()
        while len(body) <= limit and (chunk := response.raw.read1(_CHUNK)):
            body += chunk
        if self._line.was_cut:  # a body without a length ends wherever its connection does
            raise NoAnswer("the answer came too slowly", sent=True)
        return bytes(body[: limit + 1])


class _Line:
    """The connection in use, which can be cut from another thread: whoever reads from it then is at its end."""

    def __init__(self) -> None:
        self.connected: socket.socket | None = None
        self.was_cut = False

    @contextmanager
    def cut_after(self, seconds: float) -> Iterator[None]:
        """Cut the connection if the block takes longer."""
        self.was_cut = False
        timer = threading.Timer(seconds, self._cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _cut(self) -> None:
        self.was_cut = True
        if self.connected is not None:
            with suppress(OSError):  # it has ended by itself
                self.connected.shutdown(socket.SHUT_RDWR)


class _Adapter(HTTPAdapter):
    """Tells a `_Line` of each connection that it makes."""

    def __init__(self, line: _Line, key_password: str | None) -> None:
        self._line, self._key_password = line, key_password
        super().__init__()

    def init_poolmanager(self, *arguments: Any, **named: Any) -> None:
        if self._key_password is not None:
            named["key_password"] = self._key_password
        super().init_poolmanager(*arguments, **named)
        line = self._line

        class Plain(urllib3.connection.HTTPConnection):
            def connect(self) -> None:
                super().connect()
                line.connected = self.sock

        class Secure(urllib3.connection.HTTPSConnection):
            def connect(self) -> None:
                super().connect()
                line.connected = self.sock

        class Plains(urllib3.HTTPConnectionPool):
            ConnectionCls = Plain

        class Secures(urllib3.HTTPSConnectionPool):
            ConnectionCls = Secure

        self.poolmanager.pool_classes_by_scheme = {"http": Plains, "https": Secures}


class _Session(requests.Session):
    """Sees no redirect, since requests reads the whole body of one, however large, even where it does not follow."""

    def get_redirect_target(self, _resp: requests.Response) -> None:
        return None


def _failure(error: requests.ConnectionError) -> NoAnswer:
    """A connection that was never made sent nothing; one that broke may have sent all of it."""
    cause = error.args[0] if error.args else None
    reason = getattr(cause, "reason", cause)
    never_made = isinstance(error, requests.exceptions.ConnectTimeout) or isinstance(
        reason, urllib3.exceptions.NewConnectionError | urllib3.exceptions.ConnectTimeoutError
    )
    return NoAnswer(type(reason).__name__, sent=not never_made)
