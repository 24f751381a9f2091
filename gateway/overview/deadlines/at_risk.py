"""Notices that may not be served in time: a receipt is missing for longer than usual, or the last useful day is near.

A usual time is the limit of the notice's kind for its arrival, from the share on from which a wait is soon late.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from gateway.notice.delivery_state import DeliveryState
from gateway.overview.deadlines.deadline_store import DeadlineStore, Unserved
from gateway.overview.deadlines.due_deadlines import DueQuery
from gateway.reconciliation.limits import Limit, Limits
from gateway.runtime.bilingual import Words

MOST_READ: Final = 10_000
"""Notices with a last useful day that are read."""


class Risk(StrEnum):
    """Reason for which a notice may not be served in time."""

    SERVE_BY_PASSED = "serve-by-passed"
    SERVE_BY_NEAR = "serve-by-near"
    RECEIPT_MISSING = "receipt-missing"


RISK_WORDS: Final[Mapping[Risk, Words]] = {
    Risk.SERVE_BY_PASSED: Words(en="the last useful day of service is over", fa="آخرین روز مفید ابلاغ گذشته است"),
    Risk.SERVE_BY_NEAR: Words(en="the last useful day of service is near", fa="آخرین روز مفید ابلاغ نزدیک است"),
    Risk.RECEIPT_MISSING: Words(
        en="no receipt for longer than usual", fa="رسید وصول بیش از زمان معمول دریافت نشده است"
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskyNotice:
    """Notice that may not be served in time."""

    notice: Unserved
    risks: tuple[Risk, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskReport:
    """Notices at risk: their number by body and district, and the first of them.

    ``incomplete``: there are more with a last useful day than were read.
    """

    rows: Mapping[tuple[str, str], int]
    notices: Sequence[RiskyNotice]
    incomplete: bool

    @property
    def total(self) -> int:
        return sum(self.rows.values())

    @property
    def more(self) -> bool:
        """True if there are more notices at risk than ``notices``."""
        return self.incomplete or self.total > len(self.notices)


def at_risk(store: DeadlineStore, query: DueQuery, now: datetime, limits: Limits, limit: int) -> RiskReport:
    """Return the notices at risk that a query asks for; a last useful day is near if it lies in the query's range.

    Those with a last useful day come first, then those without a receipt.
    """

    def unusual(kind: str) -> datetime:
        return now - limits.of(Limit.DELIVER, kind) * limits.warn_at

    def without_receipt(each: Unserved) -> bool:
        return each.state is DeliveryState.SUBMITTED and each.admitted_at < unusual(each.kind)

    rows = Counter[tuple[str, str]]()
    by_day = store.to_be_served_by(query.within.last, query.bodies, query.district, MOST_READ + 1)
    for each in by_day[:MOST_READ]:
        # Those without a receipt are counted below.
        rows[each.body, each.district] += not without_receipt(each)
    groups = store.unarrived(unusual, query.bodies, query.district)
    for group in groups:
        rows[group.body, group.district] += group.count
    listed = [
        RiskyNotice(notice=each, risks=_risks(each, query.today, without_receipt(each))) for each in by_day[:limit]
    ]
    known = {each.notice.reference for each in listed}
    for group in groups:
        if (left := limit - len(listed)) <= 0:
            break
        found = store.unarrived_notices(group, unusual(group.kind), left + len(known))
        new = [each for each in found if each.reference not in known][:left]
        listed += [RiskyNotice(notice=each, risks=(Risk.RECEIPT_MISSING,)) for each in new]
    return RiskReport(
        rows={place: count for place, count in sorted(rows.items()) if count},
        notices=listed,
        incomplete=len(by_day) > MOST_READ,
    )


def _risks(each: Unserved, today: date, without_receipt: bool) -> tuple[Risk, ...]:
    assert each.serve_by is not None
    of_day = Risk.SERVE_BY_PASSED if each.serve_by < today else Risk.SERVE_BY_NEAR
    return (of_day, Risk.RECEIPT_MISSING) if without_receipt else (of_day,)
