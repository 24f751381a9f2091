"""Send: claim a batch under a lease, sign, record, transmit, record what came of it.

Nothing is transmitted that is not recorded first, and nothing is signed once the lease is over: each message's
Timestamp begins before the lease ends, and the judiciary acts on no message after its Expires. That bounds how long a
lost message can still arrive, which is what `rescue` waits for before it believes that one never did.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, assert_never

from gateway.clock import Clock, Pace
from gateway.courier import Accepted, Courier, Deferred, Message, NoAccount, Outcome, Rejected, SealSlice, Unknown
from gateway.delivery import DeliveryEvent
from gateway.exchange import answered, proof_of, sent, settled
from gateway.outbox import OutboxEntry, Step, advance, wait_after
from gateway.report import PassReport
from gateway.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchPolicy:
    """``owner`` names this process in leases; ``origin`` names the gateway in evidence. The lease is longer than the
    courier's time-out."""

    owner: str
    origin: str
    lease: timedelta
    pace: Pace
    batch_notices: int = 50
    batch_bytes: int = 8_000_000


def dispatch_due(store: Store, courier: Courier, clock: Clock, policy: DispatchPolicy) -> PassReport:
    """Send every notice that is due."""
    courier.assert_ready(clock())
    report = PassReport("dispatch")
    while True:
        batch = store.claim(
            destination=courier.destination,
            owner=policy.owner,
            now=clock(),
            lease=policy.lease,
            limit=policy.batch_notices,
            max_bytes=policy.batch_bytes,
        )
        if not batch:
            return report
        seals = store.payloads([entry.seal_digest for entry in batch])
        slices = [SealSlice(reference=e.reference, octets=seals[e.seal_digest], digest=e.seal_digest) for e in batch]
        now = clock()
        if any(entry.lease_until is None or now >= entry.lease_until for entry in batch):
            report.counts["lease_over"] += len(batch)
            continue
        message = courier.prepare_submission(slices, now)
        store.commit(sent(message, policy.origin, courier.destination))
        answer = courier.submit(message)
        proof, now = proof_of(message, answer), answer.received_at
        steps = [_step(e, answer.by_reference[e.reference], message, proof, now, policy.pace) for e in batch]
        stale = store.commit(answered(message, answer, steps, policy.origin, courier.destination))
        report.counts += {"sent": len(batch), "stale": len(stale)}
        report.counts.update(type(outcome).__name__.lower() for outcome in answer.by_reference.values())


def _step(entry: OutboxEntry, outcome: Outcome, message: Message, proof: str | None, now: datetime, pace: Pace) -> Step:
    facts: dict[str, Any]
    match outcome:
        case Accepted() | Rejected() | NoAccount():
            return settled(entry, outcome, message=message, proof=proof, now=now)
        case Deferred(code=code, retry_after=retry_after):
            wait = retry_after if retry_after is not None else pace.wait(wait_after(entry.attempts))
            event = DeliveryEvent.DEFERRAL
            facts = {"due_at": now + wait, "code": code}
        case Unknown(code=code, detail=detail):
            event = DeliveryEvent.LOST_ANSWER
            facts = {"due_at": now, "doubt_since": now, "code": code, "reason": detail}
        case _:
            assert_never(outcome)
    return advance(entry, event, now=now, evidence_id=proof, message_id=message.id, **facts)
