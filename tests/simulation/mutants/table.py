"""The table of mutants, from `mutants.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from adapters.shipped.resources import ROOT

TABLE: Final = Path(__file__).with_name("mutants.toml")

MODES: Final = ("simulation", "sql", "conformance")
"""The expected finder of a mutant: a seed over the store in memory, a seed over the SQL store, a test of the suite."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One guard that is broken: ``old`` stands once in ``file``, and ``new`` takes its place; one line differs.

    ``tests`` are those that find it in the mode ``conformance``. Of the seeds only the multiples of ``every`` are run
    (each fifth one has a restore, each third one a crash), and those whose plan has a fault of the kind ``needs``.
    """

    name: str
    file: str
    old: str
    new: str
    breaks: str
    mode: str = "simulation"
    tests: tuple[str, ...] = ()
    every: int = 1
    needs: str = ""

    def of(self, text: str) -> str:
        """Return the broken text of the file. Raises ``ValueError`` if the guard does not stand there exactly once."""
        if (times := text.count(self.old)) != 1:
            raise ValueError(f"{self.name}: its old text stands {times} times in {self.file}")
        return text.replace(self.old, self.new)

    def applied(self, root: Path = ROOT) -> str:
        return self.of((root / self.file).read_text(encoding="utf-8"))


@cache
def mutants() -> tuple[Mutant, ...]:
    read = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    return tuple(Mutant(**{**each, "tests": tuple(each.get("tests", ()))}) for each in read["mutant"])
