"""What a pass did: counts by name, and the errors that somebody must act on."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from gateway.errors import GatewayError


@dataclass(slots=True)
class PassReport:
    """Counts are of notices unless the name says otherwise. ``errors`` kept nothing else back; others are raised."""

    name: str
    counts: Counter[str] = field(default_factory=Counter)
    errors: list[GatewayError] = field(default_factory=list)

    @property
    def idle(self) -> bool:
        """Nothing was done, so nothing is gained by running at once again."""
        return not self.counts
