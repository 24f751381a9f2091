"""Mistakes in a mapping file: each has a code of the catalogue, a line and a key."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from gateway.runtime.bilingual import NOTHING, Words
from gateway.runtime.errors import CATALOGUE, CatalogueEntry, GatewayError

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """Mistake at ``key``, the dotted key in the file (``field.3.do.1``), in ``line``.

    ``found`` is the content there, and the right one if it is known. ``named`` is the wrong name in it, and ``known``
    are those that it may stand for.
    """

    code: str
    line: int
    key: str
    found: Words = NOTHING
    named: str = ""
    known: Sequence[str] = ()

    @property
    def entry(self) -> CatalogueEntry:
        return CATALOGUE[self.code]

    @property
    def facts(self) -> dict[str, Any]:
        """Return the mistake as JSON can hold it, with the English content alone."""
        return {"code": self.code, "line": self.line, "key": self.key, "found": self.found.en}

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> Mistake:
        """Return the mistake of `facts`; it has no Persian content."""
        return cls(**{**facts, "found": Words(en=facts.get("found", ""), fa="")})


class MappingMistaken(GatewayError):
    """The mapping file has mistakes: the error is the first one's, ``mistakes`` has all of them by line.

    ``others`` are those of further files of the same profile.
    """

    literal_name = "MappingMistaken"

    def __init__(self, file: str, mistakes: Sequence[Mistake]) -> None:
        self.file = file
        self.mistakes = tuple(sorted(mistakes, key=lambda mistake: mistake.line))
        self.others: tuple[MappingMistaken, ...] = ()
        first = self.mistakes[0]
        detail = ": ".join(filter(None, (first.key, first.found.en)))
        super().__init__(first.code, where=f"{file}, line {first.line}", detail=detail)


class FileMistakes:
    """Collector of the mistakes of several files, so that a person sees those of all at once."""

    def __init__(self) -> None:
        self._found: list[MappingMistaken] = []

    def take(self, compile_file: Callable[[], T]) -> T | None:
        """Return what a file was compiled to, or None if it has mistakes, which are kept."""
        try:
            return compile_file()
        except MappingMistaken as mistaken:
            self._found.append(mistaken)
            return None

    def refuse(self, *further: Callable[[], object]) -> None:
        """Raise `MappingMistaken` for the first file that has any, with the others, and those of ``further`` files."""
        if not self._found:
            return
        for compile_file in further:
            self.take(compile_file)
        first, *others = self._found
        first.others = tuple(others)
        raise first
