"""Rescue: what has no known outcome is asked about, never sent again blindly.

"Not known" proves absence only after the settling time, given twice: the first request may still arrive.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import assert_never

from gateway.clock import Clock
from gateway.courier import Accepted, Courier, Message, NoAccount, NotKnown, Rejected, Standing, Unknown
from gateway.delivery import DeliveryEvent
from gateway.exchange import answered, proof_of, sent, settled
from gateway.leave import Leave, always
from gateway.manners import USUAL, Manners, Turn, turn
from gateway.outbox import OutboxEntry, Step, advance
from gateway.quarantine import bounded
from gateway.report import PassReport
from gateway.store import Changes, Store

ANSWERS_THAT_PROVE_ABSENCE = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class RescuePolicy:
    """``settle_after`` counts from the beginning of doubt, and is at least a message's lifetime plus twice the clocks'
    skew: the judiciary acts on it until then by its own clock, which may be behind by as much.

    ``requeue`` says whether proven absence queues a notice again, or leaves it to a person. ``lifetime`` is how long a
    notice may wait in the queue. These are real times: none of them is ever compressed.
    """

    origin: str
    settle_after: timedelta
    ask_again_after: timedelta
    lifetime: timedelta
    requeue: bool
    batch: int = 200
    manners: Manners = USUAL


def rescue(store: Store, courier: Courier, clock: Clock, policy: RescuePolicy, leave: Leave = always) -> PassReport:
    """Put expired leases and overdue notices where they belong, and ask about every notice in doubt that is due."""
    report = PassReport("rescue")
    while leave() and _move(store, _overdue(store, clock(), policy), "dead_letter", report):
        pass
    while leave() and _move(store, _expired(store, clock(), policy), "lease_expired", report):
        pass
    while leave() and _ask(store, courier, clock, policy, report):
        pass
    return report


def _overdue(store: Store, now: datetime, policy: RescuePolicy) -> list[Step]:
    entries = store.overdue(waiting_before=now - policy.lifetime, limit=policy.batch)
    return [advance(entry, DeliveryEvent.LIFETIME_OVER, now=now) for entry in entries]


def _expired(store: Store, now: datetime, policy: RescuePolicy) -> list[Step]:
    entries = store.expired(now=now, limit=policy.batch)
    return [
        advance(entry, DeliveryEvent.LEASE_EXPIRY, now=now, due_at=now, doubt_since=now, code="courier.no-answer")
        for entry in entries
    ]


def _move(store: Store, steps: list[Step], name: str, report: PassReport) -> bool:
    if not steps:
        return False
    store.commit(Changes(steps=steps))
    report.counts[name] += len(steps)
    return True


def _ask(store: Store, courier: Courier, clock: Clock, policy: RescuePolicy, report: PassReport) -> bool:
    """Ask about one batch; return whether there was one. Whatever the answer, none of it is due again at once."""
    doubtful = store.doubtful(destination=courier.destination, now=clock(), limit=policy.batch)
    if not doubtful:
        return False
    courier.assert_ready(clock())
    with turn(store, courier.destination, clock, policy.manners, report) as ours:
        if ours is None:
            return False
        _ask_about(doubtful, ours, store, courier, clock, policy, report)
    return True


def _ask_about(
    doubtful: Sequence[OutboxEntry],
    ours: Turn,
    store: Store,
    courier: Courier,
    clock: Clock,
    policy: RescuePolicy,
    report: PassReport,
) -> None:
    message = courier.prepare_inquiry([entry.reference for entry in doubtful], clock())
    store.commit(sent(message, policy.origin, courier.destination))
    answer, left_out = bounded(store, courier.inquire(message))
    proof, now = proof_of(message, answer), answer.received_at
    told = [(entry, answer.by_reference[entry.reference]) for entry in doubtful]
    steps = [_step(entry, standing, message, proof, now, policy) for entry, standing in told]
    store.commit(answered(message, answer, steps, policy.origin, courier.destination))
    report.counts += {"asked": len(doubtful), "quarantined": answer.refused is not None}
    report.errors += [left_out] if left_out else []
    report.counts.update(type(standing).__name__.lower() for _, standing in told)
    ours.heard(answer.failure)


def _step(
    entry: OutboxEntry, standing: Standing, message: Message, proof: str | None, now: datetime, policy: RescuePolicy
) -> Step:
    match standing:
        case Accepted() | Rejected() | NoAccount():
            return settled(entry, standing, message=message, proof=proof, now=now)
        case NotKnown():
            return _not_known(entry, message.created_at, proof, now, policy)
        case Unknown():
            # Asked again later, behind those that were not asked yet.
            again = now + policy.ask_again_after
            return advance(entry, DeliveryEvent.INQUIRY_UNANSWERED, now=now, evidence_id=proof, due_at=again)
        case _:
            assert_never(standing)


def _not_known(entry: OutboxEntry, asked_at: datetime, proof: str | None, now: datetime, policy: RescuePolicy) -> Step:
    settled_at = (entry.doubt_since or now) + policy.settle_after
    if asked_at < settled_at:
        return advance(entry, DeliveryEvent.UNKNOWN_TO_PEER, now=now, evidence_id=proof, due_at=settled_at)
    absences = entry.absences + 1
    if absences < ANSWERS_THAT_PROVE_ABSENCE:
        again = now + policy.ask_again_after
        return advance(
            entry, DeliveryEvent.UNKNOWN_TO_PEER, now=now, evidence_id=proof, due_at=again, absences=absences
        )
    if policy.requeue:
        return advance(
            entry, DeliveryEvent.ABSENCE_PROOF, now=now, evidence_id=proof, due_at=now, code=None, reason=None
        )
    return advance(
        entry,
        DeliveryEvent.UNKNOWN_TO_PEER,
        now=now,
        evidence_id=proof,
        due_at=None,
        absences=absences,
        code="doubt.person",
    )
