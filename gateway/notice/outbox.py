"""The transactional outbox: what is known of a notice under way, and each step that it takes.

An `OutboxEntry` is the present; a `Transition` is one transition, written together with all that belongs to it. Both
are values: the store writes a step only if the entry still has the sequence number that the step started from, so a
step that is committed twice happens once.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from gateway.notice.delivery import DeliveryEvent, DeliveryState, after
from gateway.runtime.clock import Pace

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)

BACKOFF = (2 * MINUTE, 10 * MINUTE, HOUR, 4 * HOUR)
"""The wait after the first, second, … deferral; the last one repeats."""

JITTER = 0.2
"""By what share of it a wait is longer or shorter: notices that are deferred together do not all come back at once."""

LONGEST_WAIT = max(BACKOFF) * (1 + JITTER)
"""No queued notice waits longer before it is tried again."""

MAX_REQUEUES = 5
"""How often a notice that the service answers in vain is queued again before a person must look at it."""

HELD_AFTER_FAULTS = "held.faults"
"""The code of a notice that the service answered with busy or expired too often. Each time its absence was proven."""

HELD_AFTER_REFUSAL = "held.refused"
"""That of a notice whose message the service refused for its form or credentials, and whose absence is proven."""

HELD = (HELD_AFTER_FAULTS, HELD_AFTER_REFUSAL)
"""Codes of queued notices that the gateway itself holds for a person. They did not arrive."""

SHORTEST_WAIT = timedelta(seconds=1)
"""No deferral waits less, however short the other side or a compressed day would have it."""

UNANSWERED = "doubt.unanswered"
"""The code of a notice in doubt that is asked about, without an answer, for so long that a person must know."""

ORPHAN = "doubt.predecessor"
"""That of a revision whose earlier one is forgotten here: its own absence is not enough to send it."""

UNASKABLE = "doubt.unaskable"
"""That of a notice in doubt at a judiciary that cannot be asked where a notice stands."""

ABSENT = "doubt.absent"
"""That of a notice in doubt of which it is proven that it did not arrive; a person says whether it is sent again."""

PROVEN_ABSENT = (ABSENT, "doubt.person")
"""`ABSENT`, and the code that earlier versions wrote for it. Neither is ever the code of anything else."""

FOR_A_PERSON = (UNANSWERED, ORPHAN)
"""Codes of notices that are asked about, and wait for a person all the same."""

WAITING = frozenset({DeliveryState.QUEUED, DeliveryState.IN_DOUBT})
"""States in which ``due_at`` says when the gateway looks at the notice next."""

SENDABLE = frozenset({*WAITING, DeliveryState.SENDING, DeliveryState.DEAD_LETTER})
"""States of notices that may yet be sent, once more or for the first time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxEntry:
    """A notice's present. Times are aware and UTC.

    ``waiting_since`` is when it was admitted, or last put back into the queue by a person: its lifetime in the queue
    counts from there. ``serve_by`` is the last day, in Tehran, on which serving it is of use, where its row names one.
    ``replaces`` is the notice that its row stood for before; ``seq`` counts its steps,
    ``written_seq`` is the last one that the case database has seen; ``absences`` counts agreeing "not known" answers
    after the settling time. ``doubt_fault`` is the judiciary's code of the fault that began the doubt (None: no
    fault did), while it lasts. Nothing that was sent before ``cleared_at`` has
    arrived or can: that was proven by asking, or a person said so (None: nobody asked).
    """

    reference: str
    source: str
    row_key: str
    destination: str
    state: DeliveryState
    seq: int
    admitted_at: datetime
    state_since: datetime
    waiting_since: datetime
    seal_digest: str
    size: int
    serve_by: date | None = None
    replaces: str | None = None
    due_at: datetime | None = None
    attempts: int = 0
    message_id: str | None = None
    lease_owner: str | None = None
    lease_until: datetime | None = None
    doubt_since: datetime | None = None
    absences: int = 0
    cleared_at: datetime | None = None
    held: bool = False
    tracking_number: str | None = None
    delivered_at: datetime | None = None
    viewed_at: datetime | None = None
    code: str | None = None
    reason: str | None = None
    written_seq: int = -1
    doubt_fault: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """One transition: it happened at ``occurred_at``, we knew at ``learned_at``, ``evidence_id`` names the proof."""

    before: OutboxEntry
    after: OutboxEntry
    event: DeliveryEvent
    occurred_at: datetime
    learned_at: datetime
    evidence_id: str | None = None


def advance(
    entry: OutboxEntry,
    event: DeliveryEvent,
    *,
    now: datetime,
    occurred_at: datetime | None = None,
    evidence_id: str | None = None,
    **changes: Any,
) -> Transition:
    """Return the step that ``event`` is for ``entry``; ``changes`` are further fields of the entry.

    Leaving `SENDING` gives up the lease. Raises `IllegalTransition`.
    """
    state = after(entry.state, event)
    fields: dict[str, Any] = {"state": state, "seq": entry.seq + 1}
    if state is not entry.state:
        fields["state_since"] = now
    if entry.state is DeliveryState.SENDING:
        fields |= {"lease_owner": None, "lease_until": None}
    if entry.state is DeliveryState.IN_DOUBT and state is not DeliveryState.IN_DOUBT:
        fields |= {"doubt_since": None, "doubt_fault": None, "absences": 0}
    fields |= {"due_at": None} if state not in WAITING else {}
    return Transition(
        before=entry,
        after=replace(entry, **(fields | changes)),
        event=event,
        occurred_at=occurred_at or now,
        learned_at=now,
        evidence_id=evidence_id,
    )


def back_off(entry: OutboxEntry, pace: Pace, retry_after: timedelta | None = None) -> timedelta:
    """Return how long a notice waits that goes back into the queue: as long as it is asked to, or its `BACKOFF`."""
    return max(pace.wait(wait_after(entry)) if retry_after is None else retry_after, SHORTEST_WAIT)


def wait_after(entry: OutboxEntry) -> timedelta:
    """Return the wait before the next attempt of a notice that was deferred: its `BACKOFF`, more or less by up to
    `JITTER`, which follows from reference and attempt, so that a history can be explained."""
    wait = BACKOFF[min(entry.attempts, len(BACKOFF)) - 1]
    drawn = hashlib.sha256(f"{entry.reference} {entry.attempts}".encode()).digest()
    share = int.from_bytes(drawn[:4]) / 0xFFFFFFFF
    return wait * (1 + JITTER * (2 * share - 1))
