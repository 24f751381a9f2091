"""Derivations for people and for programs."""

from __future__ import annotations

from datetime import date
from typing import Any

from adapters.terminal.printing import civil_day, console, say, screen, table
from gateway.legal.last_day import DaysOfPeriod, Derived, NotCounted
from gateway.legal.rules import STARTS, PeriodRule
from gateway.notice.written_date import written_day
from gateway.overview.dates_in_words import day
from gateway.overview.legal.derivation_words import BASES, STEP_NAMES, step_day, step_in_words
from gateway.overview.legal.legal_names import WEEKDAYS, period_in_words, reservation_in_words
from gateway.runtime.bilingual import Words


def told_derivation(derived: Derived) -> dict[str, Any]:
    """Return a derivation for programs. Days are Jalali.

    ``period`` is the one that was counted, that of a recipient abroad if it was asked for. ``confirmed`` is False if
    anything may still change the last day, as in `legal due`; ``rule_confirmed`` is the mark of the rule alone.
    """
    last, rule = derived.last_day, derived.rule
    return {
        "last_day": None if last is None else written_day(last),
        "last_day_gregorian": None if last is None else last.isoformat(),
        "weekday": None if last is None else WEEKDAYS[last.weekday()].en.lower(),
        "rule": rule and rule.id,
        "starts": rule and rule.starts.value,
        "period": _period(derived),
        "confirmed": derived.is_confirmed,
        "rule_confirmed": rule and rule.origin.is_confirmed,
        "steps": [
            {
                "step": STEP_NAMES[type(step)],
                "day": None if (day := step_day(step)) is None else written_day(day),
                **both(step_in_words(step)),
                "basis": both(basis) if (basis := BASES.get(type(step))) else None,
            }
            for step in derived.steps
        ],
        "reservations": [both(reservation_in_words(each)) for each in derived.reservations],
        "rules_version": derived.rules_version,
        "calendar_version": derived.calendar_version,
    }


def _period(derived: Derived) -> str | None:
    """Return the period of the derivation, or in its place the reason why none was counted: none, stated, unknown."""
    for step in derived.steps:
        match step:
            case DaysOfPeriod():
                return str(step.period)
            case NotCounted():
                return step.unfixed.value
            case _:
                pass
    return None


def both(words: Words) -> dict[str, str]:
    return {"en": words.en, "fa": words.fa}


def show_derivation(derived: Derived) -> None:
    title = "" if derived.rule is None else _title(derived.rule)
    rows = table(title, f"!{screen.words(_DAY)}", screen.words(_STEP))
    for step in derived.steps:
        rows.add_row(shown_day(step_day(step)), screen.words(step_in_words(step)))
    console.print(rows)
    for each in derived.reservations:
        say(f"! {screen.words(reservation_in_words(each))}", style="yellow")
    last = screen.words(_LAST_DAY)
    say(f"{last}: {screen.words(_NO_DAY) if derived.last_day is None else shown_day(derived.last_day)}", style="bold")


def shown_day(value: date | None) -> str:
    """Return a civil day in the screen's calendar; a Persian sentence has Persian digits."""
    return civil_day(value) if value is None or screen.utc else screen.say(civil_day(value), day(value).fa)


def _title(rule: PeriodRule) -> str:
    return f"{screen.words(STARTS[rule.starts])}: {screen.words(period_in_words(rule.period))}"


def show_versions(rules: str | None, calendar: str) -> None:
    if rules is not None:
        say(f"{screen.words(_RULES)}: {rules}", style="dim")
    say(f"{screen.words(_CALENDAR)}: {calendar}", style="dim")


_DAY = Words(en="day", fa="تاریخ")
_STEP = Words(en="step", fa="شرح")
_LAST_DAY = Words(en="last day", fa="آخرین روز مهلت")
_NO_DAY = Words(en="none follows", fa="محاسبه نمی‌شود")
_RULES = Words(en="rules", fa="نسخه قواعد")
_CALENDAR = Words(en="calendar", fa="نسخه تقویم")
