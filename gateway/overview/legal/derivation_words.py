"""Derivation of a last day in sentences, step by step, each with the article that it follows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final, assert_never

from gateway.legal.last_day import (
    DayOfAct,
    DaysOfPeriod,
    EventDay,
    FirstCounted,
    KeptOnHoliday,
    LastCounted,
    LastDay,
    NotCounted,
    Rolled,
    RuleFound,
    Step,
)
from gateway.legal.legal_period import Unit
from gateway.legal.rules import STARTS, FromEvent, PeriodRule, Starts, Unfixed
from gateway.overview import dates_in_words
from gateway.overview.legal.legal_names import closure_in_words, day_with_weekday, period_in_words, source_in_words
from gateway.runtime.bilingual import Words

STEP_NAMES: Final[Mapping[type[Step], str]] = {
    RuleFound: "rule",
    EventDay: "event-day",
    DaysOfPeriod: "period",
    FirstCounted: "first-counted",
    LastCounted: "last-counted",
    DayOfAct: "day-of-act",
    Rolled: "offices-closed",
    KeptOnHoliday: "kept-on-holiday",
    LastDay: "last-day",
    NotCounted: "not-counted",
}
"""Names of steps for programs; they never change."""

_CODE: Final = "Civil Procedure Code, article {}"
_CODE_FA: Final = "ماده {} قانون آیین دادرسی مدنی"


def _article(number: int) -> Words:
    told = dates_in_words.number(number)
    return Words(en=_CODE.format(told.en), fa=_CODE_FA.format(told.fa))


BASES: Final[Mapping[type[Step], Words]] = {
    EventDay: _article(445),
    DaysOfPeriod: _article(443),
    DayOfAct: _article(445),
    Rolled: _article(444),
}
"""Articles that the steps follow."""

_FROM_SERVICE: Final = Words(
    en="The day of service is {day}. It does not count.", fa="تاریخ ابلاغ، {day} است و جزو مهلت محسوب نمی‌شود."
)
_FROM_VIEWING: Final = Words(
    en="The day of viewing is {day}. It does not count.", fa="تاریخ رؤیت، {day} است و جزو مهلت محسوب نمی‌شود."
)
_DAYS: Final = Words(en="The period is {period}.", fa="مدت مهلت {period} است.")
_UNITS: Final[Mapping[Unit, Words]] = {
    Unit.WEEKS: Words(
        en="The period is {period}. A week is seven days: {days} days.",
        fa="مدت مهلت {period} است و هر هفته هفت روز محسوب می‌شود: {days} روز.",
    ),
    Unit.MONTHS: Words(
        en="The period is {period}. A month is thirty days: {days} days.",
        fa="مدت مهلت {period} است و هر ماه سی روز محسوب می‌شود: {days} روز.",
    ),
}
_ABROAD: Final = Words(en="For a recipient abroad: ", fa="برای مخاطب مقیم خارج از کشور: ")
_FIRST: Final = Words(en="Counting begins on {day}.", fa="شمارش از روز {day} آغاز می‌شود.")
_LAST: Final = Words(
    en="Day {days} of the period is {day}. Holidays within the period count.",
    fa="روز {days} از مهلت، {day} است. روزهای تعطیل میان مهلت، جزو آن محسوب می‌شود.",
)
_ACT: Final = Words(
    en="The day of the act does not count, so the act may still be done on {day}.",
    fa="روز اقدام جزو مهلت محسوب نمی‌شود؛ بنابراین اقدام در روز {day} نیز در مهلت است.",
)
_ROLLED: Final = Words(
    en="Offices are closed on {day} ({reason}), so the last day is a later one.",
    fa="ادارات در روز {day} تعطیل است ({reason})؛ بنابراین آخرین روز به روز بعد منتقل می‌شود.",
)
_KEPT: Final = Words(
    en="Offices are closed on {day} ({reason}). By this rule it is the last day all the same.",
    fa="ادارات در روز {day} تعطیل است ({reason})؛ به موجب این قاعده، همین روز آخرین روز مهلت است.",
)
_RESULT: Final = Words(en="The last day is {day}.", fa="آخرین روز مهلت، {day} است.")
_RULE: Final = Words(
    en="{kind}, {body}: {starts}, {period}{abroad}. Source: {source}.",
    fa="{kind}، {body}. {starts}: {period}{abroad}. مستند: {source}.",
)
_IF_ABROAD: Final = Words(en="; for a recipient abroad: {period}", fa="؛ برای مخاطب مقیم خارج از کشور: {period}")
_FINAL: Final = Words(en="The decision is final: there is no objection.", fa="رأی قطعی است و مهلت اعتراض ندارد.")
_NONE: Final = Words(en="The notice starts no such period.", fa="این ابلاغیه چنین مهلتی را آغاز نمی‌کند.")
_STATED: Final = Words(
    en="The day stands in the notice itself. Nothing is computed.",
    fa="زمان آن در متن ابلاغیه تعیین شده است و محاسبه نمی‌شود.",
)
_UNKNOWN: Final = Words(
    en="The period is not known: counsel must provide it. Until then nothing is computed.",
    fa="مدت آن معلوم نیست و باید از سوی مشاور حقوقی تعیین شود. تا آن زمان چیزی محاسبه نمی‌شود.",
)
NOT_KNOWN: Final = frozenset({_STATED, _UNKNOWN})
"""Sentences about periods of which nothing is computed, since their length is not known here."""


def step_day(step: Step) -> date | None:
    """Return the day that a step leads to; None for a step without one."""
    return None if isinstance(step, RuleFound | DaysOfPeriod | NotCounted) else step.day


def step_in_words(step: Step) -> Words:
    """Return the sentence of a step."""
    match step:
        case RuleFound():
            return _rule(step)
        case EventDay():
            return (_FROM_SERVICE if step.event is FromEvent.SERVICE else _FROM_VIEWING).filled(day=_on(step.day))
        case DaysOfPeriod():
            return _period(step)
        case FirstCounted():
            return _FIRST.filled(day=_on(step.day))
        case LastCounted():
            return _LAST.filled(day=_on(step.day), days=dates_in_words.number(step.days))
        case DayOfAct():
            return _ACT.filled(day=_on(step.day))
        case Rolled():
            return _ROLLED.filled(day=_on(step.day), reason=closure_in_words(step.closure))
        case KeptOnHoliday():
            return _KEPT.filled(day=_on(step.day), reason=closure_in_words(step.closure))
        case LastDay():
            return _RESULT.filled(day=_on(step.day))
        case NotCounted():
            return _not_counted(step)
        case _:
            assert_never(step)


def _on(day: date) -> Words:
    return day_with_weekday(day)


def _rule(step: RuleFound) -> Words:
    rule = step.rule
    sentence = _RULE.filled(
        kind=step.kind,
        body=step.body,
        starts=STARTS[rule.starts],
        period=period_in_words(rule.period),
        abroad=_if_abroad(rule),
        source=source_in_words(rule.origin),
    )
    if rule.note is None:
        return sentence
    return Words(en=f"{sentence.en} {rule.note.en}", fa=f"{sentence.fa} {rule.note.fa}")


def _if_abroad(rule: PeriodRule) -> Words:
    abroad = rule.period_for(abroad=True)
    if abroad == rule.period:
        return Words(en="", fa="")
    return _IF_ABROAD.filled(period=period_in_words(abroad))


def _period(step: DaysOfPeriod) -> Words:
    sentence = _UNITS.get(step.period.unit, _DAYS).filled(
        period=period_in_words(step.period), days=dates_in_words.number(step.period.days)
    )
    return Words(en=_ABROAD.en + sentence.en, fa=_ABROAD.fa + sentence.fa) if step.abroad else sentence


def _not_counted(step: NotCounted) -> Words:
    match step.unfixed:
        case Unfixed.NONE:
            return _FINAL if step.rule.starts is Starts.OBJECTION else _NONE
        case Unfixed.STATED:
            return _STATED
        case Unfixed.UNKNOWN:
            return Words(en=_ABROAD.en + _UNKNOWN.en, fa=_ABROAD.fa + _UNKNOWN.fa) if step.abroad else _UNKNOWN
