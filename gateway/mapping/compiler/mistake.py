"""Mistakes in a mapping file: each has a code of the catalogue, a line and a key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.runtime.errors import CATALOGUE, CatalogueEntry, GatewayError


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """Mistake at ``key``, the dotted key in the file (``field.3.do.1``), in ``line``.

    ``found`` is the content there, and the right one if it is known.
    """

    code: str
    line: int
    key: str
    found: str = ""

    @property
    def entry(self) -> CatalogueEntry:
        return CATALOGUE[self.code]


class MappingMistaken(GatewayError):
    """The mapping file has mistakes: the error is the first one's, ``mistakes`` has all of them by line."""

    literal_name = "MappingMistaken"

    def __init__(self, file: str, mistakes: Sequence[Mistake]) -> None:
        self.file = file
        self.mistakes = tuple(sorted(mistakes, key=lambda mistake: mistake.line))
        first = self.mistakes[0]
        detail = f"{first.key}: {first.found}" if first.key and first.found else first.key or first.found
        super().__init__(first.code, where=f"{file}, line {first.line}", detail=detail)
