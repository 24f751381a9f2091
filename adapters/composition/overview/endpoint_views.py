"""State of the judiciary's endpoint."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from adapters.composition.passes.shared_policies import endpoint_policy
from gateway.judiciary import endpoint_status
from gateway.judiciary.endpoint_status import EndpointView

if TYPE_CHECKING:
    from adapters.composition.installation import Installation


def endpoint_views(installation: Installation, now: datetime) -> list[EndpointView]:
    """Return the state of the judiciary's endpoint, and of any other that the store knows."""
    destination = installation.settings.judiciary.destination
    policy = endpoint_policy(installation, installation.judiciary.profile)
    return endpoint_status.views(installation.store().endpoints.states(), destination, policy, now)
