"""Shahrzad (شهرزاد), the city's telephone service, by the interface that docs/connect/courtesy.md assumes.

POST {url}/messages   {"to": "+989121234567", "text": "…"}   202 {"id": "…"} once it is taken over

There is no second request for one message, and none that asks about it. The answer is believed since the connection is
TLS with a pinned root; another form of answer leaves the outcome unknown.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from typing import Final

from adapters.crypto.schema.strict_json import JsonLimits, parse
from adapters.http.client import HttpAnswer, NoAnswer
from adapters.http.known_service import KnownService
from gateway.courtesy.courtesy_service import Answer, NotTaken, Refused, Taken, Unknown
from gateway.courtesy.telling import UNKNOWN
from gateway.runtime.errors import GatewayError
from gateway.trust.trust_policy import Rejection

CREDENTIALS: Final = "courtesy.credentials"
"""Code of credentials that Shahrzad does not know, or that cannot be read."""

_TAKEN, _BUSY, _UNREACHED = 202, 429, 422
_UNKNOWN_TO_THEM: Final = frozenset({401, 403})
_REFUSALS: Final = range(300, 500)
"""Statuses by which an HTTP server does not do what was asked."""

_FAULTS: Final = range(500, 600)
_LIMITS: Final = JsonLimits(max_bytes=4096, max_depth=4, max_tokens=100)
_NUMBER: Final = re.compile(r"[A-Za-z0-9._:-]{1,64}")
_DIGITS_OF_A_PERSON: Final = 9
"""Digits by which an Iranian mobile number differs from others."""


class Shahrzad:
    """Implementation of `gateway.courtesy.courtesy_service.CourtesyService`, for one thread at a time.

    ``not_taken_statuses`` are those of 500 to 599 by which the service's owner says that nothing was taken.
    """

    def __init__(self, service: KnownService, not_taken_statuses: Collection[int] = ()) -> None:
        self._service, self._not_taken = service, frozenset(not_taken_statuses)

    @property
    def name(self) -> str:
        return self._service.name

    def tell(self, mobile: str, text: str) -> Answer:
        body = json.dumps({"to": mobile, "text": text}, ensure_ascii=False).encode()
        try:
            answer = self._asked("POST", f"{self._service.url.rstrip('/')}/messages", body)
        except NoAnswer as error:
            code = UNKNOWN if error.sent else "courtesy.unreachable"
            failed = self._error(code, error.reason)
            return Unknown(error=failed) if error.sent else NotTaken(error=failed)
        except GatewayError as error:
            return NotTaken(error=error)
        return self._answer(answer, mobile)

    def check(self) -> str:
        """Ask for the service's address itself, which tells nobody anything: any answer but a fault will do.

        Raises `GatewayError` ``courtesy.*``, ``config.endpoint``.
        """
        try:
            answer = self._asked("GET", self._service.url, None)
        except NoAnswer as error:
            raise self._error("courtesy.unreachable", error.reason) from error
        if answer.status in _UNKNOWN_TO_THEM:
            raise self._error(CREDENTIALS, f"HTTP {answer.status}")
        if answer.status in _FAULTS:
            raise self._error("courtesy.unreachable", f"HTTP {answer.status}")
        return f"{self._service.url} answers"

    def _asked(self, method: str, url: str, body: bytes | None) -> HttpAnswer:
        service = self._service
        service.assert_private()
        headers = {"Accept": "application/json", **service.authorization()}
        if body is not None:
            headers["Content-Type"] = "application/json"
        # An idle connection could be closed by the other side while we send: that would leave an unknown outcome.
        client = service.client()
        try:
            return client.ask(method, url, body, headers, _LIMITS.max_bytes)
        finally:
            client.close()

    def _answer(self, answer: HttpAnswer, mobile: str) -> Answer:
        said = f"HTTP {answer.status}"
        if answer.status == _TAKEN:
            number = _number(answer, mobile)
            return Taken(message_number=number) if number else Unknown(error=self._error(UNKNOWN, f"{said}, no id"))
        if answer.status == _UNREACHED:
            return Refused(error=self._error("courtesy.refused", said))
        if answer.status in _UNKNOWN_TO_THEM:
            return NotTaken(error=self._error(CREDENTIALS, said))
        if answer.status == _BUSY or answer.status in self._not_taken:
            return NotTaken(error=self._error("courtesy.busy", said))
        if answer.status in _REFUSALS:
            return NotTaken(error=self._error("courtesy.rejected", said))
        return Unknown(error=self._error(UNKNOWN, said))

    def _error(self, code: str, detail: str) -> GatewayError:
        return GatewayError(code, where=self.name, detail=detail)


def _number(answer: HttpAnswer, mobile: str) -> str | None:
    """Return the service's number of the message; None if there is none, or if it contains the telephone's."""
    try:
        told = parse(answer.body, _LIMITS)
    except Rejection:
        return None
    number = told.get("id") if isinstance(told, dict) else None
    if not isinstance(number, str) or not _NUMBER.fullmatch(number):
        return None
    return None if mobile[-_DIGITS_OF_A_PERSON:] in number else number
