"""OAuth2 client credentials (RFC 6749, 4.4): a token for the service."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import quote_plus, urlencode

from adapters.crypto.message.credentials import Credentials
from adapters.crypto.schema.strict_json import JsonLimits, parse
from adapters.http.client import HttpAnswer
from adapters.judiciary.channel import Channel, Unsent
from adapters.judiciary.session.shared_token import WITHOUT_TOKEN
from gateway.judiciary.courier import CREDENTIALS, CallFailed
from gateway.judiciary.session_token import NewToken
from gateway.runtime.clock import Clock
from gateway.runtime.errors import GatewayError

_LIMITS: Final = JsonLimits(max_bytes=64 * 1024, max_depth=8, max_tokens=1000)
_TOKEN: Final = re.compile(r"[A-Za-z0-9\-._~+/]+=*")
"""Form of a bearer token (RFC 6750, 2.1)."""

_ERROR: Final = re.compile(r"[a-z_]{1,60}")
_OUR_FAULT: Final = frozenset(
    {"invalid_client", "unauthorized_client", "invalid_scope", "invalid_target", "unsupported_grant_type"}
)
"""Errors that only a changed configuration ends (RFC 6749, 5.2; RFC 8707, 2)."""

_SHORTEST: Final = 30.0
"""Life in seconds of a token whose answer tells none."""

_LONGEST: Final = 1e9
"""Number of seconds that no life of a token reaches."""


class OAuth2Login:
    """Login by client credentials.

    ``channel`` is that of the token endpoint. ``fields`` are the fields of the form beside ``grant_type``.
    """

    def __init__(self, channel: Channel, client: Credentials, fields: Mapping[str, str], clock: Clock) -> None:
        self._channel, self._fields, self._clock = channel, dict(fields), clock
        # Both are form-encoded before they are joined: RFC 6749, 2.3.1.
        pair = f"{quote_plus(client.username)}:{quote_plus(client.password)}"
        self._basic = "Basic " + base64.b64encode(pair.encode("ascii")).decode("ascii")

    def log_in(self) -> NewToken:
        """Return a new token.

        Raises `Unsent`: ``courier.credentials`` if our client is refused, or else `WITHOUT_TOKEN` or the failure of the
        connection.
        """
        form = urlencode({"grant_type": "client_credentials", **self._fields}).encode("ascii")
        headers = {
            "Authorization": self._basic,
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": "application/json",
        }
        asked_at = self._clock()
        try:
            answer = self._channel.send(form, headers)
        except CallFailed as failed:
            # Whether the form arrived does not matter: the message itself was not sent.
            code = WITHOUT_TOKEN if failed.code == "courier.no-answer" else failed.code
            raise Unsent(code, where=failed.where, detail=failed.detail) from failed
        return self._read(answer, asked_at)

    def _read(self, answer: HttpAnswer, asked_at: datetime) -> NewToken:
        """Return the token of an answer; no error repeats anything of it but its code."""
        told = _members(answer)
        error = told.get("error")
        if isinstance(error, str) and _ERROR.fullmatch(error) and answer.status in (400, 401):
            raise self._failed(CREDENTIALS if error in _OUR_FAULT else WITHOUT_TOKEN, error)
        token, kind, life = told.get("access_token"), told.get("token_type"), told.get("expires_in", _SHORTEST)
        if answer.status != 200 or not isinstance(token, str) or not _TOKEN.fullmatch(token):
            raise self._failed(WITHOUT_TOKEN, f"HTTP {answer.status}")
        if (
            not isinstance(kind, str)
            or kind.lower() != "bearer"
            or not isinstance(life, int | float)
            or not 0 < life < _LONGEST
        ):
            raise self._failed(WITHOUT_TOKEN, "no bearer token with a life in seconds")
        return NewToken(value=token, asked_at=asked_at, ends_at=asked_at + timedelta(seconds=life))

    def _failed(self, code: str, detail: str) -> Unsent:
        return Unsent(code, where=self._channel.endpoint, detail=detail)


def _members(answer: HttpAnswer) -> Mapping[str, Any]:
    try:
        found = parse(answer.body, _LIMITS)
    except GatewayError:
        return {}
    return found if isinstance(found, dict) else {}
