"""HTTP to one endpoint: one session that keeps its connections, octets in, octets out."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import timedelta

import requests
import urllib3.exceptions

from gateway.errors import GatewayError

MAX_ANSWER_BYTES = 16 * 1024 * 1024
_CHUNK = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpAnswer:
    """``body`` is cut at `MAX_ANSWER_BYTES` + 1, so that a verifier refuses it as too large."""

    status: int
    body: bytes


class Channel:
    """Posts signed messages. Proxies and netrc of the environment are not used; redirects are not followed."""

    def __init__(self, endpoint: str, timeout: timedelta) -> None:
        self._endpoint, self._timeout = endpoint, timeout.total_seconds()
        self._session = _Session()
        self._session.trust_env = False

    def post(self, wire: bytes, soap_action: str) -> HttpAnswer:
        """Post ``wire``.

        Raises `GatewayError` ``courier.not-connected`` where certainly nothing was sent, and ``courier.no-answer``
        where that is not certain.
        """
        headers = {
            "Content-Type": "text/xml; charset=utf-8",
            "SOAPAction": f'"{soap_action}"',
            "Accept-Encoding": "identity",
        }
        try:
            with self._session.post(
                self._endpoint, data=wire, headers=headers, timeout=self._timeout, stream=True
            ) as response:
                return HttpAnswer(status=response.status_code, body=self._bounded(response))
        except requests.ConnectionError as error:
            raise _failure(error, self._endpoint) from error
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            raise GatewayError("courier.no-answer", where=self._endpoint, detail=type(error).__name__) from error

    def close(self) -> None:
        self._session.close()

    def _bounded(self, response: requests.Response) -> bytes:
        """Return the body. A peer that sends it drop by drop is given the time-out for all of it, not for each drop."""
        body, until = bytearray(), time.monotonic() + self._timeout
        while len(body) <= MAX_ANSWER_BYTES and (chunk := response.raw.read1(_CHUNK)):
            body += chunk
            if time.monotonic() > until:
                raise GatewayError("courier.no-answer", where=self._endpoint, detail="the answer came too slowly")
        return bytes(body[: MAX_ANSWER_BYTES + 1])


class _Session(requests.Session):
    """Sees no redirect, since requests reads the whole body of one, however large, even where it does not follow."""

    def get_redirect_target(self, _resp: requests.Response) -> None:
        return None


def _failure(error: requests.ConnectionError, endpoint: str) -> GatewayError:
    """A connection that was never made sent nothing; one that broke may have sent all of it."""
    cause = error.args[0] if error.args else None
    reason = getattr(cause, "reason", cause)
    never_made = isinstance(error, requests.exceptions.ConnectTimeout) or isinstance(
        reason, urllib3.exceptions.NewConnectionError | urllib3.exceptions.ConnectTimeoutError
    )
    code = "courier.not-connected" if never_made else "courier.no-answer"
    return GatewayError(code, where=endpoint, detail=type(reason).__name__)
