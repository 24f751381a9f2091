"""The port to courtesy messages. `Store.commit` writes them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from gateway.store.courtesy_message import CourtesyMessage, CourtesyTally
from gateway.store.stored import Admission


class CourtesyStore(Protocol):
    """Read courtesy messages. Raises `gateway.runtime.errors.GatewayError` with ``store.*``."""

    def due(self, bodies: Collection[str], since: datetime, limit: int) -> list[Admission]:
        """Return notices of these bodies that arrived after ``since``, are not viewed, and have no message yet, or one
        that was not taken. Those without a message come first, by the time of arrival."""
        ...

    def begun(self, before: datetime) -> list[CourtesyMessage]:
        """Return messages that began before a time and have no outcome, the oldest first."""
        ...

    def find(self, reference: str) -> CourtesyMessage | None: ...

    def tally(self, since: datetime) -> CourtesyTally:
        """Return the numbers of messages that began at or after ``since``."""
        ...
