"""Plan of pushing receipts to a callback: the number in a call, and the times of repetition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

BACKOFF: Final = tuple(timedelta(seconds=seconds) for seconds in (0.5, 1, 2, 5, 10, 30, 60))


@dataclass(frozen=True, slots=True, kw_only=True)
class PushPlan:
    """Plan of pushing.

    ``url`` is the sender's callback. ``most`` receipts go in a call; ``look`` passes between two looks for new ones.
    After each failure in a row the next of ``backoff`` passes, and the last of them from then on. The same holds for a
    receipt that was not stored.
    """

    url: str
    most: int = 20
    look: timedelta = timedelta(seconds=0.3)
    timeout: timedelta = timedelta(seconds=5)
    backoff: Sequence[timedelta] = BACKOFF

    def wait(self, failures: int) -> float:
        """Return the seconds to wait after so many failures in a row."""
        return self.backoff[min(failures, len(self.backoff)) - 1].total_seconds() if failures else 0.0
