"""A contract's messages as plain HTTP: places of a request's values, and answers by their status."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlencode

from adapters.contracts.rest_document import In, is_json
from adapters.crypto.schema.message_schema import SchemaJudge
from adapters.crypto.schema.strict_json import dump_in_pieces
from adapters.judiciary.mapped.json_form import assert_numbers
from adapters.judiciary.plain_rest.http_message import RestRequest, RestResponse, assert_header
from gateway.notice.large_octets import Octets, whole
from gateway.runtime.errors import GatewayError
from gateway.trust.trust_policy import Rejection

_DOTS: Final = frozenset({"", ".", ".."})
"""Segments that would change the path around them (RFC 3986, 5.2.4)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpParameter:
    name: str
    place: In
    required: bool
    judge: SchemaJudge


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpAnswers:
    """Judges of the bodies of one status by media type (None: any value); ``headers`` are the described ones.

    ``unread`` are described media types that are no JSON: such a body is not read.
    """

    bodies: Mapping[str, SchemaJudge | None]
    unread: frozenset[str]
    headers: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpOperation:
    """Operation. ``body`` judges a request's body, None without one; ``answers`` are by status as a document has it."""

    name: str
    method: str
    path: str
    parameters: Sequence[HttpParameter]
    media_type: str | None
    body: SchemaJudge | None
    body_required: bool
    answers: Mapping[str, HttpAnswers]

    def answered(self, status: int) -> HttpAnswers | None:
        """Return the description of a status: the most exact one; None if there is none."""
        for key in (str(status), f"{status // 100}XX", f"{status // 100}xx", "default"):
            if key in self.answers:
                return self.answers[key]
        return None

    def request(self, values: Mapping[str, Any], *, judged: bool = True) -> RestRequest:
        """Return the request with these values; a record is not ``judged``.

        Raises `Rejection` ``verify.schema`` with the place that does not fit.
        """
        path, query, headers = self.path, list[tuple[str, str]](), dict[str, str]()
        for each in self.parameters:
            value = values.get(each.place.value, {}).get(each.name)
            if value is None:
                if each.required:
                    raise Rejection("verify.schema", where=f"{each.place.value}.{each.name}", detail="required")
                continue
            if judged:
                each.judge.assert_fits(value)
            texts = [_text(part) for part in (value if isinstance(value, list) else [value])]
            if each.place is In.QUERY:
                query += [(each.name, text) for text in texts]
            elif each.place is In.HEADER:
                headers[each.name] = ",".join(texts)
                assert_header(each.name, headers[each.name])
            else:
                path = path.replace(f"{{{each.name}}}", _segment(each.name, texts))
        target = f"{path}?{urlencode(query, quote_via=quote)}" if query else path
        body, media = self._body(values, judged=judged)
        return RestRequest(method=self.method, target=target, headers={**media, **headers}, body=body)

    def _body(self, values: Mapping[str, Any], *, judged: bool) -> tuple[Octets, Mapping[str, str]]:
        if self.body is None or self.media_type is None or ("body" not in values and not self.body_required):
            return b"", {}
        body = values.get("body", {})
        if judged:
            self.body.assert_fits(body)
        assert_numbers(body, self.name)
        return dump_in_pieces(body), {"Content-Type": self.media_type}


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpForm:
    """Form (`adapters.judiciary.mapped.form.Form`) in plain HTTP.

    ``bound`` are operations by our own names. ``faults`` are the statuses that the profile makes faults by themselves,
    whatever body they have. ``read`` are those that it has read without a description.
    """

    bound: Mapping[str, HttpOperation]
    faults: frozenset[int]
    read: frozenset[int]

    @property
    def is_xml(self) -> bool:
        return False

    @property
    def operations(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(operation.name for operation in self.bound.values()))

    def header_places(self, operation: str) -> Sequence[str]:  # noqa: ARG002 - headers are parameters of a request
        return ()

    def request(self, operation: str, values: Mapping[str, Any], *, judged: bool = True) -> RestRequest:
        return self.bound[operation].request(values, judged=judged)

    def headers(self, operation: str, status: int) -> Sequence[str]:
        """Return the names of the headers that a status has by the contract."""
        described = self.bound[operation].answered(status)
        return () if described is None else described.headers

    def assert_answers(self, operation: str, answer: RestResponse) -> None:
        """Check the answer by the schema of its status.

        Raises `GatewayError` ``courier.http-status`` for a status or a form of body that the contract does not
        describe, since such an answer comes from something in between. A status that is described without a body has
        none.
        """
        described = self.bound[operation].answered(answer.status)
        if described is not None and answer.media_type in described.bodies:
            if (judge := described.bodies[answer.media_type]) is not None:
                judge.assert_fits(answer.body)
        elif answer.status not in self.faults and not self._is_bare(answer, described):
            detail = f"{answer.status} {answer.media_type}".strip()
            raise GatewayError("courier.http-status", where=operation, detail=detail)

    def _is_bare(self, answer: RestResponse, described: HttpAnswers | None) -> bool:
        """Return True for an answer that counts although no schema judges it."""
        if answer.status in self.read and (is_json(answer.media_type) or not answer.has_body):
            return True
        if described is None or described.bodies:
            return False
        return not answer.has_body or answer.media_type in described.unread

    def fault(self, answer: RestResponse) -> str | None:  # noqa: ARG002 - `HttpErrors` decides
        return None

    def slots(self, request: RestRequest) -> Sequence[int]:  # noqa: ARG002 - JSON has no elements
        return ()

    def fault_words(self, answer: RestResponse) -> str:  # noqa: ARG002 - `HttpErrors` reads them
        return ""

    def status(self, answer: RestResponse) -> int | None:
        return answer.status

    def tree(self, answer: RestResponse, names: Collection[str] | None = None) -> Any:  # noqa: ARG002 - it is one already
        """Return an answer as mappings read it: ``body`` is that of 2xx, ``problem`` that of any other status."""
        part = "body" if answer.is_good else "problem"
        return {"status": answer.status, "header": answer.headers, part: answer.body}


def _segment(name: str, texts: Sequence[str]) -> str:
    """Return a segment of a path; a list in the style "simple", its commas literal (RFC 6570, 3.2.2)."""
    segment = ",".join(quote(text, safe="") for text in texts)
    if segment in _DOTS:
        raise Rejection("verify.schema", where=f"path.{name}", detail="a segment that changes the path")
    return segment


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(whole(value))
