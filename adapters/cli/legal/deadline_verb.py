"""The verb `legal deadline`: the last day of a period, with its derivation."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated

import typer

from adapters.cli.legal.derivation_view import show_derivation, show_versions, told_derivation
from adapters.cli.legal.legal_folders import LegalConfigOption, ProvinceOption, legal_folders
from adapters.terminal.printing import JsonOption, point_in_time, print_json
from gateway.legal.last_day import derive, derive_days
from gateway.legal.legal_period import LONGEST, Period
from gateway.legal.rules import PeriodRule, RuleSet, Starts
from gateway.notice.text import plain
from gateway.notice.written_date import written_day
from gateway.overview.dates_in_words import civil_day
from gateway.runtime.errors import GatewayError


def deadline(
    since: Annotated[
        str,
        typer.Option(
            "--from",
            help="Day of service: 1404-11-14, or 2026-02-03. Or the time of arrival, 2026-02-03T20:30:00Z: its civil "
            "day in Tehran counts.",
        ),
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
    event_day = civil_day(point_in_time(since, "--from"))
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
        others = [told_derivation(each) for each in found if each is not first]
        print_json(
            {"from": written_day(event_day), "province": where, **told_derivation(first), "other_periods": others}
        )
        return
    for each in found:
        show_derivation(each)
    show_versions(first.rules_version, first.calendar_version)


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
