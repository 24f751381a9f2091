"""Messages of data sharing: schemas/municipal/sharing-1/openapi.json as a model, and strict JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, Self

from pydantic import BaseModel, ConfigDict, Field, StrictStr, ValidationError, model_validator

from adapters.crypto.schema.strict_json import JsonLimits, parse
from gateway.notice.text import plain
from gateway.operations.sharing_agreement import Question, SharedField
from gateway.runtime.errors import GatewayError
from gateway.trust.trust_policy import Rejection

MAX_BODY_BYTES: Final = 16 * 1024
_LIMITS: Final = JsonLimits(max_bytes=MAX_BODY_BYTES, max_depth=2, max_tokens=40)

Text = Annotated[StrictStr, Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")]


class _Read(BaseModel):
    """The body of a POST: a purpose, and a case number with a renovation code, or a tracking number."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    purpose: Text
    case_number: Text | None = None
    renovation_code: Text | None = None
    tracking_number: Text | None = None

    @model_validator(mode="after")
    def _names_one_thing(self) -> Self:
        by_case = self.case_number is not None and self.renovation_code is not None
        by_part = (self.case_number is None) != (self.renovation_code is None)
        if by_part or by_case == (self.tracking_number is not None):
            raise ValueError("one of the two")
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedAnswer:
    """Answer: the allowed fields of each visible notice, and the id of the record of this reading.

    ``complete`` is False if there are more notices than an answer may have.
    """

    record: str
    notices: Sequence[Mapping[SharedField, str | None]]
    complete: bool = True

    @property
    def told(self) -> dict[str, Any]:
        notices = [{name.value: value for name, value in each.items()} for each in self.notices]
        return {"record": self.record, "notices": notices, "complete": self.complete}


def read_question(octets: bytes) -> Question:
    """Return the question of a request. Raises `GatewayError` ``sharing.request``, which quotes none of its values."""
    try:
        asked = _Read.model_validate(parse(octets, _LIMITS))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(str(step)[:100] for step in first["loc"][:2])
        raise GatewayError("sharing.request", where=where, detail=first["type"]) from None
    except Rejection as rejection:
        raise GatewayError("sharing.request", detail=rejection.entry.en) from None
    return Question(
        purpose=asked.purpose,
        case_number=_plain(asked.case_number),
        renovation_code=_plain(asked.renovation_code),
        tracking_number=_plain(asked.tracking_number),
    )


def _plain(text: str | None) -> str | None:
    return None if text is None else plain(text)
