"""The wire over plain REST: unsigned JSON in HTTP, which a pinned TLS connection brings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from adapters.contracts.rest_document import is_json
from adapters.crypto.message.soap_signing import Slice
from adapters.crypto.schema.strict_json import JsonLimits, parse
from adapters.http.client import HttpAnswer
from adapters.judiciary.channel import MAX_ANSWER_BYTES, Channel
from adapters.judiciary.operations import LOGIN
from adapters.judiciary.plain_rest.http_form import HttpForm
from adapters.judiciary.plain_rest.http_message import (
    RestRequest,
    RestResponse,
    read_request,
    read_response,
    written_request,
    written_response,
)
from adapters.judiciary.wire import NO_HEADERS, Echo, SignedRequest
from gateway.notice.envelope import Frame
from gateway.notice.large_octets import Octets
from gateway.trust.trust_policy import Rejection

_LIMITS: Final = JsonLimits(max_bytes=MAX_ANSWER_BYTES, max_depth=64, max_tokens=1_000_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainRestWire:
    """Wire (`adapters.judiciary.wire.PlainWire`) over plain REST.

    Message and answer are in their written forms (`adapters.judiciary.plain_rest.http_message`).
    """

    endpoint: str
    channel: Channel
    form: HttpForm
    echo: Echo[RestResponse] | None = None
    statuses: frozenset[int] = frozenset(range(200, 600))

    def assert_ready(self, now: datetime) -> None:
        self.channel.assert_ready(now)

    def sign(
        self,
        operation: str,  # noqa: ARG002 - a `Wire`
        message_id: str,  # noqa: ARG002
        content: RestRequest,
        now: datetime,  # noqa: ARG002
        slices: Sequence[Slice] = (),
        token: str | None = None,  # noqa: ARG002 - it stands in the content, or in headers of HTTP
    ) -> SignedRequest:
        assert not slices, "base64 in JSON: nothing is a slice of the wire"
        wire = written_request(content, self.endpoint)
        return SignedRequest(wire=wire, frame=Frame(pieces=(wire,), seals=()), signed=False)

    def send(self, wire: Octets, operation: str, headers: Mapping[str, str] = NO_HEADERS) -> HttpAnswer:
        request = read_request(wire, self.endpoint)
        told = {"Accept": "application/json, application/problem+json", **request.headers, **headers}
        answer = self.channel.ask(request.method, request.target, request.body, told)
        return self._written(answer, operation)

    def read(self, raw: bytes) -> RestResponse:
        try:
            status, headers, body = read_response(raw)
        except ValueError as error:
            raise Rejection("verify.shape", detail="no written form of an answer") from error
        response = RestResponse(status=status, headers=headers, has_body=bool(body))
        if not body or not is_json(response.media_type):
            return response
        return replace(response, body=parse(body, _LIMITS))

    def _written(self, answer: HttpAnswer, operation: str) -> HttpAnswer:
        """Return the answer with its written form as body."""
        names = ["Content-Type", "Date", "Retry-After", *self.form.headers(operation, answer.status)]
        there = {name.title(): value for name, value in answer.headers.items()}
        if operation != LOGIN:
            there.pop("Set-Cookie", None)  # a secret
        headers = {name: there[name] for name in dict.fromkeys(map(str.title, names)) if name in there}
        return replace(answer, body=written_response(answer.status, headers, answer.body))
