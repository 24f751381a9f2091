"""Agreements on data sharing: which fields of which notices another body may read, for which purposes, and when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from gateway.runtime.clock import TEHRAN
from gateway.runtime.errors import GatewayError

if TYPE_CHECKING:
    from gateway.store.stored import Admission

MOST_NOTICES: Final = 100
"""Most notices in an answer."""


class SharedField(StrEnum):
    """Field of a notice that an agreement may allow. Agreements and answers name it; it never changes."""

    BODY = "body"
    DISTRICT = "district"
    KIND = "kind"
    CASE_NUMBER = "case_number"
    PAPER_NUMBER = "paper_number"
    TRACKING_NUMBER = "tracking_number"
    STATE = "state"
    DELIVERED_AT = "delivered_at"
    VIEWED_AT = "viewed_at"
    SERVICE_DATE = "service_date"
    EFFECT = "effect"
    LAST_DAY = "last_day"
    RECIPIENT_NAME = "recipient_name"
    RECIPIENT_IDENTIFIER = "recipient_identifier"


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Agreement with another body: what it may read, for which purposes (code → title), and when.

    Empty ``bodies``, ``kinds`` or ``districts`` limit nothing. It holds from the day ``begins`` to the day ``ends``
    (None: without an end), both included, in Tehran.
    """

    body: str
    title: str
    purposes: Mapping[str, str]
    fields: Sequence[SharedField]
    begins: date
    ends: date | None = None
    bodies: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    districts: frozenset[str] = frozenset()

    def holds_at(self, now: datetime) -> bool:
        day = now.astimezone(TEHRAN).date()
        return self.begins <= day and (self.ends is None or day <= self.ends)

    def shows(self, notice: Admission) -> bool:
        """Return True if the notice is of those that the other body may know of."""
        return (
            (not self.bodies or notice.body in self.bodies)
            and (not self.kinds or notice.kind in self.kinds)
            and (not self.districts or notice.district in self.districts)
        )

    def assert_allows(self, purpose: str, now: datetime) -> None:
        """Raise `GatewayError` ``sharing.not-in-force``, ``sharing.purpose``."""
        if not self.holds_at(now):
            raise GatewayError("sharing.not-in-force", where=self.body)
        if purpose not in self.purposes:
            raise GatewayError("sharing.purpose", where=self.body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Question of another body: for a purpose, by case number and renovation code, or by tracking number."""

    purpose: str
    case_number: str | None = field(default=None, repr=False)
    renovation_code: str | None = field(default=None, repr=False)
    tracking_number: str | None = field(default=None, repr=False)

    @property
    def subject(self) -> str:
        """Return the case or tracking number."""
        return self.tracking_number or self.case_number or ""
