"""Comparison of the gateway's store with the ledgers of the city's systems, by SQL alone.

One connection has them all: ``gateway`` is the store (`adapters/storage/tables`), ``judiciary`` the sandbox
judiciary's ledger, and each system's ledger has the system's name. Nothing is written.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from gateway.runtime.bilingual import Words

MAX_SHOWN = 20
"""Most differences of one comparison that are kept as texts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One statement that must hold. ``says`` states it.

    ``counted`` selects the number of lines that were compared; ``differences`` selects one text for each line for which
    the statement does not hold: identifiers and states, no personal data.
    """

    says: Words
    counted: str
    differences: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Result of a comparison. ``differing`` may be more than the ``differences`` that are kept."""

    system: str
    says: Words
    counted: int
    differing: int
    differences: Sequence[str]


@contextmanager
def ledgers(files: Mapping[str, Path]) -> Iterator[sqlite3.Connection]:
    """Open databases for reading, each under its name."""
    with closing(sqlite3.connect(":memory:", uri=True, timeout=30)) as connection:
        for name, path in files.items():
            connection.execute("ATTACH ? AS " + _name(name), (f"file:{path.resolve()}?mode=ro",))
        yield connection


def compared(connection: sqlite3.Connection, system: str, comparisons: Sequence[Comparison]) -> Iterator[Compared]:
    """Yield the result of each comparison of a system."""
    for each in comparisons:
        (counted,) = connection.execute(each.counted).fetchone()
        found = [str(text) for (text,) in connection.execute(each.differences)]
        yield Compared(
            system=system,
            says=each.says,
            counted=counted,
            differing=len(found),
            differences=tuple(found[:MAX_SHOWN]),
        )


def _name(name: str) -> str:
    if not name.isidentifier():
        raise ValueError(name)
    return name
