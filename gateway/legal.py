"""Legal effect and date of service: derived from the two times and the rule's version, never stored as a state.

Arrival in the account is service; until it is viewed the service is legal, then actual (by-law on electronic
proceedings of 1395, article 13 note 2). The civil date in Tehran of arrival is the date of service.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import jdatetime

from gateway.clock import TEHRAN

RULE = "by-law-1395-article-13"
"""The rule version under which effects are computed today."""


class Effect(StrEnum):
    """ابلاغ قانونی and ابلاغ واقعی."""

    LEGAL = "LEGAL"
    ACTUAL = "ACTUAL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """``date`` is Jalali, 1404-11-14."""

    date: str
    effect: Effect
    rule: str = RULE


def service(delivered_at: datetime | None, viewed_at: datetime | None) -> Service | None:
    """Return the service that the two times make, or None before arrival. Viewing alone proves arrival."""
    arrival = delivered_at or viewed_at
    if arrival is None:
        return None
    return Service(date=jalali(arrival), effect=Effect.ACTUAL if viewed_at else Effect.LEGAL)


def jalali(moment: datetime) -> str:
    """Return the civil date in Tehran, 1404-11-14."""
    return str(jdatetime.date.fromgregorian(date=moment.astimezone(TEHRAN).date()).strftime("%Y-%m-%d"))
