"""The port to served notices by the days of their service, for the deadlines that follow from them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from gateway.legal.due_deadline import EventSpan, ServiceDays
from gateway.notice.delivery_state import DeliveryState


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedGroup:
    """The ``count`` notices of a body, district and kind that have the same days of service."""

    body: str
    district: str
    kind: str
    days: ServiceDays
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedNotice:
    """Notice of a group. ``arrival_known`` is False if it has no receipt of arrival: its day of service is the latest
    that is possible.
    """

    group: ServedGroup
    reference: str
    arrival_known: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Unserved:
    """Notice on its way to its recipient. ``serve_by`` is the last useful day of service, if its row names one."""

    reference: str
    body: str
    district: str
    kind: str
    state: DeliveryState
    admitted_at: datetime
    serve_by: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnarrivedGroup:
    """Notices of a body, district and kind that the judiciary accepted and that have not arrived: ``count`` of them."""

    body: str
    district: str
    kind: str
    count: int


class DeadlineStore(Protocol):
    """Find notices by the days of their service. Raises `gateway.runtime.errors.GatewayError` with ``store.*``.

    ``district`` may be in any spelling (`gateway.search.searched_text.searchable`); None: every district.
    """

    def groups(
        self, spans: Sequence[EventSpan], bodies: frozenset[str] | None, district: str | None
    ) -> list[ServedGroup]:
        """Return the notices in any of the spans, each notice in one group. ``bodies`` are the codes of the bodies
        that are looked at (None: every body). It reads an index over these spans alone.
        """
        ...

    def references(self, groups: Sequence[ServedGroup], limit: int) -> list[ListedNotice]:
        """Return the groups' notices, group by group, at most ``limit``. It reads no others."""
        ...

    def to_be_served_by(
        self, day: date, bodies: frozenset[str] | None, district: str | None, limit: int
    ) -> list[Unserved]:
        """Return the notices on their way that are to be served by ``day`` or were to be earlier, these first. It reads
        an index of them alone.
        """
        ...

    def unarrived(
        self, before: Callable[[str], datetime], bodies: frozenset[str] | None, district: str | None
    ) -> list[UnarrivedGroup]:
        """Count the notices that are submitted and were admitted before a time, which depends on their kind. It reads
        an index of them alone.
        """
        ...

    def unarrived_notices(self, group: UnarrivedGroup, before: datetime, limit: int) -> list[Unserved]:
        """Return the earliest admitted notices of a group, at most ``limit``."""
        ...
