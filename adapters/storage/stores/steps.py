"""Steps: each is written once, on the entry that it started from, or is stale."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from operator import attrgetter

from sqlalchemy import Connection, bindparam, select, update

from adapters.storage.engine.dialects import insert_new
from adapters.storage.engine.keyed_query import KeyedQuery
from adapters.storage.engine.row_statements import execute_rows
from adapters.storage.schema.row_conversion import Values, event_values, in_state
from adapters.storage.schema.tables import event, outbox
from adapters.storage.search import search_index
from adapters.storage.worklist import resting_notices
from gateway.notice.delivery_state import DeliveryEvent, DeliveryState
from gateway.notice.outbox import OutboxEntry, Transition

Taken = tuple[DeliveryEvent, DeliveryState, datetime]

_NOWHERE = -1, ""

_KEPT = {
    "reference",
    "written_seq",
    "rewrite_since",
    "held",
    "held_by",
    "source",
    "row_key",
    "destination",
    "admitted_at",
    "serve_by",
    "replaces",
}
"""Columns that no step changes: to set one costs its indexes. `mark_written` and marks change ``written_seq``, and only
marks ``rewrite_since``, ``held`` and ``held_by``; these may run beside a step."""
_MOVING = tuple(c.name for c in outbox.c if c.name not in _KEPT)
_READ = attrgetter(*_MOVING)
# The same order in every process, so that no two of them wait for each other's rows (deadlock).
_PRESENT = KeyedQuery(
    select(outbox.c.reference, outbox.c.seq, outbox.c.seal_digest).order_by(outbox.c.reference).with_for_update(),
    outbox.c.reference,
)
_CLAIMED = KeyedQuery(
    select(outbox.c.reference, outbox.c.seq, outbox.c.lease_owner, outbox.c.lease_until)
    .where(in_state(DeliveryState.SENDING))
    .order_by(outbox.c.reference)
    .with_for_update(),
    outbox.c.reference,
)
_TAKEN = KeyedQuery(select(event), event.c.reference)
_PROOFS = KeyedQuery(select(event.c.reference, event.c.seq, event.c.evidence_id), event.c.reference)

_MOVED = update(outbox).where(outbox.c.reference == bindparam("of"))


def take_steps(connection: Connection, steps: Sequence[Transition]) -> frozenset[str]:
    """Write the steps that start from their notice's current entry, in order; return the references of stale ones.

    A step that is in the history already, with the same event, state and time, is a repeat and not stale. After a stale
    step the further steps of its notice are stale, too, because they started from a state that was never reached. A
    notice that was resealed meanwhile took no step but has moved on: an earlier step would restore its first seal.
    """
    present = _present(connection, steps)
    taken = _taken(connection, [s for s in steps if s.after.seq <= present.get(s.before.reference, _NOWHERE)[0]])
    fresh: list[Transition] = []
    stale: set[str] = set()
    for step in steps:
        reference, seq = step.before.reference, step.after.seq
        if reference in stale:
            continue
        if present.get(reference) == (step.before.seq, step.before.seal_digest):
            fresh.append(step)
            present[reference] = seq, step.after.seal_digest
            taken[reference, seq] = _what(step)
        elif taken.get((reference, seq)) != _what(step):
            stale.add(reference)
    write_steps(connection, fresh)
    return frozenset(stale)


def unclaimed(connection: Connection, claimed: Sequence[OutboxEntry]) -> frozenset[str]:
    """Return the references of notices that are not under the claim any more by which they were ``claimed``.

    The others stay under it until the transaction ends.
    """
    if not claimed:
        return frozenset()
    rows = _CLAIMED.rows(connection, (entry.reference for entry in claimed))
    present = {row.reference: (row.seq, row.lease_owner, row.lease_until) for row in rows}
    return frozenset(
        entry.reference
        for entry in claimed
        if present.get(entry.reference) != (entry.seq, entry.lease_owner, entry.lease_until)
    )


def otherwise_proven(connection: Connection, steps: Sequence[Transition]) -> frozenset[str]:
    """Return the references of steps that are in the history by another record: two persons' acts at one time."""
    proofs = {(step.before.reference, step.after.seq): step.evidence_id for step in steps}
    stale: set[str] = set()
    for row in _PROOFS.rows(connection, (step.before.reference for step in steps)):
        if proofs.get((row.reference, row.seq), row.evidence_id) != row.evidence_id:
            stale.add(row.reference)
    return frozenset(stale)


def write_steps(connection: Connection, steps: Sequence[Transition]) -> None:
    """Write steps that are known to start from their notices' current entries, which this transaction has locked."""
    if not steps:
        return
    presents = {step.after.reference: step.after for step in steps}
    execute_rows(connection, _MOVED, [_moved(entry) for entry in presents.values()])
    insert_new(connection, event, [event_values(step) for step in steps])
    search_index.follow(connection, steps)
    resting_notices.follow(connection, steps)


def _moved(entry: OutboxEntry) -> Values:
    return dict(zip(_MOVING, _READ(entry), strict=True)) | {"of": entry.reference}


def _what(step: Transition) -> Taken:
    return step.event, step.after.state, step.occurred_at


def _present(connection: Connection, steps: Sequence[Transition]) -> dict[str, tuple[int, str]]:
    """Return the number of the last step of each notice, and the digest of its seal."""
    rows = _PRESENT.rows(connection, (step.before.reference for step in steps))
    return {row.reference: (row.seq, row.seal_digest) for row in rows}


def _taken(connection: Connection, steps: Sequence[Transition]) -> dict[tuple[str, int], Taken]:
    rows = _TAKEN.rows(connection, (step.before.reference for step in steps))
    return {(row.reference, row.seq): (row.event, row.state, row.occurred_at) for row in rows}
