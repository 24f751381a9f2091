"""The port to the outbox: notices that a pass takes up next. `Store.commit` writes their steps."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from gateway.notice.outbox import OutboxEntry
from gateway.runtime.rate_limit import RateLimit
from gateway.store.stored import Admission


class OutboxStore(Protocol):
    """Claim notices, and find those that are due. Raises `gateway.runtime.errors.GatewayError` with ``store.*``."""

    def claim(
        self,
        *,
        destination: str,
        owner: str,
        now: datetime,
        due_by: datetime,
        lease: timedelta,
        limit: int,
        max_bytes: int,
        rate_limit: RateLimit | None = None,
        body: str | None = None,
        without_bodies: frozenset[str] = frozenset(),
    ) -> list[OutboxEntry]:
        """Move unheld `QUEUED` notices that were due by ``due_by`` to `SENDING` under a lease.

        Every source that has any gets an equal share, and what it does not need goes to the others. Of a source's
        share three in four are notices with a date by which they must be served, the earliest first; the others are
        taken oldest due first. A notice with a receipt that waits to be applied is left alone: it has arrived. So is
        one that a `Recovery` forgot: it is asked about first.

        Returns at least one notice if any is due; no more than ``limit``, or (beyond the first) ``max_bytes`` of
        seals, or than ``rate_limit`` still allows: it is taken in the same transaction, so that all processes together
        keep to it. Of one issuing ``body`` alone, or of none of ``without_bodies``, where such are named. Raises
        ``recovery.needed`` where the store has forgotten what this machine remembers.
        """
        ...

    def expired(self, *, now: datetime, limit: int) -> list[OutboxEntry]:
        """Return notices in `SENDING` whose lease is over."""
        ...

    def overdue(self, *, waiting_before: datetime, limit: int) -> list[OutboxEntry]:
        """Return notices in `QUEUED` that have waited since before that time."""
        ...

    def doubtful(self, *, destination: str, now: datetime, limit: int) -> list[OutboxEntry]:
        """Return notices in `IN_DOUBT` that are due to be asked about."""
        ...

    def pollable(
        self, *, destination: str, doubtful: bool, since: datetime, after: str, limit: int
    ) -> list[OutboxEntry]:
        """Return notices that may still get receipts, by reference after such a one: `SUBMITTED`, `DELIVERED`, or
        `VIEWED` without a time of arrival (and `IN_DOUBT`, if ``doubtful``), which took their last step ``since``
        then."""
        ...

    def sealed_ahead(self, *, since: datetime, limit: int, after: tuple[datetime, str] | None) -> list[Admission]:
        """Return a page of notices that were admitted ``since`` a time that has not come, by that time and reference,
        after such a pair: those that stand in the queue and have taken no step, have no receipt, and were not here
        before a recovery ended."""
        ...

    def unwritten(self, source: str, limit: int, after: tuple[datetime, str] | None = None) -> list[OutboxEntry]:
        """Return notices whose present entry the case database does not show (``SENDING`` is passing and not written),
        by the time since when they are in their state and their reference, after such a pair."""
        ...

    def unwritten_since(self, references: Sequence[str]) -> dict[str, datetime]:
        """Return when each of these took the first step that its row does not show, by reference; without those whose
        rows show all."""
        ...

    def mark_written(self, written: Sequence[OutboxEntry]) -> None:
        """Record that the case database shows these entries. Refusals of the same rows must be written once more:
        results and refusals share columns, and a clerk must see the refusal."""
        ...
