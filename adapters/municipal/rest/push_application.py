"""The service of the REST push. In this order: path, method, token, form of the request, body, inbox.

    POST /rest/SOURCE/rows                         rows, each durable before the answer is given
    GET  /rest/SOURCE/results?after=0&limit=100    their results, behind a change
    GET  /rest/openapi.json                        the contract

Nothing of a body is read before its token is known. An answer of 200 states the result of each row.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import structlog

from adapters.http.http_service import Headers, HttpRequest, HttpResponse, HttpService
from adapters.municipal.file_lines import item_of, pushed
from adapters.municipal.rest.messages import problem, read_push, results, taken
from adapters.municipal.rest.tokens import Tokens
from gateway.intake.push_result import PushTally, Way
from gateway.runtime.clock import Clock
from gateway.runtime.errors import GatewayError
from gateway.store.inbox import MAX_VERSION, Inbox

MAX_BODY_BYTES = 32 * 1024 * 1024
MAX_RESULTS = 500
USUAL_RESULTS = 100
RETRY_SECONDS = "30"

_PATH = re.compile(r"/rest/([A-Za-z0-9_-]{1,62})/(rows|results)")
_JSON = re.compile(r"""application/json[ \t]*(;[ \t]*charset=("utf-8"|utf-8)[ \t]*)?""", re.IGNORECASE | re.ASCII)
_NUMBER = re.compile(r"\d{1,18}", re.ASCII)
_STATUS = {
    "push.unauthorized": 401,
    "push.source": 404,
    "push.too-large": 413,
    "push.request": 400,
}
_METHODS = {"rows": "POST", "results": "GET"}

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class RestPush(HttpService):
    """Service of the contract. ``tokens`` are by source: those that rows are pushed to here."""

    tokens: Mapping[str, Tokens]
    inbox: Callable[[], Inbox]
    clock: Clock
    contract: bytes
    tally: PushTally

    def handle(self, request: HttpRequest) -> HttpResponse:
        if request.path == "/rest/openapi.json" and request.method == "GET":
            return _answer(200, self.contract)
        if (refusal := self.before_body(request)) is not None:
            return refusal
        _, _, source, what = request.path.split("/")
        try:
            told = self._take(source, request) if what == "rows" else self._results(source, request.query)
        except GatewayError as error:
            return self._refused(source, error)
        return _answer(200, _json(told))

    def before_body(self, head: HttpRequest) -> HttpResponse | None:
        match = _PATH.fullmatch(head.path)
        if match is None:
            return _problem(GatewayError("push.source"))
        source, what = match[1], match[2]
        if head.method != _METHODS[what]:
            return _answer(405, b"", "text/plain", (("Allow", _METHODS[what]),))
        tokens = self.tokens.get(source)
        # An unknown source gets the same answer as a wrong token.
        if tokens is None or not tokens.admit(head.headers.get("authorization", "")):
            _log.warning("push refused", source=source if tokens else None, code="push.unauthorized")
            self.tally.refused(source if tokens else "", Way.REST, "push.unauthorized")
            return _problem(GatewayError("push.unauthorized"))
        if what == "rows":
            try:
                _assert_readable(head)
            except GatewayError as error:
                return self._refused(source, error)
        return None

    def _refused(self, source: str, error: GatewayError) -> HttpResponse:
        _log.warning("push refused", source=source, code=error.code)
        self.tally.refused(source, Way.REST, error.code)
        return _problem(error)

    def _take(self, source: str, request: HttpRequest) -> dict[str, Any]:
        items = [item_of(line) for line in read_push(request.body)]
        now, inbox = self.clock(), self.inbox()
        done = pushed(items, lambda rows: inbox.push(source, rows, origin="rest", now=now))
        self.tally.took(source, Way.REST, (item.taking for item in done))
        _log.info("pushed", source=source, rows=len(done), refused=sum(item.error is not None for item in done))
        return taken(done)

    def _results(self, source: str, query: str) -> dict[str, Any]:
        asked = parse_qsl(query, keep_blank_values=True)
        given = dict(asked)
        if len(given) != len(asked) or not given.keys() <= {"after", "limit"}:
            raise GatewayError("push.request", where="query", detail="after and limit, each once at most")
        after = _number(given.get("after", "0"), "after", 0, MAX_VERSION)
        limit = _number(given.get("limit", str(USUAL_RESULTS)), "limit", 1, MAX_RESULTS)
        return results(self.inbox().told(source, after, limit + 1), after, limit)


def _answer(status: int, body: bytes, media_type: str = "application/json", headers: Headers = ()) -> HttpResponse:
    safe = (("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"))
    return HttpResponse(status=status, body=body, media_type=media_type, headers=(*safe, *headers))


def _assert_readable(head: HttpRequest) -> None:
    """Raise `GatewayError` if the head announces a body that is not JSON, or too large."""
    if not _JSON.fullmatch(head.media_type) or head.is_encoded:
        raise GatewayError("push.request", where="Content-Type", detail="application/json in no coding is wanted")
    size = _number(head.headers.get("content-length", "0"), "Content-Length", 0, MAX_VERSION)
    if size > MAX_BODY_BYTES:
        raise GatewayError("push.too-large", detail=f"{size} octets, {MAX_BODY_BYTES} at most")


def _number(text: str, where: str, least: int, most: int) -> int:
    if not _NUMBER.fullmatch(text) or not least <= int(text) <= most:
        raise GatewayError("push.request", where=where, detail=f"a number from {least} to {most} is wanted")
    return int(text)


def _problem(error: GatewayError) -> HttpResponse:
    """Return the answer to an error, by RFC 9457. An error that is not the sender's is ours, and temporary."""
    status = _STATUS.get(error.code, 503)
    headers = {401: (("WWW-Authenticate", "Bearer"),), 503: (("Retry-After", RETRY_SECONDS),)}.get(status, ())
    return _answer(status, _json({"status": status, **problem(error)}), "application/problem+json", headers)


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode() + b"\n"
