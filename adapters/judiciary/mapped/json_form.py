"""A contract's messages as JSON: the operations of its OpenAPI document, and their schemas."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from adapters.crypto.schema.message_schema import SchemaJudge
from adapters.judiciary.mapped.form import Path, text_at
from adapters.judiciary.rest_wire import Body, RestOperation
from gateway.trust.trust_policy import Rejection


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonOperation:
    """Place of an operation, and the schemas of its messages.

    A fault must fit one of ``faults``. If none is described, only a code is read of it.
    """

    at: RestOperation
    request: SchemaJudge
    answer: SchemaJudge
    faults: Sequence[SchemaJudge]


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonForm:
    """Form (`adapters.judiciary.mapped.form.Form`) in JSON.

    ``bound`` are operations by our own names. ``fault_code`` is the path to a value that faults alone have.
    """

    bound: Mapping[str, JsonOperation]
    fault_code: Path

    @property
    def is_xml(self) -> bool:
        return False

    @property
    def operations(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(operation.at.name for operation in self.bound.values()))

    def at(self, operation: str) -> RestOperation:
        return self.bound[operation].at

    def header_places(self, operation: str) -> Sequence[str]:  # noqa: ARG002 - it has no header blocks
        return ()

    def request(self, operation: str, values: Mapping[str, Any], *, judged: bool = True) -> Body:
        if judged:
            self.bound[operation].request.assert_fits(values)
        assert_numbers(values, operation)
        return values

    def slots(self, request: Body) -> Sequence[int]:  # noqa: ARG002 - JSON has no elements
        return ()

    def assert_answers(self, operation: str, answer: Body) -> None:
        """Check the answer by its schema; its claims name the operation that it answers."""
        bound = self.bound[operation]
        if self.fault(answer) is None:
            bound.answer.assert_fits(answer)
        elif bound.faults:
            _assert_fits_any(bound.faults, answer)

    def fault(self, answer: Body) -> str | None:
        """Return the code of a fault, a text or a whole number; None if the answer is no fault."""
        return text_at(answer, self.fault_code)

    def fault_words(self, answer: Body) -> str:  # noqa: ARG002 - none are agreed
        return ""

    def status(self, answer: Body) -> None:  # noqa: ARG002 - it means nothing
        return None

    def tree(self, answer: Body, names: Collection[str] | None = None) -> Any:  # noqa: ARG002 - it is one already
        return answer


def _assert_fits_any(judges: Sequence[SchemaJudge], answer: Body) -> None:
    problem: Rejection | None = None
    for judge in judges:
        try:
            judge.assert_fits(answer)
        except Rejection as misfit:
            problem = problem or misfit
        else:
            return
    assert problem is not None
    raise problem


def assert_numbers(value: Any, where: str) -> None:
    """Raise `Rejection` for a number that JSON cannot write."""
    if isinstance(value, float) and not math.isfinite(value):
        raise Rejection("verify.schema", where=where, detail="a number that is none")
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    for each in inner:
        assert_numbers(each, where)
