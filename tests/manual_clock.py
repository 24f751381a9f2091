"""A clock that moves only when a test advances it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


@dataclass
class ManualClock:
    now: datetime = datetime(2026, 2, 3, 8, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **period: float) -> None:
        self.now += timedelta(**period)
