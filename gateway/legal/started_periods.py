"""Periods that a served notice started, each with the derivation of its last day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from gateway.legal.last_day import Derived, derive
from gateway.legal.law import Law
from gateway.legal.rules import PeriodRule
from gateway.legal.service_effect import event_day


def started_periods(
    law: Law, body: str, kind: str, served_on: date, viewed_on: date | None, *, arrival_known: bool
) -> Iterator[tuple[PeriodRule, Derived | None]]:
    """Yield the rules that count for a notice of that day of service, with what follows; None for a period that begins
    with a viewing that is not known.

    ``arrival_known`` is False if no receipt of arrival is known: then ``served_on`` is the latest that is possible.
    Raises `GatewayError` ``legal.kind``, ``legal.rule`` where no rule knows the notice, and as `derive`.
    """
    issuing = law.rules.body_of(kind, body)
    for rule in law.rules.periods_of(issuing.code, kind, served_on):
        day = event_day(rule.event, served_on, viewed_on)
        if day is None:
            yield rule, None
            continue
        yield rule, derive(law.rules, rule, day, law.calendar, province=law.province, arrival_known=arrival_known)
