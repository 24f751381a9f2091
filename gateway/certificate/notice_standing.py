"""Facts about a notice that a certificate of service prints beside its fields, and does not certify."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from gateway.notice.delivery_state import DeliveryState
from gateway.notice.outbox import OutboxEntry
from gateway.store.ports.quarantine_store import QuarantineStore
from gateway.store.stored import Quarantined, QuarantineKind

_PAGE: Final = 500


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
    """Return the facts about a notice as of a time. Of an item that was ended by now, only one that named the notice
    for later is known. Raises `GatewayError` ``store.*``.
    """
    switched = entry.state is DeliveryState.OTHER_CHANNEL and entry.state_since <= at
    waits = any(_waits(item, at) for item in _of_notice(quarantine, entry.reference))
    return Standing(other_channel=switched, quarantined=waits)


def _of_notice(quarantine: QuarantineStore, reference: str) -> Iterator[Quarantined]:
    """Yield the items of a notice: those that wait for it, and those whose refusal names it."""
    yield from quarantine.about([reference])
    after: tuple[str, str] | None = None
    while page := quarantine.page(code=None, limit=_PAGE, after=after):
        yield from (item for item in page if reference in item.detail)
        after = page[-1].payload_digest, page[-1].code


def _waits(item: Quarantined, at: datetime) -> bool:
    was_open = item.received_at <= at and (item.ended_at is None or item.ended_at > at)
    return item.kind is QuarantineKind.RECEIPT and was_open
