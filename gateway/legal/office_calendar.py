"""Office calendar: the days on which the offices of a province are closed, each with its reason.

Friday is fixed. Everything else is data: holidays of the whole country, closures of a province, and, by province and
date, the rules by which Thursday and Saturday are working days.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from gateway.legal.intervals import in_force
from gateway.legal.origin import Origin
from gateway.notice.written_date import written_day
from gateway.runtime.bilingual import Words
from gateway.runtime.errors import GatewayError


class Weekday(StrEnum):
    """Day of the week whose work is a matter of dated rules."""

    THURSDAY = "thursday"
    SATURDAY = "saturday"


FARTHEST_MOVE: Final = timedelta(days=2)
"""The moon moves a computed feast by one or two days."""

_NUMBER: Final[Mapping[int, Weekday]] = {3: Weekday.THURSDAY, 5: Weekday.SATURDAY}
_FRIDAY: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Province:
    """Province with closures of its own; ``code`` in a-z, such as ``tehran``."""

    code: str
    title: Words


@dataclass(frozen=True, slots=True)
class Friday:
    """The weekly holiday, which is in force in every province and without a date."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holiday:
    """Day on which offices are closed, in one province or (``province`` None) everywhere.

    ``lunar``: its day follows the moon. ``predicted``: nobody has recorded yet that the day came as computed.
    ``moved_from`` is the computed day of a feast that was announced for another one.
    """

    day: date
    title: Words
    origin: Origin
    province: str | None = None
    lunar: bool = False
    predicted: bool = False
    moved_from: date | None = None
    place: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekdayRule:
    """Rule by which a day of the week is a working day, or not, from ``begins`` to ``ends`` (None: without an end)."""

    weekday: Weekday
    works: bool
    begins: date
    ends: date | None
    origin: Origin
    province: str | None = None
    place: str = field(default="", compare=False)


Closure = Friday | Holiday | WeekdayRule


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficeCalendar:
    """Calendar of the days from ``first`` to ``last``; ``version`` is the digest of its files."""

    version: str
    first: date
    last: date
    holidays: Mapping[date, Sequence[Holiday]]
    weekday_rules: Sequence[WeekdayRule]
    provinces: Mapping[str, Province]

    def closure(self, day: date, province: str | None = None) -> Closure | None:
        """Return the reason for which offices are closed on a day, or None.

        Raises `GatewayError` ``legal.range`` for a day that the calendar does not cover, and ``legal.province``.
        """
        self.assert_known(province)
        if not self.first <= day <= self.last:
            covered = f"{written_day(self.first)} … {written_day(self.last)}"
            raise GatewayError("legal.range", detail=f"{written_day(day)}; {covered}")
        if day.weekday() == _FRIDAY:
            return Friday()
        for holiday in self.holidays.get(day, ()):
            if holiday.province in (None, province):
                return holiday
        rule = self.weekday_rule(day, province)
        return None if rule is None or rule.works else rule

    def weekday_rule(self, day: date, province: str | None = None) -> WeekdayRule | None:
        """Return the rule in force for a Thursday or a Saturday; a province's own one goes before the country's."""
        weekday = _NUMBER.get(day.weekday())
        found = [each for each in self.weekday_rules if each.weekday is weekday and in_force(each, day)]
        own = [each for each in found if each.province == province]
        return next(iter([*own, *(each for each in found if each.province is None)]), None)

    @property
    def entries(self) -> Sequence[Holiday | WeekdayRule]:
        return (*(each for day in self.holidays.values() for each in day), *self.weekday_rules)

    def assert_known(self, province: str | None) -> None:
        """Raise `GatewayError` ``legal.province`` for a province that the calendar does not list."""
        if province is not None and province not in self.provinces:
            raise GatewayError("legal.province", detail=f"{province}; {', '.join(sorted(self.provinces))}")

    def is_empty_for(self, province: str) -> bool:
        """Return True if no closure and no rule of the province itself is in force on any day of the calendar."""
        if any(each.province == province for day in self.holidays.values() for each in day):
            return False
        rules = (each for each in self.weekday_rules if each.province == province)
        return not any(each.begins <= self.last and (each.ends or self.last) >= self.first for each in rules)
