"""Rules and calendar of an installation, with the province whose closures count."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.legal.office_calendar import OfficeCalendar
from gateway.legal.rules import RuleSet


@dataclass(frozen=True, slots=True, kw_only=True)
class Law:
    """Rules and calendar by which deadlines are computed; ``province`` is None if the configuration names none."""

    rules: RuleSet
    calendar: OfficeCalendar
    province: str | None
