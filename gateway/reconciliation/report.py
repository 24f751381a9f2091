"""Result of a reconciliation: a value, and its record in the store."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from gateway.reconciliation.finding import errors_of
from gateway.reconciliation.overdue import LOOKED
from gateway.reconciliation.standing import Ask
from gateway.runtime.clock import parse_timestamp, timestamp
from gateway.runtime.errors import GatewayError
from gateway.runtime.pass_report import PassReport
from gateway.store.ports.row_store import RowStore

RECONCILED = "reconciled"
"""Cursor that holds the record of the last whole reconciliation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Scope of a comparison: from ``since`` (None: the beginning) to ``until``, of one ``source`` or of all (None)."""

    since: datetime | None
    until: datetime
    ask: Ask = Ask.OPEN
    source: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """Result of a reconciliation: ``findings`` by code; ``compared`` counts rows, notices, receipts and inquiries.

    ``errors`` prevented some comparison; ``complete`` is False if the run was stopped early. Rows of the sources
    ``unread`` cannot be read back: only the store's own marks are known.
    ``empty`` is True if the range holds neither a notice nor a row, so that nothing could disagree. ``alarms`` and
    ``over`` are as in a `PassReport`.
    """

    scope: Scope
    at: datetime
    findings: Mapping[str, int]
    compared: Mapping[str, int]
    errors: tuple[GatewayError, ...] = ()
    unread: tuple[str, ...] = ()
    complete: bool = True
    empty: bool = False
    alarms: tuple[GatewayError, ...] = ()
    over: tuple[GatewayError, ...] = ()

    @property
    def agrees(self) -> bool:
        return self.complete and not self.empty and not self.findings and not self.errors

    def report(self) -> PassReport:
        """Return the report of a pass: one error for each code."""
        counts = Counter({**self.compared, "findings": sum(self.findings.values())})
        errors = [*self.errors, *errors_of(self.findings)]
        return PassReport("reconcile", counts=counts, errors=errors, alarms=[*self.alarms], over=[*self.over])

    def record(self) -> str:
        """Return the text for the store."""
        since = self.scope.since
        return json.dumps(
            {
                "at": timestamp(self.at),
                "since": None if since is None else timestamp(since),
                "until": timestamp(self.scope.until),
                "ask": self.scope.ask.value,
                "compared": dict(self.compared),
                "findings": dict(self.findings),
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Last:
    """Summary of the last runs in the store: their times, and the counts.

    ``late`` counts by limit and lateness, ``found`` by code.
    """

    overdue_at: datetime | None = None
    late: Mapping[tuple[str, str], int] = field(default_factory=dict)
    reconciled_at: datetime | None = None
    found: Mapping[str, int] = field(default_factory=dict)


def last(store: RowStore) -> Last:
    """Return the summary of the last runs, by any process."""
    looked, reconciled = (json.loads(store.cursor(name) or "{}") for name in (LOOKED, RECONCILED))
    late = {(limit, state): n for limit, by_state in looked.get("late", {}).items() for state, n in by_state.items()}
    return Last(
        overdue_at=_time(looked),
        late=late,
        reconciled_at=_time(reconciled),
        found=reconciled.get("findings", {}),
    )


def _time(record: Mapping[str, str]) -> datetime | None:
    return parse_timestamp(record["at"]) if record else None
