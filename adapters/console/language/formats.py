"""Values as people read them: Jalali dates, digits of the language, references that never turn around."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final

import jdatetime
from flask import Flask
from markupsafe import Markup, escape

from adapters.console.language.languages import language, say
from adapters.pages.rendering import apart, lines_apart, visible
from gateway.notice.legal_effect import persian_digits
from gateway.notice.masked_identifiers import masked
from gateway.runtime.bilingual import Words
from gateway.runtime.clock import TEHRAN

_UNITS: Final = (
    (timedelta(days=1), Words(en="{} d", fa="{} روز")),
    (timedelta(hours=1), Words(en="{} h", fa="{} ساعت")),
    (timedelta(minutes=1), Words(en="{} min", fa="{} دقیقه")),
    (timedelta(seconds=1), Words(en="{} s", fa="{} ثانیه")),
)


def install(app: Flask) -> None:
    """Give the templates of ``app`` these filters."""
    app.jinja_env.filters.update(
        moment=moment,
        day=day,
        both_days=both_days,
        clock=clock_time,
        period=period,
        number=number,
        digits=digits,
        code=code,
        file_number=file_number,
        apart=apart,
        lines_apart=lines_apart,
        masked=masked,
    )


def digits(value: object) -> str:
    """Return a value with the digits of the page's language."""
    return persian_digits(str(value)) if language() == "fa" else str(value)


def number(value: int) -> str:
    """Return a whole number in groups of three: ۱۰٬۴۱۲ or 10,412."""
    grouped = f"{value:,}"
    return persian_digits(grouped).replace(",", "٬") if language() == "fa" else grouped


def moment(value: datetime | None) -> Markup:
    """Return a time in Tehran by the language's calendar, to the minute; the other calendar is its title."""
    if value is None:
        return _NOTHING
    there = value.astimezone(TEHRAN)
    return _time(value.isoformat(), *_calendars(there.date()), f" {there:%H:%M}")


def day(value: date | None) -> Markup:
    """Return a day by the language's calendar; the other one is its title. A time is shown by its day in Tehran."""
    if value is None:
        return _NOTHING
    there = value.astimezone(TEHRAN).date() if isinstance(value, datetime) else value
    return _time(value.isoformat(), *_calendars(there), "")


def both_days(value: date) -> Markup:
    """Return a day by the language's calendar, and in English the Jalali one beside it, as it stands on papers."""
    shown = day(value)
    return (
        shown
        if language() == "fa"
        else shown + Markup(' <span class="quiet" dir="ltr">({})</span>').format(_calendars(value)[1])
    )


def clock_time(value: datetime) -> Markup:
    """Return the hour and minute in Tehran: ۱۴:۰۵."""
    there = value.astimezone(TEHRAN)
    return _time(value.isoformat(), f"{there:%H:%M}", " ".join(_calendars(there.date())), "")


def sortable_moment(value: datetime | None) -> str:
    """Return a time in Tehran by the language's calendar, for a file: its digits are ASCII, so that a spreadsheet sorts
    them. Empty for None.
    """
    if value is None:
        return ""
    there = value.astimezone(TEHRAN)
    written = _jalali(there.date()) if language() == "fa" else there.date().isoformat()
    return f"{written} {there:%H:%M}"


def period(value: timedelta) -> str:
    """Return a length of time in its largest unit: ۳ ساعت, 3 h."""
    for unit, words in _UNITS:
        if value >= unit:
            return say(words).format(digits(value // unit))
    return say(_UNITS[-1][1]).format(digits(0))


def code(value: object) -> Markup:
    """Return a reference, number or code, left to right and with its own digits."""
    return _isolated("code", value)


def file_number(value: str | None) -> Markup:
    """Return the number of a case or a paper: left to right, with the digits of the page's language, as on paper."""
    return _isolated("number", value and digits(value))


def _isolated(kind: str, value: object) -> Markup:
    if value is None or value == "":
        return _NOTHING
    shown = value if hasattr(value, "__html__") else visible(str(value))
    return Markup('<bdi class="{}" dir="ltr">{}</bdi>').format(kind, shown)


_NOTHING: Final = Markup('<span class="nothing">–</span>')


def _calendars(value: date) -> tuple[str, str]:
    """Return a day by the calendar of the language, and by the other one."""
    jalali, gregorian = _jalali(value), value.isoformat()
    return (persian_digits(jalali), gregorian) if language() == "fa" else (gregorian, jalali)


@lru_cache(maxsize=4096)  # a list of notices has the same days again and again
def _jalali(value: date) -> str:
    text: str = jdatetime.date.fromgregorian(date=value).strftime("%Y/%m/%d")
    return text


def _time(machine: str, shown: str, title: str, clock: str) -> Markup:
    return Markup('<time datetime="{}" title="{}" dir="ltr">{}</time>').format(
        machine, title + clock, escape(shown + digits(clock))
    )
