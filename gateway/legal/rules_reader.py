"""Read the rules of service from their files, and check them: gaps, overlaps, unknown kinds, missing sources."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final, TypeVar

from gateway.legal.intervals import gaps, overlaps
from gateway.legal.legal_file import LegalFile, LegalTable, collecting, version_of
from gateway.legal.legal_period import Period
from gateway.legal.rules import (
    Abroad,
    AtHoliday,
    Body,
    FromEvent,
    PeriodRule,
    RuleSet,
    ServiceRule,
    Starts,
    Unfixed,
    Unseen,
)
from gateway.notice.written_date import written_day
from gateway.runtime.errors import GatewayError

_CODE: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_KEYS: Final = ("body", "kinds", "periods", "service")
_PERIOD_KEYS: Final = ("abroad", "event", "holidays", "note", "note_en", "until", "source_en")

Other = TypeVar("Other", Unfixed, Abroad)
Rule = TypeVar("Rule", PeriodRule, ServiceRule)


@dataclass(slots=True)
class _Found:
    bodies: dict[str, Body] = field(default_factory=dict)
    periods: list[PeriodRule] = field(default_factory=list)
    services: list[ServiceRule] = field(default_factory=list)
    mistakes: list[GatewayError] = field(default_factory=list)


def rules_of(files: Sequence[LegalFile]) -> RuleSet:
    """Return the rules of a whole folder. Raises `GatewayError` ``legal.*``, the first mistake."""
    rules, mistakes = read_rules(files)
    if rules is None:
        raise mistakes[0]
    return rules


def read_rules(files: Sequence[LegalFile], *, whole: bool = True) -> tuple[RuleSet | None, Sequence[GatewayError]]:
    """Return the rules of these files, or None with every mistake in them.

    ``whole``: these are all files, so that there must be a rule of service among them.
    """
    found = _Found()
    for file in files:
        with collecting(found.mistakes):
            _file(LegalTable.of(file), found)
    if found.mistakes:
        return None, found.mistakes  # what follows would repeat them
    found.mistakes += [*_kinds(found), *_intervals(found)]
    if whole and not found.services:
        where = ", ".join(file.name for file in files)
        found.mistakes.append(GatewayError("legal.gap", where=where, detail="no rule of service: [[service]]"))
    if found.mistakes:
        return None, found.mistakes
    rules = RuleSet(
        version=version_of(files),
        bodies=found.bodies,
        periods=tuple(found.periods),
        services=tuple(found.services),
    )
    return rules, ()


def _file(table: LegalTable, found: _Found) -> None:
    if table.has("body"):
        body = _body(table)
        if body.code in found.bodies:
            other = found.bodies[body.code].place
            raise table.table("body").wrong("code", f"{body.code} stands in {other}, too", "legal.overlap")
        found.bodies[body.code] = body
        for each in table.tables("periods"):
            with collecting(found.mistakes):
                found.periods.append(_period_rule(each, body.code))
    elif table.has("periods") or table.has("kinds"):
        table.table("body")  # which is missing: they belong to a body
    for each in table.tables("service"):
        with collecting(found.mistakes):
            found.services.append(_service_rule(each))
    table.end(*_KEYS)


def _body(table: LegalTable) -> Body:
    section = table.table("body")
    code, title = section.text("code"), section.words("title")
    if not _CODE.fullmatch(code):
        raise section.wrong("code", "a code of a-z, 0-9 and - is wanted")
    section.end()
    kinds = {}
    for kind, each in table.named_tables("kinds"):
        kinds[kind] = each.words("title")
        each.end()
    if not kinds:
        raise GatewayError("legal.gap", where=section.place(), detail="no kind of notice: [kinds.CODE]")
    return Body(code=code, title=title, kinds=kinds, place=section.place())


def _period_rule(table: LegalTable, body: str) -> PeriodRule:
    begins, ends = _dates(table)
    rule = PeriodRule(
        body=body,
        kind=table.text("kind"),
        starts=table.choice("starts", Starts),
        period=_period(table, "period", Unfixed),
        abroad=_period(table, "abroad", Abroad) if table.has("abroad") else Abroad.SAME,
        event=table.choice("event", FromEvent) if table.has("event") else FromEvent.SERVICE,
        at_holiday=table.choice("holidays", AtHoliday) if table.has("holidays") else AtHoliday.ROLL_FORWARD,
        begins=begins,
        ends=ends,
        origin=table.origin(),
        note=table.words("note") if table.has("note") else None,
        place=table.place(),
    )
    table.end(*_PERIOD_KEYS)
    if rule.is_counted:
        for key in ("abroad", "event", "holidays"):
            if not table.has(key):
                raise GatewayError("legal.key", where=table.place(), detail=f"the key {key} is missing")
    return rule


def _service_rule(table: LegalTable) -> ServiceRule:
    begins, ends = _dates(table)
    unseen = table.choice("unseen", Unseen)
    rule = ServiceRule(
        code=table.text("code"),
        title=table.words("title"),
        unseen=unseen,
        unseen_days=table.number("unseen_days", 1, 366) if unseen is Unseen.SERVED_AFTER else None,
        begins=begins,
        ends=ends,
        origin=table.origin(),
        place=table.place(),
    )
    table.end()
    return rule


def _dates(table: LegalTable) -> tuple[date, date | None]:
    begins, ends = table.day("from"), table.day_or_none("until")
    if ends is not None and ends < begins:
        raise table.wrong("until", "the last day is before the first one")
    return begins, ends


def _period(table: LegalTable, key: str, others: type[Other]) -> Period | Other:
    text = table.text(key)
    if text in list(others):
        return others(text)
    try:
        return Period.of(text)
    except GatewayError as error:
        wanted = f'"10 days", "2 weeks", "3 months", or one of these: {", ".join(others)}'
        raise table.wrong(key, f"{text[:40]}; wanted: {wanted}") from error


def _kinds(found: _Found) -> Iterator[GatewayError]:
    """Yield rules of kinds that their body does not have, and kinds without a rule."""
    ruled = {(each.body, each.kind) for each in found.periods}
    for rule in found.periods:
        if rule.kind not in (kinds := found.bodies[rule.body].kinds):
            detail = f"{rule.kind}; {rule.body} has: {', '.join(kinds)}"
            yield GatewayError("legal.kind", where=rule.place, detail=detail)
    for body in found.bodies.values():
        for kind in body.kinds:
            if (body.code, kind) not in ruled:
                yield GatewayError("legal.gap", where=body.place, detail=f"{kind}: no rule says what it starts")


def _intervals(found: _Found) -> Iterator[GatewayError]:
    by_kind: defaultdict[str, list[PeriodRule]] = defaultdict(list)
    for rule in found.periods:
        by_kind[f"{rule.body}/{rule.kind}/{rule.starts}"].append(rule)
    yield from _of_one(found.services, "service")
    for name, rules in by_kind.items():
        yield from _of_one(rules, name)


def _of_one(rules: Sequence[Rule], name: str) -> Iterator[GatewayError]:
    for earlier, later in overlaps(rules):
        detail = f"{name}: both are in force on {written_day(later.begins)}; the other one: {earlier.place}"
        yield GatewayError("legal.overlap", where=later.place, detail=detail)
    for rule, since, until in gaps(rules):
        detail = f"{name}: no rule from {written_day(since)}" + (f" to {written_day(until)}" if until else " on")
        yield GatewayError("legal.gap", where=rule.place, detail=detail)
