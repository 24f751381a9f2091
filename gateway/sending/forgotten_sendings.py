"""Doubts about sendings that the store may have forgotten: after a restore, or since a receipt says so."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from gateway.notice.delivery_state import DeliveryEvent, DeliveryState
from gateway.notice.outbox import (
    NAMED,
    PERSON_DECIDES,
    TICKET_UNKNOWN,
    OutboxEntry,
    Transition,
    advance,
    held_code,
)
from gateway.operations.recovery import FORGOTTEN
from gateway.runtime.clock import CLOCKS_DIFFER
from gateway.store.ports.quarantine_store import QuarantineStore
from gateway.store.ports.recovery_store import RecoveryStore
from gateway.store.store import Store
from gateway.store.waiting_receipt import signed_receipts


def forgotten(store: RecoveryStore, now: datetime, limit: int) -> list[Transition]:
    """Return steps that put notices in doubt which a recovery forgot."""
    entries, recoveries = store.unasked(limit), store.all()
    steps: list[Transition] = []
    for entry in entries:
        # Forgotten sendings happened before the loss, so the settling time counts from there.
        since = max(recovery.since for recovery in recoveries if recovery.forgot(entry))
        # The judiciary gave a ticket, so it has the notice; the ticket may be one of an earlier submission.
        code = TICKET_UNKNOWN if entry.state is DeliveryState.PENDING else FORGOTTEN
        told = as_held(entry) or {"code": code, "reason": None}
        if entry.code in PERSON_DECIDES:
            told = {"code": entry.code, "reason": None}
        facts: dict[str, Any] = {"due_at": now, "doubt_since": since, "absences": 0, **told}
        facts["doubt_fault"] = None  # what was sent later is forgotten, and how it was answered
        steps.append(advance(entry, DeliveryEvent.RECOVERY, now=now, **facts))
    return steps


def named_by_receipt(store: QuarantineStore, now: datetime, limit: int) -> list[Transition]:
    """Return steps that put queued notices in doubt which a believed receipt names: something arrived already."""
    facts: dict[str, Any] = {"due_at": now, "doubt_since": now, "absences": 0, "doubt_fault": None, "code": NAMED}
    entries = store.named_in_queue(limit)
    # Of several receipts the first one is named.
    items = reversed(signed_receipts(store, [entry.reference for entry in entries]))
    names = {item.notice: f"{item.payload_digest}/{item.code}" for item in items}
    return [
        advance(
            entry,
            DeliveryEvent.RECOVERY,
            now=now,
            reason=held_code(entry) or names.get(entry.reference),
            **facts,
        )
        for entry in entries
    ]


def doubted_from(entry: OutboxEntry, now: datetime, store: Store) -> datetime:
    """Return the time from which the settling time of a doubt counts.

    A recovery that was begun by a clock that was ahead lies in the future. Then it counts from the step that put the
    notice in doubt for it, which is later than all that the store has forgotten. Any other doubt that lies in the
    future has an unknown beginning: the gateway waits until then.
    """
    since = entry.doubt_since or now
    if since <= now + CLOCKS_DIFFER:
        return since
    history = store.notices.history(entry.reference)
    begun = [step.learned_at for step in history if step.event is DeliveryEvent.RECOVERY]
    if not begun and history[0].state is DeliveryState.IN_DOUBT:
        begun = [entry.admitted_at]
    return min([since, *begun[-1:]])


def as_held(entry: OutboxEntry) -> dict[str, Any] | None:
    """Return code and reason of a notice that the gateway holds; None: it does not."""
    code = held_code(entry)
    return None if code is None else {"code": code, "reason": entry.reason if entry.code == code else None}
