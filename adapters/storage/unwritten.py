"""Notices whose rows do not show their present state, and since when."""

from __future__ import annotations

from typing import Final

from sqlalchemy import func, select

from adapters.storage.schema.tables import event, outbox
from gateway.notice.delivery_state import DeliveryState

UNWRITTEN: Final = outbox.c.written_seq < outbox.c.seq, outbox.c.state != DeliveryState.SENDING
"""Conditions for a notice whose row is to show another state. Sending is transient, and never shown."""

UNWRITTEN_SINCE: Final = (
    select(func.min(event.c.learned_at))
    .where(event.c.reference == outbox.c.reference, event.c.seq > outbox.c.written_seq)
    .correlate(outbox)
    .scalar_subquery()
)
"""Time of the first step of a notice that its row does not show; NULL if it shows all."""
