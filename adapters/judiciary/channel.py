"""SOAP over HTTP to one endpoint: octets in, octets out."""

from __future__ import annotations

from datetime import timedelta

from adapters.http.client import HttpAnswer, HttpClient, NoAnswer
from adapters.http.loopback import beyond_loopback
from gateway.courier import CallFailed
from gateway.errors import GatewayError

MAX_ANSWER_BYTES = 16 * 1024 * 1024
"""A body is cut one octet after, so that a verifier refuses it as too large."""


class Channel:
    """Posts signed messages, one at a time. The time-out is for a call as a whole. Where it is ``loopback_only``,
    nothing leaves this machine."""

    def __init__(self, endpoint: str, timeout: timedelta, *, loopback_only: bool = False) -> None:
        self._endpoint, self._loopback_only = endpoint, loopback_only
        self._client = HttpClient(timeout)

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
        headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{soap_action}"'}
        try:
            return self._client.post(self._endpoint, wire, headers, MAX_ANSWER_BYTES)
        except NoAnswer as error:
            code = "courier.no-answer" if error.sent else "courier.not-connected"
            raise CallFailed(code, where=self._endpoint, detail=error.reason) from error

    def close(self) -> None:
        self._client.close()
