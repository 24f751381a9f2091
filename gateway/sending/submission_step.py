"""Step of a notice after the outcome of its submission, and its step back into the queue."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, assert_never

from gateway.judiciary.courier import (
    Accepted,
    Answer,
    Deferred,
    Message,
    NoAccount,
    Outcome,
    Pending,
    Rejected,
    SealRefused,
    Unknown,
)
from gateway.notice.delivery_state import DeliveryEvent
from gateway.notice.outbox import (
    HELD_AFTER_REFUSAL,
    SHORTEST_WAIT,
    OutboxEntry,
    Transition,
    advance,
    back_off,
    doubt_begins,
)
from gateway.runtime.clock import Pace
from gateway.sending.dispatch_policy import DispatchPolicy
from gateway.sending.exchange import proof_of, settled
from gateway.sending.ticket_issue import issued


def deferral(
    entry: OutboxEntry, retry_after: timedelta | None, pace: Pace, *, now: datetime, **changes: Any
) -> Transition:
    """Return the step back into the queue, due after the requested wait or else the notice's back-off."""
    return advance(entry, DeliveryEvent.DEFERRAL, now=now, due_at=now + back_off(entry, pace, retry_after), **changes)


def step_of(
    entry: OutboxEntry,
    outcome: Outcome,
    message: Message,
    answer: Answer[Outcome],
    policy: DispatchPolicy,
    *,
    with_body: bool,
) -> Transition:
    """Return the step after an outcome. ``with_body``: the seals of the notice's body are refused, and it waits."""
    proof, now = proof_of(message, answer), answer.received_at
    match outcome:
        case Accepted() | Rejected() | NoAccount():
            return settled(entry, outcome, message=message, proof=proof, now=now)
        case Pending():
            return issued(entry, outcome, policy.tickets, message=message, proof=proof, now=now)
        case Deferred(code=code, retry_after=retry_after):
            told: dict[str, Any] = {"code": code}
            if policy.codes.needs_person(answer.fault):
                told = {"code": HELD_AFTER_REFUSAL, "reason": f"{code}: {answer.words}" if answer.words else code}
            facts = {"evidence_id": proof, "message_id": message.id, **told}
            return deferral(entry, retry_after, policy.pace, now=now, **facts)
        case SealRefused(code=code, text=text):
            told = {"code": code, "reason": text or None}
            if entry.code == code and entry.attempts >= policy.most_refusals and not with_body:
                # Other seals of its body are accepted: the fault is in this seal, which does not change.
                told = {"code": HELD_AFTER_REFUSAL, "reason": f"{code}: {text}" if text else code}
            facts = {"evidence_id": proof, "message_id": message.id, **told}
            # A notice that waits with its body has no further wait of its own.
            return deferral(entry, SHORTEST_WAIT if with_body else None, policy.pace, now=now, **facts)
        case Unknown(code=code, detail=detail):
            return advance(
                entry,
                DeliveryEvent.LOST_ANSWER,
                now=now,
                evidence_id=proof,
                message_id=message.id,
                due_at=now,
                doubt_since=max(doubt_begins(entry, now), message.created_at),
                doubt_fault=answer.fault,
                code=code,
                reason=detail or answer.words,
            )
        case _:
            assert_never(outcome)
