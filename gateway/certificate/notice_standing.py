"""Facts about a notice that a certificate of service prints beside its fields, and does not certify."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from gateway.notice.delivery_state import DeliveryState
from gateway.notice.outbox import OutboxEntry
from gateway.store.ports.quarantine_store import QuarantineStore
from gateway.store.stored import Quarantined, QuarantineKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Facts as of the issue of a certificate.

    ``other_channel``: the electronic service of the notice had ended. ``quarantined``: a receipt of it was in
    quarantine, so the fields leave it out.
    """

    other_channel: bool = False
    quarantined: bool = False


NOTHING_BESIDE: Final = Standing()


def standing_of(entry: OutboxEntry, quarantine: QuarantineStore, at: datetime) -> Standing:
    """Return the facts about a notice as of a time. Raises `GatewayError` ``store.*``."""
    switched = entry.state is DeliveryState.OTHER_CHANNEL and entry.state_since <= at
    waits = any(_waits(item, at) for item in quarantine.about([entry.reference]))
    return Standing(other_channel=switched, quarantined=waits)


def _waits(item: Quarantined, at: datetime) -> bool:
    was_open = item.received_at <= at and (item.ended_at is None or item.ended_at > at)
    return item.kind is QuarantineKind.RECEIPT and was_open
