"""Dates, times, numbers and quotes within sentences: Jalali in Persian digits, Gregorian in English; Tehran's time."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

import jdatetime

from gateway.notice.legal_effect import persian_digits
from gateway.runtime.bilingual import Words
from gateway.runtime.clock import TEHRAN

_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_PERSIAN_UNITS: Final = {"s": "ثانیه", "min": "دقیقه", "h": "ساعت", "d": "روز"}
_LATIN_DIGITS: Final = str.maketrans("۰۱۲۳۴۵۶۷۸۹", "0123456789")


def number(value: int) -> Words:
    """Return a number in the digits of each language."""
    return Words(en=str(value), fa=persian_digits(str(value)))


def civil_day(value: datetime) -> date:
    """Return the civil day of a time in Tehran."""
    return value.astimezone(TEHRAN).date()


def day(value: datetime | date) -> Words:
    """Return a civil day in Tehran: 28 November 2026, and ۱۴۰۵/۰۹/۰۷."""
    civil = civil_day(value) if isinstance(value, datetime) else value
    jalali = str(jdatetime.date.fromgregorian(date=civil).strftime("%Y/%m/%d"))
    return Words(en=f"{civil.day} {_MONTHS[civil.month - 1]} {civil.year}", fa=persian_digits(jalali))


def hour(value: datetime) -> Words:
    """Return hour and minute in Tehran: 14:05, and ۱۴:۰۵."""
    text = f"{value.astimezone(TEHRAN):%H:%M}"
    return Words(en=text, fa=persian_digits(text))


def moment(value: datetime) -> Words:
    """Return day, hour and minute in Tehran: 28 November 2026 at 14:05, and ۱۴۰۵/۰۹/۰۷ ساعت ۱۴:۰۵."""
    on, at = day(value), hour(value)
    return Words(en=f"{on.en} at {at.en}", fa=f"{on.fa} ساعت {at.fa}")


def moment_from(value: datetime, now: datetime) -> Words:
    """Return hour and minute of a time of today, as `hour`; that of another day as `moment`."""
    if civil_day(value) == civil_day(now):
        return hour(value)
    return moment(value)


def duration(value: timedelta) -> Words:
    """Return a short duration with two digits: 120 ms, 1.4 s, and ۱۲۰ میلی‌ثانیه، ۱٫۴ ثانیه."""
    milliseconds = max(1.0, value / timedelta(milliseconds=1))
    if milliseconds < 995:
        text, unit, persian = f"{float(f'{milliseconds:.2g}'):.0f}", "ms", "میلی‌ثانیه"
    else:
        seconds = float(f"{milliseconds / 1000:.2g}")
        text, unit, persian = f"{seconds:.1f}" if seconds < 10 else f"{seconds:.0f}", "s", "ثانیه"
    return Words(en=f"{text} {unit}", fa=f"{persian_digits(text).replace('.', '٫')} {persian}")


def period(value: timedelta) -> Words:
    """Return a period in its largest whole unit: 2 min, and ۲ دقیقه. A negative one counts as none."""
    count, unit = _unit(value)
    return Words(en=f"{count} {unit}", fa=f"{persian_digits(str(count))} {_PERSIAN_UNITS[unit]}")


def as_it_came(text: str) -> Words:
    """Return a text of others for a sentence, without its full stop, and apart from the direction of the text around it
    (U+2068, U+2069).
    """
    return Words(en=f"\u2068{text.rstrip(' .')}\u2069", fa=f"\u2068{text.rstrip(' .')}\u2069")


def latin_digits(text: str) -> str:
    """Return a text with its Persian digits as ASCII ones, as terminals show them."""
    return text.translate(_LATIN_DIGITS)


def _unit(value: timedelta) -> tuple[int, str]:
    seconds = max(int(value.total_seconds()), 0)
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= size:
            return seconds // size, unit
    return seconds, "s"
