"""Drafts: notices that a person has typed and not entered yet, with the files that belong to them.

A draft is its person's alone. It holds personal data, so it is kept for a day, within bounds, and is no evidence.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final, Protocol

from gateway.notice.notice import MAX_DOCUMENT_BYTES

KEPT: Final = timedelta(days=1)
"""A draft is deleted so long after its last change."""
MAX_FILE_BYTES: Final = MAX_DOCUMENT_BYTES
MAX_PERSON_BYTES: Final = 200 * 1024 * 1024
"""Most octets of one person's drafts. The oldest ones go first."""
MAX_ALL_BYTES: Final = 2 * 1024 * 1024 * 1024
"""Most octets of all drafts: beyond it ``intake.full``."""
MAX_DRAFTS: Final = 20
"""Most drafts of one person. The oldest ones go first."""


class DraftKind(StrEnum):
    """Origin of a draft: typed in the form, or read from a spreadsheet. Its value is stored."""

    FORM = "form"
    SHEET = "sheet"


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftFile:
    """File of a draft, by the ``name`` that it had on the person's computer."""

    name: str
    digest: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldProblem:
    """Problem of one field: a code of the error catalogue, and values for people without a translation."""

    field: str
    code: str
    about: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftRow:
    """One notice of a draft as it was typed. ``line`` is its line in the spreadsheet.

    ``problems`` were found when it was judged last. ``reference`` and ``case`` are those of its notice, once it is
    entered; ``entered`` is True then.
    """

    line: int = 1
    fields: Mapping[str, str] = field(default_factory=dict, repr=False)
    paper: DraftFile | None = None
    attachments: tuple[DraftFile, ...] = ()
    problems: tuple[FieldProblem, ...] = ()
    reference: str | None = None
    entered: bool = False

    @property
    def files(self) -> tuple[DraftFile, ...]:
        """The paper, and its attachments in order."""
        return ((self.paper,) if self.paper else ()) + self.attachments


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """Draft of the person with the id ``person``."""

    id: str
    person: str
    kind: DraftKind
    rows: tuple[DraftRow, ...]
    changed_at: datetime

    @property
    def digests(self) -> frozenset[str]:
        return frozenset(file.digest for row in self.rows for file in row.files)


class DraftStore(Protocol):
    """Store of drafts. Every method may raise `gateway.runtime.errors.GatewayError` of area ``store``."""

    def keep(self, draft: Draft) -> None:
        """Keep a draft in the place of the one with its id; files that it names no more are deleted."""
        ...

    def keep_file(self, draft: str, person: str, octets: bytes, now: datetime) -> str:
        """Keep a file for a draft, and return its digest. Raises `GatewayError` ``intake.full``."""
        ...

    def find(self, id: str, person: str) -> Draft | None: ...

    def of_person(self, person: str) -> Sequence[Draft]:
        """Return a person's drafts, the last changed one first."""
        ...

    def file(self, draft: str, person: str, digest: str) -> bytes | None: ...

    def delete(self, id: str, person: str) -> None: ...

    def end(self, before: datetime) -> int:
        """Delete drafts and files that were not changed since ``before``; return the number of drafts."""
        ...


def as_text(rows: Sequence[DraftRow]) -> str:
    """Return the rows of a draft as the store keeps them."""
    return json.dumps([asdict(row) for row in rows], ensure_ascii=False)


def as_rows(text: str) -> tuple[DraftRow, ...]:
    """Return the rows from which `as_text` made a text."""
    return tuple(_rows(json.loads(text)))


def _rows(plain: Sequence[Mapping[str, Any]]) -> Iterator[DraftRow]:
    for row in plain:
        made = dict(row)
        made["paper"] = DraftFile(**row["paper"]) if row["paper"] else None
        made["attachments"] = tuple(DraftFile(**each) for each in row["attachments"])
        made["problems"] = tuple(FieldProblem(**each) for each in row["problems"])
        yield DraftRow(**made)
