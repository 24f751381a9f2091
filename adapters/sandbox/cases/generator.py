"""Generator of a sample case database.

Equal arguments make tables of equal content, and a killed run leaves no database.
"""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from itertools import count, islice
from pathlib import Path

import jdatetime

from adapters.sandbox.cases import sample_rows
from adapters.sandbox.cases.bodies import BODIES, NOT_CONNECTED
from adapters.sandbox.cases.defects import DEFECTS, Defect, defects
from adapters.sandbox.cases.people import Person, people
from adapters.sandbox.cases.pool import Document, PaperPool
from adapters.sandbox.cases.sample_rows import Row
from adapters.sandbox.cases.sample_schema import INDEXES_AND_TRIGGERS, TABLES
from gateway.mapping import BodyConfig
from gateway.notice.delivery_state import DeliveryState

REFUSED = "REFUSED"
"""Expected state of a bad row: no notice is made of it."""

_SERVED = (DeliveryState.DELIVERED, DeliveryState.VIEWED)
_BAD_SHARE = 0.04
_PROGRESS_EVERY = 100
_ROWS_AT_ONCE = 1500
"""Number of rows that wait until their papers, some 250, are made together: fewer take longer, more take memory."""

_PARTIES = (1, 1, 1, 2, 2, 3)
_PAPERS = (1, 1, 1, 2)
_FIRST_DAY, _DAYS = jdatetime.date(1404, 8, 1), 90
_BETWEEN_PAPERS = timedelta(days=14)
"""Time between two papers. By Article 55, clause 20, its two warnings are two weeks apart."""


def generate(
    path: Path,
    *,
    notices: int,
    seed: int,
    progress: Callable[[int], None] | None = None,
    small_documents: bool = False,
) -> None:
    """Make a case database with exactly ``notices`` rows in its table `notices`.

    About 4 % of them are bad: up to one in ten until each defect occurs once, at least three of 20 and more, none of
    fewer. ``progress`` is called now and then with the number made. ``small_documents`` makes papers of a kilobyte with
    nothing to read, for measurements. Raises `FileExistsError`: an existing database is never replaced.
    """
    if notices < 1:
        raise ValueError("a sample has at least one notice")
    if path.exists():
        raise FileExistsError(path)
    partial = path.with_name(path.name + ".partial")
    partial.unlink(missing_ok=True)
    try:
        with closing(sqlite3.connect(partial)) as connection:
            connection.executescript("PRAGMA journal_mode = OFF; PRAGMA foreign_keys = ON;" + TABLES)
            with connection:
                rng = random.Random(seed)  # noqa: S311 (sample data, not keys)
                pool = PaperPool(rng, small_documents=small_documents)
                _Generator(connection, rng, pool, progress or (lambda _made: None)).fill(notices)
            connection.executescript(INDEXES_AND_TRIGGERS)
        partial.rename(path)
    finally:
        partial.unlink(missing_ok=True)


def bad_rows(notices: int) -> int:
    """Return the number of bad rows in a sample of so many notices."""
    if notices < 20:
        return 0
    return max(3, round(notices * _BAD_SHARE), min(len(DEFECTS), notices // 10))


class _Generator:
    """Generator of one database, case by case."""

    def __init__(
        self, connection: sqlite3.Connection, rng: random.Random, pool: PaperPool, progress: Callable[[int], None]
    ) -> None:
        self._connection = connection
        self._waiting: list[tuple[str, Row]] = []
        self._rng, self._pool, self._progress = rng, pool, progress
        self._people, self._defects = people(rng), defects()
        self._cases, self._parties, self._papers, self._notices = count(1), count(1), count(1), 0

    def fill(self, notices: int) -> None:
        bad = bad_rows(notices)
        for code, title in (*((body.code, body.title) for body in BODIES), NOT_CONNECTED):
            self._insert(sample_rows.INSERT_BODY, {"body_code": code, "title": title})
        while left := notices - self._notices:
            if self._rng.randrange(left) < bad:
                self._bad_case(room=left - bad)
                bad -= 1
            else:
                self._good_case(room=left - bad)
            if len(self._waiting) >= _ROWS_AT_ONCE:
                self._write()
        self._insert(sample_rows.START_COUNTER, {"last": notices})
        self._write()
        self._progress(notices)

    def _insert(self, statement: str, row: Row) -> None:
        self._waiting.append((statement, row))

    def _write(self) -> None:
        """Make the documents of the rows that wait, and insert the rows in their order."""
        made = iter(self._pool.made([row["document"] for _, row in self._waiting if "document" in row]))
        for statement, row in self._waiting:
            self._connection.execute(statement, row | {"document": next(made)} if "document" in row else row)
        self._waiting.clear()

    def _good_case(self, room: int) -> None:
        """Insert a case with one to three parties and one or two papers, some of them corrected: at most ``room``
        notices.
        """
        case, body = self._case()
        self._insert(sample_rows.INSERT_CASE, case)
        persons = list(islice(self._people, min(room, self._rng.choice(_PARTIES))))
        parties = [self._party(case, person) for person in persons]
        for party in parties:
            self._insert(sample_rows.INSERT_PARTY, party)
        for paper in self._issued(case, body, persons, self._rng.choice(_PAPERS)):
            if room < len(parties):
                break
            self._enter(paper)
            for party, person in zip(parties, persons, strict=True):
                self._notice(sample_rows.notice_row(paper, party), person.end)
            room -= len(parties)
            for party, person in zip(parties, persons, strict=True):
                if person.corrected and room:
                    better = self._corrected(paper, case, body, person)
                    self._enter(better)
                    self._notice(sample_rows.notice_row(better, party) | {"revision": 2}, person.corrected)
                    room -= 1

    def _corrected(self, paper: Row, case: Row, body: BodyConfig, person: Person) -> Row:
        """Return the paper once more, under its own number: it can be served when the first one has been rejected."""
        better = paper | {
            "paper_id": next(self._papers),
            "issued_on": paper["issued_on"] + timedelta(days=self._rng.randrange(3, 12)),
        }
        return better | {"document": self._pool.planned(better, case, body, [person], revision=2)}

    def _bad_case(self, room: int) -> None:
        """Insert a case with a defective notice; beside it, if there is ``room``, a good one if the defect needs it."""
        defect = next(d for d in self._defects if room or not d.second)
        case, body = self._case()
        person = next(p for p in self._people if p.kind is defect.recipient and p.end in _SERVED)
        paper = next(self._issued(case, body, [person], 1))
        if defect.second:
            self._insert(sample_rows.INSERT_CASE, case)
            party = self._party(case, person)
            self._insert(sample_rows.INSERT_PARTY, party)
            self._enter(paper)
            self._notice(sample_rows.notice_row(paper, party), person.end)
            paper = paper | {"paper_id": next(self._papers)}
        party, paper = self._party(case, person), sample_rows.typed_paper(paper, self._rng)
        notice = sample_rows.notice_row(paper, party)
        spoiled = {"cases": case, "parties": party, "papers": paper, "notices": notice}[defect.table]
        if isinstance(document := spoiled[defect.column], Document):
            rng = random.Random(self._rng.getrandbits(64))  # noqa: S311 (sample data, not keys)
            spoiled[defect.column] = replace(document, spoil=lambda octets: defect.make(octets, rng))
        else:
            spoiled[defect.column] = defect.make(spoiled[defect.column], self._rng)
        if not defect.second:
            self._insert(sample_rows.INSERT_CASE, case)
        self._insert(sample_rows.INSERT_PARTY, party)
        self._insert(sample_rows.INSERT_PAPER, paper)
        self._notice(notice, REFUSED, defect)

    def _case(self) -> tuple[Row, BodyConfig]:
        body = self._rng.choice(BODIES)
        return sample_rows.case_row(next(self._cases), body, self._rng), body

    def _party(self, case: Row, person: Person) -> Row:
        return sample_rows.party_row(next(self._parties), case["case_id"], person, self._rng)

    def _issued(self, case: Row, body: BodyConfig, persons: Sequence[Person], papers: int) -> Iterator[Row]:
        """Yield papers that follow one another in the order of the body's kinds."""
        kinds = list(body.kinds)
        first = self._rng.randrange(len(kinds) - papers + 1)
        day = _FIRST_DAY + timedelta(days=self._rng.randrange(_DAYS))
        for kind in kinds[first : first + papers]:
            paper = sample_rows.paper_row(next(self._papers), case["case_id"], body, kind, day, self._rng)
            yield paper | {"document": self._pool.planned(paper, case, body, persons)}
            day += _BETWEEN_PAPERS

    def _enter(self, paper: Row) -> None:
        self._insert(sample_rows.INSERT_PAPER, sample_rows.typed_paper(paper, self._rng))

    def _notice(self, notice: Row, end: str, defect: Defect | None = None) -> None:
        self._notices += 1
        self._insert(sample_rows.INSERT_NOTICE, notice | {"notice_id": self._notices})
        expected = {"state": end, "code": defect and defect.code, "defect": defect and defect.name}
        self._insert(sample_rows.INSERT_EXPECTATION, expected | {"notice_id": self._notices})
        if self._notices % _PROGRESS_EVERY == 0:
            self._progress(self._notices)
