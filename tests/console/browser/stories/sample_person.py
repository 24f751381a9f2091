"""A person of the sample case database, as the folder of the case tells a secretary of them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplePerson:
    """Recipient of one notice: its reference, and what a clerk knows without the gateway."""

    reference: str
    case: str
    name: str
    identifier: str


def recipient(folder: Path, body: str, state: str) -> SamplePerson:
    """Return the recipient of a notice of ``body`` that ended in ``state``, by the row that the gateway wrote back."""
    asked = """
        SELECT n.eblagh_reference, v.case_number, p.name, p.identifier
        FROM notices n JOIN eblagh_notices v ON v.notice_id = n.notice_id JOIN parties p ON p.party_id = n.party_id
        WHERE v.body_code = ? AND n.eblagh_state = ? ORDER BY n.notice_id LIMIT 1"""
    with closing(sqlite3.connect(folder / "cases.db")) as connection:
        found = connection.execute(asked, (body, state)).fetchone()
    return SamplePerson(**dict(zip(("reference", "case", "name", "identifier"), found, strict=True)))
