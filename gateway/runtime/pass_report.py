"""What a pass did: counts by name, and the errors that somebody must act on."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

from gateway.runtime.errors import GatewayError


class Wait(StrEnum):
    """Why the other side is left in peace."""

    MAINTENANCE = "maintenance"
    RESTING = "the endpoint rests"
    NO_CALL_FREE = "no call is free"
    RATION = "the rate limit is reached"


@dataclass(slots=True)
class PassReport:
    """Counts are of notices unless the name says otherwise. ``errors`` kept nothing else back; others are raised.

    ``waits`` says that the pass ended though there may be more to do. ``alarms`` began with it, ``over`` are those that
    ended: unlike an error, each is told once, by the one process in which that happened.
    """

    name: str
    counts: Counter[str] = field(default_factory=Counter)
    errors: list[GatewayError] = field(default_factory=list)
    waits: Wait | None = None
    alarms: list[GatewayError] = field(default_factory=list)
    over: list[GatewayError] = field(default_factory=list)

    def add(self, other: PassReport) -> None:
        """Take over what a further part of this pass did."""
        self.counts.update(other.counts)
        self.errors += other.errors
        self.alarms += other.alarms
        self.over += other.over
        self.waits = self.waits or other.waits

    @property
    def idle(self) -> bool:
        """Nothing was done, so nothing is gained by running at once again."""
        return not self.counts

    @property
    def left(self) -> bool:
        """Nothing was done because the other side is left in peace: neither a success nor a failure."""
        return self.waits is not None and self.idle and not self.errors
