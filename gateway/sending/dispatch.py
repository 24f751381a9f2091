"""Dispatch: claim a batch under a lease, sign, record, transmit, record the outcome.

Each message is recorded before its transmission, and nothing is signed after the lease. A message's Timestamp begins
before the lease ends, and the judiciary acts on no message after its Expires.
So a lost message can arrive only for a bounded time; `rescue` waits for its end before it accepts proof of
absence.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, assert_never

from gateway.judiciary.courier import (
    Accepted,
    Answer,
    Courier,
    Deferred,
    Message,
    NoAccount,
    Outcome,
    Pending,
    Rejected,
    SealRefused,
    SealSlice,
    Unknown,
)
from gateway.judiciary.endpoint_policy import USUAL, EndpointPolicy, acquire
from gateway.judiciary.outcome_codes import USUAL_CODES, CodeTable
from gateway.notice.delivery_state import DeliveryEvent
from gateway.notice.outbox import (
    HELD_AFTER_REFUSAL,
    MAX_REQUEUES,
    SHORTEST_WAIT,
    OutboxEntry,
    Transition,
    advance,
    back_off,
)
from gateway.quarantine.quarantine import bounded
from gateway.runtime.circuit_breaker import Permit
from gateway.runtime.clock import Clock, Pace
from gateway.runtime.errors import ErrorScope, GatewayError
from gateway.runtime.may_continue import MayContinue, always
from gateway.runtime.pass_report import PassReport
from gateway.sending.exchange import answered, proof_of, sent, settled, told_errors
from gateway.sending.sealing_breaker import SealingBreakers, give_back, take_trial
from gateway.sending.tickets import USUAL_TICKETS, Tickets, issued
from gateway.store.ports.evidence_store import EvidenceStore
from gateway.store.store import Store
from gateway.store.stored import Changes


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchPolicy:
    """Settings of dispatch: ``owner`` names this process in leases; ``origin`` names the gateway in evidence.

    The lease is longer than the courier's time-out. ``codes`` define the faults that need a person. So does a seal that
    was refused ``most_refusals`` times while others of its body were not.
    """

    owner: str
    origin: str
    lease: timedelta
    pace: Pace
    codes: CodeTable = USUAL_CODES
    most_refusals: int = MAX_REQUEUES
    batch_notices: int = 50
    batch_bytes: int = 8_000_000
    endpoint_policy: EndpointPolicy = USUAL
    tickets: Tickets = USUAL_TICKETS


def dispatch_due(
    store: Store, courier: Courier, clock: Clock, policy: DispatchPolicy, may_continue: MayContinue = always
) -> PassReport:
    """Send each notice that was due when the pass began at most once, so that the pass ends."""
    report = PassReport("dispatch")
    due_by = clock()
    while may_continue():
        courier.assert_ready(clock())
        seals = SealingBreakers.read(store.endpoints, courier.destination)
        with acquire(store, courier.destination, clock, policy.endpoint_policy, report) as ours:
            if ours is None:
                break
            # The probe has one notice only: its answer may be lost, which leaves it in doubt.
            limit = 1 if ours.probe else policy.batch_notices
            batch, tried = _claimed(limit, seals, store, courier, clock, policy, due_by)
            if not batch:
                break
            count = partial(
                seals.count,
                tried=tried,
                store=store,
                clock=clock,
                endpoint_policy=policy.endpoint_policy,
                report=report,
            )
            answer = _send(batch, count, store, courier, clock, policy, report)
            if answer is not None:
                ours.heard(answer.failure)
    return report


def _claimed(
    limit: int,
    seals: SealingBreakers,
    store: Store,
    courier: Courier,
    clock: Clock,
    policy: DispatchPolicy,
    due_by: datetime,
) -> tuple[list[OutboxEntry], str | None]:
    """Claim a batch, or one notice that probes the seal of a held body, with that body."""
    now, destination = clock(), courier.destination

    def claim(most: int, **bodies: Any) -> list[OutboxEntry]:
        return store.outbox.claim(
            destination=destination,
            owner=policy.owner,
            now=now,
            due_by=due_by,
            lease=policy.lease,
            limit=most,
            max_bytes=policy.batch_bytes,
            rate_limit=policy.endpoint_policy.rate_limit,
            **bodies,
        )

    for body in seals.to_try(now):
        before, mine = take_trial(store, destination, body, clock, policy.endpoint_policy)
        if before.permit(now) is not Permit.PROBE:
            continue
        if batch := claim(1, body=body):
            return batch, body
        give_back(store.endpoints, before, mine)
    return claim(limit, without_bodies=seals.held(now)), None


def _send(
    batch: Sequence[OutboxEntry],
    count: Callable[[Sequence[tuple[OutboxEntry, Outcome]]], frozenset[str]],
    store: Store,
    courier: Courier,
    clock: Clock,
    policy: DispatchPolicy,
    report: PassReport,
) -> Answer[Outcome] | None:
    """Send a claimed batch; return the answer, or None if nothing was sent.

    Any failure before sending hands the notices back. ``count`` counts refused seals, and returns the notices that wait
    with their body.
    """
    seals, broken = _seals(batch, store.evidence)
    now = clock()
    _set_aside(broken, now, store, policy, report)
    if not seals:
        return None
    if any(entry.lease_until is None or now >= entry.lease_until for entry in batch):
        _hand_back(list(seals), "lease-over", now, store, policy)
        report.counts["lease_over"] += len(seals)
        return None
    try:
        slices = [SealSlice(reference=e.reference, octets=o, digest=e.seal_digest) for e, o in seals.items()]
        message, misfits = _prepared(slices, courier, now)
        _set_aside([(e, misfits[e.reference]) for e in seals if e.reference in misfits], now, store, policy, report)
        seals = {entry: octets for entry, octets in seals.items() if entry.reference not in misfits}
        if message is None:
            return None
        store.commit(sent(message, policy.origin, courier.destination))
    except GatewayError as error:
        _hand_back(list(seals), error.code, now, store, policy)
        raise
    answer, left_out = bounded(store, courier.submit(message))
    outcomes = [(entry, answer.by_reference[entry.reference]) for entry in seals]
    held = count(outcomes)
    steps = [_step(e, outcome, message, answer, policy, with_body=e.reference in held) for e, outcome in outcomes]
    stale = store.commit(answered(message, answer, steps, policy.origin, courier.destination))
    report.counts += {"sent": len(seals), "stale": len(stale), "quarantined": answer.refused is not None}
    report.errors += [left_out] if left_out else []
    report.errors += told_errors(answer, courier.destination)
    report.counts.update(outcome.count for outcome in answer.by_reference.values())
    return answer


def _prepared(
    slices: Sequence[SealSlice], courier: Courier, now: datetime
) -> tuple[Message | None, dict[str, GatewayError]]:
    """Return the message of the notices that fit the contract, and the errors of the others by reference.

    A notice that was queued under another profile may not fit; it blocks no other.
    """
    try:
        return courier.prepare_submission(slices, now), {}
    except GatewayError as error:
        if error.scope is not ErrorScope.ROW:
            raise
        if len(slices) == 1:
            return None, {slices[0].reference: error}
    misfits: dict[str, GatewayError] = {}
    for each in slices:
        misfits |= _prepared([each], courier, now)[1]
    fitting = [each for each in slices if each.reference not in misfits]
    return courier.prepare_submission(fitting, now) if fitting else None, misfits


def _seals(
    batch: Sequence[OutboxEntry], store: EvidenceStore
) -> tuple[dict[OutboxEntry, bytes], list[tuple[OutboxEntry, GatewayError]]]:
    """Return the batch's seals, and the notices with an unreadable seal, which block no other."""
    try:
        found = store.payloads([entry.seal_digest for entry in batch])
        return {entry: found[entry.seal_digest] for entry in batch}, []
    except GatewayError:
        good: dict[OutboxEntry, bytes] = {}
        broken: list[tuple[OutboxEntry, GatewayError]] = []
        for entry in batch:
            try:
                good[entry] = store.payload(entry.seal_digest)
            except GatewayError as error:
                broken.append((entry, error))
        return good, broken


def _set_aside(
    failed: Sequence[tuple[OutboxEntry, GatewayError]],
    now: datetime,
    store: Store,
    policy: DispatchPolicy,
    report: PassReport,
) -> None:
    """Hand back notices that cannot be sent, each with its own reason, and report them."""
    for code in {error.code for _, error in failed}:
        _hand_back([entry for entry, error in failed if error.code == code], code, now, store, policy)
    report.errors += [error for _, error in failed]


def _hand_back(entries: Sequence[OutboxEntry], code: str, now: datetime, store: Store, policy: DispatchPolicy) -> None:
    steps = [_deferral(entry, None, policy.pace, now=now, code=code) for entry in entries]
    store.commit(Changes(steps=steps))


def _deferral(
    entry: OutboxEntry, retry_after: timedelta | None, pace: Pace, *, now: datetime, **changes: Any
) -> Transition:
    return advance(entry, DeliveryEvent.DEFERRAL, now=now, due_at=now + back_off(entry, pace, retry_after), **changes)


def _step(
    entry: OutboxEntry,
    outcome: Outcome,
    message: Message,
    answer: Answer[Outcome],
    policy: DispatchPolicy,
    *,
    with_body: bool,
) -> Transition:
    proof, now = proof_of(message, answer), answer.received_at
    match outcome:
        case Accepted() | Rejected() | NoAccount():
            return settled(entry, outcome, message=message, proof=proof, now=now)
        case Pending():
            return issued(entry, outcome, policy.tickets, message=message, proof=proof, now=now)
        case Deferred(code=code, retry_after=retry_after):
            told: dict[str, Any] = {"code": code}
            if policy.codes.needs_person(answer.fault):
                told = {"code": HELD_AFTER_REFUSAL, "reason": code}
            facts = {"evidence_id": proof, "message_id": message.id, **told}
            return _deferral(entry, retry_after, policy.pace, now=now, **facts)
        case SealRefused(code=code, text=text):
            told = {"code": code, "reason": text or None}
            if entry.code == code and entry.attempts >= policy.most_refusals and not with_body:
                # Other seals of its body are accepted: the fault is in this seal, which does not change.
                told = {"code": HELD_AFTER_REFUSAL, "reason": f"{code}: {text}" if text else code}
            facts = {"evidence_id": proof, "message_id": message.id, **told}
            # A notice that waits with its body has no further wait of its own.
            return _deferral(entry, SHORTEST_WAIT if with_body else None, policy.pace, now=now, **facts)
        case Unknown(code=code, detail=detail):
            return advance(
                entry,
                DeliveryEvent.LOST_ANSWER,
                now=now,
                evidence_id=proof,
                message_id=message.id,
                due_at=now,
                doubt_since=now,
                doubt_fault=answer.fault,
                code=code,
                reason=detail,
            )
        case _:
            assert_never(outcome)
