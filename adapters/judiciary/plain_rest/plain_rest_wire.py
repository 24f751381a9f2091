"""The wire over plain REST: unsigned JSON in HTTP, which a pinned TLS connection brings."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Protocol

from adapters.contracts.rest_document import is_json
from adapters.crypto.schema.strict_json import JsonLimits, parse
from adapters.http.client import HttpAnswer
from adapters.judiciary.channel import MAX_ANSWER_BYTES, Channel
from adapters.judiciary.plain_rest.http_errors import HttpErrors
from adapters.judiciary.plain_rest.http_form import HttpForm
from adapters.judiciary.plain_rest.http_message import (
    RestRequest,
    RestResponse,
    read_request,
    read_response,
    written_request,
    written_response,
)
from adapters.judiciary.wire import Echo, SignedRequest
from gateway.judiciary.courier import Operation, SealSlice
from gateway.notice.envelope import Frame
from gateway.trust.trust_policy import Rejection

_LIMITS: Final = JsonLimits(max_bytes=MAX_ANSWER_BYTES, max_depth=64, max_tokens=1_000_000)
_UNAUTHORIZED: Final = 401


class Session(Protocol):
    """Authorization of requests."""

    def authorization(self) -> str:
        """Return the header's value. Raises `adapters.judiciary.channel.Unsent`."""
        ...

    def refused(self, authorization: str) -> None:
        """Forget an authorization that the service refused."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainRestWire:
    """Wire (`adapters.judiciary.wire.PlainWire`) over plain REST.

    Message and answer are in their written forms (`adapters.judiciary.plain_rest.http_message`). ``session`` authorizes
    requests. After a refused authorization a call is repeated once with a new one; a submission only if
    ``not_acted_on`` says of the refusal that nothing was acted on.
    """

    endpoint: str
    channel: Channel
    form: HttpForm
    session: Session | None = None
    not_acted_on: Callable[[RestResponse], bool] = lambda _: False
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
        slices: Sequence[SealSlice] = (),
    ) -> SignedRequest:
        assert not slices, "base64 in JSON: nothing is a slice of the wire"
        wire = written_request(content, self.endpoint)
        return SignedRequest(wire=wire, frame=Frame(pieces=(wire,), seals=()), signed=False)

    def send(self, wire: bytes, operation: str) -> HttpAnswer:
        request = read_request(wire, self.endpoint)
        if self.session is None:
            return self._written(self._sent(request, None), operation)
        authorization = self.session.authorization()
        answer = self._sent(request, authorization)
        if answer.status == _UNAUTHORIZED:
            self.session.refused(authorization)
            if self._repeats(answer, operation):
                answer = self._sent(request, self.session.authorization())
        return self._written(answer, operation)

    def _repeats(self, answer: HttpAnswer, operation: str) -> bool:
        if operation != Operation.SUBMIT.value:
            return True
        try:
            return self.not_acted_on(self.read(self._written(answer, operation).body))
        except Rejection:
            return False

    def read(self, raw: bytes) -> RestResponse:
        try:
            status, headers, body = read_response(raw)
        except ValueError as error:
            raise Rejection("verify.shape", detail="no written form of an answer") from error
        response = RestResponse(status=status, headers=headers)
        if not body or not is_json(response.media_type):
            return response
        return RestResponse(status=status, headers=headers, body=parse(body, _LIMITS))

    def _sent(self, request: RestRequest, authorization: str | None) -> HttpAnswer:
        secret = {} if authorization is None else {"Authorization": authorization}
        headers = {"Accept": "application/json, application/problem+json", **request.headers, **secret}
        return self.channel.ask(request.method, request.target, request.body, headers)

    def _written(self, answer: HttpAnswer, operation: str) -> HttpAnswer:
        """Return the answer with its written form as body."""
        names = ["Content-Type", "Date", "Retry-After", *self.form.headers(operation, answer.status)]
        there = {name.lower(): value for name, value in answer.headers.items()}
        headers = {
            name.title(): there[name.lower()] for name in dict.fromkeys(map(str.title, names)) if name.lower() in there
        }
        return replace(answer, body=written_response(answer.status, headers, answer.body))


def refusal_test(form: HttpForm, errors: HttpErrors, not_acted_on: Collection[str]) -> Callable[[RestResponse], bool]:
    """Return the test of an answer for a code by which nothing was acted on."""

    def test(answer: RestResponse) -> bool:
        fault = errors.fault(form.tree(answer), mapped=False)
        return fault is not None and fault.code in not_acted_on

    return test
