"""The service of data sharing. In this order: path, method, token, form of the request, rate, body, agreement, record.

    POST /sharing/BODY/reads         the state of service of a case, as the agreement allows
    GET  /sharing/openapi.json       the contract

Nothing of a body is read before its token is known. An answer leaves after its record is committed. A notice that the
other body may not know of, and one that does not exist, have the same answer: no notices.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import Any, Final

import structlog

from adapters.http.http_service import Headers, HttpRequest, HttpResponse, HttpService
from adapters.municipal.rest.tokens import Tokens
from adapters.municipal.sharing.sharing_messages import MAX_BODY_BYTES, SharedAnswer, read_question
from gateway.operations.sharing_agreement import Agreement, Question
from gateway.runtime.clock import Clock
from gateway.runtime.errors import CATALOGUE, GatewayError
from gateway.runtime.rate_limit import RateLimit

RETRY_SECONDS: Final = "30"

_PATH = re.compile(r"/sharing/([a-z0-9][a-z0-9-]{0,62})/reads")
_JSON = re.compile(r"""application/json[ \t]*(;[ \t]*charset=("utf-8"|utf-8)[ \t]*)?""", re.IGNORECASE | re.ASCII)
_LENGTH = re.compile(r"\d{1,9}", re.ASCII)
_STATUS: Final = {
    "sharing.unauthorized": 401,
    "sharing.path": 404,
    "sharing.request": 400,
    "sharing.too-large": 413,
    "sharing.purpose": 403,
    "sharing.not-in-force": 403,
    "sharing.too-many": 429,
}

_log = structlog.get_logger(__name__)

Read = Callable[[Agreement, Question, datetime], SharedAnswer]
"""Function that finds the notices and records the reading; when it returns, the record is committed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """Another body: its agreement, its tokens, and its rate limit (of this process)."""

    agreement: Agreement
    tokens: Tokens
    rate: RateLimit


@dataclass(slots=True)
class _Taken:
    """Use of the rate limits, by body."""

    until: dict[str, datetime] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)

    def take(self, client: Client, now: datetime) -> bool:
        body = client.agreement.body
        with self.lock:
            given, self.until[body] = client.rate.take(1, self.until.get(body), now)
        return given == 1


@dataclass(frozen=True, slots=True, kw_only=True)
class SharingService(HttpService):
    """Service of the contract. ``clients`` are by the name of the other body."""

    clients: Mapping[str, Client]
    read: Read
    clock: Clock
    contract: bytes
    _taken: _Taken = field(default_factory=_Taken)

    def handle(self, request: HttpRequest) -> HttpResponse:
        if request.path == "/sharing/openapi.json" and request.method == "GET":
            return _answer(200, self.contract)
        if (refusal := self.before_body(request)) is not None:
            return refusal
        client = self.clients[request.path.split("/")[2]]
        agreement, now = client.agreement, self.clock()
        try:
            if not self._taken.take(client, now):
                raise GatewayError("sharing.too-many", where=agreement.body)
            question = read_question(request.body)
            agreement.assert_allows(question.purpose, now)
            answer = self.read(agreement, question, now)
        except GatewayError as error:
            _log.warning("sharing refused", body=agreement.body, code=error.code)
            return _problem(error)
        _log.info("shared", body=agreement.body, purpose=question.purpose, notices=len(answer.notices))
        return _answer(200, _json(answer.told))

    def before_body(self, head: HttpRequest) -> HttpResponse | None:
        match = _PATH.fullmatch(head.path)
        if match is None:
            return _problem(GatewayError("sharing.path"))
        if head.method != "POST":
            return _answer(405, b"", "text/plain", (("Allow", "POST"),))
        client = self.clients.get(match[1])
        # An unknown body gets the same answer as a wrong token.
        if client is None or not client.tokens.admit(head.headers.get("authorization", "")):
            _log.warning("sharing refused", body=match[1] if client else None, code="sharing.unauthorized")
            return _problem(GatewayError("sharing.unauthorized"))
        try:
            _assert_readable(head)
        except GatewayError as error:
            return _problem(error)
        return None


def _assert_readable(head: HttpRequest) -> None:
    """Raise `GatewayError` if the head announces a body that is not JSON, or too large."""
    if not _JSON.fullmatch(head.media_type) or head.is_encoded:
        raise GatewayError("sharing.request", where="Content-Type", detail="application/json in no coding is wanted")
    length = head.headers.get("content-length", "0")
    if not _LENGTH.fullmatch(length) or int(length) > MAX_BODY_BYTES:
        raise GatewayError("sharing.too-large", detail=f"{MAX_BODY_BYTES} octets at most")


def _problem(error: GatewayError) -> HttpResponse:
    """Return the answer to an error, by RFC 9457. An error that is not the asking body's is ours, and temporary."""
    status, entry = _STATUS.get(error.code, 503), CATALOGUE[error.code]
    told: dict[str, Any] = {
        "status": status,
        "code": error.code,
        "title": entry.en,
        "reason": f"{entry.fa} {entry.remedy_fa}",
        "remedy": entry.remedy,
        "who_must_act": entry.actor.value,
    }
    if error.code == "sharing.request":
        told |= {"where": error.where, "detail": error.detail}
    waits = (("Retry-After", RETRY_SECONDS),)
    headers: dict[int, Headers] = {401: (("WWW-Authenticate", "Bearer"),), 429: waits, 503: waits}
    return _answer(status, _json(told), "application/problem+json", headers.get(status, ()))


def _answer(status: int, body: bytes, media_type: str = "application/json", headers: Headers = ()) -> HttpResponse:
    safe = (("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"))
    return HttpResponse(status=status, body=body, media_type=media_type, headers=(*safe, *headers))


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode() + b"\n"
