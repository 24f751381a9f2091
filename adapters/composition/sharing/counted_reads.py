"""Number of readings of other bodies, for screens."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from gateway.operations.shared_read import id_prefix
from gateway.runtime.clock import timestamp

if TYPE_CHECKING:
    from adapters.composition.installation import Installation

_DAY: Final = timedelta(days=1)


def reads_of_a_day(installation: Installation) -> dict[str, int]:
    """Return the number of readings of the last 24 hours, by body; empty without agreements."""
    since, bodies = timestamp(installation.clock() - _DAY), [each.body for each in installation.settings.sharing]
    records = installation.store().records
    return {body: records.number_between(f"{id_prefix(body)}{since}", f"{id_prefix(body)}~") for body in bodies}
