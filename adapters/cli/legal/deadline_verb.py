"""The verb `legal deadline`: the last day of a period, with its derivation."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

import typer

from adapters.cli.legal.legal_folders import LegalConfigOption, ProvinceOption, legal_folders
from adapters.terminal.printing import JsonOption, civil_day, console, print_json, say, screen, table, wrong_date
from gateway.legal.last_day import Derived, derive, derive_days
from gateway.legal.legal_period import LONGEST, Period
from gateway.legal.rules import STARTS, PeriodRule, RuleSet, Starts
from gateway.notice.text import plain
from gateway.notice.written_date import parse_day, written_day
from gateway.overview.legal.derivation_words import BASES, STEP_NAMES, step_day, step_in_words
from gateway.overview.legal.legal_names import WEEKDAYS, period_in_words, reservation_in_words
from gateway.runtime.bilingual import Words
from gateway.runtime.errors import GatewayError


def deadline(
    since: Annotated[
        str, typer.Option("--from", help="Day of service: 1404-11-14, or 2026-02-03; digits of any script.")
    ],
    kind: Annotated[str | None, typer.Option("--kind", help="Kind of the notice, such as ruling.")] = None,
    body: Annotated[
        str | None, typer.Option("--body", help="Issuing body, such as article-100; needed if several have the kind.")
    ] = None,
    days: Annotated[str | None, typer.Option("--days", help="Number of days, in the place of a kind.")] = None,
    starts: Annotated[
        Starts | None, typer.Option("--starts", help="Which of the periods that the kind starts; default: all.")
    ] = None,
    abroad: Annotated[bool, typer.Option("--abroad", help="The recipient is abroad.")] = False,
    province: ProvinceOption = None,
    config: LegalConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compute the last day of what a notice starts, step by step, by rules and office calendar.

    If a kind starts several periods, the last day is that of the first one that is counted in days.
    """
    if (kind is None) == (days is None):
        raise typer.BadParameter("one of --kind and --days is wanted", param_hint="--kind")
    if days is not None and (body or starts or abroad):
        raise typer.BadParameter("--days takes no --body, --starts or --abroad", param_hint="--days")
    try:
        event_day = parse_day(since)
    except GatewayError as error:
        raise wrong_date(error, "--from") from error
    folders = legal_folders(config)
    calendar, where = folders.office_calendar(), province or folders.province
    if days is not None:
        found = [derive_days(event_day, _days(days), calendar, province=where)]
    else:
        rules = folders.rule_set()
        found = [
            derive(rules, rule, event_day, calendar, province=where, abroad=abroad)
            for rule in _rules_of(rules, str(kind), body, event_day, starts)
        ]
    first = next((each for each in found if each.last_day is not None), found[0])
    if as_json:
        others = [_told(each) for each in found if each is not first]
        print_json({"from": written_day(event_day), "province": where, **_told(first), "other_periods": others})
        return
    for each in found:
        _show(each)
    _show_versions(first)


def _days(text: str) -> Period:
    number = plain(text)
    if not (number.isascii() and number.isdigit()) or not 1 <= int(number[:6]) <= LONGEST or len(number) > 4:
        raise GatewayError("legal.period", where="--days", detail=text[:40])
    return Period(count=int(number))


def _rules_of(rules: RuleSet, kind: str, body: str | None, day: date, starts: Starts | None) -> Sequence[PeriodRule]:
    """Return the rules in force, in the order of the file. ``kind`` may have its body before it: article-100/ruling."""
    if body is None and "/" in kind:
        body, _, kind = kind.partition("/")
    issuing = rules.body_of(kind, body)
    found = rules.periods_of(issuing.code, kind, day)
    if starts is None:
        return found
    if chosen := [each for each in found if each.starts is starts]:
        return chosen
    known = ", ".join(each.starts for each in found)
    raise GatewayError("legal.starts", where=f"{issuing.code}/{kind}", detail=f"{starts}; {known}")


def _told(derived: Derived) -> dict[str, Any]:
    """Return a derivation for programs. Days are Jalali; a period is in days."""
    last, rule = derived.last_day, derived.rule
    return {
        "last_day": None if last is None else written_day(last),
        "last_day_gregorian": None if last is None else last.isoformat(),
        "weekday": None if last is None else WEEKDAYS[last.weekday()].en.lower(),
        "rule": rule and rule.id,
        "starts": rule and rule.starts.value,
        "period": rule and str(rule.period),
        "confirmed": rule and rule.origin.is_confirmed,
        "steps": [
            {
                "step": STEP_NAMES[type(step)],
                "day": None if (day := step_day(step)) is None else written_day(day),
                **_both(step_in_words(step)),
                "basis": _both(basis) if (basis := BASES.get(type(step))) else None,
            }
            for step in derived.steps
        ],
        "reservations": [_both(reservation_in_words(each)) for each in derived.reservations],
        "rules_version": derived.rules_version,
        "calendar_version": derived.calendar_version,
    }


def _both(words: Words) -> dict[str, str]:
    return {"en": words.en, "fa": words.fa}


def _show(derived: Derived) -> None:
    title = "" if derived.rule is None else _title(derived.rule)
    rows = table(title, f"!{screen.words(_DAY)}", screen.words(_STEP))
    for step in derived.steps:
        rows.add_row(civil_day(step_day(step)), screen.words(step_in_words(step)))
    console.print(rows)
    for each in derived.reservations:
        say(f"! {screen.words(reservation_in_words(each))}", style="yellow")
    last = screen.words(_LAST_DAY)
    say(f"{last}: {screen.words(_NO_DAY) if derived.last_day is None else civil_day(derived.last_day)}", style="bold")


def _title(rule: PeriodRule) -> str:
    return f"{screen.words(STARTS[rule.starts])}: {screen.words(period_in_words(rule.period))}"


def _show_versions(derived: Derived) -> None:
    if derived.rules_version is not None:
        say(f"{screen.words(_RULES)}: {derived.rules_version}", style="dim")
    say(f"{screen.words(_CALENDAR)}: {derived.calendar_version}", style="dim")


_DAY = Words(en="day", fa="تاریخ")
_STEP = Words(en="step", fa="شرح")
_LAST_DAY = Words(en="last day", fa="آخرین روز مهلت")
_NO_DAY = Words(en="none follows", fa="محاسبه نمی‌شود")
_RULES = Words(en="rules", fa="نسخه قواعد")
_CALENDAR = Words(en="calendar", fa="نسخه تقویم")
