"""The port to verified receipts. `Store.commit` writes them and marks those that are applied."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from gateway.store.stored import StoredReceipt


class ReceiptStore(Protocol):
    """Read receipts. Raises `gateway.runtime.errors.GatewayError` with ``store.*``."""

    def digests(self, ids: Sequence[str]) -> dict[str, str]:
        """Return the payload digests of the receipts that are stored already, by id."""
        ...

    def unapplied(self, limit: int, after: tuple[datetime, str] | None = None) -> list[StoredReceipt]:
        """Return a page of receipts whose event has not been applied, by event time and id, behind the pair
        ``after``."""
        ...
