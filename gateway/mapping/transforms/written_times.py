"""Transforms of days and times in any written form, in either calendar."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import partial
from typing import Any, Final

from gateway.mapping.model.values import Type
from gateway.mapping.transforms.dates import ZONE, zone_of
from gateway.mapping.transforms.text import text_of
from gateway.mapping.transforms.transform import Example, Family, Made, Parameter, Transform, takes
from gateway.mapping.transforms.written_form import GREGORIAN, JALALI, MAX_FORM, Reader, Writer, misfit_of_form
from gateway.notice.fields import InvalidField
from gateway.runtime.bilingual import PERSIAN_DIGITS

_FORM_SAYS: Final = (
    "`%Y` year, `%m` month, `%B` its name, `%d` day, `%H` hour, `%I` with `%p` hour of a half day, `%M` minute, `%S` "
    "second, `%L` milliseconds, `%f` fraction, `%z` offset, `%%`; all else stands for itself"
)


def _form(*, reads: bool, times: bool) -> Parameter:
    return Parameter(
        name="form",
        wanted=Type.TEXT,
        says=_FORM_SAYS + (", and what is in `[…]` may be absent" if reads else ""),
        needed=True,
        least=1,
        most=MAX_FORM,
        judge=partial(misfit_of_form, reads=reads, times=times),
    )


_CALENDAR: Final = Parameter(
    name="calendar", wanted=Type.TEXT, says="of the day", default=GREGORIAN, choices=(GREGORIAN, JALALI)
)
_WRITTEN_DIGITS: Final = Parameter(
    name="digits", wanted=Type.TEXT, says="of the text", default="latin", choices=("latin", "persian")
)
_NOON: Final = datetime(2026, 2, 3, 8, 30, tzinfo=UTC)
_DAY: Final = date(2026, 2, 3)


def _parse_date(form: str, calendar: str) -> Made:
    reader = Reader(form, calendar, UTC)
    return Made(apply=lambda value: reader.day(text_of(value)))


def _parse_time(form: str, calendar: str, zone: str) -> Made:
    found = zone_of(zone)
    assert found is not None, "the compiler has looked"
    reader = Reader(form, calendar, found)
    return Made(apply=lambda value: reader.time(text_of(value)).astimezone(UTC))


def _format_date(form: str, calendar: str, digits: str) -> Made:
    writer = Writer(form, calendar)

    def apply(value: Any) -> str:
        if not isinstance(value, date) or isinstance(value, datetime):
            raise InvalidField("")
        return _in_digits(writer.write(value), digits)

    return Made(apply=apply)


def _format_time(form: str, calendar: str, zone: str, digits: str) -> Made:
    writer, found = Writer(form, calendar), zone_of(zone)

    def apply(value: Any) -> str:
        if not isinstance(value, datetime) or value.tzinfo is None:
            raise InvalidField("")
        try:
            local = value.astimezone(found)
        except (OverflowError, ValueError):
            raise InvalidField("") from None
        return _in_digits(writer.write(local), digits)

    return Made(apply=apply)


def _in_digits(text: str, digits: str) -> str:
    return text.translate(PERSIAN_DIGITS) if digits == "persian" else text


def _read(form: str, **parameters: str) -> dict[str, str]:
    return {"form": form, **parameters}


TRANSFORMS: Final = (
    Transform(
        name="parse-date",
        family=Family.DATE,
        takes=takes(Type.TEXT, Type.INTEGER),
        gives=Type.DATE,
        says="A day in a written form, digits of any script, the year in four digits (1300 to 1499, or 1900 to 2199).",
        make=_parse_date,
        parameters=(_form(reads=True, times=False), _CALENDAR),
        examples=(
            Example(given=14041114, made=_DAY, parameters=_read("%Y%m%d", calendar=JALALI)),
            Example(given="۱۴ بهمن ۱۴۰۴", made=_DAY, parameters=_read("%d %B %Y", calendar=JALALI)),
            Example(given="3.2.2026", made=_DAY, parameters=_read("%d.%m.%Y")),
            Example(given="14041301", refused="notice.date", parameters=_read("%Y%m%d", calendar=JALALI)),
            Example(given="1404/11/14", refused="notice.date-form", parameters=_read("%Y%m%d", calendar=JALALI)),
            Example(given="1404-11-14", refused="notice.gregorian-year", parameters=_read("%Y-%m-%d")),
        ),
    ),
    Transform(
        name="parse-time",
        family=Family.DATE,
        takes=takes(Type.TEXT, Type.INTEGER),
        gives=Type.TIME,
        says="A day and a time of day in a written form, in `zone` where it writes no offset.",
        make=_parse_time,
        parameters=(_form(reads=True, times=True), _CALENDAR, ZONE),
        examples=(
            Example(given="2026-02-03T12:00:00", made=_NOON, parameters=_read("%Y-%m-%dT%H:%M:%S")),
            Example(given="14041114 12:00", made=_NOON, parameters=_read("%Y%m%d %H:%M[:%S]", calendar=JALALI)),
            Example(given="۱۴۰۴/۱۱/۱۴ ۱۲:۰۰:۰۰", made=_NOON, parameters=_read("%Y/%m/%d %H:%M[:%S]", calendar=JALALI)),
            Example(given="2/3/2026 12:00:00 PM", made=_NOON, parameters=_read("%m/%d/%Y %I:%M:%S %p")),
            Example(given=20260203120000, made=_NOON, parameters=_read("%Y%m%d%H%M%S")),
            Example(given="2026-02-03 08:30:00.000+0000", made=_NOON, parameters=_read("%Y-%m-%d %H:%M:%S.%L%z")),
            Example(given="2026-02-03T24:00:00", refused="", parameters=_read("%Y-%m-%dT%H:%M:%S")),
        ),
    ),
    Transform(
        name="format-date",
        family=Family.DATE,
        takes=takes(Type.DATE),
        gives=Type.TEXT,
        says="A day in a written form; `integer` behind it makes a number of digits alone.",
        make=_format_date,
        parameters=(_form(reads=False, times=False), _CALENDAR, _WRITTEN_DIGITS),
        examples=(
            Example(given=_DAY, made="14041114", parameters=_read("%Y%m%d", calendar=JALALI)),
            Example(given=_DAY, made="۱۴ بهمن ۱۴۰۴", parameters=_read("%d %B %Y", calendar=JALALI, digits="persian")),
        ),
    ),
    Transform(
        name="format-time",
        family=Family.DATE,
        takes=takes(Type.TIME),
        gives=Type.TEXT,
        says="A time, its day or its time of day in a written form, as clocks in `zone` show it.",
        make=_format_time,
        parameters=(_form(reads=False, times=True), _CALENDAR, ZONE, _WRITTEN_DIGITS),
        examples=(
            Example(given=_NOON, made="2026-02-03T12:00:00", parameters=_read("%Y-%m-%dT%H:%M:%S")),
            Example(given=_NOON, made="12:00", parameters=_read("%H:%M")),
            Example(given=_NOON, made="14041114", parameters=_read("%Y%m%d", calendar=JALALI)),
            Example(
                given=_NOON,
                made="2026-02-03T08:30:00.000+00:00",
                parameters=_read("%Y-%m-%dT%H:%M:%S.%L%z", zone="UTC"),
            ),
        ),
    ),
)
