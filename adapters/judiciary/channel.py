"""HTTP to one endpoint: octets out, octets in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from adapters.crypto.keys.certificate import Certificate, assert_valid_now
from adapters.http.client import Distrust, HttpAnswer, HttpClient, NoAnswer, Proxy
from adapters.http.loopback import beyond_loopback
from adapters.http.tls import BROWSERS, Tls
from gateway.judiciary.courier import CallFailed
from gateway.notice.large_octets import Octets
from gateway.runtime.errors import GatewayError

MAX_ANSWER_BYTES = 16 * 1024 * 1024
"""Most octets of an answer. A longer body is cut one octet later, so that a verifier refuses it as too large."""

_UNCONNECTED: Final = {
    None: "courier.not-connected",
    Distrust.OF_SERVER: "courier.server-untrusted",
    Distrust.OF_CLIENT: "courier.certificate-refused",
}
NOTHING_SENT: Final = frozenset({*_UNCONNECTED.values(), "config.endpoint"})
"""Codes of a call of which no octet arrived."""


class Unsent(CallFailed):
    """Failure before the call: no octet of the message itself was sent."""

    literal_name = "Unsent"


class Channel:
    """Sender of signed messages, one at a time.

    ``timeout`` is for a call as a whole. With ``loopback_only``, nothing leaves this machine. ``headers`` go with every
    request, since a service bus may require some. ``tls`` are the TLS settings; ``shown`` is our certificate in them.
    ``proxy`` is the proxy on the way out.
    """

    def __init__(
        self,
        endpoint: str,
        timeout: timedelta,
        *,
        loopback_only: bool = False,
        headers: Mapping[str, str] | None = None,
        tls: Tls | None = None,
        shown: Certificate | None = None,
        proxy: Proxy | None = None,
    ) -> None:
        self.endpoint, self._loopback_only = endpoint, loopback_only
        self._headers = dict(headers or {})
        self._client, self._shown = HttpClient(timeout, tls or BROWSERS, proxy), shown
        self._proxy = proxy

    def assert_ready(self, now: datetime) -> None:
        """Raise as `assert_allowed` does, and `GatewayError` ``certificate.expired`` if our certificate would be
        refused.
        """
        self.assert_allowed()
        if self._shown is not None:
            assert_valid_now(self._shown, now)

    def assert_allowed(self) -> None:
        """Raise `GatewayError` ``config.endpoint`` if a message would leave a machine that it must not leave."""
        for url in [self.endpoint, *([] if self._proxy is None else [self._proxy.url])]:
            if self._loopback_only and (why := beyond_loopback(url)):
                raise GatewayError("config.endpoint", where=url, detail=why)

    def send(self, wire: Octets, headers: Mapping[str, str], path: str = "") -> HttpAnswer:
        """Post ``wire`` to ``path`` below the endpoint. Raises as `ask` does."""
        return self.ask("POST", path, wire, headers)

    def ask(self, method: str, target: str, body: Octets, headers: Mapping[str, str]) -> HttpAnswer:
        """Return the answer to a request; ``target`` is the path below the endpoint, with its query.

        Raises `CallFailed`: one of `NOTHING_SENT` if certainly nothing was sent, and ``courier.no-answer`` if that is
        uncertain. Raises `GatewayError` ``config.endpoint`` if nothing may be sent.
        """
        self.assert_allowed()
        try:
            url, sent = self.endpoint + target, {**self._headers, **headers}
            return self._client.ask(method, url, body or None, sent, MAX_ANSWER_BYTES)
        except NoAnswer as error:
            raise CallFailed(_code(error), where=self.endpoint, detail=error.reason) from error

    def close(self) -> None:
        self._client.close()


def _code(error: NoAnswer) -> str:
    return "courier.no-answer" if error.sent else _UNCONNECTED[error.distrust]
