"""Deeds of a bulk act as effects on one notice, the same as those of single acts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from gateway.notice.delivery_state import DeliveryState
from gateway.notice.outbox import PROVEN_ABSENT, OutboxEntry
from gateway.operations import intervention
from gateway.operations.intervention import Change, Decision, DoubtDecision, EntryChange
from gateway.runtime.errors import GatewayError
from gateway.store.bulk_act import BulkDeed

_D = BulkDeed

_SIMPLE: Final[Mapping[BulkDeed, EntryChange]] = {
    _D.RETRY: intervention.retry,
    _D.HOLD: intervention.hold_notice,
    _D.RELEASE: intervention.release_notice,
    _D.WITHDRAW: intervention.withdraw,
    _D.OTHER_CHANNEL: intervention.switch_channel,
    _D.WRITE_AGAIN: intervention.rewrite,
}
_VERDICTS: Final = {_D.SEND_ABSENT: DoubtDecision.QUEUED, _D.WITHDRAW_ABSENT: DoubtDecision.WITHDRAWN}


def effect_of(deed: BulkDeed, settle_after: timedelta) -> EntryChange:
    """Return the effect of a deed on one notice. ``settle_after`` is that of `intervention.Decision`.

    It raises `GatewayError` as single acts do; ``bulk.unproven`` for a decision on a doubt in which nothing is proven.
    """
    if deed in _SIMPLE:
        return _SIMPLE[deed]
    decision = Decision(verdict=_VERDICTS[deed], settle_after=settle_after)

    def decide(entry: OutboxEntry, now: datetime) -> Change:
        # One list: a person who decides many at once has asked about none of them.
        if entry.state is DeliveryState.IN_DOUBT and not (entry.due_at is None and entry.code in PROVEN_ABSENT):
            raise GatewayError("bulk.unproven", where=entry.reference)
        return decision(entry, now)

    return decide
