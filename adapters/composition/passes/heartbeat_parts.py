"""Parts of an installation for the heartbeat of its process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.schedule.heartbeat import Beat

if TYPE_CHECKING:
    from adapters.composition.installation import Installation


def beat_of(installation: Installation) -> Beat:
    """Return the parts of an installation for a heartbeat. Raises `GatewayError` ``store.*``."""
    store = installation.store()
    return Beat(store.processes, store.call_durations, installation.call_meter)
