"""Names of days, periods, closures and entries of rules and calendar, for sentences."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final, assert_never

from gateway.legal.last_day import ArrivalNotKnown, Derived, NationalOnly, Predicted, Reservation, Unconfirmed
from gateway.legal.legal_period import Period, Unit
from gateway.legal.office_calendar import Closure, Friday, Holiday, Weekday, WeekdayRule
from gateway.legal.origin import MARKS, Mark, Origin
from gateway.legal.rules import STARTS, PeriodRule, Unfixed
from gateway.notice.legal_effect import persian_digits
from gateway.notice.written_date import written_day
from gateway.overview import dates_in_words
from gateway.runtime.bilingual import Words

WEEKDAYS: Final = (
    Words(en="Monday", fa="دوشنبه"),
    Words(en="Tuesday", fa="سه‌شنبه"),
    Words(en="Wednesday", fa="چهارشنبه"),
    Words(en="Thursday", fa="پنجشنبه"),
    Words(en="Friday", fa="جمعه"),
    Words(en="Saturday", fa="شنبه"),
    Words(en="Sunday", fa="یکشنبه"),
)
"""Names of the days of the week, by Python's number."""

_RULED: Final[Mapping[Weekday, Words]] = {Weekday.THURSDAY: WEEKDAYS[3], Weekday.SATURDAY: WEEKDAYS[5]}
_UNITS: Final[Mapping[Unit, Words]] = {
    Unit.DAYS: Words(en="day", fa="روز"),
    Unit.WEEKS: Words(en="week", fa="هفته"),
    Unit.MONTHS: Words(en="month", fa="ماه"),
}
UNFIXED: Final[Mapping[Unfixed, Words]] = {
    Unfixed.NONE: Words(en="none", fa="ندارد"),
    Unfixed.STATED: Words(en="stated in the notice", fa="مندرج در ابلاغیه"),
    Unfixed.UNKNOWN: Words(en="not known", fa="نامعلوم"),
}


def day_with_weekday(day: date) -> Words:
    """Return a day with its name: Tuesday 3 February 2026 (1404/11/14), and سه‌شنبه ۱۴۰۴/۱۱/۱۴."""
    name, on = WEEKDAYS[day.weekday()], dates_in_words.day(day)
    jalali = written_day(day).replace("-", "/")
    return Words(en=f"{name.en} {on.en} ({jalali})", fa=f"{name.fa} {on.fa}")


def period_in_words(period: Period | Unfixed) -> Words:
    """Return a period: 3 months, and ۳ ماه."""
    if isinstance(period, Unfixed):
        return UNFIXED[period]
    unit = _UNITS[period.unit]
    plural = "" if period.count == 1 else "s"
    return Words(en=f"{period.count} {unit.en}{plural}", fa=f"{persian_digits(str(period.count))} {unit.fa}")


def closure_in_words(closure: Closure) -> Words:
    """Return the reason for which offices are closed."""
    match closure:
        case Friday():
            return Words(en="the weekly holiday", fa="تعطیل هفتگی")
        case Holiday():
            if closure.moved_from is None:
                return closure.title
            computed = day_with_weekday(closure.moved_from)
            return Words(
                en=f"{closure.title.en}, computed for {computed.en} and announced for this day",
                fa=f"{closure.title.fa}؛ پیش‌بینی‌شده برای روز {computed.fa} و اعلام‌شده برای این روز",
            )
        case WeekdayRule():
            return rule_of_weekday(closure)
        case _:
            assert_never(closure)


def rule_of_weekday(rule: WeekdayRule) -> Words:
    name = _RULED[rule.weekday]
    if rule.works:
        return Words(en=f"{name.en} is a working day", fa=f"{name.fa} روز کاری است")
    return Words(en=f"{name.en} is no working day", fa=f"{name.fa} روز کاری نیست")


def source_in_words(origin: Origin) -> Words:
    """Return the source, with a remark if counsel must confirm the entry."""
    if origin.is_confirmed:
        return origin.source
    mark = MARKS[origin.mark]
    return Words(en=f"{origin.source.en} ({mark.en})", fa=f"{origin.source.fa} ({mark.fa})")


def reservation_in_words(reservation: Reservation) -> Words:
    """Return what a reader must know before relying on a last day."""
    match reservation:
        case Unconfirmed(entry=PeriodRule() as rule):
            starts = STARTS[rule.starts]
            return Words(
                en=f"The rule of this period ({starts.en}) must be confirmed by counsel.",
                fa=f"قاعده «{starts.fa}» نیازمند تأیید مشاور حقوقی است.",
            )
        case Unconfirmed(entry=Holiday() as holiday):
            day = day_with_weekday(holiday.day)
            return Words(
                en=f"The closure on {day.en} ({holiday.title.en}) must be confirmed by counsel.",
                fa=f"تعطیلی روز {day.fa} ({holiday.title.fa}) نیازمند تأیید مشاور حقوقی است.",
            )
        case Unconfirmed(entry=WeekdayRule() as rule):
            words = rule_of_weekday(rule)
            return Words(
                en=f"“{words.en}” is an entry of the calendar that counsel must confirm.",
                fa=f"این که {words.fa}، نیازمند تأیید مشاور حقوقی است.",
            )
        case Predicted():
            day, title = day_with_weekday(reservation.holiday.day), reservation.holiday.title
            return Words(
                en=f"{title.en} is predicted for {day.en}. If the moon moves it, the last day may be another one.",
                fa=f"{title.fa} برای روز {day.fa} پیش‌بینی شده است؛ اگر رؤیت هلال آن را جابه‌جا کند، ممکن است آخرین روز "
                "تغییر کند.",
            )
        case ArrivalNotKnown():
            return Words(
                en="No receipt of arrival is known: service may have been earlier, and the last day with it.",
                fa="رسید وصول دریافت نشده است؛ ممکن است ابلاغ زودتر انجام شده و آخرین روز نیز زودتر باشد.",
            )
        case NationalOnly(province=None):
            return Words(
                en="No province was named: closures of provinces were not looked at.",
                fa="استان تعیین نشده است؛ تعطیلات استانی در محاسبه منظور نشده است.",
            )
        case NationalOnly(province=province):
            assert province is not None
            return Words(
                en=f"The calendar has no entry of the province {province.title.en}: "
                "the national calendar alone was used.",
                fa=f"برای استان {province.title.fa} در تقویم موردی ثبت نشده و تنها تقویم سراسری به کار رفته است.",
            )
    raise AssertionError(reservation)


_BY_THE_MOON: Final = Words(en="the sighting of the moon may change it", fa="ممکن است با رؤیت هلال تغییر کند")

_PERHAPS_EARLIER: Final = Words(
    en="it may be earlier, since no receipt of arrival is known",
    fa="ممکن است زودتر باشد، زیرا رسید وصول دریافت نشده است",
)


def doubt_in_words(derived: Derived) -> Words | None:
    """Return in a few words, to stand beside a last day, why it is not confirmed; None if it is."""
    kinds = {type(each) for each in derived.reservations}
    doubts = {
        Unconfirmed: MARKS[Mark.TO_BE_CONFIRMED],
        Predicted: _BY_THE_MOON,
        ArrivalNotKnown: _PERHAPS_EARLIER,
    }
    found = [words for kind, words in doubts.items() if kind in kinds]
    if not found:
        return None
    return Words(en="; ".join(each.en for each in found), fa="؛ ".join(each.fa for each in found))
