"""Report of a pass: counts by name, and the errors that require an action."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

from gateway.runtime.errors import GatewayError


class Wait(StrEnum):
    """Reason for making no call."""

    MAINTENANCE = "maintenance"
    RESTING = "the endpoint rests"
    NO_CALL_FREE = "no call is free"
    RATION = "the rate limit is reached"


@dataclass(slots=True)
class PassReport:
    """Report of a pass. Counts are of notices unless the name says otherwise.

    ``errors`` stopped nothing else; errors that do are raised. ``waits`` means that the pass ended although work may
    remain.
    ``alarms`` began in this pass, ``over`` ended in it: unlike an error, each is reported once, by the process in which
    it happened.
    """

    name: str
    counts: Counter[str] = field(default_factory=Counter)
    errors: list[GatewayError] = field(default_factory=list)
    waits: Wait | None = None
    alarms: list[GatewayError] = field(default_factory=list)
    over: list[GatewayError] = field(default_factory=list)

    def add(self, other: PassReport) -> None:
        """Add the report of a further part of this pass."""
        self.counts.update(other.counts)
        self.errors += other.errors
        self.alarms += other.alarms
        self.over += other.over
        self.waits = self.waits or other.waits

    @property
    def idle(self) -> bool:
        """Return True if nothing was done, so that an immediate second run would not help."""
        return not self.counts

    @property
    def left(self) -> bool:
        """Return True if nothing was done because no call was allowed: neither a success nor a failure."""
        return self.waits is not None and self.idle and not self.errors
