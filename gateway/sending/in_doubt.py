"""Rescue: inquire about notices without a known outcome, and follow tickets; never send them again blindly.

"Not known" proves absence only after the settling time, and only twice: the first request may still arrive. If
inquiries do not help, a person is informed; they continue at growing intervals.
If the judiciary offers no inquiry, nothing can be proven, and every doubt that no receipt ends needs a person.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, assert_never

from gateway.judiciary.call_count import ONE_BY_ONE, CallCount
from gateway.judiciary.call_pool import CallPool, OneByOne
from gateway.judiciary.called_endpoint import CalledEndpoint
from gateway.judiciary.capabilities import EVERYTHING, Capabilities
from gateway.judiciary.courier import (
    INQUIRY_BATCH,
    Accepted,
    Answer,
    Courier,
    Message,
    NoAccount,
    NotKnown,
    Pending,
    Rejected,
    SealRefused,
    Standing,
    Unknown,
)
from gateway.judiciary.endpoint_policy import USUAL, EndpointPolicy
from gateway.judiciary.outcome_codes import USUAL_CODES, CodeTable
from gateway.notice.delivery_state import DeliveryEvent, DeliveryState
from gateway.notice.outbox import (
    ABSENT,
    HELD_AFTER_FAULTS,
    HELD_AFTER_REFUSAL,
    MAX_REQUEUES,
    PERSON_DECIDES,
    UNANSWERED,
    UNASKABLE,
    OutboxEntry,
    Transition,
    advance,
    back_off,
    for_a_person,
    held_code,
)
from gateway.runtime.clock import REAL, Clock, Pace
from gateway.runtime.may_continue import MayContinue, always
from gateway.runtime.pass_report import PassReport
from gateway.sending.exchange import answered, proof_of, sent, settled
from gateway.sending.forgotten_sendings import as_held, doubted_from, forgotten, named_by_receipt
from gateway.sending.questions import Questions
from gateway.sending.ticket_issue import USUAL_TICKETS, Tickets, has_failed, issued
from gateway.sending.tickets import TicketPolicy, are_first, follow
from gateway.store.among import Among
from gateway.store.ports.notice_store import NoticeStore
from gateway.store.ports.outbox_store import OutboxStore
from gateway.store.store import Store
from gateway.store.stored import Changes, Mark
from gateway.store.waiting_receipt import signed_receipts

ANSWERS_THAT_PROVE_ABSENCE = 2

SELDOM = 10
LONGEST_WAIT = timedelta(days=1)
"""Upper bound of the wait: an unanswered inquiry is repeated after a tenth of the doubt's age, at least daily."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RescuePolicy:
    """Settings of the rescue pass.

    ``settle_after`` counts from the beginning of doubt, and is at least a message's lifetime plus twice the clocks'
    skew. Until then the judiciary acts on the message by its own clock, which may be behind by as much.

    ``requeue``: proven absence queues a notice again; otherwise a person decides. If a fault began the doubt, its code
    decides (``codes``). After busy or expired the notice is requeued after its back-off, automatically at most
    ``max_requeues`` times.

    A person is also informed of a doubt without an answer ``unanswered_after`` its beginning. ``lifetime`` is the
    maximum time in the queue. ``tickets`` are the profile's (None: it gives none).
    These are real times and never compressed, except the back-off (``pace``). One inquiry covers at most
    ``inquiry_batch`` notices; ``calls`` limits the questions that are under way at a time.
    """

    origin: str
    settle_after: timedelta
    ask_again_after: timedelta
    unanswered_after: timedelta
    lifetime: timedelta
    requeue: bool
    max_requeues: int = MAX_REQUEUES
    pace: Pace = REAL
    codes: CodeTable = USUAL_CODES
    batch: int = 200
    inquiry_batch: int = INQUIRY_BATCH
    calls: CallCount = ONE_BY_ONE
    endpoint_policy: EndpointPolicy = USUAL
    capabilities: Capabilities = EVERYTHING
    tickets: Tickets | None = None

    @property
    def following(self) -> TicketPolicy:
        return TicketPolicy(
            origin=self.origin,
            tickets=self.tickets,
            pace=self.pace,
            batch=self.batch,
            calls=self.calls,
        )


def rescue(
    store: Store,
    courier: Courier,
    clock: Clock,
    policy: RescuePolicy,
    may_continue: MayContinue = always,
    pool: CallPool | None = None,
) -> PassReport:
    """Process expired leases and overdue notices; inquire once about each notice in doubt and each ticket that is due.

    ``courier`` makes the questions; they are asked in calls of ``pool``. Without it, calls do not overlap.
    A doubt that falls due meanwhile waits for the next pass: with slow answers, this one would never come to leases and
    tickets again.
    """
    report = PassReport("rescue")
    endpoint = CalledEndpoint(
        destination=courier.destination, store=store, clock=clock, policy=policy.endpoint_policy, report=report
    )
    # Before lifetimes end: sendings of these may have been forgotten, too.
    while may_continue() and _move(store, forgotten(store.recovery, clock(), policy.batch), "forgotten", report):
        pass
    received = store.quarantine
    while may_continue() and _move(store, named_by_receipt(received, clock(), policy.batch), "forgotten", report):
        pass
    while may_continue() and _move(store, _overdue(store.outbox, clock(), policy), "dead_letter", report):
        pass
    while may_continue() and _move(store, _expired(store.outbox, clock(), policy), "lease_expired", report):
        pass
    if policy.capabilities.can_prove_absence:
        _ask_now(store, courier.destination, clock(), policy.batch, may_continue)
    inquiries, pool = _Inquiries(store, courier, clock, policy), pool or OneByOne(courier)

    size, can_ask = policy.inquiry_batch, policy.capabilities.can_prove_absence
    tickets_first = can_ask and are_first(endpoint, inquiries.due(1))
    if tickets_first:
        follow(endpoint, courier, policy.following, may_continue, pool)
    if can_ask:
        Questions(inquiries, endpoint, courier, pool, policy.calls, batch=policy.batch, size=size).run(may_continue)
    while not can_ask and may_continue() and _move(store, _unaskable(inquiries, clock(), policy), "unaskable", report):
        pass
    if not tickets_first:
        follow(endpoint, courier, policy.following, may_continue, pool)
    return report


def _overdue(store: OutboxStore, now: datetime, policy: RescuePolicy) -> list[Transition]:
    entries = store.overdue(waiting_before=now - policy.lifetime, limit=policy.batch)
    return [advance(entry, DeliveryEvent.LIFETIME_OVER, now=now) for entry in entries]


def _expired(store: OutboxStore, now: datetime, policy: RescuePolicy) -> list[Transition]:
    entries = store.expired(now=now, limit=policy.batch)
    return [
        advance(entry, DeliveryEvent.LEASE_EXPIRY, now=now, due_at=now, doubt_since=now, code="courier.no-answer")
        for entry in entries
    ]


def _move(store: Store, steps: list[Transition], name: str, report: PassReport) -> bool:
    if not steps:
        return False
    store.commit(Changes(steps=steps))
    report.counts[name] += len(steps)
    return True


def _ask_now(store: Store, destination: str, now: datetime, batch: int, may_continue: MayContinue) -> None:
    """Make doubts due for an inquiry that waited for a person under a profile without inquiries."""
    for code in sorted({UNASKABLE, *PERSON_DECIDES} & store.tallies.doubted_by_code().keys()):
        among, after = Among(destination=destination, code=code, undecided=True), None
        while may_continue() and (
            page := store.notices.find(state=DeliveryState.IN_DOUBT, limit=batch, after=after, among=among)
        ):
            entries = [each.entry for each in page]
            unasked = [e for e in entries if e.due_at is None and e.absences < ANSWERS_THAT_PROVE_ABSENCE]
            if unasked:
                store.commit(Changes(marks=[Mark(reference=e.reference, due_at=now, before=e) for e in unasked]))
            after = entries[-1].reference


class _Inquiries:
    """Inquiries about notices in doubt (`gateway.sending.questions.QuestionKind`) that were due when they ``began``."""

    counted = "asked"

    def __init__(self, store: Store, courier: Courier, clock: Clock, policy: RescuePolicy) -> None:
        self.store, self._courier, self._clock, self._policy = store, courier, clock, policy
        self._began, self.tickets = clock(), policy.tickets or USUAL_TICKETS

    def due(self, limit: int) -> list[OutboxEntry]:
        return self.store.outbox.doubtful(destination=self._courier.destination, now=self._began, limit=limit)

    def prepare(self, notices: Sequence[OutboxEntry], now: datetime) -> Message:
        return self._courier.prepare_inquiry([entry.reference for entry in notices], now)

    def before(self, message: Message) -> Changes:
        return sent(message, self._policy.origin, self._courier.destination)

    def ask(self, courier: Courier, message: Message) -> Answer[Standing]:
        return courier.inquire(message)

    def changes(self, notices: Sequence[OutboxEntry], message: Message, answer: Answer[Standing]) -> Changes:
        proof, now = proof_of(message, answer), answer.received_at
        steps = [
            _step(entry, answer.by_reference[entry.reference], message, proof, now, self._policy, self.store)
            for entry in notices
        ]
        return answered(message, answer, steps, self._policy.origin, self._courier.destination)

    def misfit(self, notice: OutboxEntry) -> Changes:
        return Changes(steps=[_unanswered(notice, None, self._clock(), self._policy)])


def _step(
    entry: OutboxEntry,
    standing: Standing,
    message: Message,
    proof: str | None,
    now: datetime,
    policy: RescuePolicy,
    store: Store,
) -> Transition:
    match standing:
        case Accepted() | Rejected() | NoAccount():
            return settled(entry, standing, message=message, proof=proof, now=now)
        case Pending():
            if standing.ticket == entry.ticket and has_failed(store.notices.history(entry.reference), policy.tickets):
                return _unanswered(entry, proof, now, policy)  # or question and inquiry would alternate for ever
            return issued(entry, standing, policy.tickets or USUAL_TICKETS, message=message, proof=proof, now=now)
        case NotKnown():
            return _not_known(entry, message.created_at, proof, now, policy, store)
        case SealRefused():
            return _seal_refused(entry, standing, message.created_at, proof, now, policy, store)
        case Unknown():
            return _unanswered(entry, proof, now, policy)
        case _:
            assert_never(standing)


def _unaskable(inquiries: _Inquiries, now: datetime, policy: RescuePolicy) -> list[Transition]:
    return [_waits_for_receipt(entry, now, policy, inquiries.store) for entry in inquiries.due(policy.batch)]


def _waits_for_receipt(entry: OutboxEntry, now: datetime, policy: RescuePolicy, store: Store) -> Transition:
    """Wait for a receipt; once the first message can no longer arrive, a person decides.

    Without inquiries, silence is no proof of absence.
    """
    settled_at = doubted_from(entry, now, store) + policy.settle_after
    if now < settled_at:
        return advance(entry, DeliveryEvent.INQUIRY_UNANSWERED, now=now, due_at=settled_at)
    code = for_a_person(entry.code) if entry.code in PERSON_DECIDES else UNASKABLE
    facts: dict[str, Any] = {"due_at": None, "code": code, "reason": held_code(entry)}
    return advance(entry, DeliveryEvent.INQUIRY_UNANSWERED, now=now, **facts)


def _unanswered(entry: OutboxEntry, proof: str | None, now: datetime, policy: RescuePolicy) -> Transition:
    """Schedule another inquiry, after notices without any so far."""
    age = now - (entry.doubt_since or now)
    again = now + max(policy.ask_again_after, min(age / SELDOM, LONGEST_WAIT))
    told: dict[str, Any] = {}
    if age >= policy.unanswered_after:
        code = for_a_person(entry.code) if entry.code in PERSON_DECIDES else UNANSWERED
        told = {"code": code, "reason": held_code(entry)}
    return advance(entry, DeliveryEvent.INQUIRY_UNANSWERED, now=now, evidence_id=proof, due_at=again, **told)


def _seal_refused(
    entry: OutboxEntry,
    refused: SealRefused,
    asked_at: datetime,
    proof: str | None,
    now: datetime,
    policy: RescuePolicy,
    store: Store,
) -> Transition:
    """Queue the notice again, since its seal is no longer refused after our correction.

    If it may have been sent more than once, this may answer an earlier submission, and proves nothing about the last
    one. Until the settling time that one may still arrive.
    """
    is_sure = entry.attempts <= 1 and entry.code not in PERSON_DECIDES and not _may_be_forgotten(entry, store)
    if not is_sure or signed_receipts(store.quarantine, [entry.reference]):
        return _unanswered(entry, proof, now, policy)
    settled_at = doubted_from(entry, now, store) + policy.settle_after
    if settled_at > asked_at:
        return advance(entry, DeliveryEvent.INQUIRY_UNANSWERED, now=now, evidence_id=proof, due_at=settled_at)
    told: dict[str, Any] = {"code": refused.code, "reason": refused.text or None}
    due_at = now + back_off(entry, policy.pace)
    return advance(entry, DeliveryEvent.ABSENCE_PROOF, now=now, evidence_id=proof, due_at=due_at, **told)


def _may_be_forgotten(entry: OutboxEntry, store: Store) -> bool:
    """Return True if a recovery may hide submissions of the notice. ``attempts`` counts those of this store only.

    A row that was refused until a recovery ended is admitted in doubt.
    """
    if any(recovery.covers(entry.admitted_at) for recovery in store.recovery.all()):
        return True
    first = store.notices.history(entry.reference)[:1]
    return any(step.state is DeliveryState.IN_DOUBT for step in first)


def _not_known(
    entry: OutboxEntry, asked_at: datetime, proof: str | None, now: datetime, policy: RescuePolicy, store: Store
) -> Transition:
    doubt_since = doubted_from(entry, now, store)
    settled_at = doubt_since + policy.settle_after
    # The gateway may hold it for a code that stood here before.
    answered: dict[str, Any] = {}
    if entry.code in (UNANSWERED, UNASKABLE):
        answered = {"code": held_code(entry), "reason": None}
    facts: dict[str, Any]
    if asked_at < settled_at:
        return advance(entry, DeliveryEvent.UNKNOWN_TO_PEER, now=now, evidence_id=proof, due_at=settled_at, **answered)
    absences = entry.absences + 1
    if absences < ANSWERS_THAT_PROVE_ABSENCE:
        facts = {"due_at": now + policy.ask_again_after, "absences": absences, **answered}
        return advance(entry, DeliveryEvent.UNKNOWN_TO_PEER, now=now, evidence_id=proof, **facts)
    kept = for_a_person(entry.code) if entry.code in PERSON_DECIDES else None
    # The judiciary signed that it has the notice: a person finds out which of its words is wrong.
    is_open = kept is not None or bool(signed_receipts(store.quarantine, [entry.reference]))
    queued = None if is_open else _queued(entry, now, policy, store.notices)
    if queued is not None:
        facts = {"cleared_at": entry.doubt_since or now, **queued}
        return advance(entry, DeliveryEvent.ABSENCE_PROOF, now=now, evidence_id=proof, **facts)
    facts = {"due_at": None, "absences": absences, "code": kept or ABSENT}
    return advance(entry, DeliveryEvent.UNKNOWN_TO_PEER, now=now, evidence_id=proof, **facts)


def _queued(entry: OutboxEntry, now: datetime, policy: RescuePolicy, store: NoticeStore) -> dict[str, Any] | None:
    """Return the fields for requeueing a notice that is proven absent; None if a person decides.

    A fault that began the doubt says more than silence. After "busy" the notice may be sent again; a refused one would
    be refused again. `gateway.sending.exchange.answered` holds notices with a code of `HELD`.
    """
    fault = entry.doubt_fault
    told = f"{fault}: {entry.reason}" if entry.reason and entry.code == fault else fault
    if policy.codes.needs_person(fault):
        return {"due_at": now, "code": HELD_AFTER_REFUSAL, "reason": told}
    if policy.codes.passes_by_itself(fault):
        proofs = [step for step in store.history(entry.reference) if step.event is DeliveryEvent.ABSENCE_PROOF]
        if len(proofs) >= policy.max_requeues:
            return {"due_at": now, "code": HELD_AFTER_FAULTS, "reason": told}
        return {"due_at": now + back_off(entry, policy.pace), "code": fault, "reason": None}
    if policy.requeue and (held := as_held(entry)) is not None:
        return {"due_at": now, **held}
    return {"due_at": now, "code": None, "reason": None} if policy.requeue else None
