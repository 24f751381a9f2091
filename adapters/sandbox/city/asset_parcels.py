"""Parcels of a demonstration's asset register: those of the sample's cases, some of them the municipality's own."""

from __future__ import annotations

import re
import secrets
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from adapters.sandbox.city.asset_register import TABLES
from adapters.sandbox.city.service import open_ledger

LEDGER: Final = "asset_register.db"
OWN_EVERY, UNKNOWN_EVERY = 8, 7

_TOKEN: Final = "asset_register.token"  # noqa: S105 - a file's name
_CODE = re.compile(r"[0-9]+(-[0-9]+){6}", re.ASCII)
_DIGITS = str.maketrans("۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩", "01234567890123456789")

_SAMPLE: Final = """
SELECT 'cases' AS source, CAST(v.notice_id AS TEXT) AS row_key, v.renovation_code,
       e.expected_state <> 'REFUSED' AND v.revision = 1 AS may_be_own
FROM eblagh_notices AS v JOIN sample_expectations AS e USING (notice_id) ORDER BY v.notice_id
"""
_CITY: Final = """
SELECT r.source, r.row_key, v.renovation_code, r.expected_state <> 'REFUSED' AND v.revision = 1 AS may_be_own
FROM eblagh_notices AS v JOIN city.rows AS r USING (notice_id) ORDER BY v.notice_id
"""
_EXPECTED: Final = (
    "UPDATE rows SET expected_state = 'REFUSED', expected_code = 'notice.own-parcel' WHERE source = ? AND row_key = ?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelRow:
    """Row of a case source about a parcel. Only a row that would become a notice ``may_be_own``."""

    source: str
    row_key: str
    renovation_code: str
    may_be_own: bool


def sample_rows(cases: Path) -> list[ParcelRow]:
    """Return the rows of a sample case database that is the source ``cases``."""
    with closing(sqlite3.connect(cases)) as database:
        return _rows(database.execute(_SAMPLE))


def fill(ledger: Path, rows: Sequence[ParcelRow], *, own_every: int = OWN_EVERY) -> list[ParcelRow]:
    """Make a register of the parcels of these rows; return the rows of those that are the municipality's own.

    Some parcels are not in it. A register that is there already stays as it is.
    """
    parcels: dict[str, list[ParcelRow]] = {}
    for row in rows:
        plain = row.renovation_code.translate(_DIGITS).replace("/", "-").replace(" ", "")
        if _CODE.fullmatch(plain):
            parcels.setdefault(plain, []).append(row)
    with closing(open_ledger(ledger, TABLES)) as opened:
        if not opened.execute("SELECT count(*) FROM parcels").fetchone()[0]:
            opened.execute("BEGIN")
            for number, (parcel, of_parcel) in enumerate(parcels.items(), start=1):
                own = number % own_every == 0 and all(each.may_be_own for each in of_parcel)
                if own or number % UNKNOWN_EVERY:
                    opened.execute("INSERT INTO parcels VALUES (?, ?)", (parcel, int(own)))
                if own:
                    told = [(each.source, each.row_key, parcel) for each in of_parcel]
                    opened.executemany("INSERT INTO rows_of_own_parcels VALUES (?, ?, ?)", told)
            opened.execute("COMMIT")
        keys = {tuple(row) for row in opened.execute("SELECT source, row_key FROM rows_of_own_parcels")}
    return [row for row in rows if (row.source, row.row_key) in keys]


def prepare(directory: Path) -> None:
    """Make token and register in the folder of a demonstration with a city, once, and say what is to be refused."""
    token = directory / _TOKEN
    if not token.exists():
        token.touch(mode=0o600)
        token.write_text(secrets.token_urlsafe(32) + "\n", encoding="ascii")
    if (directory / LEDGER).exists():
        return
    with closing(sqlite3.connect(directory / "cases.db")) as cases:
        cases.execute("ATTACH ? AS city", (str(directory / "city.db"),))
        rows = _rows(cases.execute(_CITY))
    own = fill(directory / LEDGER, rows)
    with closing(sqlite3.connect(directory / "city.db")) as city:
        city.executemany(_EXPECTED, [(row.source, row.row_key) for row in own])
        city.commit()


def options(directory: Path) -> Sequence[str]:
    """Return the options of its process."""
    return ["--token-file", str(directory / _TOKEN)]


def section(_directory: Path, address: str) -> str:
    """Return the section of gateway.toml."""
    return f'\n[asset_register]\nurl = "{address}"\ntoken_file = "{_TOKEN}"\n'


def _rows(found: Iterable[tuple[str, str, str | None, int]]) -> list[ParcelRow]:
    return [
        ParcelRow(source=source, row_key=key, renovation_code=code or "", may_be_own=bool(may_be_own))
        for source, key, code, may_be_own in found
    ]
