"""The port to the outbox: notices that a pass processes next. `Store.commit` writes their steps."""

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

        Every source with due notices gets an equal share; an unused part goes to the others. Three in four of a
        source's share are notices with a date by which they must be served, the earliest first. The others are taken
        oldest due first. A notice with a receipt that waits to be applied is skipped, because it has arrived. A notice
        that a `Recovery` forgot is skipped, because an inquiry comes first.

        Returns at least one notice if any is due. Returns at most ``limit`` notices, at most ``max_bytes`` of seals
        beyond the first, and no more than ``rate_limit`` still allows. The rate limit is taken in the same transaction,
        so all processes together keep to it. If given, ``body`` selects one issuing body, and ``without_bodies``
        excludes some. Raises ``recovery.needed`` if the store lacks records that this machine remembers.
        """
        ...

    def expired(self, *, now: datetime, limit: int) -> list[OutboxEntry]:
        """Return notices in `SENDING` whose lease has expired."""
        ...

    def overdue(self, *, waiting_before: datetime, limit: int) -> list[OutboxEntry]:
        """Return notices in `QUEUED` that have waited since before that time."""
        ...

    def doubtful(self, *, destination: str, now: datetime, limit: int) -> list[OutboxEntry]:
        """Return notices in `IN_DOUBT` that are due for an inquiry."""
        ...

    def pending(
        self, *, destination: str, now: datetime, limit: int, since_before: datetime | None = None
    ) -> list[OutboxEntry]:
        """Return notices in `PENDING` that are due for a question about their ticket, the longest due first.

        With ``since_before``, return those that entered the state by then, due or not. A notice that a `Recovery`
        forgot is skipped, because it will be in doubt.
        """
        ...

    def pollable(
        self, *, destination: str, doubtful: bool, since: datetime, after: str, limit: int
    ) -> list[OutboxEntry]:
        """Return a page of notices that may still get receipts, by reference, behind ``after``.

        These are `SUBMITTED`, `DELIVERED`, `VIEWED` without a time of arrival, and `IN_DOUBT` without ``due_at``, or
        any if ``doubtful``. Only notices whose last step was taken at ``since`` or later are returned.
        """
        ...

    def sealed_ahead(self, *, since: datetime, limit: int, after: tuple[datetime, str] | None) -> list[Admission]:
        """Return a page of notices whose time of admission, ``since`` or later, is in the future.

        The order is that of time and reference, behind the pair ``after``. The notices stand in the queue, have taken
        no step, have no receipt, and were not here before a recovery ended.
        """
        ...

    def unwritten(self, source: str, limit: int, after: tuple[datetime, str] | None = None) -> list[OutboxEntry]:
        """Return a page of notices whose current entry the case database does not show.

        ``SENDING`` is transient and not written. The order is that of entry into the state and of reference, behind
        the pair ``after``.
        """
        ...

    def unwritten_since(self, references: Sequence[str]) -> dict[str, datetime]:
        """Return the time since which each notice's row does not show it, by reference: that of the first step that is
        missing, or that since which the row is to show it once more. Notices whose rows show all are left out."""
        ...

    def mark_written(self, written: Sequence[OutboxEntry], epoch: str | None = None) -> None:
        """Record that the case database shows these entries. Refusals of the same rows must be written once more:
        results and refusals share columns, and a clerk must see the refusal.

        With an ``epoch``, nothing is recorded if the store has another one: a recovery that began meanwhile has results
        written again."""
        ...
