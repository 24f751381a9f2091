"""Unfinished work of a service that had no time to finish."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import structlog

from gateway.runtime.clock import timestamp
from gateway.runtime.errors import GatewayError

if TYPE_CHECKING:
    from adapters.composition.installation import Installation

MOST = 500
_log = structlog.get_logger(__name__)


def tell_unfinished(installation: Installation, running: Sequence[str]) -> None:
    """Log the unfinished tasks, and the notices that will be in doubt once this process's leases expire."""
    entry = GatewayError("service.unfinished").entry
    _log.error("service ends before these did", code=entry.code, tasks=list(running), remedy=entry.remedy)
    lease = installation.settings.dispatch.lease_seconds
    try:
        sending = installation.store().outbox.expired(now=installation.clock() + lease, limit=MOST)
    except GatewayError as error:
        _log.error("which leases are open is not known", code=error.code, where=error.where, detail=error.detail)
        return
    for held in sending:
        if held.lease_owner == installation.owner and held.lease_until is not None:
            _log.error("a lease will expire into doubt", notice=held.reference, until=timestamp(held.lease_until))
