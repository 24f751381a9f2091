"""What a reconciliation found: a value, and the record of it that the store keeps."""

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
"""The cursor that holds the record of the last whole reconciliation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What is compared: from ``since`` (None: from the beginning) to ``until``, of one ``source`` or of all (None)."""

    since: datetime | None
    until: datetime
    ask: Ask = Ask.OPEN
    source: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """``findings`` counts by code, ``compared`` what was looked at: rows, notices, receipts, asked (references).
    ``errors`` kept something from being compared; ``complete`` is False where it was ended before its end. Of the
    sources ``unread`` nobody can say what their rows show: the store's own marks are all there is. ``empty`` says that
    the range holds neither a notice nor a row: then nothing was compared that could disagree. ``alarms`` and ``over``
    are as in a `PassReport`."""

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
        """Return it as a pass tells it: one error for each code."""
        counts = Counter({**self.compared, "findings": sum(self.findings.values())})
        errors = [*self.errors, *errors_of(self.findings)]
        return PassReport("reconcile", counts=counts, errors=errors, alarms=[*self.alarms], over=[*self.over])

    def record(self) -> str:
        """Return it as the store keeps it."""
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
    """What the store knows of the last looks: when, and how much was ``late`` (by limit and lateness) or ``found`` (by
    code)."""

    overdue_at: datetime | None = None
    late: Mapping[tuple[str, str], int] = field(default_factory=dict)
    reconciled_at: datetime | None = None
    found: Mapping[str, int] = field(default_factory=dict)


def last(store: RowStore) -> Last:
    """Return what is known of the last looks, by whichever process they were."""
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
