"""Errors that name who must act. The catalogue is one table, `errors.toml`, that code, docs and reports share."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files


class Actor(StrEnum):
    """Who must act on an error."""

    MUNICIPALITY = "municipality"
    JUDICIARY = "judiciary"
    OPERATOR = "operator"
    US = "us"


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueEntry:
    """What a code means; ``fa`` and ``remedy_fa`` are what a clerk reads."""

    code: str
    actor: Actor
    retry: bool
    en: str
    fa: str
    remedy: str
    remedy_fa: str


def _load() -> Mapping[str, CatalogueEntry]:
    table = tomllib.loads(files("gateway.runtime").joinpath("errors.toml").read_text(encoding="utf-8"))
    return {
        f"{area}.{name}": CatalogueEntry(code=f"{area}.{name}", **row | {"actor": Actor(row["actor"])})
        for area, rows in table.items()
        for name, row in rows.items()
    }


CATALOGUE = _load()
"""Every code that the gateway can show, by code."""


class GatewayError(Exception):
    """Something that a named party must act on.

    ``where`` names row, file, key or element; ``detail`` says what was found. Neither may
    hold personal data: both are logged.
    """

    literal_name = "GatewayError"

    def __init__(self, code: str, *, where: str = "", detail: str = "") -> None:
        self.entry = CATALOGUE[code]
        self.code, self.where, self.detail = code, where, detail
        super().__init__(self._line())

    def _line(self) -> str:
        place = f"{self.where}: " if self.where else ""
        found = f" ({self.detail})" if self.detail else ""
        return f"{place}{self.entry.en}{found} [{self.code}]"

    @property
    def advice(self) -> str:
        """Who must act, and what to do."""
        return f"{self.entry.actor}: {self.entry.remedy}"
