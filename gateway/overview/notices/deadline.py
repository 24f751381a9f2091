"""Derivation of a notice's dates and deadlines, step by step, as far as rules exist; and what is not computed.

The date of service follows from receipts (`gateway.notice.legal_effect`), the periods that begin then from the rules of
that day and the office calendar (`gateway.legal`). Where no day follows, the derivation says why.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import jdatetime

from gateway.legal.last_day import Unconfirmed, derive
from gateway.legal.law import Law
from gateway.legal.rules import STARTS, FromEvent, PeriodRule
from gateway.notice.delivery_state import DeliveryState
from gateway.notice.legal_effect import RULES, Effect, ServiceDate
from gateway.notice.outbox import OutboxEntry
from gateway.overview import dates_in_words
from gateway.overview.legal.derivation_words import BASES, step_in_words
from gateway.overview.legal.legal_names import reservation_in_words
from gateway.overview.notice_words import EFFECTS
from gateway.runtime.bilingual import Words
from gateway.runtime.errors import GatewayError


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlineStep:
    """Step of a derivation: a statement, the ``day`` that it leads to (Gregorian, civil day in Tehran; None: none), and
    the ``rule`` that it follows (None: it states a fact, or a lack).
    """

    words: Words
    day: date | None = None
    rule: Words | None = None

    @property
    def day_in_words(self) -> Words | None:
        return None if self.day is None else dates_in_words.day(self.day)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticePeriod:
    """Period that began with a notice: its last day, or the reason why there is none (``open``).

    ``confirmed`` is False if counsel must confirm the rule, or an entry of the calendar that took part.
    """

    label: Words
    ends_on: date | None
    open: Words | None
    confirmed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """Derivation for one notice.

    ``served_on`` is the date of service (None: it is not served). ``periods`` are those that began with it; without
    any, ``open`` says why.
    """

    steps: Sequence[DeadlineStep]
    served_on: date | None
    periods: Sequence[NoticePeriod] = ()
    open: Words | None = None


_NOT_COMPUTED: Final = Words(en="No period is computed: {reason}.", fa="مهلتی محاسبه نمی‌شود. {reason}")
_FROM_VIEWING: Final = Words(
    en="The period begins with the viewing of the notice, which is not known so far.",
    fa="مهلت با رؤیت ابلاغیه آغاز می‌شود و رؤیت آن تاکنون گزارش نشده است.",
)
_NOT_BEGUN: Final = Words(
    en="No period has begun, because the notice is not served so far.",
    fa="مهلتی آغاز نشده است، زیرا ابلاغیه تاکنون ابلاغ نشده است.",
)
_NONE_HERE: Final = Words(
    en="No period begins, because this notice is not served electronically.",
    fa="مهلتی آغاز نمی‌شود، زیرا این ابلاغیه به طریق الکترونیک ابلاغ نمی‌شود.",
)
_OTHERWISE: Final = Words(
    en="The period begins with the service through the other channel; the gateway does not know that date.",
    fa="مهلت با ابلاغ به شیوه دیگر آغاز می‌شود و تاریخ آن در درگاه ثبت نیست.",
)


def deadline_of(entry: OutboxEntry, body: str, kind: str, law: Law | GatewayError) -> Deadline:
    """Derive the dates of a notice of a body and a kind. ``law`` is an error if rules or calendar cannot be read."""
    served = entry.service
    served_on = None if served is None else _gregorian(served)
    steps = [*_service(entry, served, served_on), *_serve_by(entry, served_on)]
    if served_on is None:
        still_open = _unserved(entry.state)
        return Deadline(steps=[*steps, DeadlineStep(words=still_open)], served_on=None, open=still_open)
    try:
        if isinstance(law, GatewayError):
            raise law
        issuing = law.rules.body_of(kind, body)
        found = [_period(law, rule, entry, served_on) for rule in law.rules.periods_of(issuing.code, kind, served_on)]
    except GatewayError as error:
        not_computed = _NOT_COMPUTED.filled(reason=Words(en=error.entry.en, fa=error.entry.fa))
        return Deadline(steps=[*steps, DeadlineStep(words=not_computed)], served_on=served_on, open=not_computed)
    return Deadline(
        steps=[*steps, *(step for _, of_period in found for step in of_period)],
        served_on=served_on,
        periods=[period for period, _ in found],
    )


def _period(
    law: Law, rule: PeriodRule, entry: OutboxEntry, served_on: date
) -> tuple[NoticePeriod, Sequence[DeadlineStep]]:
    """Return a period, and the steps that lead to its last day. Raises `GatewayError` ``legal.range``."""
    starts = STARTS[rule.starts]
    viewed_on = None if entry.viewed_at is None else dates_in_words.civil_day(entry.viewed_at)
    event_day = viewed_on if rule.event is FromEvent.VIEWING else served_on
    if event_day is None:
        period = NoticePeriod(label=starts, ends_on=None, open=_FROM_VIEWING, confirmed=rule.origin.is_confirmed)
        return period, [DeadlineStep(words=_FROM_VIEWING)]
    derived = derive(law.rules, rule, event_day, law.calendar, province=law.province)
    steps = [DeadlineStep(words=step_in_words(step), rule=BASES.get(type(step))) for step in derived.steps] + [
        DeadlineStep(words=reservation_in_words(each)) for each in derived.reservations
    ]
    last = Words(en=f"Last day: {starts.en}", fa=f"آخرین روز {starts.fa}")
    period = NoticePeriod(
        label=starts if derived.last_day is None else last,
        ends_on=derived.last_day,
        open=step_in_words(derived.steps[-1]) if derived.last_day is None else None,
        confirmed=not any(isinstance(each, Unconfirmed) for each in derived.reservations),
    )
    return period, steps


def _service(entry: OutboxEntry, served: ServiceDate | None, served_on: date | None) -> Iterator[DeadlineStep]:
    if served is None:
        return
    rule = RULES[served.rule]
    yield _arrival(entry, rule)
    yield DeadlineStep(
        words=Words(
            en="The civil date of that time in Tehran is the date of service.",
            fa="تاریخ آن زمان به وقت تهران، تاریخ ابلاغ است.",
        ),
        day=served_on,
        rule=rule,
    )
    yield _character(entry, served, rule)


def _arrival(entry: OutboxEntry, rule: Words) -> DeadlineStep:
    if entry.delivered_at is not None:
        at = dates_in_words.moment(entry.delivered_at)
        return DeadlineStep(
            words=Words(
                en=f"By the judiciary's receipt, the notice arrived in the recipient's account on {at.en}.",
                fa=f"به موجب رسید قوه قضاییه، ابلاغیه در تاریخ {at.fa} به حساب کاربری مخاطب واصل شده است.",
            ),
            rule=rule,
        )
    first = entry.service_time
    assert first is not None  # there is a date of service
    at = dates_in_words.moment(first)
    if first == entry.viewed_at:
        words = Words(
            en=f"No receipt of its arrival is known. It was viewed on {at.en}, and had arrived by then.",
            fa=f"رسید وصول آن دریافت نشده است؛ در تاریخ {at.fa} رؤیت شده و از این رو تا آن زمان واصل شده است.",
        )
    else:
        words = Words(
            en=f"No receipt of its arrival is known. The judiciary states service by law on {at.en}; it had arrived by "
            "then.",
            fa=f"رسید وصول آن دریافت نشده است؛ به اعلام قوه قضاییه ابلاغ قانونی در تاریخ {at.fa} انجام شده و از این "
            "رو تا آن زمان واصل شده است.",
        )
    return DeadlineStep(words=words, rule=rule)


def _character(entry: OutboxEntry, served: ServiceDate, rule: Words) -> DeadlineStep:
    effect = EFFECTS[served.effect]
    if served.effect is Effect.ACTUAL and entry.viewed_at is not None:
        return DeadlineStep(
            words=Words(en=f"It was viewed: {effect.en}.", fa=f"رؤیت شده است: {effect.fa}."),
            day=dates_in_words.civil_day(entry.viewed_at),
            rule=rule,
        )
    return DeadlineStep(
        words=Words(en=f"It was not viewed so far: {effect.en}.", fa=f"تاکنون رؤیت نشده است: {effect.fa}."), rule=rule
    )


def _serve_by(entry: OutboxEntry, served_on: date | None) -> Iterator[DeadlineStep]:
    if entry.serve_by is None:
        return
    yield DeadlineStep(
        words=Words(
            en="The issuing body names this day as the last one on which service is of use.",
            fa="مرجع صادرکننده این روز را آخرین روز مفید برای ابلاغ اعلام کرده است.",
        ),
        day=entry.serve_by,
    )
    if served_on is not None and served_on > entry.serve_by:
        yield DeadlineStep(
            words=Words(en="The date of service is later than that day.", fa="تاریخ ابلاغ پس از آن روز است."),
            day=served_on,
        )


def _unserved(state: DeliveryState) -> Words:
    if state is DeliveryState.OTHER_CHANNEL:
        return _OTHERWISE
    return _NONE_HERE if state in (DeliveryState.REJECTED, DeliveryState.WITHDRAWN) else _NOT_BEGUN


def _gregorian(served: ServiceDate) -> date:
    year, month, day = map(int, served.date.split("-"))
    civil: date = jdatetime.date(year, month, day).togregorian()
    return civil
