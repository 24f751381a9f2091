"""The port to a municipal case database: rows come in, results and refusals go back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

Value = str | int | float | bytes | date | datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRow:
    """One row as it stands in the source: nothing is promised yet.

    ``key`` names the row for ever; ``version`` names this content of it (a corrected row comes again with another).
    """

    source: str
    key: str
    version: str
    fields: Mapping[str, Value] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RowMark:
    """A row by its key, and the content that it has by its version."""

    source: str
    key: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Rows in the source's order; ``cursor`` is where the next page begins."""

    rows: Sequence[CaseRow]
    cursor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A row that cannot become a notice. ``reason`` is Persian, for the clerk; ``field`` is the source's column."""

    source: str
    row_key: str
    row_version: str
    code: str
    field: str
    reason: str
    refused_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A notice's present, as the case database shall show it; times in UTC, ``service_date`` Jalali (1404-11-14)."""

    row_key: str
    reference: str
    replaces: str | None
    state: str
    seq: int
    tracking_number: str | None
    delivered_at: datetime | None
    viewed_at: datetime | None
    service_date: str | None
    effect: str | None
    code: str | None
    reason: str | None


class CaseSource(Protocol):
    """A case database. Every method may raise `gateway.errors.GatewayError` with a code ``source.*``."""

    @property
    def name(self) -> str: ...

    def read(self, cursor: str | None, limit: int) -> Page:
        """Return up to ``limit`` rows after ``cursor`` (None: from the beginning), new and corrected ones alike."""
        ...

    def reread(self, keys: Sequence[str]) -> Sequence[CaseRow]:
        """Return the rows of these keys as they stand now; those that are gone are left out."""
        ...

    def write_results(self, results: Sequence[Result]) -> Sequence[str]:
        """Write results into their rows; return the keys of rows that are not there.

        A result replaces an older one of its notice, and any of the notice that it ``replaces``; writing an older one
        after a newer one changes nothing.
        """
        ...

    def write_refusals(self, refusals: Sequence[Refusal]) -> None:
        """Write refusals into their rows, unless a row has been corrected meanwhile."""
        ...
