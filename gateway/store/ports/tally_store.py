"""The port to numbers that health, metrics and screens show."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from gateway.notice.delivery_state import DeliveryState
from gateway.store.stored import Backlog


class TallyStore(Protocol):
    """Count notices, rows and receipts. Raises `gateway.runtime.errors.GatewayError` with ``store.*``."""

    def counts(self) -> dict[str, int]:
        """Return the number of notices in each state (key: the state), and these numbers:

        - ``undecided``: in doubt, and waiting for a person;
        - ``absent``: those of them that are proven not to have arrived;
        - ``held``: queued, and held by the gateway itself for a person;
        - ``unasked``: an inquiry must come before they are sent, for a `Recovery`;
        - ``admitted``;
        - ``refused``: rows whose current version is refused;
        - ``collected``: the sum of ``admitted`` and ``refused``;
        - ``quarantined``: open items;
        - ``submitted``: with a tracking number;
        - ``delivered``: with a time of arrival;
        - ``written``: shown in the case database, refusals included.
        """
        ...

    def backlog(
        self, *, now: datetime, ages: Sequence[timedelta], states: Collection[DeliveryState] | None = None
    ) -> list[Backlog]:
        """Count notices by destination and state, final states left out; ``ages`` grow.

        With ``states``, only the notices in these are read.
        """
        ...

    def queued_by_code(self) -> dict[str, int]:
        """Count the queued notices that were handed back, by code.

        Those that the gateway held and a person released are left out: they wait for nobody.
        """
        ...

    def doubted_by_code(self) -> dict[str, int]:
        """Count the notices in doubt that have a code, by code."""
        ...

    def unwritten_by_source(self) -> dict[str, int]:
        """Count the notices whose rows do not show their state, and those of refused rows, by source."""
        ...

    def oldest(self) -> dict[str, datetime]:
        """Return the time since which the oldest item of each kind has waited, if there is one.

        - ``unwritten``: a row status that its row does not show;
        - ``refusal``: a refusal that its row does not show;
        - ``receipt``: not applied;
        - ``unplaced``: evidence without a place in the tree.
        """
        ...
