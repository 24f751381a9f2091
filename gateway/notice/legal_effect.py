"""Legal effect and date of service: derived from the times and the rule's version, never stored as a state.

Arrival in the account is service. Service is legal until the notice is viewed, and actual from then on (by-law on
electronic proceedings of 1395, article 13 note 2).
The civil date in Tehran of arrival is the date of service. Where no receipt of arrival is known, it is the first day on
which the notice is known to have arrived: by its viewing, or by the judiciary's statement that it is served by law.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

import jdatetime

from gateway.notice.written_date import written_day
from gateway.runtime.bilingual import PERSIAN_DIGITS, Words
from gateway.runtime.clock import TEHRAN

RULE = "by-law-1395-article-13"
"""Version of the rule under which effects are computed today."""

RULES: Final[Mapping[str, Words]] = {
    RULE: Words(
        en="Article 13 of the by-law on the use of computer and telecommunication systems (1395)",
        fa="ماده ۱۳ آیین‌نامه نحوه استفاده از سامانه‌های رایانه‌ای یا مخابراتی، ۱۳۹۵",
    )
}
"""Titles of rule versions for people; programs read the code."""


class Effect(StrEnum):
    """ابلاغ قانونی and ابلاغ واقعی."""

    LEGAL = "LEGAL"
    ACTUAL = "ACTUAL"


EFFECT_NAMES: Final[Mapping[Effect, Words]] = {
    Effect.LEGAL: Words(en="legal service", fa="ابلاغ قانونی"),
    Effect.ACTUAL: Words(en="actual service", fa="ابلاغ واقعی"),
}

NO_RECEIPT_OF_ARRIVAL: Final = Words(en="no receipt of arrival is known", fa="رسید وصول دریافت نشده است")
"""In the place of the effect: the gateway can tell nothing of service, not even that there was none."""

NO_DEADLINE_KNOWN: Final = Words(
    en="Nothing can be told of a period, because no receipt of arrival is known.",
    fa="درباره مهلت نمی‌توان چیزی گفت، زیرا رسید وصول ابلاغیه دریافت نشده است.",
)
DEADLINE_OTHERWISE: Final = Words(
    en="The period begins with the service through the other channel; the gateway does not know that date.",
    fa="مهلت با ابلاغ به شیوه دیگر آغاز می‌شود و تاریخ آن در درگاه ثبت نیست.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceDate:
    """Date and effect of service; ``date`` is Jalali, 1404-11-14.

    ``arrival_known`` is False if no receipt of arrival is known: then the date is the latest that is possible.
    """

    date: str
    effect: Effect
    rule: str = RULE
    arrival_known: bool = True

    @property
    def day(self) -> Words:
        """Return the date for readers: ۱۴۰۴/۱۱/۱۴ in Persian, 2026-02-03 (1404/11/14) in English."""
        year, month, day = map(int, self.date.split("-"))
        return day_in_words(jdatetime.date(year, month, day).togregorian())

    @property
    def day_or_latest(self) -> Words:
        """Return the date for readers, to stand alone: without a receipt of arrival, as the latest that is possible."""
        return self.day if self.arrival_known else at_the_latest(self.day)


def service_time(
    delivered_at: datetime | None, viewed_at: datetime | None, legal_service_at: datetime | None
) -> datetime | None:
    """Return the time whose day is the date of service; None before arrival. Viewing and service by law prove it."""
    return delivered_at or min(filter(None, (viewed_at, legal_service_at)), default=None)


def service(
    delivered_at: datetime | None, viewed_at: datetime | None, legal_service_at: datetime | None = None
) -> ServiceDate | None:
    """Compute service from the times; None before arrival. A statement of service by law moves no known arrival."""
    arrival = service_time(delivered_at, viewed_at, legal_service_at)
    if arrival is None:
        return None
    effect = Effect.ACTUAL if viewed_at else Effect.LEGAL
    return ServiceDate(date=jalali(arrival), effect=effect, arrival_known=delivered_at is not None)


def at_the_latest(day: Words) -> Words:
    """Return a day of service as the latest that is possible: no receipt of arrival is known."""
    return Words(en=f"{day.en} at the latest", fa=f"حداکثر تا {day.fa}")


def jalali(moment: datetime) -> str:
    """Return the civil date in Tehran, 1404-11-14."""
    return written_day(moment.astimezone(TEHRAN).date())


def day_in_words(day: date) -> Words:
    """Return a civil date for readers: Jalali in Persian digits, and ISO 8601 with the Jalali date in English."""
    told = str(jdatetime.date.fromgregorian(date=day).strftime("%Y/%m/%d"))
    return Words(en=f"{day.isoformat()} ({told})", fa=persian_digits(told))


def moment_in_words(moment: datetime) -> Words:
    """Return a time in Tehran for readers, to the second, each language by its own calendar."""
    there = moment.astimezone(TEHRAN)
    date_there = jalali(moment).replace("-", "/")
    return Words(
        en=f"{there:%Y-%m-%d %H:%M:%S} Tehran",
        fa=f"{persian_digits(date_there)} ساعت {persian_digits(f'{there:%H:%M:%S}')} به وقت تهران",
    )


def persian_digits(text: str) -> str:
    """Return the text with its ASCII digits as Persian ones."""
    return text.translate(PERSIAN_DIGITS)
