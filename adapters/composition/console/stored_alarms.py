"""Alarms that every process can read from the database: those of endpoints, and those ahead of deadlines.

The breaker of an endpoint and the last look at deadlines are one row for all processes. Each process affirms their
alarms with its heartbeat, beside its own ones: the pass ``mail`` may run seldom, or wait for a mail server.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from adapters.composition.passes.deadline_alerts_task import near_days_of
from gateway.judiciary import endpoint_status
from gateway.judiciary.endpoint_policy import EndpointPolicy, resting
from gateway.judiciary.endpoint_status import MAINTENANCE
from gateway.mail.alarm import to_be_affirmed
from gateway.runtime.errors import GatewayError

if TYPE_CHECKING:
    from adapters.composition.installation import Installation


def affirm_alarms(installation: Installation, own: Mapping[str, GatewayError], now: datetime) -> None:
    """Record a process's ``own`` alarms, and with ``[mail]`` those of the database. Raises `GatewayError` ``store.*``.

    Without ``[mail]`` nobody ends alarms, and each day of deadlines would leave rows.
    """
    mails = installation.store().mail
    mails.affirm(to_be_affirmed(own), now)
    if installation.settings.mail is not None:
        mails.affirm(stored_alarms(installation, now), now)


def stored_alarms(installation: Installation, now: datetime) -> dict[str, str]:
    """Return the codes of the alarms in the database, by their names. Raises `GatewayError` ``store.*``."""
    near = near_days_of(installation)
    return to_be_affirmed({**dict(_endpoints(installation, now)), **({} if near is None else near.alarms())})


def _endpoints(installation: Installation, now: datetime) -> Iterator[tuple[str, GatewayError]]:
    section = installation.settings.judiciary
    policy = EndpointPolicy(maintenance=[each.window for each in section.maintenance])
    for view in endpoint_status.views(installation.store().endpoints.states(), section.destination, policy, now):
        if view.breaker.alarmed and view.state != MAINTENANCE:
            yield f"endpoint:{view.breaker.destination}", resting(view.breaker)
