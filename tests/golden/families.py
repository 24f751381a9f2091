"""All families of golden names, and what each has today."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from tests.databases import DATABASES, NewDatabase
from tests.golden import legal_results, literals, printed, signed
from tests.golden.columns import columns
from tests.golden.names import NAMES
from tests.golden.stories import story

Today = Callable[[], Iterable[str]]


def _database(new: NewDatabase) -> Today:
    def today() -> list[str]:
        with TemporaryDirectory() as folder, new(Path(folder)) as url:
            return list(columns(url))

    return today


def _printed() -> list[str]:
    with TemporaryDirectory() as folder:
        return list(printed.lines(Path(folder) / "installation"))


def _verdicts(keys: str) -> Today:
    return lambda: signed.verdicts(signed.FOLDER / keys)


FAMILIES: Final[Mapping[str, Today]] = {
    **NAMES,
    **{f"database-{name}": _database(new) for name, new in DATABASES.items()},
    **{f"verdicts-{keys}": _verdicts(keys) for keys in signed.KEYS},
    "legal": legal_results.lines,
    "counts": lambda: literals.COUNTS,
    "cursors": lambda: literals.CURSORS,
    "exceptions": literals.exceptions,
    "json": _printed,
    "story": story,
}
"""Functions that list the names a family has today, by the family's name."""
