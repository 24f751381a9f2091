"""Errors that name the actor. The catalogue is one table, `errors.toml`, that code, docs and reports share."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files

from gateway.runtime.bilingual import Words


class Actor(StrEnum):
    """Party that must act on an error."""

    MUNICIPALITY = "municipality"
    JUDICIARY = "judiciary"
    OPERATOR = "operator"
    US = "us"


class ErrorScope(StrEnum):
    """Part of the work that an error stops; all other parts continue."""

    ROW = "row"
    """One row, notice, receipt, file or request."""
    CALL = "call"
    """One call of another party, or one message from it."""
    SOURCE = "source"
    """One case database or folder."""
    PART = "part"
    """One part of the installation: a profile, a key, a mapping, the archive."""
    SYSTEM = "system"
    """Every pass of this process: nothing can be recorded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueEntry:
    """Meaning, actor and scope of a code; ``fa`` and ``remedy_fa`` are for clerks.

    ``page`` and ``page_fa`` are the remedy in the console, if ``remedy`` names a verb of the command line (empty: it
    does not).
    """

    code: str
    actor: Actor
    scope: ErrorScope
    retry: bool
    en: str
    fa: str
    remedy: str
    remedy_fa: str
    page: str = ""
    page_fa: str = ""

    @property
    def remedies(self) -> Words:
        """Remedy for a reader of the command line."""
        return Words(en=self.remedy, fa=self.remedy_fa)

    @property
    def on_page(self) -> Words:
        """Remedy for a reader of the console: a verb that it names is run on the gateway's machine."""
        return Words(en=self.page or self.remedy, fa=self.page_fa or self.remedy_fa)


_HEADER = re.compile(r"^\[([a-z0-9-]+\.[a-z0-9-]+)]$", re.MULTILINE)


class _Catalogue(Mapping[str, CatalogueEntry]):
    """Entries by their codes. Each is parsed when it is first looked up: most processes show few of hundreds."""

    def __init__(self, text: str) -> None:
        headers = list(_HEADER.finditer(text))
        ends = [*(header.start() for header in headers[1:]), len(text)]
        found = {header[1]: text[header.end() : end] for header, end in zip(headers, ends, strict=True)}
        # The codes of an area stand together, as in the table that the whole file makes.
        areas: dict[str, dict[str, str]] = {}
        for code, entry in found.items():
            areas.setdefault(code.partition(".")[0], {})[code] = entry
        self._texts = {code: entry for area in areas.values() for code, entry in area.items()}
        self._entries: dict[str, CatalogueEntry] = {}

    def __getitem__(self, code: str) -> CatalogueEntry:
        if code not in self._entries:
            row = tomllib.loads(self._texts[code])
            known = {"actor": Actor(row["actor"]), "scope": ErrorScope(row["scope"])}
            self._entries[code] = CatalogueEntry(code=code, **row | known)
        return self._entries[code]

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)


CATALOGUE: Mapping[str, CatalogueEntry] = _Catalogue(
    files("gateway.runtime").joinpath("errors.toml").read_text(encoding="utf-8")
)
"""Catalogue of all codes that the gateway can show."""


class GatewayError(Exception):
    """Condition that a named party must act on.

    ``where`` names row, file, key or element; ``detail`` has the finding. Neither may hold personal data: both are
    logged. A finding in both languages is given as `Words`: ``detail`` is then its English, ``found`` both.
    """

    literal_name = "GatewayError"

    def __init__(self, code: str, *, where: str = "", detail: str | Words = "") -> None:
        self.entry = CATALOGUE[code]
        self.found = detail if isinstance(detail, Words) else None
        self.code, self.where, self.detail = code, where, detail.en if isinstance(detail, Words) else detail
        super().__init__(self._line())

    def _line(self) -> str:
        place = f"{self.where}: " if self.where else ""
        found = f" ({self.detail})" if self.detail else ""
        return f"{place}{self.entry.en}{found} [{self.code}]"

    @property
    def scope(self) -> ErrorScope:
        return self.entry.scope

    @property
    def advice(self) -> str:
        """Return the actor and the remedy."""
        return f"{self.entry.actor}: {self.entry.remedy}"
