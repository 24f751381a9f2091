"""Make `docs/reference/deadlines.md`: last days over three years, with their derivation, by both rules of Thursday.

Run it with `python -m adapters.cli.legal.deadline_reference`. A second implementation, in
`tests/unit/legal/plain_counting.py`, computes each of them again.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import product
from typing import Final

from adapters.settings.legal_folder import legal_files
from adapters.shipped.resources import CALENDAR
from gateway.legal.calendar_reader import calendar_of
from gateway.legal.last_day import Derived, Rolled, derive_days
from gateway.legal.legal_period import Period
from gateway.legal.office_calendar import OfficeCalendar, Weekday
from gateway.notice.written_date import jalali_day, parse_day, written_day
from gateway.overview.legal.legal_names import WEEKDAYS, closure_in_words

_HEAD = """# Deadlines · جدول مهلت‌ها

`make docs` makes this page from the shipped calendar (`config/calendar/`) by the code of `gateway/legal/`. A second
implementation, which shares no code with it, computes each line again in the tests. Days are Jalali. Lunar feasts are
predictions, and no province has a closure here. Saturday is a working day.

این جدول از تقویم همراه برنامه ساخته می‌شود و هر سطر آن در آزمون‌ها با روشی مستقل دوباره محاسبه می‌شود. تاریخ‌ها شمسی است؛
مناسبت‌های قمری پیش‌بینی‌شده‌اند و تعطیلی استانی منظور نشده است.

The day of service and the day of the act do not count; a last day on which offices are closed moves to the next working
day (Civil Procedure Code, articles 443 to 446). So a derivation begins at the day after the period: service + days + 1.
"""

_VECTORS: Final = (("1404-11-14", 10), ("1404-11-11", 10), ("1404-12-17", 10), ("1405-09-03", 30))
_HARD: Final = (
    ("1404-12-18", 10),
    ("1404-12-19", 10),
    ("1405-12-09", 10),
    ("1406-02-16", 10),
    ("1406-11-28", 10),
    ("1406-12-18", 10),
)
_YEARS: Final = (1404, 1405, 1406)
_DAYS: Final = (10, 14, 30, 60, 90)


def cases() -> Iterator[tuple[date, int]]:
    """Yield day of service and number of days: known examples, hard ones, and two of each month of three years."""
    for text, days in (*_VECTORS, *_HARD):
        yield parse_day(text), days
    for number, (year, month, half) in enumerate(product(_YEARS, range(1, 13), (0, 1))):
        yield jalali_day(year, month, 1 + (number * 5) % 14 + 14 * half), _DAYS[number % len(_DAYS)]


def page() -> str:
    """Return the page as Markdown."""
    shipped = calendar_of(legal_files(CALENDAR))
    works, closed = (_with_thursday(shipped, works=works) for works in (True, False))
    lines = [
        f"Calendar · تقویم: `{shipped.version}`\n",
        "| service · ابلاغ | days · روز | Thursday works · پنجشنبه کاری | Thursday closed · پنجشنبه تعطیل |",
        "| --- | ---: | --- | --- |",
    ]
    for day, days in cases():
        found = [_told(derive_days(day, Period(count=days), calendar)) for calendar in (works, closed)]
        lines.append(f"| {written_day(day)} | {days} | {' | '.join(found)} |")
    return "\n".join([_HEAD, *lines, ""])


def _with_thursday(calendar: OfficeCalendar, *, works: bool) -> OfficeCalendar:
    rules = [
        replace(rule, works=works) if rule.weekday is Weekday.THURSDAY else rule for rule in calendar.weekday_rules
    ]
    return replace(calendar, weekday_rules=rules)


def _told(derived: Derived) -> str:
    """Return the last day in bold, behind the days from which it moved, each with its reason."""
    parts = []
    for step in derived.steps:
        if isinstance(step, Rolled):
            reason = closure_in_words(step.closure)
            parts.append(f"{written_day(step.day)} {reason.en} · {reason.fa} →")
    assert derived.last_day is not None
    weekday = WEEKDAYS[derived.last_day.weekday()]
    return " ".join([*parts, f"**{written_day(derived.last_day)}** {weekday.en} · {weekday.fa}"])


if __name__ == "__main__":
    sys.stdout.write(page())
