"""A finding: one thing that two ledgers do not agree on, or that is late, with who must act."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from gateway.runtime.errors import CATALOGUE, Actor, CatalogueEntry, GatewayError

AREA = "reconcile."


@dataclass(frozen=True, slots=True, kw_only=True)
class Discrepancy:
    """``code`` is of the catalogue. ``source`` and ``row_key`` name a row of a case database, ``reference`` a notice;
    ``since`` is the time from which it is so, as far as that is known. ``detail`` never holds a person's data."""

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
"""Takes each finding as it is made: nobody keeps them all."""


def unheard(finding: Discrepancy) -> None:
    """A sink for those who only count."""


@dataclass(slots=True)
class Findings:
    """Counts findings by code, and passes each on."""

    sink: Sink
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, finding: Discrepancy) -> None:
        self.counts[finding.code] += 1
        self.sink(finding)


def errors_of(counts: Mapping[str, int]) -> list[GatewayError]:
    """Return one error for each code, with how many there are; what is late already before what soon will be."""
    codes = sorted(counts, key=lambda code: (code.endswith("-soon-late"), code))
    return [GatewayError(code, detail=str(counts[code])) for code in codes]
