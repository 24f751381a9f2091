"""Read an office calendar from its files, and check it: every entry is read, and every mistake is found."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final

from gateway.legal.intervals import DAY, gaps, overlaps
from gateway.legal.legal_file import LegalFile, LegalTable, collecting, version_of
from gateway.legal.office_calendar import FARTHEST_MOVE, Holiday, OfficeCalendar, Province, Weekday, WeekdayRule
from gateway.legal.origin import Origin
from gateway.notice.written_date import JALALI_YEARS, jalali_day, written_day
from gateway.runtime.errors import GatewayError

_CODE: Final = re.compile(r"[a-z][a-z0-9-]{0,62}")
_KEYS: Final = ("year", "provinces", "closed", "moved", "weekdays")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shift:
    """Feast that was announced for another day than the computed one."""

    computed: date
    announced: date
    origin: Origin
    place: str


@dataclass(slots=True)
class _Found:
    """Entries of all files, with the mistakes that were met."""

    years: dict[int, str] = field(default_factory=dict)
    provinces: dict[str, Province] = field(default_factory=dict)
    holidays: list[Holiday] = field(default_factory=list)
    moved: list[_Shift] = field(default_factory=list)
    weekdays: list[WeekdayRule] = field(default_factory=list)
    mistakes: list[GatewayError] = field(default_factory=list)


def calendar_of(files: Sequence[LegalFile]) -> OfficeCalendar:
    """Return the calendar of these files. Raises `GatewayError` ``legal.*``, the first mistake."""
    calendar, mistakes = read_calendar(files)
    if calendar is None:
        raise mistakes[0]
    return calendar


def read_calendar(files: Sequence[LegalFile]) -> tuple[OfficeCalendar | None, Sequence[GatewayError]]:
    """Return the calendar of these files, or None with every mistake in them."""
    found = _Found()
    for file in files:
        with collecting(found.mistakes):
            _file(LegalTable.of(file), found)
    if found.mistakes:
        return None, found.mistakes  # what follows would repeat them
    if not found.years:
        return None, [GatewayError("legal.gap", where=", ".join(file.name for file in files), detail="no year at all")]
    _move(found)
    first, last = jalali_day(min(found.years), 1, 1), jalali_day(max(found.years) + 1, 1, 1) - DAY
    found.mistakes += [
        *_years(found),
        *_without_nowruz(found),
        *_outside(found, first, last),
        *_provinces(found),
        *_doubles(found),
    ]
    found.mistakes += _weekdays(found, first, last)
    if found.mistakes:
        return None, found.mistakes
    return _calendar(found, first, last, version_of(files)), ()


def _calendar(found: _Found, first: date, last: date, version: str) -> OfficeCalendar:
    holidays: defaultdict[date, list[Holiday]] = defaultdict(list)
    for holiday in sorted(found.holidays, key=lambda each: (each.province or "", each.lunar)):
        holidays[holiday.day].append(holiday)
    return OfficeCalendar(
        version=version,
        first=first,
        last=last,
        holidays={day: tuple(each) for day, each in holidays.items()},
        weekday_rules=tuple(found.weekdays),
        provinces=found.provinces,
    )


def _file(table: LegalTable, found: _Found) -> None:
    year = table.number("year", JALALI_YEARS.start, JALALI_YEARS.stop - 2) if table.has("year") else None
    if year is not None and year in found.years:
        raise table.wrong("year", f"{year} stands in {found.years[year]}, too", "legal.overlap")
    if year is not None:
        found.years[year] = table.place("year")
    for code, each in table.named_tables("provinces"):
        with collecting(found.mistakes):
            if code in found.provinces:
                raise GatewayError("legal.overlap", where=each.place(), detail=code)
            found.provinces[code] = _province(code, each)
    for each in table.tables("closed"):
        with collecting(found.mistakes):
            found.holidays.append(_holiday(each, year))
    for each in table.tables("moved"):
        with collecting(found.mistakes):
            found.moved.append(_shift(each))
    for each in table.tables("weekdays"):
        with collecting(found.mistakes):
            found.weekdays.append(_weekday_rule(each))
    table.end(*_KEYS)


def _province(code: str, table: LegalTable) -> Province:
    if not _CODE.fullmatch(code):
        raise GatewayError("legal.key", where=table.place(), detail="a code of a-z, 0-9 and - is wanted")
    province = Province(code=code, title=table.words("title"))
    table.end()
    return province


def _holiday(table: LegalTable, year: int | None) -> Holiday:
    day = table.day("day")
    if year is not None and not jalali_day(year, 1, 1) <= day < jalali_day(year + 1, 1, 1):
        raise table.wrong("day", f"the day is not in {year}, the year of this file")
    holiday = Holiday(
        day=day,
        title=table.words("title"),
        origin=table.origin(),
        province=table.text("province") if table.has("province") else None,
        lunar=table.flag("lunar", default=False),
        predicted=table.flag("predicted", default=False),
        place=table.place(),
    )
    table.end()
    return holiday


def _shift(table: LegalTable) -> _Shift:
    computed, announced = table.day("day"), table.day("to")
    if abs(announced - computed) > FARTHEST_MOVE or announced == computed:
        raise table.wrong("to", "the moon moves a feast by one or two days")
    shift = _Shift(computed=computed, announced=announced, origin=table.origin(), place=table.place())
    table.end()
    return shift


def _weekday_rule(table: LegalTable) -> WeekdayRule:
    rule = WeekdayRule(
        weekday=table.choice("weekday", Weekday),
        works=table.flag("works"),
        begins=table.day("from"),
        ends=table.day_or_none("until"),
        origin=table.origin(),
        province=table.text("province") if table.has("province") else None,
        place=table.place(),
    )
    if rule.ends is not None and rule.ends < rule.begins:
        raise table.wrong("until", "the last day is before the first one")
    table.end()
    return rule


def _move(found: _Found) -> None:
    """Put each moved feast on its announced day."""
    feasts = {each.day: each for each in found.holidays if each.lunar and each.province is None}
    for shift in found.moved:
        feast = feasts.pop(shift.computed, None)
        if feast is None:
            detail = f"no lunar feast on {written_day(shift.computed)}, or it is moved already"
            found.mistakes.append(GatewayError("legal.moved", where=shift.place, detail=detail))
            continue
        moved: dict[str, Any] = {"day": shift.announced, "moved_from": shift.computed, "predicted": False}
        found.holidays.remove(feast)
        found.holidays.append(replace(feast, **moved, origin=shift.origin, place=shift.place))


def _years(found: _Found) -> Iterator[GatewayError]:
    for year in range(min(found.years), max(found.years)):
        if year not in found.years:
            yield GatewayError("legal.gap", where=found.years[min(found.years)], detail=f"no file has the year {year}")


def _without_nowruz(found: _Found) -> Iterator[GatewayError]:
    """Yield the years whose first day is no holiday of the country: nobody has typed their holidays yet."""
    closed = {each.day for each in found.holidays if each.province is None}
    for year, place in found.years.items():
        if (nowruz := jalali_day(year, 1, 1)) not in closed:
            detail = f"{written_day(nowruz)}, Nowruz, is no holiday: list every holiday of the country for {year}"
            yield GatewayError("legal.gap", where=place, detail=detail)


def _outside(found: _Found, first: date, last: date) -> Iterator[GatewayError]:
    """Yield closures of days that the calendar does not cover: a typing error in a file without a year."""
    for each in found.holidays:
        if not first <= (typed := each.moved_from or each.day) <= last:
            detail = f"{written_day(typed)}: the calendar has {written_day(first)} … {written_day(last)}"
            yield GatewayError("legal.key", where=each.place, detail=detail)


def _provinces(found: _Found) -> Iterator[GatewayError]:
    entries: list[Holiday | WeekdayRule] = [*found.holidays, *found.weekdays]
    for each in entries:
        if each.province is not None and each.province not in found.provinces:
            yield GatewayError("legal.province", where=each.place, detail=each.province)


def _doubles(found: _Found) -> Iterator[GatewayError]:
    """Yield entries that repeat one. A feast of the moon may fall on a fixed holiday, and on another moved feast."""
    met: dict[tuple[date, str | None, bool], str] = {}
    for each in found.holidays:
        if each.moved_from is not None:
            continue
        if (key := (each.day, each.province, each.lunar)) in met:
            yield GatewayError("legal.overlap", where=each.place, detail=f"the day stands here, too: {met[key]}")
        met[key] = each.place


def _weekdays(found: _Found, first: date, last: date) -> Iterator[GatewayError]:
    """Yield what is wrong with the rules of Thursday and Saturday: the country's must cover every day."""
    by_days: defaultdict[tuple[str | None, Weekday], list[WeekdayRule]] = defaultdict(list)
    for rule in found.weekdays:
        by_days[rule.province, rule.weekday].append(rule)
    for (province, weekday), rules in by_days.items():
        for earlier, later in overlaps(rules):
            detail = f"{weekday}: both are in force from {written_day(later.begins)}; the other one: {earlier.place}"
            yield GatewayError("legal.overlap", where=later.place, detail=detail)
        if province is not None:
            continue
        if (begins := min(rule.begins for rule in rules)) > first:
            yield _gap(rules[0], first, begins - DAY)
        for rule, since, until in gaps(rules):
            if since <= last:
                yield _gap(rule, since, until or last)
    for weekday in Weekday:
        if not by_days.get((None, weekday)):
            yield GatewayError("legal.gap", where="[[weekdays]]", detail=f"no rule of the country for {weekday}")


def _gap(rule: WeekdayRule, since: date, until: date) -> GatewayError:
    detail = f"{rule.weekday}: {written_day(since)} … {written_day(until)}"
    return GatewayError("legal.gap", where=rule.place, detail=detail)
