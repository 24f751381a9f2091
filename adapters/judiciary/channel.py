"""HTTP to one endpoint: one session that keeps its connections, octets in, octets out."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import requests
import urllib3
import urllib3.connection
import urllib3.exceptions
from requests.adapters import HTTPAdapter

from adapters.judiciary.loopback import beyond_loopback
from gateway.courier import CallFailed
from gateway.errors import GatewayError

MAX_ANSWER_BYTES = 16 * 1024 * 1024
_CHUNK = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpAnswer:
    """``body`` is cut at `MAX_ANSWER_BYTES` + 1, so that a verifier refuses it as too large. ``retry_after`` is that
    header as it came."""

    status: int
    body: bytes
    retry_after: str | None = None


class Channel:
    """Posts signed messages, one at a time. Proxies and netrc of the environment are not used; redirects are not
    followed. The time-out is for a call as a whole, however little the other side sends at a time. Where it is
    ``loopback_only``, nothing leaves this machine."""

    def __init__(self, endpoint: str, timeout: timedelta, *, loopback_only: bool = False) -> None:
        self._endpoint, self._timeout, self._loopback_only = endpoint, timeout.total_seconds(), loopback_only
        self._session = _Session()
        self._session.trust_env = False
        self._line = _Line()
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, _Adapter(self._line))

    def assert_allowed(self) -> None:
        """Raise `GatewayError` ``config.endpoint`` where a message would leave a machine that it must not leave."""
        if self._loopback_only and (why := beyond_loopback(self._endpoint)):
            raise GatewayError("config.endpoint", where=self._endpoint, detail=why)

    def post(self, wire: bytes, soap_action: str) -> HttpAnswer:
        """Post ``wire``.

        Raises `CallFailed` ``courier.not-connected`` where certainly nothing was sent and ``courier.no-answer`` where
        that is not certain, and `GatewayError` ``config.endpoint`` where nothing may be sent.
        """
        self.assert_allowed()
        headers = {
            "Content-Type": "text/xml; charset=utf-8",
            "SOAPAction": f'"{soap_action}"',
            "Accept-Encoding": "identity",
        }
        try:
            with (
                self._line.cut_after(self._timeout),
                self._session.post(
                    self._endpoint, data=wire, headers=headers, timeout=self._timeout, stream=True
                ) as response,
            ):
                return HttpAnswer(
                    status=response.status_code,
                    body=self._bounded(response),
                    retry_after=response.headers.get("Retry-After"),
                )
        except requests.ConnectionError as error:
            raise _failure(error, self._endpoint) from error
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            raise CallFailed("courier.no-answer", where=self._endpoint, detail=type(error).__name__) from error

    def close(self) -> None:
        self._session.close()

    def _bounded(self, response: requests.Response) -> bytes:
        body = bytearray()
        while len(body) <= MAX_ANSWER_BYTES and (chunk := response.raw.read1(_CHUNK)):
            body += chunk
        if self._line.was_cut:  # a body without a length ends wherever its connection does
            raise CallFailed("courier.no-answer", where=self._endpoint, detail="the answer came too slowly")
        return bytes(body[: MAX_ANSWER_BYTES + 1])


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

    def __init__(self, line: _Line) -> None:
        self._line = line
        super().__init__()

    def init_poolmanager(self, *arguments: Any, **named: Any) -> None:
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


def _failure(error: requests.ConnectionError, endpoint: str) -> CallFailed:
    """A connection that was never made sent nothing; one that broke may have sent all of it."""
    cause = error.args[0] if error.args else None
    reason = getattr(cause, "reason", cause)
    never_made = isinstance(error, requests.exceptions.ConnectTimeout) or isinstance(
        reason, urllib3.exceptions.NewConnectionError | urllib3.exceptions.ConnectTimeoutError
    )
    code = "courier.not-connected" if never_made else "courier.no-answer"
    return CallFailed(code, where=endpoint, detail=type(reason).__name__)
