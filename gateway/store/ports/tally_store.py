"""The port to numbers that health, metrics and screens show."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from gateway.store.stored import Backlog


class TallyStore(Protocol):
    """Count notices, rows and receipts. Raises `gateway.runtime.errors.GatewayError` with ``store.*``."""

    def counts(self) -> dict[str, int]:
        """Return notices by state (key: the state), and:

        ``undecided`` (in doubt, and waiting for a person), ``absent`` (of these, it is proven that they did not
        arrive), ``held`` (queued, and held by the gateway itself for a person), ``unasked`` (to be asked about before
        they are sent, for a `Recovery`), ``admitted``, ``refused`` (rows whose present version is refused),
        ``collected`` (both of these), ``quarantined`` (open items), ``submitted`` (with a tracking number),
        ``delivered`` (with a time of arrival) and ``written`` (whose present stands in the case database, refusals
        among them).
        """
        ...

    def backlog(self, *, now: datetime, ages: Sequence[timedelta]) -> list[Backlog]:
        """Count notices by destination and state, final states left out; ``ages`` grow."""
        ...

    def queued_by_code(self) -> dict[str, int]:
        """Count the queued notices that were handed back, by code."""
        ...

    def oldest(self) -> dict[str, datetime]:
        """Return since when the oldest item has waited of each kind that shall not wait, if there is one: ``unwritten``
        (a present that its row does not show), ``refusal`` (the same of a refusal), ``receipt`` (not applied),
        ``unplaced`` (evidence without a place in the tree)."""
        ...
