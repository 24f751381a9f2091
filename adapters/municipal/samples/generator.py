"""Makes a sample case database. Equal arguments make tables of equal content, and a killed run leaves no database."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from itertools import count, islice
from pathlib import Path

from adapters.municipal.samples import rows
from adapters.municipal.samples.bodies import BODIES
from adapters.municipal.samples.defects import defects
from adapters.municipal.samples.people import Person, people
from adapters.municipal.samples.pool import PaperPool
from adapters.municipal.samples.schema import INDEXES_AND_TRIGGERS, TABLES
from gateway.mapping import BodyConfig
from gateway.notice import RecipientKind

REFUSED = "REFUSED"
"""What is expected of a bad row: no notice is made of it."""

_BAD_SHARE = 0.04
_PROGRESS_EVERY = 100
_PARTIES = (1, 1, 1, 2, 2, 3)
_PAPERS = (1, 1, 1, 2)


def generate(path: Path, *, notices: int, seed: int, progress: Callable[[int], None] | None = None) -> None:
    """Make a case database with exactly ``notices`` rows in its table `notices`.

    About 4 % of them are bad, at least three of 20 and more, none of fewer. ``progress`` is told now and then how many
    are made. Raises `FileExistsError`: a database that is there is never replaced.
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
                _Generator(connection, rng, progress or (lambda _made: None)).fill(notices)
            connection.executescript(INDEXES_AND_TRIGGERS)
        partial.rename(path)
    finally:
        partial.unlink(missing_ok=True)


class _Generator:
    """Fills one database, case by case."""

    def __init__(self, connection: sqlite3.Connection, rng: random.Random, progress: Callable[[int], None]) -> None:
        self._insert = connection.execute
        self._rng, self._progress = rng, progress
        self._people, self._defects, self._pool = people(rng), defects(), PaperPool(rng)
        self._cases, self._parties, self._papers, self._notices = count(1), count(1), count(1), 0

    def fill(self, notices: int) -> None:
        bad = max(3, round(notices * _BAD_SHARE)) if notices >= 20 else 0
        for body in BODIES:
            self._insert(rows.INSERT_BODY, {"body_code": body.code, "title": body.title})
        while left := notices - self._notices:
            if self._rng.randrange(left) < bad:
                self._bad_case()
                bad -= 1
            else:
                self._good_case(room=left - bad)
        self._insert(rows.START_COUNTER, {"last": notices})
        self._progress(notices)

    def _good_case(self, room: int) -> None:
        """A case with one to three parties and one or two papers: ``room`` notices at most."""
        case_id, body = self._case()
        parties = [
            (self._party(case_id, person), person.end.value)
            for person in islice(self._people, min(room, self._rng.choice(_PARTIES)))
        ]
        for party, _ in parties:
            self._insert(rows.INSERT_PARTY, party)
        for _ in range(min(room // len(parties), self._rng.choice(_PAPERS))):
            paper = self._paper(case_id, body)
            self._insert(rows.INSERT_PAPER, paper)
            for party, end in parties:
                self._notice(paper, party, end)

    def _bad_case(self) -> None:
        """A case with one notice, which has a defect."""
        case_id, body = self._case()
        person = next(p for p in self._people if p.kind is RecipientKind.NATURAL)
        party, paper = self._party(case_id, person), self._paper(case_id, body)
        next(self._defects)(party, paper, self._rng)
        self._insert(rows.INSERT_PARTY, party)
        self._insert(rows.INSERT_PAPER, paper)
        self._notice(paper, party, REFUSED)

    def _case(self) -> tuple[int, BodyConfig]:
        case_id, body = next(self._cases), self._rng.choice(BODIES)
        self._insert(rows.INSERT_CASE, rows.case_row(case_id, body, self._rng))
        return case_id, body

    def _party(self, case_id: int, person: Person) -> rows.Row:
        return rows.party_row(next(self._parties), case_id, person, self._rng)

    def _paper(self, case_id: int, body: BodyConfig) -> rows.Row:
        kind = self._rng.choice(list(body.kinds))
        return rows.paper_row(next(self._papers), case_id, body, kind, self._pool.any(body, kind), self._rng)

    def _notice(self, paper: rows.Row, party: rows.Row, end: str) -> None:
        self._notices += 1
        ids = {"notice_id": self._notices, "paper_id": paper["paper_id"], "party_id": party["party_id"]}
        self._insert(rows.INSERT_NOTICE, ids)
        self._insert(rows.INSERT_EXPECTATION, {"notice_id": self._notices, "state": end})
        if self._notices % _PROGRESS_EVERY == 0:
            self._progress(self._notices)
