"""Legal effect of a notice from its history, by the rule in force on the day of its arrival; with each step.

The date of service is a civil date of Tehran. The effect is computed for a day, and is stored nowhere: a notice that is
not viewed today may be viewed tomorrow.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from gateway.legal.rules import FromEvent, RuleSet, ServiceRule, Unseen
from gateway.notice.legal_effect import Effect, ServiceDate, service_time
from gateway.notice.outbox import OutboxEntry
from gateway.notice.written_date import written_day
from gateway.runtime.clock import TEHRAN


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """Arrival in the account. ``has_receipt``: its receipt is known; else a later fact proves that it had arrived."""

    day: date
    has_receipt: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceRuleFound:
    """The rule in force on the day of arrival."""

    rule: ServiceRule


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewed:
    day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class NotViewed:
    """Not viewed by ``day``; ``counts_from`` is the day from which that is service by law (None: it never is)."""

    day: date
    counts_from: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedByJudiciary:
    """The judiciary states service by law."""

    day: date


EffectStep = Arrived | ServiceRuleFound | Viewed | NotViewed | StatedByJudiciary


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectFound:
    """Effect on a day: None is "not served"; then there is no date of service either."""

    effect: Effect | None
    served_on: date | None
    rule: ServiceRule | None
    rules_version: str
    steps: Sequence[EffectStep]

    @property
    def service(self) -> ServiceDate | None:
        """Return date and effect of service with the code of the rule; None before service."""
        if self.served_on is None or self.effect is None or self.rule is None:
            return None
        on, known = written_day(self.served_on), self.arrival_known
        return ServiceDate(date=on, effect=self.effect, rule=self.rule.code, arrival_known=known)

    @property
    def arrival_known(self) -> bool:
        """Return True if a receipt of arrival is known; otherwise the day of service is the latest that is possible."""
        return any(isinstance(step, Arrived) and step.has_receipt for step in self.steps)


def effect_of(entry: OutboxEntry, rules: RuleSet, day: date) -> EffectFound:
    """Return the effect of a notice as it stands at the end of ``day``, by the rules of its arrival. Raises as
    `effect_on`.
    """
    return effect_on(day, rules, entry.delivered_at, entry.viewed_at, entry.legal_service_at)


def effect_on(
    day: date,
    rules: RuleSet,
    delivered_at: datetime | None,
    viewed_at: datetime | None,
    legal_service_at: datetime | None = None,
) -> EffectFound:
    """Return the effect as it stands at the end of ``day``; later times count as not known yet.

    Raises `GatewayError` ``legal.rule`` if no rule was in force on the day of arrival.
    """
    delivered, viewed, stated = (_civil(each, day) for each in (delivered_at, viewed_at, legal_service_at))
    known = service_time(
        *(at if on else None for at, on in ((delivered_at, delivered), (viewed_at, viewed), (legal_service_at, stated)))
    )
    if known is None:
        return EffectFound(effect=None, served_on=None, rule=None, rules_version=rules.version, steps=())
    arrived = known.astimezone(TEHRAN).date()
    rule = rules.service_on(arrived)
    steps: list[EffectStep] = [Arrived(day=arrived, has_receipt=delivered is not None), ServiceRuleFound(rule=rule)]
    if stated is not None:
        steps.append(StatedByJudiciary(day=stated))
    if viewed is None:
        steps.append(NotViewed(day=day, counts_from=_by_law(rule, arrived, stated)))
    else:
        steps.append(Viewed(day=viewed))
    served_on = day_of_service(rule, arrived, viewed, stated, until=day)
    effect = None if served_on is None else Effect.ACTUAL if viewed is not None else Effect.LEGAL
    return EffectFound(effect=effect, served_on=served_on, rule=rule, rules_version=rules.version, steps=tuple(steps))


def day_of_service(
    rule: ServiceRule, arrived: date, viewed: date | None, stated: date | None, *, until: date
) -> date | None:
    """Return the day of service by a rule, from the civil days of arrival, viewing and statement; None before it.

    Receipts may name times in another order: a notice is neither viewed nor refused before it arrives.
    """
    days = (_by_law(rule, arrived, stated), viewed and max(viewed, arrived))
    return min((each for each in days if each is not None and each <= until), default=None)


def event_day(event: FromEvent, served_on: date, viewed_on: date | None) -> date | None:
    """Return the day of the event from which a period of a served notice counts; None before it.

    A viewing counts from the day of service at the earliest, also where its receipt names a day before the arrival.
    """
    if event is not FromEvent.VIEWING:
        return served_on
    return viewed_on and max(viewed_on, served_on)


def _by_law(rule: ServiceRule, arrived: date, stated: date | None) -> date | None:
    """Return the day from which an unseen notice is served by law; None if it never is."""
    stated = stated and max(stated, arrived)
    match rule.unseen:
        case Unseen.SERVED:
            return arrived
        case Unseen.SERVED_AFTER:
            after = arrived + timedelta(days=rule.unseen_days or 0)
            return after if stated is None else min(after, stated)
        case Unseen.NOT_SERVED:
            return stated


def _civil(moment: datetime | None, until: date) -> date | None:
    """Return the civil day in Tehran of a time, None if it is later than ``until``."""
    if moment is None:
        return None
    there = moment.astimezone(TEHRAN).date()
    return there if there <= until else None
