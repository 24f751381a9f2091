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
from datetime import datetime
from typing import Any, assert_never

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
    doubt_begins,
)
from gateway.runtime.clock import REAL, Pace
from gateway.runtime.may_continue import MayContinue
from gateway.sending.exchange import answered, proof_of, sent, settled
from gateway.sending.questions import Questions
from gateway.sending.ticket_issue import Tickets, wait_of
from gateway.store.stored import Changes, Mark


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketPolicy:
    """Settings of the questions. ``tickets`` is None under a profile that gives none."""

    origin: str
    tickets: Tickets | None
    pace: Pace = REAL
    batch: int = 200
    calls: CallCount = ONE_BY_ONE


def are_first(endpoint: CalledEndpoint, doubts: Sequence[OutboxEntry]) -> bool:
    """Return True if a ticket is due for longer than the first of the ``doubts``, and a rate limit is for both.

    It may be used up by those that are asked first.
    """
    if endpoint.policy.rate_limit is None:
        return False
    due = endpoint.store.outbox.pending(destination=endpoint.destination, now=endpoint.clock(), limit=1)
    return bool(due) and (not doubts or _due_since(due[0]) < _due_since(doubts[0]))


def _due_since(entry: OutboxEntry) -> datetime:
    return entry.due_at or entry.state_since


def follow(
    endpoint: CalledEndpoint, courier: Courier, policy: TicketPolicy, may_continue: MayContinue, pool: CallPool
) -> None:
    """Ask about each ticket that was due when this began, once; give up each that is asked too late without an outcome.

    Under a profile without tickets all are given up.
    """
    store, clock = endpoint.store, endpoint.clock
    began = clock()
    if policy.tickets is not None:
        kind = _TicketQuestions(endpoint, courier, policy, policy.tickets, began)
        Questions(kind, endpoint, courier, pool, policy.calls, batch=policy.batch).run(may_continue)
        return
    while may_continue():
        left = store.outbox.pending(destination=endpoint.destination, now=began, since_before=began, limit=policy.batch)
        if not left:
            break
        store.commit(Changes(steps=[_failed(entry, clock(), code=TICKET_UNKNOWN) for entry in left]))
        endpoint.report.counts["tickets_given_up"] += len(left)


class _TicketQuestions:
    """Questions about tickets (`gateway.sending.questions.QuestionKind`) that were due when they ``began``."""

    counted = "tickets_asked"

    def __init__(
        self, endpoint: CalledEndpoint, courier: Courier, policy: TicketPolicy, tickets: Tickets, began: datetime
    ) -> None:
        self._store, self._courier, self._clock = endpoint.store, courier, endpoint.clock
        self._policy, self.tickets, self._began, self._report = policy, tickets, began, endpoint.report

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
        if _is_given_up(entry, told, answer.received_at, self.tickets):
            self._report.counts["tickets_given_up"] += 1
        return _changes(entry, told, message, answer, self._courier.destination, self._policy, self.tickets)

    def misfit(self, notice: OutboxEntry) -> Changes:
        """A ticket that cannot be asked about blocks no other, and is given up at its time."""
        now = self._clock()
        if _is_doubted_for_long(notice, now, self.tickets):
            self._report.counts["tickets_given_up"] += 1
            return Changes(steps=[_failed(notice, now, code=TICKET_LATE)])
        return Changes(marks=[Mark(reference=notice.reference, due_at=now + self.tickets.every)])


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
    elif _is_given_up(entry, told, now, tickets):
        steps = [_failed(entry, now, code=TICKET_LATE)]
    else:
        wait = wait_of(told, tickets) if isinstance(told, Pending) else tickets.every
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


def _is_given_up(entry: OutboxEntry, told: TicketStanding, now: datetime, tickets: Tickets) -> bool:
    """Return True for a ticket that was asked about after its time, without an outcome."""
    return isinstance(told, Pending | Unknown) and _is_doubted_for_long(entry, now, tickets)


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
    doubted = entry.doubt_since or doubt_begins(entry, now)
    facts: dict[str, Any] = {"due_at": now, "doubt_since": doubted, "code": code, "reason": reason}
    return advance(entry, DeliveryEvent.TICKET_FAILURE, now=now, evidence_id=proof, **facts)
