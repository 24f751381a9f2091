"""Measured outages of this installation: of the gateway, and of its judiciary."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from gateway.runtime.clock import timestamp
from gateway.runtime.errors import GatewayError
from gateway.store.outage import Outages, outages

if TYPE_CHECKING:
    from adapters.composition.installation import Installation


def measured_outages(installation: Installation, begin: datetime, end: datetime, now: datetime) -> Outages:
    """Return the outages of the gateway and of its judiciary; of a time that is not over, those up to now.

    Raises `GatewayError` ``outages.range`` if ``begin`` is not before ``end`` and before now, ``store.*``.
    """
    if not begin < min(end, now):
        raise GatewayError("outages.range", detail=f"{timestamp(begin)} … {timestamp(end)}")
    store, destination = installation.store(), installation.settings.judiciary.destination
    recoveries = [each.since for each in store.recovery.all()]
    return outages(store.outages, destination, begin, min(end, now), now, recoveries)
