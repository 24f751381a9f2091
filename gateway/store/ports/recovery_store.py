"""The port to the recoveries of a store that was restored. `Store.commit` begins and ends them."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from gateway.notice.outbox import OutboxEntry
from gateway.store.store_fingerprint import Forgetting, Recovery


class RecoveryStore(Protocol):
    """Compare the store with this machine's memory of it. Raises `gateway.runtime.errors.GatewayError` with
    ``store.*``.

    When a recovery begins, the store drops ``cleared_at`` and ``doubt_since`` of notices from that time on: a clock
    that was ahead wrote them, and they say nothing of what the store has forgotten.
    """

    @property
    def epoch(self) -> str:
        """Thirty-two hex digits that distinguish this store from others, and from itself before a `Recovery`."""
        ...

    def forgetting(self) -> Forgetting | None:
        """Compare the store with this machine's fingerprint of it; return the difference.

        Return None if they agree, or if there was no fingerprint; the present one is then noted. Raises
        ``recovery.fingerprint``.
        """
        ...

    def all(self) -> list[Recovery]:
        """Return every recovery that ever began, oldest first."""
        ...

    def latest(self, until: datetime) -> datetime | None:
        """Return the latest time, up to ``until``, of a record, of a notice's state, or of its doubt."""
        ...

    def unasked(self, limit: int) -> list[OutboxEntry]:
        """Return notices in `QUEUED`, `PENDING` or `IN_DOUBT` that a `Recovery` forgot."""
        ...
