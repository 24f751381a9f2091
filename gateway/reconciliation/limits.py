"""Limits on durations, and the codes for lateness. Real times, never compressed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from gateway.notice.delivery_state import DeliveryState
from gateway.notice.outbox import OutboxEntry

_S = DeliveryState


class Limit(StrEnum):
    """Limit by its name in the configuration and in metrics."""

    DELIVER = "deliver"
    """From admission to arrival."""
    DOUBT = "doubt"
    """In doubt, while the gateway inquires."""
    DECIDE = "decide"
    """In doubt, while a person must decide; counted from the beginning of the doubt, too."""
    SWITCH = "switch"
    """Without an account, or undeliverable, until another channel is chosen."""
    WRITE = "write"
    """Current state that is not yet written to its row."""


class Lateness(StrEnum):
    """Degree of lateness."""

    SOON = "soon"
    OVER = "over"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Limits of all waits; ``kinds`` has other periods for kinds of notice, by code.

    From the share ``warn_at`` (0 to 1) of a period on, a wait is soon late.
    """

    periods: Mapping[Limit, timedelta]
    warn_at: float
    kinds: Mapping[str, Mapping[Limit, timedelta]] = field(default_factory=dict)

    def of(self, limit: Limit, kind: str) -> timedelta:
        return self.kinds.get(kind, {}).get(limit, self.periods[limit])

    def warns_after(self, limit: Limit) -> timedelta:
        """Return the shortest time after which a wait of any kind can be soon late."""
        of_kinds = [periods[limit] for periods in self.kinds.values() if limit in periods]
        return min([self.periods[limit], *of_kinds]) * self.warn_at

    def wait(self, limit: Limit, what: str, since: datetime, kind: str, now: datetime) -> Wait | None:
        """Return the lateness of a notice of ``kind`` that waits for ``what`` since then; None if it is not late."""
        period, age = self.of(limit, kind), now - since
        if age < period * self.warn_at:
            return None
        late = Lateness.OVER if age >= period else Lateness.SOON
        return Wait(limit=limit, what=what, late=late, since=since, until=since + period)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Wait of a notice for ``what`` since a time; ``late`` is by a limit that ends at ``until``."""

    limit: Limit
    what: str
    late: Lateness
    since: datetime
    until: datetime

    @property
    def code(self) -> str:
        """Return its code in the error catalogue."""
        return CODES[self.what, self.late]


CODES = {
    ("sending", Lateness.SOON): "reconcile.sending-soon-late",
    ("sending", Lateness.OVER): "reconcile.sending-late",
    ("arrival", Lateness.SOON): "reconcile.arrival-soon-late",
    ("arrival", Lateness.OVER): "reconcile.arrival-late",
    ("answer", Lateness.SOON): "reconcile.answer-soon-late",
    ("answer", Lateness.OVER): "reconcile.answer-late",
    ("decision", Lateness.SOON): "reconcile.decision-soon-late",
    ("decision", Lateness.OVER): "reconcile.decision-late",
    ("channel", Lateness.SOON): "reconcile.channel-soon-late",
    ("channel", Lateness.OVER): "reconcile.channel-late",
    ("writing", Lateness.SOON): "reconcile.writing-soon-late",
    ("writing", Lateness.OVER): "reconcile.writing-late",
}
"""Codes for each kind of wait and lateness.

Actors differ: we must send, and the judiciary must deliver.
"""

OPEN = {
    Limit.DELIVER: (_S.QUEUED, _S.SENDING, _S.PENDING, _S.IN_DOUBT, _S.DEAD_LETTER, _S.SUBMITTED),
    Limit.DOUBT: (_S.IN_DOUBT,),
    Limit.DECIDE: (_S.IN_DOUBT,),
    Limit.SWITCH: (_S.NO_ACCOUNT, _S.UNDELIVERABLE),
}
"""States in which a limit runs; that of writing runs in all states that are written back."""


def waits(entry: OutboxEntry, kind: str, now: datetime, limits: Limits) -> Iterator[Wait]:
    """Yield the waits in which a notice of ``kind`` is late, or soon will be.

    The beginning of its wait for writing is not part of the entry.
    """
    for limit, what, since in _running(entry):
        if (wait := limits.wait(limit, what, since, kind, now)) is not None:
            yield wait


def _running(entry: OutboxEntry) -> Iterator[tuple[Limit, str, datetime]]:
    if entry.state in OPEN[Limit.DELIVER]:
        yield Limit.DELIVER, "arrival" if entry.state in (_S.PENDING, _S.SUBMITTED) else "sending", entry.admitted_at
    if entry.state is _S.IN_DOUBT:
        since = entry.doubt_since or entry.state_since
        yield (Limit.DECIDE, "decision", since) if entry.due_at is None else (Limit.DOUBT, "answer", since)
    if entry.state in OPEN[Limit.SWITCH]:
        yield Limit.SWITCH, "channel", entry.state_since
