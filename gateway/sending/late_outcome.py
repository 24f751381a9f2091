"""Answers whose notice has moved on meanwhile: what the judiciary has is not sent again.

While a call is under way its lease may end, or a person may decide that the notice did not arrive. Then the step of the
answer is stale. All the same,

- an acceptance prevails over whatever was decided here;
- a ticket is the judiciary's word that it has the notice: it is followed, and nothing is sent;
- a rejection counts in doubt, if it answers the last submission that there was.

Answer and late step are one transaction: no answer is on record whose step is not. An acceptance or a ticket that
contradicts the notice's present state goes to quarantine, where it stays until a person has dealt with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace

from gateway.judiciary.courier import Accepted, Answer, Message, NoAccount, Operation, Pending, Rejected
from gateway.notice.delivery_state import TRANSITIONS, DeliveryEvent, DeliveryState
from gateway.notice.notice import sha256
from gateway.notice.outbox import OutboxEntry, Transition
from gateway.quarantine.quarantine import quarantined
from gateway.runtime.errors import GatewayError
from gateway.sending.exchange import proof_of, settled, together
from gateway.sending.ticket_issue import Tickets, has_ended, issued
from gateway.store.store import Store
from gateway.store.stored import Changes, HistoryEvent, Quarantined, QuarantineKind

CONTRADICTED = "courier.contradicted"
"""Code of an answer that says that the judiciary has a notice, against the notice's state here."""

_NUMBERED = frozenset({DeliveryState.SUBMITTED, DeliveryState.DELIVERED, DeliveryState.VIEWED})
_SUBMITS = (DeliveryEvent.CLAIM, DeliveryEvent.RECOVERY)
"""Events after which the notice may have been submitted once more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """Answer with the ``changes`` that it causes if its notices are as they were when it was asked for."""

    message: Message
    answer: Answer[object]
    changes: Changes


@dataclass(slots=True)
class _Late:
    """Steps of notices that have moved on, and what contradicts their present states."""

    entries: Mapping[str, OutboxEntry]
    steps: list[Transition] = field(default_factory=list)
    errors: list[GatewayError] = field(default_factory=list)
    quarantine: list[Quarantined] = field(default_factory=list)


def commit_judged(
    store: Store, judged: Sequence[Judged], tickets: Tickets
) -> tuple[frozenset[str], list[GatewayError]]:
    """Commit answers with their steps; return the notices that had moved on, and an error for each contradiction."""
    whole = replace(together([each.changes for each in judged]), all_or_nothing=True)
    changes, moved, errors = whole, frozenset[str](), list[GatewayError]()
    while stale := store.commit(changes):
        if not stale - moved and not stale & {step.before.reference for step in changes.steps}:
            # Nothing of this is a notice: the commit is repeated, and the store has its records already.
            store.commit(replace(changes, all_or_nothing=False))
            break
        moved |= stale
        late = _late(store, judged, moved, tickets)
        errors = late.errors
        changes = replace(
            whole,
            steps=[step for step in whole.steps if step.before.reference not in moved] + late.steps,
            marks=[mark for mark in whole.marks if mark.reference not in moved],
            quarantine=[*whole.quarantine, *late.quarantine],
        )
    return moved, errors


def _late(store: Store, judged: Sequence[Judged], moved: Set[str], tickets: Tickets) -> _Late:
    entries = dict(store.notices.entries(sorted(moved)))
    late = _Late(entries)
    for each in judged:
        against: list[GatewayError] = []
        for stale in each.changes.steps:
            entry = entries.get(stale.before.reference)
            if entry is None or entry.reference not in moved:
                continue
            step = _step(store, entry, stale.before, each, tickets)
            if isinstance(step, GatewayError):
                against.append(step)
            elif step is not None:
                late.steps.append(step)
                entries[entry.reference] = step.after
                if entry.state is DeliveryState.WITHDRAWN:
                    late.errors.append(GatewayError("courier.accepted-withdrawn", where=entry.reference))
        late.errors += against
        late.quarantine += _kept(each, against)
    return late


def _kept(judged: Judged, against: Sequence[GatewayError]) -> list[Quarantined]:
    """Return the answer as an item of the quarantine if it contradicts notices; its octets are recorded with it."""
    if not against or judged.answer.raw is None:
        return []
    origin, now = against[0].where, judged.answer.received_at
    told = GatewayError(CONTRADICTED, where=origin, detail="; ".join(str(each.detail) for each in against))
    return [quarantined(sha256(judged.answer.raw), QuarantineKind.ANSWER, origin, told, now)]


def _step(
    store: Store, entry: OutboxEntry, before: OutboxEntry, judged: Judged, tickets: Tickets
) -> Transition | GatewayError | None:
    """Return the late step of a notice, the contradiction that its answer is, or None if nothing follows from it."""
    message, answer = judged.message, judged.answer
    outcome, proof = answer.by_reference[entry.reference], proof_of(message, answer)
    now = max(answer.received_at, entry.state_since)
    match outcome:
        case Accepted(tracking_number=number):
            if (entry.state, DeliveryEvent.SUBMISSION_ACCEPTANCE) in TRANSITIONS:
                return settled(entry, outcome, message=message, proof=proof, now=now)
            is_same = entry.tracking_number == number or (entry.tracking_number is None and entry.state in _NUMBERED)
            return None if is_same else _contradiction(entry, f"accepted as {number}")
        case Pending(ticket=str(ticket)) if message.operation is not Operation.INQUIRE_TICKET:
            history = store.notices.history(entry.reference)
            if entry.ticket == ticket and (entry.state is DeliveryState.PENDING or has_ended(history)):
                return None
            if (entry.state, DeliveryEvent.TICKET_ISSUE) in TRANSITIONS:
                return issued(entry, outcome, tickets, message=message, proof=proof, now=now, is_late=True)
            is_other = message.operation is Operation.SUBMIT and _is_submitted_since(before, history)
            if is_other or entry.state is DeliveryState.WITHDRAWN:
                return _contradiction(entry, f"taken with the ticket {ticket}")
            return None  # its outcome is known by now
        case Rejected() | NoAccount() if entry.state is DeliveryState.IN_DOUBT and _is_last(store, entry, before):
            return settled(entry, outcome, message=message, proof=proof, now=now)
        case _:
            return None


def _contradiction(entry: OutboxEntry, told: str) -> GatewayError:
    here = entry.state if entry.tracking_number is None else f"{entry.state} as {entry.tracking_number}"
    return GatewayError(CONTRADICTED, where=entry.reference, detail=f"{told}; here it is {here}")


def _is_last(store: Store, entry: OutboxEntry, before: OutboxEntry) -> bool:
    """Return True if no submission can have followed the one that the answer is about.

    A restored store may have forgotten one; in its history other steps may have the same numbers.
    """
    if any(recovery.covers(entry.admitted_at) for recovery in store.recovery.all()):
        return False
    history = store.notices.history(entry.reference)
    known = [step for step in history if step.seq == before.seq]
    is_same = [(step.state, step.learned_at) for step in known] == [(before.state, before.state_since)]
    return is_same and not _is_submitted_since(before, history)


def _is_submitted_since(before: OutboxEntry, history: Sequence[HistoryEvent]) -> bool:
    return any(step.seq > before.seq and step.event in _SUBMITS for step in history)
