"""Messages of the REST push: schemas/municipal/push-1/openapi.json as models, and strict JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StrictFloat, StrictInt, StrictStr, ValidationError

from adapters.crypto.schema.strict_json import JsonLimits, parse
from adapters.municipal.documents import MAX_ENCODED
from adapters.municipal.file_lines import Attachment as Attached
from adapters.municipal.file_lines import Encoded, Item, Line, line_of
from gateway.notice.source_row import MAX_KEY
from gateway.runtime.clock import timestamp
from gateway.runtime.errors import CATALOGUE, GatewayError
from gateway.store.inbox import MAX_FIELDS, MAX_NAME, MAX_TEXT, MAX_VERSION, RowStatus
from gateway.trust.trust_policy import Rejection

MAX_ROWS = 500
"""Most rows in one request."""

MAX_ATTACHMENTS = 50
"""Most attachments in one row of a request. A notice has fewer: a row with too many for it is refused alone."""

LIMITS = JsonLimits(max_bytes=32 * 1024 * 1024, max_depth=6, max_tokens=MAX_ROWS * (4 * MAX_FIELDS + 60))
"""Depth and tokens of the largest request that the models take, with 19 attachments in each row of 90 fields."""

Name = Annotated[str, Field(min_length=1, max_length=MAX_NAME)]
Text = Annotated[StrictStr, Field(max_length=MAX_TEXT)]
Scalar = Text | StrictInt | StrictFloat | None


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class Attachment(_Part):
    """A further document of the notice: ``name`` is its file's name, ``content`` base64, ``digest`` its SHA-256."""

    name: str = Field(min_length=1, max_length=MAX_TEXT)
    title: Text | None = None
    kind: Text | None = None
    media_type: Text | None = None
    digest: Text | None = None
    content: str = Field(max_length=MAX_ENCODED)


class Row(_Part):
    """``documents`` are base64, by the field that they are for. ``attachments`` follow the paper, in order."""

    key: str = Field(min_length=1, max_length=MAX_KEY)
    version: int = Field(ge=0, le=MAX_VERSION)
    fields: dict[Name, Scalar] = Field(max_length=MAX_FIELDS)
    documents: dict[Name, Annotated[str, Field(max_length=MAX_ENCODED)]] = Field(default={}, max_length=4)
    attachments: list[Attachment] = Field(default=[], max_length=MAX_ATTACHMENTS)


class Push(_Part):
    """The body of a POST."""

    rows: list[Row] = Field(min_length=1, max_length=MAX_ROWS)


def read_push(octets: bytes) -> list[Line]:
    """Return the lines of a request. Raises `GatewayError` ``push.request``, which quotes none of its values."""
    try:
        push = Push.model_validate(parse(octets, LIMITS))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(str(step)[:MAX_NAME] for step in first["loc"][:5])
        raise GatewayError("push.request", where=where, detail=first["type"]) from None
    except Rejection as rejection:
        raise GatewayError("push.request", detail=f"{rejection.entry.en}: {rejection.detail}") from None
    return [
        line_of(
            f"rows.{number}",
            row.key,
            str(row.version),
            list(row.fields.items()),
            [Encoded(name=name, content=content) for name, content in row.documents.items()],
            [Attached(**each.model_dump()) for each in row.attachments],
        )
        for number, row in enumerate(push.rows)
    ]


def taken(items: Sequence[Item]) -> dict[str, Any]:
    return {"rows": [_taken(item) for item in items]}


def _taken(item: Item) -> dict[str, Any]:
    told: dict[str, Any] = {"key": item.key, "version": item.version, "taking": item.taking.value}
    return told if item.error is None else {**told, **problem(item.error)}


def problem(error: GatewayError) -> dict[str, Any]:
    """Return an error as the sender reads it; no place inside the gateway stands in it."""
    entry = CATALOGUE[error.code]
    sent = error.code.startswith(("push.", "document."))
    told: dict[str, Any] = {
        "code": error.code,
        "title": entry.en,
        "reason": f"{entry.fa} {entry.remedy_fa}",
        "remedy": entry.remedy,
    }
    told |= {"who_must_act": entry.actor.value, "retry": entry.retry}
    return told | ({"where": error.where, "detail": error.detail} if sent else {})


def results(told: Sequence[RowStatus], after: int, limit: int) -> dict[str, Any]:
    """Return a page of results; ``more`` is true if one beyond the limit was found."""
    page = told[:limit]
    following = page[-1].change if page else after
    return {"results": [_result(each) for each in page], "next": following, "more": len(told) > limit}


def _result(told: RowStatus) -> dict[str, Any]:
    values = {name: getattr(told, name) for name in RowStatus.__dataclass_fields__ if name != "fields"}
    own = {} if told.fields is None else {"fields": dict(told.fields)}
    times = {n: timestamp(v) for n in ("delivered_at", "viewed_at", "updated_at") if (v := values[n]) is not None}
    return values | times | own
