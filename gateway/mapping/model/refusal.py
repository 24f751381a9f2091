"""What a mapping refuses: problems of single fields, and the row or message that has them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.notice.source_row import CaseRow
from gateway.runtime.errors import CATALOGUE, GatewayError


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What is wrong with one field of the source: an entry of the error catalogue, and the field's Persian title."""

    code: str
    field: str
    title: str

    @property
    def sentence(self) -> str:
        entry = CATALOGUE[self.code]
        return f"{self.title}: {entry.fa} {entry.remedy_fa}"


class RowRefused(GatewayError):
    """A row that cannot become a notice: ``code`` and ``field`` (the source's column) of the first problem, and in
    ``reason`` every problem in Persian, a line each. ``case_number`` is None where it could not be read either."""

    literal_name = "RowRefused"

    def __init__(self, row: CaseRow, problems: Sequence[Problem], case_number: str | None = None) -> None:
        first = problems[0]
        super().__init__(first.code, where=f"{row.source} {row.key}", detail=first.field)
        self.field = first.field
        self.reason = reason(problems)
        self.case_number = case_number


class Unmapped(GatewayError):
    """A document that a mapping cannot turn into another: ``code`` and ``field`` of the first of its ``problems``."""

    literal_name = "Unmapped"

    def __init__(self, mapping: str, problems: Sequence[Problem]) -> None:
        first = problems[0]
        super().__init__(first.code, where=mapping, detail=first.field)
        self.field, self.problems = first.field, tuple(problems)
        self.reason = reason(problems)


def reason(problems: Sequence[Problem]) -> str:
    """Return what is told to whoever must act: a Persian line for each problem."""
    return "\n".join(problem.sentence for problem in problems)
