"""Transactional outbox: the current state of an active notice, and each of its transitions.

An `OutboxEntry` is the current state. A `Transition` is one change of it, written together with all related data. Both
are values.
The store writes a transition only if the entry still has the sequence number from which it started. So a transition
that is committed twice happens once.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from gateway.notice.delivery_state import DeliveryEvent, DeliveryState, after
from gateway.notice.legal_effect import ServiceDate, service, service_time
from gateway.runtime.changed_value import changed
from gateway.runtime.clock import Pace

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)

BACKOFF = (2 * MINUTE, 10 * MINUTE, HOUR, 4 * HOUR)
"""Waiting times after the first, second, … deferral; the last one repeats."""

JITTER = 0.2
"""Share by which a wait is lengthened or shortened: notices deferred together are not retried all at once."""

LONGEST_WAIT = max(BACKOFF) * (1 + JITTER)
"""Upper bound of the wait of a queued notice."""

MAX_REQUEUES = 5
"""Maximum number of requeues after faults of the service before a person must act."""

HELD_AFTER_FAULTS = "held.faults"
"""Code of a notice that the service answered with busy or expired too often. Its absence was proven each time."""

HELD_AFTER_REFUSAL = "held.refused"
"""Code of a notice whose message was refused for its form or credentials, and whose absence is proven."""

HELD = (HELD_AFTER_FAULTS, HELD_AFTER_REFUSAL)
"""Codes of queued notices that the gateway itself holds for a person. They did not arrive."""

SHORTEST_WAIT = timedelta(seconds=1)
"""Lower bound of a deferral, whatever the other side or compressed time says."""

UNANSWERED = "doubt.unanswered"
"""Code of a notice in doubt without an answer to inquiries for so long that a person must know."""

ORPHAN = "doubt.predecessor"
"""Code of a revision whose earlier one is forgotten here: its own absence does not suffice for sending it."""

UNASKABLE = "doubt.unaskable"
"""Code of a notice in doubt at a judiciary without inquiries."""

ABSENT = "doubt.absent"
"""Code of a notice in doubt that is proven not to have arrived; a person decides if it is sent again."""

PROVEN_ABSENT = (ABSENT, "doubt.person")
"""`ABSENT`, and its code in earlier versions. Neither has any other meaning."""

TICKET_LATE = "doubt.ticket-late"
"""Code of a notice in doubt whose ticket led to no outcome in time, and nor did inquiries. Since the judiciary said
that it has it, a person decides even if its absence seems proven."""

TICKET_UNKNOWN = "doubt.ticket-unknown"
"""Code of a notice in doubt whose ticket the judiciary does not know, or nobody can ask about any more. It becomes
`TICKET_LATE` if inquiries do not settle the doubt."""

NAMED = "doubt.receipt"
"""Code of a notice in doubt that a believed receipt in quarantine named while it waited to be sent. Its reason is the
digest and code of that item, unless it keeps a code of `HELD`."""

PERSON_DECIDES = (ORPHAN, TICKET_LATE, TICKET_UNKNOWN)
"""Codes of notices in doubt that no answer queues again. They stay until the notice has an outcome."""

FOR_A_PERSON = (UNANSWERED, ORPHAN, TICKET_LATE)
"""Codes of notices that are inquired about, and still wait for a person."""

WAITING = frozenset({DeliveryState.QUEUED, DeliveryState.PENDING, DeliveryState.IN_DOUBT})
"""States in which ``due_at`` is the time when the gateway next processes the notice."""

_ASKED_ABOUT = frozenset({DeliveryState.PENDING, DeliveryState.IN_DOUBT})
"""States in which the judiciary is asked what became of a notice."""

SENDABLE = frozenset({*WAITING, DeliveryState.SENDING, DeliveryState.DEAD_LETTER})
"""States of notices that may still be sent, again or for the first time."""

TIME_OF: Final = {
    DeliveryEvent.CONTENT_CONSIGNMENT: "delivered_at",
    DeliveryEvent.CONTENT_HANDOVER: "viewed_at",
    DeliveryEvent.LEGAL_SERVICE: "legal_service_at",
}
"""Event -> field of the entry that keeps its time. They are kept apart: none overwrites another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxEntry:
    """Current state of a notice. Times are aware and UTC.

    ``waiting_since`` is the time of admission, or of the last requeue by a person: its lifetime in the queue begins
    there. ``serve_by`` is the last useful day of service in Tehran, if its row names one.
    ``replaces`` is the notice that its row stood for before. ``seq`` counts transitions; ``written_seq`` is the last
    one written to the case database.
    ``absences`` counts agreeing "not known" answers after the settling time. ``doubt_fault`` is the judiciary's code of
    the fault that began the current doubt (None: no fault did). ``ticket`` is the last one that the judiciary gave for
    it (None: none). ``rewrite_since`` is the time since which its row is to show it once more, although it did before
    (None: it was never to). A notice in `PENDING` has ``doubt_since`` if its ticket
    was found by an inquiry, or came late.

    ``held_by`` is the evidence id of the act by which a person holds it; None: it is not ``held``, the gateway holds
    it, or the hold was placed by an earlier version.
    No message sent before ``cleared_at`` has arrived or can arrive: an inquiry proved that, or a person stated it
    (None: neither happened).
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
    legal_service_at: datetime | None = None
    ticket: str | None = None
    held_by: str | None = None
    rewrite_since: datetime | None = None

    @property
    def service(self) -> ServiceDate | None:
        return service(self.delivered_at, self.viewed_at, self.legal_service_at)

    @property
    def service_time(self) -> datetime | None:
        return service_time(self.delivered_at, self.viewed_at, self.legal_service_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """Transition of a notice: it happened at ``occurred_at``, we learned of it at ``learned_at``.

    ``evidence_id`` names its proof.
    """

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
    """Build the transition that ``event`` causes; ``changes`` are further fields of the entry.

    Leaving `SENDING` releases the lease. Raises `IllegalTransition`.
    """
    state = after(entry.state, event)
    fields: dict[str, Any] = {"state": state, "seq": entry.seq + 1}
    if state is not entry.state:
        fields["state_since"] = now
    if entry.state is DeliveryState.SENDING:
        fields |= {"lease_owner": None, "lease_until": None}
    if entry.state in _ASKED_ABOUT and state is not entry.state:
        fields |= {"doubt_fault": None, "absences": 0}
        fields |= {} if state in _ASKED_ABOUT else {"doubt_since": None}
    fields |= {"due_at": None} if state not in WAITING else {}
    return Transition(
        before=entry,
        after=changed(entry, **(fields | changes)),
        event=event,
        occurred_at=occurred_at or now,
        learned_at=now,
        evidence_id=evidence_id,
    )


def doubt_begins(entry: OutboxEntry, now: datetime) -> datetime:
    """Return the time from which the settling time of a new doubt counts.

    It is ``now``, or the notice's last change of state, if the clock was set back since: what was sent after that may
    still arrive.
    """
    return max(now, entry.state_since)


def held_code(entry: OutboxEntry) -> str | None:
    """Return the code of `HELD` for which the gateway holds a notice in doubt; None: it does not, or none is kept.

    While a person is told of the doubt by another code, the reason keeps it.
    """
    is_held = entry.held and entry.held_by is None
    kept = [code for code in (entry.code, entry.reason) if is_held and code in HELD]
    return kept[0] if kept else None


def for_a_person(code: str) -> str:
    """Return the code of `PERSON_DECIDES` with which a person is told of a notice that has ``code``."""
    return TICKET_LATE if code == TICKET_UNKNOWN else code


def back_off(entry: OutboxEntry, pace: Pace, retry_after: timedelta | None = None) -> timedelta:
    """Return the wait of a requeued notice: the requested one, or its `BACKOFF`."""
    return max(pace.wait(wait_after(entry)) if retry_after is None else retry_after, SHORTEST_WAIT)


def wait_after(entry: OutboxEntry) -> timedelta:
    """Return the wait before the next attempt of a deferred notice: its `BACKOFF`, varied by up to `JITTER`.

    The variation follows from reference and attempt, so that a history can be explained.
    """
    wait = BACKOFF[min(entry.attempts, len(BACKOFF)) - 1]
    drawn = hashlib.sha256(f"{entry.reference} {entry.attempts}".encode()).digest()
    share = int.from_bytes(drawn[:4]) / 0xFFFFFFFF
    return wait * (1 + JITTER * (2 * share - 1))
