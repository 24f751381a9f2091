"""Ticket that the judiciary gave for a notice: the step to it, its settings, and its end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from gateway.judiciary.courier import Message, Pending
from gateway.notice.delivery_state import DeliveryEvent
from gateway.notice.outbox import PERSON_DECIDES, OutboxEntry, Transition, advance, doubt_begins
from gateway.store.stored import HistoryEvent

LONGEST_WAIT: Final = timedelta(days=1)
"""Upper bound of the interval, and of a wait that the judiciary asks for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tickets:
    """Settings of the profile's tickets. Real times, never compressed.

    A question is asked ``every`` so often. After ``give_up_after`` without an outcome the notice is in doubt; that time
    counts from the beginning of the doubt, if an inquiry found the ticket or it came late.
    ``submit_again``: the answer "submit again" proves that nothing was acted on.
    """

    every: timedelta = timedelta(minutes=1)
    give_up_after: timedelta = timedelta(days=1)
    submit_again: bool = False


USUAL_TICKETS: Final = Tickets()

_BEGINS_ANEW: Final = (DeliveryEvent.TICKET_ISSUE, DeliveryEvent.RECOVERY, DeliveryEvent.CLAIM)
"""Events after which no earlier ticket counts as failed."""


def issued(
    entry: OutboxEntry,
    told: Pending,
    tickets: Tickets,
    *,
    message: Message,
    proof: str | None,
    now: datetime,
    is_late: bool = False,
) -> Transition:
    """Return the transition for a ticket, from a submission or an inquiry.

    The beginning of a doubt is kept: it tells that an inquiry found the ticket. So are codes for a person. A ticket
    that ``is_late`` gets such a beginning: the notice may have been submitted again since.
    """
    code = entry.code if entry.code in PERSON_DECIDES else None
    # As after the end of a lease: the message of this one may be signed until then, by another clock.
    doubted = max(doubt_begins(entry, now), entry.lease_until or now)
    facts = {"doubt_since": entry.doubt_since or doubted} if is_late else {}
    return advance(
        entry,
        DeliveryEvent.TICKET_ISSUE,
        now=now,
        evidence_id=proof,
        message_id=message.id,
        due_at=now + wait_of(told, tickets),
        ticket=told.ticket,
        code=code,
        reason=None,
        **facts,
    )


def has_failed(history: Sequence[HistoryEvent], tickets: Tickets | None) -> bool:
    """Return True if a question about the last ticket of a notice in doubt led nowhere, or nobody can ask one.

    ``history`` are the notice's steps. One that was given up for its time alone may still lead to an outcome.
    """
    for step in reversed(history):
        if step.event is DeliveryEvent.TICKET_FAILURE:
            return tickets is None or step.evidence_id is not None
        if step.event in _BEGINS_ANEW:
            break
    return False


def has_ended(history: Sequence[HistoryEvent]) -> bool:
    """Return True if the judiciary has told what became of the last ticket of a notice that waits or is in doubt."""
    proof = None
    for step in reversed(history):
        if step.event is DeliveryEvent.TICKET_ISSUE:
            return proof is not None
        proof = step.evidence_id
    return False


def wait_of(told: Pending, tickets: Tickets) -> timedelta:
    """Return the wait until the next question about a ticket."""
    return min(max(tickets.every, told.retry_after or timedelta()), LONGEST_WAIT)
