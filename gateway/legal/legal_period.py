"""Periods of the law in days: a month is 30 days and a week 7 (Civil Procedure Code, article 443)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from gateway.notice.text import plain
from gateway.runtime.errors import GatewayError

LONGEST: Final = 3660
"""Days of the longest period that is computed."""


class Unit(StrEnum):
    """Unit of a period. Years are none: a period of a year is written in months or days, as its law counts it."""

    DAYS = "days"
    WEEKS = "weeks"
    MONTHS = "months"


DAYS_OF: Final[Mapping[Unit, int]] = {Unit.DAYS: 1, Unit.WEEKS: 7, Unit.MONTHS: 30}

_FORM: Final = re.compile(r"([0-9]{1,6}) +(day|week|month)s?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Number of days, weeks or months, from one day to ten years."""

    count: int
    unit: Unit = Unit.DAYS

    def __post_init__(self) -> None:
        """Refuse an empty or endless period. Raises `GatewayError` ``legal.period``."""
        if not 1 <= self.days <= LONGEST:
            raise GatewayError("legal.period", detail=str(self))

    @property
    def days(self) -> int:
        return self.count * DAYS_OF[self.unit]

    def __str__(self) -> str:
        return f"{self.count} {self.unit if self.count != 1 else self.unit.removesuffix('s')}"

    @classmethod
    def of(cls, text: str) -> Period:
        """Parse ``10 days``, ``2 weeks`` or ``3 months``, digits of any script. Raises ``legal.period``."""
        found = _FORM.fullmatch(plain(text))
        if found is None:
            raise GatewayError("legal.period", detail=text[:40])
        return cls(count=int(found[1]), unit=Unit(f"{found[2]}s"))
