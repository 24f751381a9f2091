"""The asset register of an installation, and the policy by which intake asks it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.composition.passes.known_services import known_service
from adapters.municipal.asset_register.rest_register import CREDENTIALS, RestRegister
from gateway.intake.parcel_check import ParcelPolicy

if TYPE_CHECKING:
    from adapters.composition.installation import Installation


def asset_register(installation: Installation) -> RestRegister | None:
    """Return the configured register, or None; its connections close with the installation."""
    section = installation.settings.asset_register
    if section is None:
        return None
    service = known_service(installation, section, "asset_register", CREDENTIALS)
    return installation.hold(RestRegister(service, installation.clock, section.calls))


def parcel_policy(installation: Installation) -> ParcelPolicy | None:
    """Return the policy of intake; None if no register is configured, so that nothing is asked."""
    section, register = installation.settings.asset_register, asset_register(installation)
    if section is None or register is None:
        return None
    return ParcelPolicy(register=register, waits=section.when_silent == "wait", own=frozenset(section.own))
