"""Results by the golden files of rules and calendar: versions, closed days, last days with their steps, and effects."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from adapters.settings.legal_folder import legal_files
from gateway.legal.calendar_reader import calendar_of
from gateway.legal.intervals import DAY
from gateway.legal.last_day import derive
from gateway.legal.rules_reader import rules_of
from gateway.legal.service_effect import effect_on
from gateway.notice.written_date import parse_day, written_day
from gateway.overview.legal.derivation_words import STEP_NAMES
from gateway.runtime.clock import TEHRAN
from tests.golden.keeping import FILES

FOLDER: Final = FILES / "legal-1"
_DAYS: Final = ("1404-11-01", "1404-11-11", "1404-11-14", "1405-02-10")
_NOON: Final = timedelta(hours=12)


def lines() -> Iterator[str]:
    """Yield one line for each result."""
    rules, calendar = (rules_of(legal_files(FOLDER / "rules")), calendar_of(legal_files(FOLDER / "calendar")))
    yield f"rules {rules.version}"
    yield f"calendar {calendar.version}"
    for number in range(30):
        day = parse_day("1404-11-01") + number * DAY
        closed = [calendar.closure(day, province) is not None for province in (None, "tehran")]
        yield f"{written_day(day)} closed {closed[0]} tehran {closed[1]}"
    for text in _DAYS:
        for rule in rules.periods:
            if rule not in rules.periods_of(rule.body, rule.kind, parse_day(text)):
                continue
            for province, abroad in ((None, False), ("tehran", False), (None, True)):
                found = derive(rules, rule, parse_day(text), calendar, province=province, abroad=abroad)
                steps = " ".join(STEP_NAMES[type(step)] for step in found.steps)
                last = "-" if found.last_day is None else written_day(found.last_day)
                confirmed = rule.origin.is_confirmed
                yield f"{rule.id} from {text} in {province} abroad {abroad}: {last} confirmed {confirmed} [{steps}]"
    for text in ("1403-06-01", "1404-06-01", "1405-06-01"):
        arrival = datetime.combine(parse_day(text), datetime.min.time(), TEHRAN) + _NOON
        for viewed in (None, arrival + 20 * DAY):
            for later in (0, 9, 10, 30):
                effect = effect_on(parse_day(text) + later * DAY, rules, arrival, viewed)
                served = "-" if effect.served_on is None else written_day(effect.served_on)
                code = effect.rule.code if effect.rule else "-"
                yield f"arrival {text} viewed {viewed is not None} after {later}: {effect.effect} {served} by {code}"
