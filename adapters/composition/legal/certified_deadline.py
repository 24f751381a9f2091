"""Last day on a certificate of service, with its derivation."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Final

from gateway.certificate.service_certificate import Deadline
from gateway.legal.law import Law
from gateway.legal.rules import STARTS, Unfixed
from gateway.legal.started_periods import started_periods
from gateway.notice.legal_effect import ServiceDate
from gateway.notice.outbox import OutboxEntry
from gateway.notice.written_date import parse_day, written_day
from gateway.overview.dates_in_words import civil_day
from gateway.overview.legal.derivation_words import step_in_words
from gateway.overview.legal.legal_names import reservation_in_words
from gateway.runtime.errors import GatewayError
from gateway.store.stored import Admission

_VERSION: Final = len("sha256:") + 20
"""Signs of a version of rules or calendar that are printed: 80 bits of it, since the code has little room."""

_OF_UNKNOWN_END: Final = (Unfixed.UNKNOWN, Unfixed.STATED)

_NONE_KNOWN: Final = ("legal.kind", "legal.rule", "legal.range")
"""No rule knows the body and kind of the notice, or a last day lies beyond the calendar."""


def confirmed_deadline(law: Law, admission: Admission, service: ServiceDate | None) -> Deadline | None:
    """Return the confirmed last day of a notice, as `last_day_by_law`."""
    return last_day_by_law(law, admission.entry, admission.body, admission.kind, service)


def last_day_by_law(law: Law, entry: OutboxEntry, body: str, kind: str, service: ServiceDate | None) -> Deadline | None:
    """Return the last day that service began, by confirmed rules and a confirmed calendar alone; None without one,
    and while no receipt of arrival is known.

    It is that of a recipient in Iran, also where the rule has a longer period abroad. Of several periods it is the one
    that ends first, and None if that one is not certain, or the end of another one is not known: its length is unknown,
    the day stands in the notice itself, or it lies beyond the calendar; or it begins with a viewing that is not known,
    and would end earlier after one on the day of service. A reservation that remains, such as a province without
    entries of its own, is the last of its steps. Raises `GatewayError` ``legal.province``.
    """
    if service is None:
        return None
    served_on = parse_day(service.date)
    viewed_on = None if entry.viewed_at is None else civil_day(entry.viewed_at)
    try:
        known = entry.delivered_at is not None
        started = list(started_periods(law, body, kind, served_on, viewed_on, arrival_known=known))
        # A viewing that is not known may be as early as service.
        earliest = list(started_periods(law, body, kind, served_on, viewed_on or served_on, arrival_known=known))
    except GatewayError as error:
        if error.code not in _NONE_KNOWN:
            raise
        return None
    counted = [each for _, each in started if each is not None and each.last_day is not None]
    if not counted or any(rule.period in _OF_UNKNOWN_END for rule, _ in started):
        return None
    # A later period that is certain must not hide an earlier one that counsel has not confirmed.
    first = min(counted, key=lambda each: (each.last_day or date.max, not each.is_confirmed))
    if not first.is_confirmed:
        return None
    assert first.last_day is not None
    waiting = (early for (_, each), (_, early) in zip(started, earliest, strict=True) if each is None)
    if any(early and early.last_day and early.last_day < first.last_day for early in waiting):
        return None
    assert first.rule is not None
    return Deadline(
        last_day=written_day(first.last_day),
        rule=f"{first.rule.id} {law.rules.version[:_VERSION]}",
        calendar=law.calendar.version[:_VERSION],
        steps=[*map(step_in_words, first.steps), *map(reservation_in_words, first.reservations)],
        others=tuple(
            STARTS[rule.starts] for rule, each in started if each is not first and rule.period is not Unfixed.NONE
        ),
    )


def with_steps(recorded: Deadline | None, derived: Deadline | None) -> Deadline | None:
    """Return a recorded deadline with its derivation and the other periods; without them, if another one follows by
    now.
    """
    same = recorded is not None and derived is not None and replace(derived, steps=(), others=()) == recorded
    return derived if same else recorded
