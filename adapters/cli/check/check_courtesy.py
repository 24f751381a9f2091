"""The probe of `check` for courtesy messages: switched on or off, for which bodies, and if the service answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.composition.passes.courtesy_task import courtesy_service

if TYPE_CHECKING:
    from adapters.composition.installation import Installation

_MEANING = "information only: it starts no period"


def courtesy(installation: Installation) -> str:
    """Ask the telephone service for its address; nobody is told anything. Raises `GatewayError` ``courtesy.*``."""
    section = installation.settings.courtesy
    if section is None or not section.enabled:
        return "off: nobody is told of an arrival outside of ثنا"
    if not section.bodies:
        return "off for every body: [courtesy] names none"
    told = courtesy_service(installation, section).check()
    return f"on for {', '.join(section.bodies)} ({_MEANING}); {told}"
