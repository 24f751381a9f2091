"""Compare deadlines by two states of rules and calendar: exactly those that a change moves, each with the reason."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from gateway.legal.last_day import Derived, Rolled, derive
from gateway.legal.law import Law
from gateway.legal.rules import FromEvent, PeriodRule, Starts
from gateway.runtime.clock import TEHRAN
from gateway.runtime.errors import GatewayError


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedNotice:
    """Notice that is served: what its deadlines follow from. ``served_on`` is a civil day in Tehran."""

    reference: str
    body: str
    kind: str
    served_on: date
    viewed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NowClosed:
    """Day that the last day moves over since the change."""

    step: Rolled


@dataclass(frozen=True, slots=True, kw_only=True)
class NowOpen:
    """Day that the last day moved over before the change."""

    step: Rolled


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherRule:
    """Another rule of the period. None: none is in force."""

    before: PeriodRule | None
    after: PeriodRule | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """The day cannot be computed any more, or could not be before."""

    error: GatewayError


Reason = NowClosed | NowOpen | OtherRule | Unread


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedDeadline:
    """Deadline whose last day is another one; None: no day follows."""

    notice: ServedNotice
    starts: Starts
    before: date | None
    after: date | None
    reasons: tuple[Reason, ...]


def moved_deadlines(notice: ServedNotice, before: Law, after: Law) -> Iterator[MovedDeadline]:
    """Yield the deadlines of a notice that differ between two laws."""
    old, new = _all(notice, before), _all(notice, after)
    for starts in Starts:
        was, now = old.get(starts), new.get(starts)
        if _day(was) == _day(now):
            continue
        yield MovedDeadline(
            notice=notice, starts=starts, before=_day(was), after=_day(now), reasons=tuple(_reasons(was, now))
        )


Result = Derived | GatewayError | None


def _all(notice: ServedNotice, law: Law) -> dict[Starts, Result]:
    try:
        rules = law.rules.periods_of(notice.body, notice.kind, notice.served_on)
    except GatewayError:
        return {}
    return {rule.starts: _derived(notice, rule, law) for rule in rules}


def _derived(notice: ServedNotice, rule: PeriodRule, law: Law) -> Result:
    viewed_on = None if notice.viewed_at is None else notice.viewed_at.astimezone(TEHRAN).date()
    day = viewed_on if rule.event is FromEvent.VIEWING else notice.served_on
    if day is None:
        return None
    try:
        return derive(law.rules, rule, day, law.calendar, province=law.province)
    except GatewayError as error:
        return error


def _day(result: Result) -> date | None:
    return result.last_day if isinstance(result, Derived) else None


def _reasons(was: Result, now: Result) -> Iterator[Reason]:
    for result in (was, now):
        if isinstance(result, GatewayError):
            yield Unread(error=result)
            return
    before, after = _rule(was), _rule(now)
    if before is None or after is None or _counting(before) != _counting(after):
        yield OtherRule(before=before, after=after)
        return
    old, new = _rolled(was), _rolled(now)
    yield from (NowClosed(step=step) for day, step in new.items() if day not in old)
    yield from (NowOpen(step=step) for day, step in old.items() if day not in new)


def _rule(result: Result) -> PeriodRule | None:
    return result.rule if isinstance(result, Derived) else None


def _counting(rule: PeriodRule) -> tuple[object, ...]:
    """Return what of a rule decides a last day."""
    return rule.period, rule.event, rule.at_holiday


def _rolled(result: Result) -> dict[date, Rolled]:
    steps = result.steps if isinstance(result, Derived) else ()
    return {step.day: step for step in steps if isinstance(step, Rolled)}
