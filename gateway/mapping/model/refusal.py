"""Refusals of a mapping: problems of single fields, and the row or message that has them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field as value
from typing import Final

from gateway.notice.source_row import CaseRow, RowDefect
from gateway.runtime.errors import CATALOGUE, GatewayError

MAX_REASON: Final = 20_000
"""Most characters of a reason, as of every value that is written to a row (`gateway.mapping.kinds.result`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Problem of one field of the source: an entry of the error catalogue, and the field's Persian title.

    ``reason`` are words of the mapping itself, in the place of the entry's. ``target`` is the path of the mapping's
    target that could not be made; empty if the problem is of none.
    """

    code: str
    field: str
    title: str
    reason: str = ""
    target: str = value(default="", compare=False)

    @property
    def sentence(self) -> str:
        entry = CATALOGUE[self.code]
        return f"{self.title}: {self.reason}" if self.reason else f"{self.title}: {entry.fa} {entry.remedy_fa}"


def problems_of(defects: Sequence[RowDefect]) -> list[Problem]:
    """Return the parts of a row that could not be read as problems."""
    return [Problem(code=each.code, field=each.field, title=each.title) for each in defects]


class RowRefused(GatewayError):
    """The row cannot become a notice. ``code`` and ``field`` (the source's column) are those of the first problem.

    ``reason`` has each of the ``problems`` in Persian, a line each. ``case_number`` and ``body`` (the code of the
    issuing body) are None if they were unreadable, too.
    """

    literal_name = "RowRefused"

    def __init__(
        self, row: CaseRow, problems: Sequence[Problem], case_number: str | None = None, body: str | None = None
    ) -> None:
        first = problems[0]
        super().__init__(first.code, where=f"{row.source} {row.key}", detail=first.field)
        self.field, self.problems = first.field, tuple(problems)
        self.reason = reason(problems)
        self.case_number, self.body = case_number, body


class Unmapped(GatewayError):
    """The document cannot be mapped: ``code`` and ``field`` are those of the first of its ``problems``."""

    literal_name = "Unmapped"

    def __init__(self, mapping: str, problems: Sequence[Problem]) -> None:
        first = problems[0]
        super().__init__(first.code, where=mapping, detail=first.field)
        self.field, self.problems = first.field, tuple(problems)
        self.reason = reason(problems)


def reason(problems: Sequence[Problem]) -> str:
    """Return the reason for the person who must act: a Persian line for each problem.

    Lines beyond `MAX_REASON` are left out: a row must be able to show it. A corrected row shows them.
    """
    lines, left = list[str](), MAX_REASON
    for problem in problems:
        left -= len(problem.sentence) + 1
        if left < 0:
            break
        lines.append(problem.sentence)
    return "\n".join(lines)
