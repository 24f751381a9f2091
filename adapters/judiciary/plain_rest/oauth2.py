"""OAuth2 client credentials (RFC 6749, 4.4): a token for the service, kept in this process's memory alone."""

from __future__ import annotations

import base64
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote_plus, urlencode

from adapters.crypto.message.username_token import Credentials
from adapters.crypto.schema.strict_json import JsonLimits, parse
from adapters.http.client import HttpAnswer
from adapters.judiciary.channel import Channel, Unsent
from gateway.judiciary.courier import CREDENTIALS, CallFailed
from gateway.runtime.errors import GatewayError

WITHOUT_TOKEN: Final = "courier.token"  # noqa: S105 - an error code
"""Error code: the authorization server gave no token, and nothing was sent to the service."""

_LIMITS: Final = JsonLimits(max_bytes=64 * 1024, max_depth=8, max_tokens=1000)
_TOKEN: Final = re.compile(r"[A-Za-z0-9\-._~+/]+=*")
"""Form of a bearer token (RFC 6750, 2.1)."""

_ERROR: Final = re.compile(r"[a-z_]{1,60}")
_OUR_FAULT: Final = frozenset(
    {"invalid_client", "unauthorized_client", "invalid_scope", "invalid_target", "unsupported_grant_type"}
)
"""Errors that only a changed configuration ends (RFC 6749, 5.2; RFC 8707, 2)."""

_RESERVE: Final = 30.0
"""Seconds before its end in which a token is not used any more, or a quarter of its life if that is shorter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Token:
    authorization: str = field(repr=False)
    until: float


class OAuth2Session:
    """Session (`adapters.judiciary.plain_rest.plain_rest_wire.Session`) by client credentials.

    ``channel`` is that of the token endpoint. ``fields`` are the fields of the form beside ``grant_type``. ``steady``
    is a clock that never jumps, in seconds. Every thread uses the same token.
    """

    def __init__(
        self, channel: Channel, client: Credentials, fields: Mapping[str, str], steady: Callable[[], float]
    ) -> None:
        self._channel, self._fields, self._steady = channel, dict(fields), steady
        # Both are form-encoded before they are joined: RFC 6749, 2.3.1.
        pair = f"{quote_plus(client.username)}:{quote_plus(client.password)}"
        self._basic = "Basic " + base64.b64encode(pair.encode("ascii")).decode("ascii")
        self._lock = threading.Lock()
        self._token: _Token | None = None

    def authorization(self) -> str:
        """Return ``Bearer`` and a token that is good for a while.

        Raises `Unsent`: ``courier.credentials`` if our client is refused, or else `WITHOUT_TOKEN` or the failure of the
        connection.
        """
        with self._lock:
            if self._token is None or self._steady() >= self._token.until:
                self._token = self._fetch()
            return self._token.authorization

    def refused(self, authorization: str) -> None:
        """Forget a token that the service refused, unless another one has taken its place."""
        with self._lock:
            if self._token is not None and self._token.authorization == authorization:
                self._token = None

    def _fetch(self) -> _Token:
        form = urlencode({"grant_type": "client_credentials", **self._fields}).encode("ascii")
        headers = {
            "Authorization": self._basic,
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": "application/json",
        }
        asked_at = self._steady()
        try:
            answer = self._channel.send(form, headers)
        except CallFailed as failed:
            # Whether the form arrived does not matter: the message itself was not sent.
            code = WITHOUT_TOKEN if failed.code == "courier.no-answer" else failed.code
            raise Unsent(code, where=failed.where, detail=failed.detail) from failed
        return self._read(answer, asked_at)

    def _read(self, answer: HttpAnswer, asked_at: float) -> _Token:
        """Return the token of an answer; no error repeats anything of it but its code."""
        told = _members(answer)
        error = told.get("error")
        if isinstance(error, str) and _ERROR.fullmatch(error) and answer.status in (400, 401):
            raise self._failed(CREDENTIALS if error in _OUR_FAULT else WITHOUT_TOKEN, error)
        token, kind, life = told.get("access_token"), told.get("token_type"), told.get("expires_in", _RESERVE)
        if answer.status != 200 or not isinstance(token, str) or not _TOKEN.fullmatch(token):
            raise self._failed(WITHOUT_TOKEN, f"HTTP {answer.status}")
        if not isinstance(kind, str) or kind.lower() != "bearer" or not isinstance(life, int | float) or life <= 0:
            raise self._failed(WITHOUT_TOKEN, "no bearer token with a life in seconds")
        return _Token(authorization=f"Bearer {token}", until=asked_at + life - min(_RESERVE, life / 4))

    def _failed(self, code: str, detail: str) -> Unsent:
        return Unsent(code, where=self._channel.endpoint, detail=detail)


def _members(answer: HttpAnswer) -> Mapping[str, Any]:
    try:
        found = parse(answer.body, _LIMITS)
    except GatewayError:
        return {}
    return found if isinstance(found, dict) else {}
