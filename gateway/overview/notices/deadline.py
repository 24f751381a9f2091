"""Derivation of a notice's dates and deadlines, step by step, as far as rules exist; and what is not computed.

Date and effect of service follow from receipts by the rule of service of the day of arrival. The periods that begin
then follow from the rules of that day and the office calendar (`gateway.legal`). Without a day, it says why.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from gateway.legal.last_day import Derived
from gateway.legal.law import Law
from gateway.legal.origin import MARKS
from gateway.legal.rules import STARTS, PeriodRule
from gateway.legal.service_effect import Arrived, EffectFound, Viewed, effect_of
from gateway.legal.started_periods import started_periods
from gateway.notice.delivery_state import DeliveryState
from gateway.notice.legal_effect import DEADLINE_OTHERWISE, NO_DEADLINE_KNOWN, NO_RECEIPT_OF_ARRIVAL
from gateway.notice.outbox import OutboxEntry
from gateway.overview.dates_in_words import civil_day, day
from gateway.overview.legal.derivation_words import BASES, NOT_KNOWN, step_in_words
from gateway.overview.legal.effect_words import effect_in_words, effect_name, effect_step_in_words
from gateway.overview.legal.legal_names import day_with_weekday, doubt_in_words, reservation_in_words
from gateway.runtime.bilingual import Words
from gateway.runtime.errors import GatewayError


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlineStep:
    """Step of a derivation: a statement, and the ``rule`` that it follows (None: it states a fact, or a lack)."""

    words: Words
    rule: Words | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticePeriod:
    """Period that began with a notice: its last day, or the reason why there is none (``open``).

    ``doubt`` says why they are not confirmed; None if they are.
    """

    label: Words
    ends_on: date | None
    open: Words | None
    doubt: Words | None

    @property
    def told(self) -> Words:
        """Return the last day, or the reason why there is none; with the doubt about it."""
        found = self.open if self.ends_on is None else day(self.ends_on)
        assert found is not None
        if self.doubt is None or self.open in NOT_KNOWN:
            return found
        return Words(en=f"{found.en} ({self.doubt.en})", fa=f"{found.fa} ({self.doubt.fa})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """Derivation for one notice.

    ``served_on`` is the date of service (None: it is not served, or that cannot be told), ``effect`` its character or
    the lack of it in words. ``arrival_known`` is False if no receipt of arrival is known: then the date of service is
    the latest that is possible.
    ``periods`` are those that began with it; without any, ``open`` says why.
    """

    steps: Sequence[DeadlineStep]
    served_on: date | None
    effect: Words
    periods: Sequence[NoticePeriod] = ()
    open: Words | None = None
    arrival_known: bool = True


_NOT_SERVED: Final = Words(en="not served so far", fa="تاکنون انجام نشده است")
_UNKNOWN: Final = Words(en="cannot be told at present", fa="اکنون قابل تعیین نیست")
_NOT_COMPUTED: Final = Words(en="No period is computed: {reason}.", fa="مهلتی محاسبه نمی‌شود. {reason}")
FROM_VIEWING: Final = Words(
    en="The period begins with the viewing of the notice, which is not known so far.",
    fa="مهلت با رؤیت ابلاغیه آغاز می‌شود و رؤیت آن تاکنون گزارش نشده است.",
)
_NOT_BEGUN: Final = Words(
    en="No period has begun, because the notice is not served so far.",
    fa="مهلتی آغاز نشده است، زیرا ابلاغیه تاکنون ابلاغ نشده است.",
)
_REJECTED: Final = Words(
    en="No period begins, because the judiciary rejected this notice.",
    fa="مهلتی آغاز نمی‌شود، زیرا قوه قضاییه این ابلاغیه را نپذیرفته است.",
)
_WITHDRAWN: Final = Words(
    en="No period begins, because this notice was withdrawn.",
    fa="مهلتی آغاز نمی‌شود، زیرا این ابلاغیه پس گرفته شده است.",
)

_UNSERVED: Final[Mapping[DeliveryState, Words]] = {
    DeliveryState.OTHER_CHANNEL: DEADLINE_OTHERWISE,
    DeliveryState.REJECTED: _REJECTED,
    DeliveryState.WITHDRAWN: _WITHDRAWN,
}


def deadline_of(entry: OutboxEntry, body: str, kind: str, law: Law | GatewayError, today: date) -> Deadline:
    """Derive the dates of a notice of a body and a kind, as they stand at the end of ``today``.

    ``law`` is that of its arrival; it is an error if rules or calendar cannot be read.
    """
    arrival = entry.service_time
    if arrival is None:
        still_open = _UNSERVED.get(entry.state, NO_DEADLINE_KNOWN)
        steps = [*_serve_by(entry, None), DeadlineStep(words=still_open)]
        return Deadline(steps=steps, served_on=None, effect=NO_RECEIPT_OF_ARRIVAL, open=still_open)
    try:
        if isinstance(law, GatewayError):
            raise law
        found = effect_of(entry, law.rules, today)
    except GatewayError as error:
        not_computed = _not_computed(error)
        steps = [*_facts(entry, civil_day(arrival)), *_serve_by(entry, None), DeadlineStep(words=not_computed)]
        return Deadline(steps=steps, served_on=None, effect=_UNKNOWN, open=not_computed)
    steps = [*_service(found), *_serve_by(entry, found.served_on)]
    if found.served_on is None:
        steps.append(DeadlineStep(words=_NOT_BEGUN))
        return Deadline(steps=steps, served_on=None, effect=_NOT_SERVED, open=_NOT_BEGUN)
    known = found.arrival_known
    dated = Deadline(steps=steps, served_on=found.served_on, effect=effect_name(found), arrival_known=known)
    try:
        viewed_on = None if entry.viewed_at is None else civil_day(entry.viewed_at)
        started = started_periods(law, body, kind, found.served_on, viewed_on, arrival_known=known)
        periods = [_period(*each) for each in started]
    except GatewayError as error:
        not_computed = _not_computed(error)
        return replace(dated, steps=[*steps, DeadlineStep(words=not_computed)], open=not_computed)
    steps += [step for _, of_period in periods for step in of_period]
    return replace(dated, steps=steps, periods=[period for period, _ in periods])


def _period(rule: PeriodRule, derived: Derived | None) -> tuple[NoticePeriod, Sequence[DeadlineStep]]:
    """Return a period, and the steps that lead to its last day."""
    starts = STARTS[rule.starts]
    if derived is None:
        doubt = None if rule.origin.is_confirmed else MARKS[rule.origin.mark]
        period = NoticePeriod(label=starts, ends_on=None, open=FROM_VIEWING, doubt=doubt)
        return period, [DeadlineStep(words=FROM_VIEWING)]
    steps = [DeadlineStep(words=step_in_words(step), rule=BASES.get(type(step))) for step in derived.steps]
    if derived.last_day is not None:
        # Without a day they would say once more that the rule is not confirmed.
        steps += [DeadlineStep(words=reservation_in_words(each)) for each in derived.reservations]
    last = Words(en=f"Last day: {starts.en}", fa=f"آخرین روز {starts.fa}")
    period = NoticePeriod(
        label=starts if derived.last_day is None else last,
        ends_on=derived.last_day,
        open=step_in_words(derived.steps[-1]) if derived.last_day is None else None,
        doubt=doubt_in_words(derived),
    )
    return period, steps


def _not_computed(error: GatewayError) -> Words:
    return _NOT_COMPUTED.filled(reason=Words(en=error.entry.en, fa=error.entry.fa))


def _service(found: EffectFound) -> Iterator[DeadlineStep]:
    """Yield the steps to the date and the effect of service."""
    for step in found.steps:
        yield DeadlineStep(words=effect_step_in_words(step))
    yield DeadlineStep(words=effect_in_words(found))


def _facts(entry: OutboxEntry, arrived: date) -> Iterator[DeadlineStep]:
    """Yield what is known without any rule."""
    yield DeadlineStep(words=effect_step_in_words(Arrived(day=arrived, has_receipt=entry.delivered_at is not None)))
    if entry.viewed_at is not None:
        yield DeadlineStep(words=effect_step_in_words(Viewed(day=civil_day(entry.viewed_at))))


def _serve_by(entry: OutboxEntry, served_on: date | None) -> Iterator[DeadlineStep]:
    if entry.serve_by is None:
        return
    until = day_with_weekday(entry.serve_by)
    yield DeadlineStep(
        words=Words(
            en=f"The issuing body names {until.en} as the last day on which service is of use.",
            fa=f"مرجع صادرکننده، روز {until.fa} را آخرین روز مفید برای ابلاغ اعلام کرده است.",
        )
    )
    if served_on is not None and served_on > entry.serve_by:
        yield DeadlineStep(
            words=Words(en="The date of service is later than that day.", fa="تاریخ ابلاغ پس از آن روز است.")
        )
