"""Documents of a run: a paper for each case, or small ones that the cases share."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from adapters.sandbox.cases.paper import small_paper
from adapters.sandbox.cases.people import MARK, Person
from adapters.sandbox.cases.persian_paper import MOST_RECIPIENTS, PersianPaper, set_papers
from adapters.sandbox.cases.sample_rows import Row
from gateway.mapping import BodyConfig
from gateway.notice.text import plain

_SMALL_SHARE = 0.65
_SCAN_GRAINS = (1, 2, 3)
_UNTIL_THE_HEARING = timedelta(days=30)
_LONGEST_NAME = 60
_HEIRS = "، "


@dataclass(frozen=True, slots=True)
class Document:
    """Document of a row before it is made. ``spoil`` makes it bad, or leaves it out."""

    paper: PersianPaper | bytes
    spoil: Callable[[bytes], bytes | None] = lambda octets: octets


class PaperPool:
    """Planner of documents: it plans them one by one and makes them many at a time (see `set_papers`)."""

    def __init__(self, rng: random.Random, *, small_documents: bool) -> None:
        self._rng, self._small_documents = rng, small_documents
        self._small: dict[tuple[str, str], bytes] = {}

    def planned(
        self, paper: Row, case: Row, body: BodyConfig, persons: Sequence[Person], revision: int = 1
    ) -> Document:
        """Return the document of a paper for ``persons``; the rows are those of `paper_row` and `case_row`."""
        grain = self._rng.choice(_SCAN_GRAINS) if self._rng.random() >= _SMALL_SHARE else 0
        kind = paper["kind"]
        if self._small_documents:
            if (body.code, kind) not in self._small:
                self._small[body.code, kind] = small_paper(f"{body.code} {kind}")
            return Document(self._small[body.code, kind])
        day = paper["issued_on"]
        return Document(
            PersianPaper(
                body=body.code,
                kind=kind,
                title=body.title,
                kind_title=body.kinds[kind],
                case_number=plain(case["case_number"]),
                paper_number=paper["paper_number"],
                district=plain(case["district"]),
                subject=paper["subject"],
                issued_on=day,
                hearing_on=day + _UNTIL_THE_HEARING if kind == "hearing-invitation" else None,
                revision=revision,
                recipients=tuple(f"{_in_one_line(person.name)} {MARK}" for person in persons[:MOST_RECIPIENTS]),
                scan_grain=grain,
            )
        )

    def made(self, documents: Sequence[Document]) -> list[bytes | None]:
        """Return the octets of each document as the database keeps it."""
        papers = [document.paper for document in documents if isinstance(document.paper, PersianPaper)]
        octets = iter(set_papers(papers) if papers else [])
        return [
            document.spoil(document.paper if isinstance(document.paper, bytes) else next(octets))
            for document in documents
        ]


def _in_one_line(name: str) -> str:
    """Return a name that fits a line of a paper: of many heirs, the first ones."""
    if len(name) <= _LONGEST_NAME:
        return name
    return name[: name.rfind(_HEIRS, 0, _LONGEST_NAME)] + " و دیگران"
