"""Notices whose rows do not show their present state, and since when."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import ColumnElement, case, func, select

from adapters.storage.schema.tables import event, outbox
from gateway.notice.delivery_state import DeliveryState

UNWRITTEN: Final = outbox.c.written_seq < outbox.c.seq, outbox.c.state != DeliveryState.SENDING
"""Conditions for a notice whose row is to show another state. Sending is transient, and never shown."""

_FIRST_STEP: Final = (
    select(func.min(event.c.learned_at))
    .where(event.c.reference == outbox.c.reference, event.c.seq > outbox.c.written_seq)
    .correlate(outbox)
    .scalar_subquery()
)

UNWRITTEN_SINCE: Final = case(
    (outbox.c.rewrite_since > _FIRST_STEP, outbox.c.rewrite_since),
    else_=_FIRST_STEP,
)
"""Time since which the row of an unwritten notice does not show it: that of the first step that is missing, or that
since which it is to be written once more; NULL if its row shows all."""


def rewritten(since: ColumnElement[Any]) -> dict[str, Any]:
    """Return the columns of ``outbox`` by which a notice's row is to show it once more, ``since`` a time.

    A notice that no row shows, or that is to be written once more already, waits since earlier.
    """
    waits = outbox.c.written_seq < 0
    return {"written_seq": -1, "rewrite_since": case((waits, outbox.c.rewrite_since), else_=since)}
