"""Tickets: notices that the judiciary took for processing, and the questions what became of them.

A ticket is followed at an interval of its own. Nothing about it leads to another submission, except the judiciary's
word "submit again" where its profile says that this proves that nothing was acted on. A ticket that leads nowhere
leaves the notice in doubt; then it is asked about by its reference.

A question changes nothing at the judiciary. So it is recorded after its answer, and only if that says more than "still
being processed".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, assert_never

from gateway.judiciary.call_count import ONE_BY_ONE, CallCount
from gateway.judiciary.call_pool import CallPool
from gateway.judiciary.called_endpoint import CalledEndpoint
from gateway.judiciary.courier import (
    Accepted,
    Answer,
    Courier,
    Deferred,
    Message,
    NoAccount,
    NotKnown,
    Pending,
    Rejected,
    SealRefused,
    TicketStanding,
    Unknown,
)
from gateway.notice.delivery_state import DeliveryEvent
from gateway.notice.outbox import (
    PERSON_DECIDES,
    TICKET_LATE,
    TICKET_UNKNOWN,
    OutboxEntry,
    Transition,
    advance,
    back_off,
)
from gateway.runtime.clock import REAL, Clock, Pace
from gateway.runtime.may_continue import MayContinue
from gateway.sending.exchange import answered, proof_of, sent, settled
from gateway.sending.questions import Questions
from gateway.store.store import Store
from gateway.store.stored import Changes, HistoryEvent, Mark

LONGEST_WAIT: Final = timedelta(days=1)
"""Upper bound of the interval, and of a wait that the judiciary asks for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tickets:
    """Settings of the profile's tickets. Real times, never compressed.

    A question is asked ``every`` so often. After ``give_up_after`` without an outcome the notice is in doubt; that time
    counts from the beginning of the doubt, if an inquiry found the ticket.
    ``submit_again``: the answer "submit again" proves that nothing was acted on.
    """

    every: timedelta = timedelta(minutes=1)
    give_up_after: timedelta = timedelta(days=1)
    submit_again: bool = False


USUAL_TICKETS: Final = Tickets()

_BEGINS_ANEW: Final = (DeliveryEvent.TICKET_ISSUE, DeliveryEvent.RECOVERY, DeliveryEvent.CLAIM)
"""Events after which no earlier ticket counts as failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketPolicy:
    """Settings of the questions. ``tickets`` is None under a profile that gives none."""

    origin: str
    tickets: Tickets | None
    pace: Pace = REAL
    batch: int = 200
    calls: CallCount = ONE_BY_ONE


def issued(
    entry: OutboxEntry, told: Pending, tickets: Tickets, *, message: Message, proof: str | None, now: datetime
) -> Transition:
    """Return the transition for a ticket, from a submission or an inquiry.

    The beginning of a doubt is kept: it tells that an inquiry found the ticket. So are codes for a person.
    """
    code = entry.code if entry.code in PERSON_DECIDES else None
    return advance(
        entry,
        DeliveryEvent.TICKET_ISSUE,
        now=now,
        evidence_id=proof,
        message_id=message.id,
        due_at=now + _wait(told, tickets),
        ticket=told.ticket,
        code=code,
        reason=None,
    )


def follow(
    endpoint: CalledEndpoint, courier: Courier, policy: TicketPolicy, may_continue: MayContinue, pool: CallPool
) -> None:
    """Ask about each ticket that was due when this began, once; give up those without an outcome for too long."""
    store, clock, tickets = endpoint.store, endpoint.clock, policy.tickets
    began = clock()
    given_up = timedelta() if tickets is None else tickets.give_up_after
    code = TICKET_UNKNOWN if tickets is None else TICKET_LATE
    while may_continue():
        late = store.outbox.pending(
            destination=endpoint.destination, now=began, since_before=began - given_up, limit=policy.batch
        )
        if not late:
            break
        store.commit(Changes(steps=[_failed(entry, clock(), code=code) for entry in late]))
        endpoint.report.counts["tickets_given_up"] += len(late)
    if tickets is not None:
        kind = _TicketQuestions(store, courier, clock, policy, tickets, began)
        Questions(kind, endpoint, courier, pool, policy.calls, batch=policy.batch).run(may_continue)


class _TicketQuestions:
    """Questions about tickets (`gateway.sending.questions.QuestionKind`) that were due when they ``began``."""

    counted = "tickets_asked"

    def __init__(
        self, store: Store, courier: Courier, clock: Clock, policy: TicketPolicy, tickets: Tickets, began: datetime
    ) -> None:
        self._store, self._courier, self._clock = store, courier, clock
        self._policy, self._tickets, self._began = policy, tickets, began

    def due(self, limit: int) -> list[OutboxEntry]:
        return self._store.outbox.pending(destination=self._courier.destination, now=self._began, limit=limit)

    def prepare(self, notices: Sequence[OutboxEntry], now: datetime) -> Message:
        [entry] = notices
        return self._courier.prepare_ticket_question(entry.reference, entry.ticket or "", now)

    def before(self, message: Message) -> Changes:  # noqa: ARG002 - it is recorded after its answer
        return Changes()

    def ask(self, courier: Courier, message: Message) -> Answer[TicketStanding]:
        return courier.ask_ticket(message)

    def changes(self, notices: Sequence[OutboxEntry], message: Message, answer: Answer[TicketStanding]) -> Changes:
        [entry] = notices
        told = answer.by_reference[entry.reference]
        return _changes(entry, told, message, answer, self._courier.destination, self._policy, self._tickets)

    def misfit(self, notice: OutboxEntry) -> Changes:
        """A ticket that cannot be asked about blocks no other."""
        return Changes(marks=[Mark(reference=notice.reference, due_at=self._clock() + self._tickets.every)])


def _changes(
    entry: OutboxEntry,
    told: TicketStanding,
    message: Message,
    answer: Answer[TicketStanding],
    destination: str,
    policy: TicketPolicy,
    tickets: Tickets,
) -> Changes:
    now = answer.received_at
    marks: list[Mark] = []
    steps: list[Transition] = []
    if not isinstance(told, Pending | Unknown):
        steps = [_step(entry, told, message, answer, policy.pace, tickets)]
    elif _is_doubted_for_long(entry, now, tickets):
        steps = [_failed(entry, now, code=TICKET_LATE)]
    else:
        wait = _wait(told, tickets) if isinstance(told, Pending) else tickets.every
        marks = [Mark(reference=entry.reference, due_at=now + wait)]
    if isinstance(told, Pending) or (isinstance(told, Unknown) and answer.raw is None):
        return Changes(steps=steps, marks=marks)
    question = sent(message, policy.origin, destination)
    response = answered(message, answer, steps, policy.origin, destination)
    return replace(
        response,
        evidence=[*question.evidence, *response.evidence],
        payloads=[*question.payloads, *response.payloads],
        message_notices={**question.message_notices, **response.message_notices},
        marks=[*response.marks, *marks],
    )


def _step(
    entry: OutboxEntry,
    told: Accepted | Rejected | SealRefused | NoAccount | Deferred | NotKnown,
    message: Message,
    answer: Answer[TicketStanding],
    pace: Pace,
    tickets: Tickets,
) -> Transition:
    proof, now = proof_of(message, answer), answer.received_at
    late = TICKET_LATE if _is_doubted_for_long(entry, now, tickets) else None
    match told:
        case Accepted() | Rejected() | NoAccount():
            return settled(entry, told, message=message, proof=proof, now=now)
        case Deferred(code=code, retry_after=retry_after):
            # A ticket that an inquiry found may be of another submission than the last one.
            if not tickets.submit_again or entry.doubt_since is not None:
                return _failed(entry, now, code=late or code, proof=proof)
            due_at = now + back_off(entry, pace, retry_after)
            facts: dict[str, Any] = {"message_id": message.id, "due_at": due_at, "code": code, "reason": None}
            return advance(entry, DeliveryEvent.DEFERRAL, now=now, evidence_id=proof, **facts)
        case SealRefused(code=code, text=text):
            return _failed(entry, now, code=late or code, reason=text or None, proof=proof)
        case NotKnown():
            return _failed(entry, now, code=late or TICKET_UNKNOWN, proof=proof)
        case _:
            assert_never(told)


def _is_doubted_for_long(entry: OutboxEntry, now: datetime, tickets: Tickets) -> bool:
    """Return True if the doubt in which an inquiry found the ticket is too old, and no person was told of it.

    Each ticket of such a doubt is asked about at least once.
    """
    is_told = entry.code in PERSON_DECIDES and entry.code != TICKET_UNKNOWN
    return not is_told and now - (entry.doubt_since or entry.state_since) >= tickets.give_up_after


def _failed(
    entry: OutboxEntry, now: datetime, *, code: str, reason: str | None = None, proof: str | None = None
) -> Transition:
    """Return the transition of a ticket that leads nowhere, into doubt. A code for a person is kept."""
    if entry.code in PERSON_DECIDES and (entry.code, code) != (TICKET_UNKNOWN, TICKET_LATE):
        code, reason = entry.code, None
    facts: dict[str, Any] = {"due_at": now, "doubt_since": entry.doubt_since or now, "code": code, "reason": reason}
    return advance(entry, DeliveryEvent.TICKET_FAILURE, now=now, evidence_id=proof, **facts)


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


def _wait(told: Pending, tickets: Tickets) -> timedelta:
    return min(max(tickets.every, told.retry_after or timedelta()), LONGEST_WAIT)
