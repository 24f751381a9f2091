"""State of an endpoint in words: working, calls resume at 14:05, trying, maintenance; the cause of failures; speeds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final, assert_never

from gateway.judiciary.call_durations import CallDurations, CallSpeed, hour_of, speed_of
from gateway.judiciary.courier import SEAL_NOT_ACCEPTED
from gateway.judiciary.endpoint_status import MAINTENANCE, EndpointView
from gateway.overview.dates_in_words import civil_day, duration, moment_from
from gateway.runtime.bilingual import Words
from gateway.runtime.circuit_breaker import Permit
from gateway.runtime.errors import CATALOGUE

_PERIODS: Final[Mapping[timedelta, Words]] = {
    timedelta(hours=1): Words(en="since the hour before this one", fa="از ابتدای ساعت پیش"),
    timedelta(hours=24): Words(en="in the last 24 hours", fa="در ۲۴ ساعت گذشته"),
}


def endpoint_in_words(view: EndpointView, now: datetime, show_time: Callable[[datetime], Words] | None = None) -> Words:
    """Return the state of an endpoint.

    ``show_time`` returns the time of the next call in the calendar of a screen; by default it is hour and minute, with
    the day if that is another one.
    """
    show = partial(moment_from, now=now) if show_time is None else show_time
    until = None if view.until is None else show(view.until)
    if view.state == MAINTENANCE:
        if until is None:
            return Words(en="maintenance", fa="در حال نگهداری")
        return Words(en=f"maintenance until {until.en}", fa=f"در حال نگهداری تا {until.fa}")
    match Permit(view.state):
        case Permit.CLOSED:
            return Words(en="working", fa="برقرار")
        case Permit.PROBE:
            return Words(en="trying", fa="در حال آزمودن")
        case Permit.OPEN:
            at = until or Words(en="–", fa="–")
            if view.until is not None and civil_day(view.until) != civil_day(now):
                return Words(en=f"calls resume on {at.en}", fa=f"تماس بعدی در تاریخ {at.fa}")
            return Words(en=f"calls resume at {at.en}", fa=f"تماس بعدی ساعت {at.fa}")
        case _ as never:
            assert_never(never)


def speed_in_words(speed: CallSpeed) -> Words:
    """Return the speed of an endpoint's calls: «half within 120 ms, 95 of 100 within 800 ms»."""
    if speed.p50 is None or speed.p95 is None:
        return Words(en="no call was answered", fa="هیچ تماسی پاسخ نگرفت")
    half, most = duration(speed.p50), duration(speed.p95)
    return Words(
        en=f"half of the calls answered within {half.en}, 95 of 100 within {most.en}",
        fa=f"نیمی از تماس‌ها در {half.fa} و ۹۵ درصد آن‌ها در {most.fa} پاسخ گرفته‌اند",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeedLine:
    """Speed of an endpoint's calls in a period, which ``words`` name; of one ``operation``, or of all (None)."""

    words: Words
    period: timedelta
    operation: str | None
    speed: CallSpeed


def longest_period(now: datetime) -> datetime:
    """Return the hour from which on counts are wanted for `speed_lines`."""
    return hour_of(now) - max(_PERIODS)


def speed_lines(counted: Sequence[CallDurations], destination: str, now: datetime) -> Iterator[SpeedLine]:
    """Yield the speeds of an endpoint's calls: of all by period, then of each operation for a day."""
    since = {period: hour_of(now) - period for period in _PERIODS}
    here = [each for each in counted if each.destination == destination and each.hour >= min(since.values())]
    lines: list[tuple[timedelta, str | None, list[CallDurations]]] = []
    lines += [(period, None, [each for each in here if each.hour >= since[period]]) for period in _PERIODS]
    for named in sorted({each.operation for each in here}):
        lines.append((max(_PERIODS), named, [each for each in here if each.operation == named]))
    for period, operation, counts in lines:
        if (speed := speed_of(counts)).calls:
            yield SpeedLine(words=_PERIODS[period], period=period, operation=operation, speed=speed)


def answer_in_words(*, signed: bool, repeats_call: bool) -> Words:
    """Return the meaning of an answer that counts, by the profile's trust in answers.

    ``signed`` is False if the connection alone brings answers. ``repeats_call`` is False if nothing in an answer names
    the call that it answers.
    """
    if signed:
        return Words(
            en="The answer is signed by the judiciary and belongs to this question: it is genuine and fresh.",
            fa="پاسخ امضای قوه قضاییه را دارد و متعلق به همین پرسش است؛ بنابراین اصیل و تازه است.",
        )
    if repeats_call:
        return Words(
            en="Nobody signs its answers: the connection alone shows whose they are. The answer repeats the id of this "
            "question, so it is fresh.",
            fa="پاسخ‌های این سرویس امضا ندارد و تنها اتصال نشان می‌دهد از آن کیست. پاسخ، شناسه همین پرسش را "
            "تکرار کرده است و بنابراین تازه است.",
        )
    return Words(
        en="Nobody signs its answers, and they do not name their question: the connection alone shows whose an answer "
        "is and what it answers.",
        fa="پاسخ‌های این سرویس امضا ندارد و پرسش خود را نام نمی‌برد؛ تنها اتصال نشان می‌دهد پاسخ از آن کیست "
        "و به کدام پرسش است.",
    )


_SEAL_REFUSED: Final = Words(
    en="the judiciary refused a seal of this body; its notices are still sent, and are held only after several "
    "refusals in a row; see that the judiciary has registered this body's seal certificate",
    fa="قوه قضاییه مهر این مرجع را رد کرده است؛ ابلاغیه‌های آن همچنان ارسال می‌شود و تنها با رد پیاپی متوقف می‌شود. "
    "ثبت گواهی مهر این مرجع را نزد قوه قضاییه بررسی کنید.",
)
"""Cause of refused seals before the breaker of a body opens."""


def is_down(view: EndpointView) -> bool:
    """Return True while an endpoint does not answer as it should; announced maintenance is no failure."""
    return view.state in (Permit.OPEN, Permit.PROBE)


def cause_in_words(view: EndpointView, *, on_page: bool) -> Words | None:
    """Return the cause of an endpoint's failures with its remedy; None without failures, or for an unlisted code.

    The remedy is for a reader of the console (``on_page``), or of the command line.
    """
    entry = CATALOGUE.get(view.breaker.code or "") if view.breaker.failures else None
    if entry is None:
        return None
    if entry.code == SEAL_NOT_ACCEPTED and view.state == Permit.CLOSED:
        return _SEAL_REFUSED
    remedy = entry.on_page if on_page else entry.remedies
    return Words(en=f"{entry.en}; {remedy.en}", fa=f"{entry.fa} {remedy.fa}")
