"""Compare deadlines by two states of rules and calendar: exactly those that a change moves, each with the reason."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from gateway.legal.last_day import Derived, Rolled, derive
from gateway.legal.law import Law
from gateway.legal.rules import PeriodRule, Starts
from gateway.legal.service_effect import event_day
from gateway.runtime.clock import TEHRAN
from gateway.runtime.errors import GatewayError


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedNotice:
    """Notice that is served: what its deadlines follow from.

    ``served_on`` is the civil day in Tehran of its service by the law before the change, ``then_served_on`` by the law
    after it; None: not served by that law. ``arrival_known`` is False if no receipt of arrival is known: then both are
    the latest that are possible.
    """

    reference: str
    body: str
    kind: str
    served_on: date | None
    then_served_on: date | None
    viewed_at: datetime | None
    arrival_known: bool = True


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
class OtherService:
    """Another day of service. None: the notice is not served."""

    before: date | None
    after: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """The day cannot be computed any more, or could not be before."""

    error: GatewayError


Reason = NowClosed | NowOpen | OtherRule | OtherService | Unread


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
    old, new = _all(notice, before, notice.served_on), _all(notice, after, notice.then_served_on)
    for starts in Starts:
        was, now = old.get(starts), new.get(starts)
        if _day(was) == _day(now):
            continue
        yield MovedDeadline(
            notice=notice, starts=starts, before=_day(was), after=_day(now), reasons=tuple(_reasons(notice, was, now))
        )


Result = Derived | GatewayError | None


def _all(notice: ServedNotice, law: Law, served_on: date | None) -> dict[Starts, Result]:
    if served_on is None:
        return {}
    try:
        rules = law.rules.periods_of(notice.body, notice.kind, served_on)
    except GatewayError:
        return {}
    return {rule.starts: _derived(notice, rule, law, served_on) for rule in rules}


def _derived(notice: ServedNotice, rule: PeriodRule, law: Law, served_on: date) -> Result:
    viewed_on = None if notice.viewed_at is None else notice.viewed_at.astimezone(TEHRAN).date()
    day = event_day(rule.event, served_on, viewed_on)
    if day is None:
        return None
    try:
        return derive(law.rules, rule, day, law.calendar, province=law.province)
    except GatewayError as error:
        return error


def _day(result: Result) -> date | None:
    return result.last_day if isinstance(result, Derived) else None


def _reasons(notice: ServedNotice, was: Result, now: Result) -> Iterator[Reason]:
    for result in (was, now):
        if isinstance(result, GatewayError):
            yield Unread(error=result)
            return
    if notice.served_on != notice.then_served_on:
        yield OtherService(before=notice.served_on, after=notice.then_served_on)
        if was is None or now is None:
            return
    before, after = _rule(was), _rule(now)
    if before is None or after is None or _counting(before) != _counting(after):
        yield OtherRule(before=before, after=after)
        return
    if notice.served_on != notice.then_served_on:
        return  # other days of closure follow from it
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
