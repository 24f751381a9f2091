"""Courtesy message: a person is told once, outside of ثنا, that a notice has arrived there.

It is information only and starts no period (`docs/connect/courtesy.md`). No value here has a number of a telephone: it
stands in the sealed notice alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final


class CourtesyOutcome(StrEnum):
    """Outcome of a courtesy message."""

    BEGUN = "BEGUN"
    """Written before the call. If nothing follows, it becomes `UNKNOWN`."""
    TAKEN = "TAKEN"
    """The service took it over."""
    REFUSED = "REFUSED"
    """The service does not reach this number; final."""
    NOT_TAKEN = "NOT_TAKEN"
    """The service certainly did not take it; it is tried again while the arrival is new."""
    UNKNOWN = "UNKNOWN"
    """Nobody knows if the service took it. It is never repeated."""
    NO_NUMBER = "NO_NUMBER"
    """The sealed notice has no mobile number; there was no call."""


FIRST: Final = frozenset({CourtesyOutcome.BEGUN, CourtesyOutcome.NO_NUMBER})
"""Outcomes with which a message is written first."""

OPEN: Final = frozenset({CourtesyOutcome.BEGUN, CourtesyOutcome.UNKNOWN})
"""Outcomes that an answer may still replace."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CourtesyMessage:
    """The one courtesy message about a notice.

    ``evidence_id`` is the record of its begin (None: there was no call). ``message_number`` is the
    service's own number of it, ``code`` the error that ended it.
    """

    reference: str
    body: str
    begun_at: datetime
    outcome: CourtesyOutcome
    ended_at: datetime | None = None
    code: str | None = None
    message_number: str | None = None
    evidence_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CourtesyTally:
    """Numbers of messages since a time, by outcome. ``code`` is the error that ended the last call; None after one that
    was taken."""

    counts: Mapping[CourtesyOutcome, int] = field(default_factory=dict)
    code: str | None = None

    def of(self, outcome: CourtesyOutcome) -> int:
        return self.counts.get(outcome, 0)
