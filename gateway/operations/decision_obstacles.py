"""Facts that keep a person from moving a notice on: no inquiry since a restore, or a receipt that waits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from gateway.notice.delivery_state import DeliveryEvent, DeliveryState
from gateway.notice.outbox import OutboxEntry, Transition
from gateway.runtime.errors import GatewayError
from gateway.store.ports.quarantine_store import QuarantineStore
from gateway.store.store_fingerprint import Recovery
from gateway.store.waiting_receipt import signed_receipts

_S, _E = DeliveryState, DeliveryEvent


def needs_inquiry(entry: OutboxEntry, step: Transition) -> bool:
    """Return True for a step that is not possible for a notice which a recovery forgot.

    A dead letter may be requeued: an inquiry precedes its sending.
    """
    return entry.state is not _S.DEAD_LETTER or step.event is not _E.REQUEUE


def assert_asked(recoveries: Sequence[Recovery], step: Transition) -> None:
    """Raise `GatewayError` ``queue.unasked`` if the fact that a person decides cannot be known yet."""
    entry = step.before
    if needs_inquiry(entry, step) and any(recovery.forgot(entry) for recovery in recoveries):
        raise GatewayError("queue.unasked", where=entry.reference, detail=entry.state)


def assert_no_receipt_waits(quarantine: QuarantineStore, step: Transition) -> None:
    """Raise `GatewayError` ``queue.receipt-waits`` if a person sends again, or has served otherwise, a notice that the
    judiciary signed for.

    A receipt that waits is judged again by itself; any other ends when a person releases or dismisses it.
    """
    entry = step.before
    sends_again = entry.state is _S.IN_DOUBT and step.event is _E.REQUEUE
    if not sends_again and step.event is not _E.CHANNEL_SWITCH:
        return
    if signed := signed_receipts(quarantine, [entry.reference]):
        detail = ", ".join(f"{each.payload_digest}/{each.code}" for each in signed)
        raise GatewayError("queue.receipt-waits", where=entry.reference, detail=detail)


def holding(step: Transition, recoveries: Sequence[Recovery]) -> Transition:
    """Return the step of a decision that holds, also if a clock that was ahead began a recovery."""
    cleared = step.after.cleared_at
    begun = max((recovery.since for recovery in recoveries), default=None)
    if step.event is not _E.REQUEUE or step.before.state is not _S.IN_DOUBT or cleared is None or begun is None:
        return step
    return replace(step, after=replace(step.after, cleared_at=max(cleared, begun)))
