"""Findings: disagreements of two ledgers, and lateness, with the actor."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from gateway.runtime.errors import CATALOGUE, Actor, CatalogueEntry, GatewayError

AREA = "reconcile."


@dataclass(frozen=True, slots=True, kw_only=True)
class Discrepancy:
    """Disagreement or lateness; ``code`` is of the catalogue.

    ``source`` and ``row_key`` name a row of a case database, ``reference`` a notice. ``since`` is its beginning, if
    known. ``detail`` never holds a person's data.
    """

    code: str
    source: str | None = None
    row_key: str | None = None
    reference: str | None = None
    since: datetime | None = None
    detail: str = ""

    @property
    def entry(self) -> CatalogueEntry:
        return CATALOGUE[self.code]

    @property
    def kind(self) -> str:
        return self.code.removeprefix(AREA)

    @property
    def actor(self) -> Actor:
        return self.entry.actor


Sink = Callable[[Discrepancy], None]
"""Function that takes each finding at once: the findings are never all in memory."""


def unheard(finding: Discrepancy) -> None:
    """Discard a finding; for callers that only count."""


@dataclass(slots=True)
class Findings:
    """Counter of findings by code that passes each on."""

    sink: Sink
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, finding: Discrepancy) -> None:
        self.counts[finding.code] += 1
        self.sink(finding)


def errors_of(counts: Mapping[str, int]) -> list[GatewayError]:
    """Return one error for each code, with the count; late ones come before those that soon will be."""
    codes = sorted(counts, key=lambda code: (code.endswith("-soon-late"), code))
    return [GatewayError(code, detail=str(counts[code])) for code in codes]
