"""State of an endpoint in words: working, calls resume at 14:05, trying, maintenance; and the cause of failures."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import assert_never

from gateway.judiciary.call_durations import CallSpeed
from gateway.judiciary.endpoint_status import MAINTENANCE, EndpointView
from gateway.overview.dates_in_words import civil_day, duration, moment_from
from gateway.runtime.bilingual import Words
from gateway.runtime.circuit_breaker import Permit
from gateway.runtime.errors import CATALOGUE


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


def is_down(view: EndpointView) -> bool:
    """Return True while an endpoint does not answer as it should; announced maintenance is no failure."""
    return view.state in (Permit.OPEN, Permit.PROBE)


def cause_in_words(view: EndpointView, *, on_page: bool = False) -> Words | None:
    """Return the cause of an endpoint's failures with its remedy; None without failures, or for an unlisted code.

    ``on_page``: the remedy names no verb of the command line.
    """
    entry = CATALOGUE.get(view.breaker.code or "") if view.breaker.failures else None
    if entry is None:
        return None
    remedy = entry.remedy, entry.remedy_fa
    if on_page and entry.page:
        remedy = entry.page, entry.page_fa
    return Words(en=f"{entry.en}; {remedy[0]}", fa=f"{entry.fa} {remedy[1]}")
