"""The WSGI application of the REST push. In this order: path, method, token, form of the request, body, inbox.

    POST /rest/SOURCE/rows                         rows, each durable before the answer is given
    GET  /rest/SOURCE/results?after=0&limit=100    their results, behind a change
    GET  /rest/openapi.json                        the contract

Nothing of a body is read before its token is known. An answer of 200 states the result of each row.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl
from wsgiref.types import StartResponse, WSGIEnvironment

import structlog

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
    "push.unauthorized": "401 Unauthorized",
    "push.source": "404 Not Found",
    "push.too-large": "413 Content Too Large",
    "push.request": "400 Bad Request",
}
_METHODS = {"rows": "POST", "results": "GET"}

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    status: str
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()
    kind: str = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class RestPush:
    """WSGI application. ``tokens`` are by source: those that rows are pushed to here."""

    tokens: Mapping[str, Tokens]
    inbox: Callable[[], Inbox]
    clock: Clock
    contract: bytes
    tally: PushTally

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        answer = self._answer(environ)
        start_response(answer.status, _headers(answer))
        return [answer.body]

    def before_body(self, environ: WSGIEnvironment) -> tuple[str, list[tuple[str, str]], bytes] | None:
        """Return the status, headers and body of a refusal that the request's head alone decides."""
        answer = self._refusal(environ)
        return None if answer is None else (answer.status, _headers(answer), answer.body)

    def _answer(self, environ: WSGIEnvironment) -> Answer:
        path, method = environ["PATH_INFO"], environ["REQUEST_METHOD"]
        if path == "/rest/openapi.json" and method == "GET":
            return Answer(status="200 OK", body=self.contract)
        if (refusal := self._refusal(environ)) is not None:
            return refusal
        _, _, source, what = path.split("/")
        try:
            told = self._take(source, environ) if what == "rows" else self._results(source, environ)
        except GatewayError as error:
            return self._refused(source, error)
        return Answer(status="200 OK", body=_json(told))

    def _refusal(self, environ: WSGIEnvironment) -> Answer | None:
        path, method = environ["PATH_INFO"], environ["REQUEST_METHOD"]
        match = _PATH.fullmatch(path)
        if match is None:
            return _problem(GatewayError("push.source"))
        source, what = match[1], match[2]
        if method != _METHODS[what]:
            allow = (("Allow", _METHODS[what]),)
            return Answer(status="405 Method Not Allowed", body=b"", headers=allow, kind="text/plain")
        tokens = self.tokens.get(source)
        # An unknown source gets the same answer as a wrong token.
        if tokens is None or not tokens.admit(environ.get("HTTP_AUTHORIZATION", "")):
            _log.warning("push refused", source=source if tokens else None, code="push.unauthorized")
            self.tally.refused(source if tokens else "", Way.REST, "push.unauthorized")
            return _problem(GatewayError("push.unauthorized"))
        if what == "rows":
            try:
                _size(environ)
            except GatewayError as error:
                return self._refused(source, error)
        return None

    def _refused(self, source: str, error: GatewayError) -> Answer:
        _log.warning("push refused", source=source, code=error.code)
        self.tally.refused(source, Way.REST, error.code)
        return _problem(error)

    def _take(self, source: str, environ: WSGIEnvironment) -> dict[str, Any]:
        items = [item_of(line) for line in read_push(environ["wsgi.input"].read(_size(environ)))]
        now, inbox = self.clock(), self.inbox()
        done = pushed(items, lambda rows: inbox.push(source, rows, origin="rest", now=now))
        self.tally.took(source, Way.REST, (item.taking for item in done))
        _log.info("pushed", source=source, rows=len(done), refused=sum(item.error is not None for item in done))
        return taken(done)

    def _results(self, source: str, environ: WSGIEnvironment) -> dict[str, Any]:
        asked = parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True)
        given = dict(asked)
        if len(given) != len(asked) or not given.keys() <= {"after", "limit"}:
            raise GatewayError("push.request", where="query", detail="after and limit, each once at most")
        after = _number(given.get("after", "0"), "after", 0, MAX_VERSION)
        limit = _number(given.get("limit", str(USUAL_RESULTS)), "limit", 1, MAX_RESULTS)
        return results(self.inbox().told(source, after, limit + 1), after, limit)


def _headers(answer: Answer) -> list[tuple[str, str]]:
    return [
        ("Content-Type", answer.kind),
        ("Content-Length", str(len(answer.body))),
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
        *answer.headers,
    ]


def _size(environ: WSGIEnvironment) -> int:
    """Return the octets of a request's body, as its head states them. Raises `GatewayError`."""
    if not _JSON.fullmatch(environ.get("CONTENT_TYPE", "")) or environ.get("HTTP_CONTENT_ENCODING"):
        raise GatewayError("push.request", where="Content-Type", detail="application/json in no coding is wanted")
    size = _number(environ.get("CONTENT_LENGTH") or "0", "Content-Length", 0, MAX_VERSION)
    if size > MAX_BODY_BYTES:
        raise GatewayError("push.too-large", detail=f"{size} octets, {MAX_BODY_BYTES} at most")
    return size


def _number(text: str, where: str, least: int, most: int) -> int:
    if not _NUMBER.fullmatch(text) or not least <= int(text) <= most:
        raise GatewayError("push.request", where=where, detail=f"a number from {least} to {most} is wanted")
    return int(text)


def _problem(error: GatewayError) -> Answer:
    """Return the answer to an error, by RFC 9457. An error that is not the sender's is ours, and temporary."""
    status = _STATUS.get(error.code, "503 Service Unavailable")
    headers: tuple[tuple[str, str], ...] = ()
    if status.startswith("401"):
        headers = (("WWW-Authenticate", "Bearer"),)
    elif status.startswith("503"):
        headers = (("Retry-After", RETRY_SECONDS),)
    body = _json({"status": int(status[:3]), **problem(error)})
    return Answer(status=status, body=body, headers=headers, kind="application/problem+json")


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode() + b"\n"
