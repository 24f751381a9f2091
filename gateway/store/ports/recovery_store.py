"""The port to the recoveries of a store that was restored. `Store.commit` begins and ends them."""

from __future__ import annotations

from typing import Protocol

from gateway.notice.outbox import OutboxEntry
from gateway.store.store_fingerprint import Forgetting, Recovery


class RecoveryStore(Protocol):
    """Compare the store with this machine's memory of it. Raises `gateway.runtime.errors.GatewayError` with
    ``store.*``."""

    @property
    def epoch(self) -> str:
        """Thirty-two hex digits that tell this store from every other one, and from itself before a `Recovery`."""
        ...

    def forgetting(self) -> Forgetting | None:
        """Return how the store differs from what this machine remembers of it. None: not at all, or nothing was
        remembered; then it is remembered as it is now. Raises ``recovery.fingerprint``."""
        ...

    def all(self) -> list[Recovery]:
        """Return every recovery that ever began, oldest first."""
        ...

    def unasked(self, limit: int) -> list[OutboxEntry]:
        """Return notices in `QUEUED` or `IN_DOUBT` that a `Recovery` forgot."""
        ...
