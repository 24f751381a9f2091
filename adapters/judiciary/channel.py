"""HTTP to one endpoint: octets in, octets out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from adapters.http.client import HttpAnswer, HttpClient, NoAnswer
from adapters.http.loopback import beyond_loopback
from gateway.courier import CallFailed
from gateway.errors import GatewayError

MAX_ANSWER_BYTES = 16 * 1024 * 1024
"""A body is cut one octet after, so that a verifier refuses it as too large."""


class Channel:
    """Posts signed messages, one at a time. The time-out is for a call as a whole. Where it is ``loopback_only``,
    nothing leaves this machine. ``headers`` go with every request, as a service bus may ask for."""

    def __init__(
        self,
        endpoint: str,
        timeout: timedelta,
        *,
        loopback_only: bool = False,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self._endpoint, self._loopback_only, self._headers = endpoint, loopback_only, dict(headers or {})
        self._client = HttpClient(timeout)

    def assert_allowed(self) -> None:
        """Raise `GatewayError` ``config.endpoint`` where a message would leave a machine that it must not leave."""
        if self._loopback_only and (why := beyond_loopback(self._endpoint)):
            raise GatewayError("config.endpoint", where=self._endpoint, detail=why)

    def send(self, wire: bytes, headers: Mapping[str, str], path: str = "") -> HttpAnswer:
        """Post ``wire`` to ``path`` below the endpoint.

        Raises `CallFailed` ``courier.not-connected`` where certainly nothing was sent and ``courier.no-answer`` where
        that is not certain, and `GatewayError` ``config.endpoint`` where nothing may be sent.
        """
        self.assert_allowed()
        try:
            return self._client.post(self._endpoint + path, wire, {**self._headers, **headers}, MAX_ANSWER_BYTES)
        except NoAnswer as error:
            code = "courier.no-answer" if error.sent else "courier.not-connected"
            raise CallFailed(code, where=self._endpoint, detail=error.reason) from error

    def close(self) -> None:
        self._client.close()
