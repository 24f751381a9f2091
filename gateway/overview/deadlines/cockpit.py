"""Deadlines and notices at risk together, by body and district, as screens and files show them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from gateway.legal.due_deadline import DayRange
from gateway.legal.law import Law
from gateway.overview.deadlines.at_risk import RiskReport, at_risk
from gateway.overview.deadlines.deadline_store import DeadlineStore
from gateway.overview.deadlines.due_deadlines import MOST_SHOWN, DueQuery, DueReport, due_deadlines
from gateway.reconciliation.limits import Limits
from gateway.runtime.errors import ErrorScope, GatewayError

WEEK: Final = 7
"""Days of the range unless another one is asked for."""
RANGES: Final = (1, WEEK, 14, 30)
"""Days that a person may choose, today included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CockpitRow:
    """Numbers of a body and district: deadlines that end today and within the range, and notices at risk."""

    body: str
    district: str
    today: int
    within: int
    at_risk: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cockpit:
    """Deadlines of a range, notices at risk, and the numbers of both by body and district.

    ``unread`` is the reason for which no last day is known: then ``due`` is empty, and says nothing.
    """

    due: DueReport
    risk: RiskReport
    rows: Sequence[CockpitRow]
    unread: GatewayError | None = None

    @property
    def complete(self) -> bool:
        """True if every deadline and every notice at risk is listed."""
        return not self.due.more and not self.risk.more


def days_from(today: date, days: int) -> DayRange:
    """Return the range of so many days, today included."""
    return DayRange(first=today, last=today + timedelta(days=days - 1))


def cockpit(
    store: DeadlineStore,
    law: Law | GatewayError,
    query: DueQuery,
    now: datetime,
    limits: Limits,
    shown: int = MOST_SHOWN,
) -> Cockpit:
    """Return the numbers of a query, and the first ``shown`` deadlines and notices at risk.

    ``law`` is an error if rules or calendar cannot be read: notices at risk do not depend on them. Raises
    `GatewayError` ``store.*``.
    """
    due, unread = _due(store, law, query, shown)
    risk = at_risk(store, query, now, limits, shown)
    ending = {(row.body, row.district): row for row in due.rows}
    return Cockpit(
        due=due,
        risk=risk,
        rows=[
            CockpitRow(
                body=body,
                district=district,
                today=ending[body, district].today if (body, district) in ending else 0,
                within=ending[body, district].all if (body, district) in ending else 0,
                at_risk=risk.rows.get((body, district), 0),
            )
            for body, district in sorted(ending.keys() | risk.rows.keys())
        ],
        unread=unread,
    )


def _due(
    store: DeadlineStore, law: Law | GatewayError, query: DueQuery, shown: int
) -> tuple[DueReport, GatewayError | None]:
    """Return the deadlines, or none and the reason."""
    try:
        if isinstance(law, GatewayError):
            raise law
        return due_deadlines(store, law, query, shown), None
    except GatewayError as error:
        if error.scope is ErrorScope.SYSTEM:
            raise
        return DueReport(query=query, days={}, rows=[], notices=[]), error
