"""Admissions, steps, new seals and marks, as a commit writes them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from gateway.notice.delivery_state import DeliveryEvent, DeliveryState
from gateway.notice.outbox import SENDABLE, WAITING, OutboxEntry, Transition
from gateway.store.stored import Admission, HistoryEvent, Mark, NewSeal

from ..database import SimulatedDatabase

_EVERY = frozenset(DeliveryState)

_KEPT = (
    "written_seq",
    "rewrite_since",
    "held",
    "held_by",
    "source",
    "row_key",
    "destination",
    "admitted_at",
    "serve_by",
)
"""Values that no step changes: marks, writing back and the renaming of a source may run beside a step."""

Taken = tuple[DeliveryEvent, DeliveryState, datetime]


def admit(database: SimulatedDatabase, admissions: Sequence[Admission]) -> frozenset[str]:
    """Write the new notices; return the references of stale admissions.

    The rows of new notices have been corrected, so the refusals of these rows are deleted.
    """
    stale: set[str] = set()
    for admission in admissions:
        entry = admission.entry
        if (known := database.outbox.get(entry.reference)) is not None:
            content = database.notice.rows[entry.reference].content_digest
            own = entry.source, entry.row_key, admission.content_digest
            if (known.source, known.row_key, content) != own:
                stale.add(entry.reference)
            continue
        database.need(database.evidence, admission.evidence_id)
        database.notice.put(entry.reference, admission)
        database.outbox.put(entry.reference, entry)
        first = HistoryEvent(
            seq=entry.seq,
            event=DeliveryEvent.ADMISSION,
            state=entry.state,
            occurred_at=entry.admitted_at,
            learned_at=entry.admitted_at,
            evidence_id=admission.evidence_id,
        )
        database.history.put(entry.reference, (first,))
        database.refusal.drop((entry.source, entry.row_key))
    return frozenset(stale)


def take_steps(database: SimulatedDatabase, steps: Sequence[Transition]) -> frozenset[str]:
    """Write the steps that start from their notice's current entry, in order; return the references of stale ones.

    A step that is in the history already, with the same event, state and time, is a repeat and not stale. After a stale
    step the further steps of its notice are stale, too.
    """
    stale: set[str] = set()
    for step in steps:
        reference = step.before.reference
        if reference in stale:
            continue
        present = database.outbox.get(reference)
        if present is not None and (present.seq, present.seal_digest) == (step.before.seq, step.before.seal_digest):
            write_step(database, step, present)
        elif _taken(database, reference, step.after.seq) != (step.event, step.after.state, step.occurred_at):
            stale.add(reference)
    return frozenset(stale)


def unclaimed(database: SimulatedDatabase, claimed: Sequence[OutboxEntry]) -> frozenset[str]:
    """Return the references of notices that are not under the claim any more by which they were ``claimed``."""
    lost: set[str] = set()
    for entry in claimed:
        present = database.outbox.get(entry.reference)
        if present is None or present.state is not DeliveryState.SENDING or _lease(present) != _lease(entry):
            lost.add(entry.reference)
    return frozenset(lost)


def _lease(entry: OutboxEntry) -> tuple[int, str | None, datetime | None]:
    return entry.seq, entry.lease_owner, entry.lease_until


def otherwise_proven(database: SimulatedDatabase, steps: Sequence[Transition]) -> frozenset[str]:
    """Return the references of steps that are in the history by another record: two persons' acts at one time."""
    stale: set[str] = set()
    for step in steps:
        for event in database.history.get(step.before.reference) or ():
            if event.seq == step.after.seq and event.evidence_id != step.evidence_id:
                stale.add(step.before.reference)
    return frozenset(stale)


def write_step(database: SimulatedDatabase, step: Transition, present: OutboxEntry) -> None:
    """Write a step that starts from the ``present`` entry."""
    reference, after = present.reference, step.after
    database.need(database.evidence, step.evidence_id)
    kept = {name: getattr(present, name) for name in _KEPT}
    if any(getattr(after, name) != value for name, value in kept.items()):
        after = replace(after, **kept)
    database.outbox.put(reference, after)
    event = HistoryEvent(
        seq=after.seq,
        event=step.event,
        state=after.state,
        occurred_at=step.occurred_at,
        learned_at=step.learned_at,
        evidence_id=step.evidence_id,
    )
    database.history.put(reference, (*database.history.rows[reference], event))


def _taken(database: SimulatedDatabase, reference: str, seq: int) -> Taken | None:
    events = database.history.get(reference) or ()
    found = [event for event in events if event.seq == seq]
    return (found[0].event, found[0].state, found[0].occurred_at) if found else None


def seal_anew(database: SimulatedDatabase, seals: Sequence[NewSeal]) -> frozenset[str]:
    """Replace each earlier seal by the new one; return the references of stale ones. A seal that is stored already is
    a repeat and not stale."""
    stale: set[str] = set()
    for seal in sorted(seals, key=lambda seal: seal.reference):
        entry = database.outbox.get(seal.reference)
        if (
            entry is not None
            and entry.seal_digest == seal.instead_of
            and entry.admitted_at > seal.at
            and entry.state is DeliveryState.QUEUED
            and never_sent(database, entry)
        ):
            _replace_seal(database, entry, seal)
        elif entry is None or entry.seal_digest != seal.digest:
            stale.add(seal.reference)
    return frozenset(stale)


def _replace_seal(database: SimulatedDatabase, entry: OutboxEntry, seal: NewSeal) -> None:
    database.need(database.evidence, seal.evidence_id)
    times = dict.fromkeys(("admitted_at", "state_since", "waiting_since", "due_at"), seal.at)
    changed = replace(entry, seal_digest=seal.digest, size=seal.size, **times)  # type: ignore[arg-type]
    database.outbox.put(entry.reference, changed)
    admission = database.notice.rows[entry.reference]
    database.notice.put(entry.reference, replace(admission, evidence_id=seal.evidence_id))
    first, *later = database.history.rows[entry.reference]
    first = replace(first, evidence_id=seal.evidence_id, occurred_at=seal.at, learned_at=seal.at)
    database.history.put(entry.reference, (first, *later))


def never_sent(database: SimulatedDatabase, entry: OutboxEntry) -> bool:
    """Return True if a notice cannot have been sent with its present seal.

    A receipt that waits proves that it was sent. A restored store may have forgotten that: so a notice that was here
    before a recovery ended, by the order of records, gets no other seal, and no notice while a recovery is on.
    """
    if entry.seq or database.receipt.has("waiting", entry.reference):
        return False
    sealed = database.evidence.get(database.notice.rows[entry.reference].evidence_id)
    for recovery in database.recovery.values():
        if recovery.ended_at is None:
            return False
        ended = database.evidence.get(recovery.ended_by or "")
        if sealed is not None and ended is not None and sealed.position < ended.position:
            return False
    return True


def mark(database: SimulatedDatabase, marks: Sequence[Mark]) -> frozenset[str]:
    """Write marks; return the references of stale ones."""
    stale: set[str] = set()
    for each in sorted(marks, key=lambda mark: mark.reference):
        for states, values in _says(each, database.outbox.get(each.reference)):
            entry = database.outbox.get(each.reference)
            if entry is None or entry.state not in states or _has_changed(entry, each.before, values):
                stale.add(each.reference)
            else:
                database.outbox.put(entry.reference, replace(entry, **values))  # type: ignore[arg-type]
    return frozenset(stale)


def _says(mark: Mark, entry: OutboxEntry | None) -> Iterator[tuple[Collection[DeliveryState], dict[str, object]]]:
    """Yield the fields that a mark sets, with the states in which it may set them."""
    if mark.held is not None:
        yield SENDABLE if mark.held else _EVERY, _hold(mark)
    if mark.due_at is not None:
        yield WAITING, {"due_at": mark.due_at}
    if mark.unwritten is not None:
        yield _EVERY, {"written_seq": -1, "rewrite_since": entry and rewritten(entry, mark.unwritten).rewrite_since}


def rewritten(entry: OutboxEntry, since: datetime) -> OutboxEntry:
    """Return the entry of a notice whose row is to show it once more. It may wait for that since earlier."""
    return replace(entry, written_seq=-1, rewrite_since=entry.rewrite_since if entry.written_seq < 0 else since)


def _hold(mark: Mark) -> dict[str, object]:
    return {"held": mark.held, "held_by": mark.held_by if mark.held else None}


def _has_changed(entry: OutboxEntry, before: OutboxEntry | None, values: dict[str, object]) -> bool:
    return before is not None and any(getattr(entry, name) != getattr(before, name) for name in values)
