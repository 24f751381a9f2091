"""Write the changes of one commit, table by table. Writing a part twice has the effect of writing it once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import Connection, literal, select, update

from adapters.storage import bulk_acts
from adapters.storage.engine.dialects import insert, insert_new
from adapters.storage.engine.row_statements import execute_rows
from adapters.storage.payloads import payload_pieces
from adapters.storage.people import people_store
from adapters.storage.records import (
    certificates,
    courtesy_store,
    damages,
    evidence_store,
    forks,
    proof_reach,
    retention,
)
from adapters.storage.schema.row_conversion import Values, values_of
from adapters.storage.schema.tables import event, message_notice, notice, outbox, switch
from adapters.storage.search import search_index
from adapters.storage.stores import (
    endpoints,
    new_seals,
    quarantined,
    receipts,
    recipient_index,
    recoveries,
    refusals,
    seen_rows,
    versions,
)
from adapters.storage.stores.inbox import open_once
from adapters.storage.stores.notices import KNOWN_NOTICES
from adapters.storage.stores.renaming import rename_source
from adapters.storage.stores.steps import otherwise_proven, take_steps, unclaimed
from adapters.storage.unwritten import rewritten
from adapters.storage.worklist import notice_claims, resting_notices
from gateway.notice.delivery_state import DeliveryEvent, DeliveryState
from gateway.notice.outbox import SENDABLE, WAITING
from gateway.store.stored import Admission, Changes, Mark, Switch

EVERYTHING = "everything"
"""The name of the switch that stops everything."""


def commit(connection: Connection, changes: Changes, payloads: Sequence[Values]) -> frozenset[str]:
    """Write ``changes``, with ``payloads`` as the rows of its payloads; return the references of stale
    admissions, steps and marks, and the id of a stale record."""
    recoveries.assert_none_forgotten(connection, changes.submits)
    if lost := unclaimed(connection, changes.submits):
        return lost
    rests_on_its_order = changes.switch or changes.override or any(mark.before for mark in changes.marks)
    if rests_on_its_order and changes.evidence and evidence_store.stands(connection, changes.evidence):
        return frozenset()  # a repetition: its own mark would be stale, and a later act stands
    if not changes.all_or_nothing:
        return _commit(connection, changes, payloads)
    attempt = connection.begin_nested()
    stale = _commit(connection, changes, payloads) | evidence_store.otherwise_recorded(connection, changes)
    stale |= otherwise_proven(connection, changes.steps)
    if stale:
        attempt.rollback()
    else:
        attempt.commit()
    return stale


def _commit(connection: Connection, changes: Changes, payloads: Sequence[Values]) -> frozenset[str]:
    """Write all of ``changes`` except stale parts. A row is written before the rows that name it."""
    for sender, envelope in changes.opened.items():
        open_once(connection, sender, envelope)
    payload_pieces.write(connection, payloads)
    evidence_store.write(connection, changes.evidence)
    certificates.keep(connection, changes.certificates)
    not_admitted = _admit(connection, changes.admissions)
    recipient_index.write(connection, changes.recipients)
    links = [
        {"evidence_id": id, "reference": reference}
        for id, references in changes.message_notices.items()
        for reference in references
    ]
    insert_new(connection, message_notice, links)
    stale = bulk_acts.write(connection, changes.bulk)
    stale |= take_steps(connection, changes.steps) | new_seals.write(connection, changes.new_seals)
    receipts.write(connection, changes, stale)
    refusals.write(connection, changes.refusals)
    refusals.clear(connection, changes.cleared_refusals)
    quarantined.end(connection, changes.endings)
    quarantined.write(connection, changes.quarantine)
    seen_rows.see(connection, changes.seen_without(not_admitted))
    seen_rows.move_cursors(connection, changes.cursors)
    stale |= _throw(connection, changes.switch, changes.switch_ends)
    rename_source(connection, changes.renamed)
    retention.write(connection, changes)
    endpoints.wake(connection, changes.breaker_wakeups)
    proof_reach.write_override(connection, changes.override)
    forks.write(connection, changes)
    for id, report in changes.damages:
        damages.write(connection, id, report.payloads)
    damages.settle(connection, changes.accepted_damages)
    stale |= recoveries.write(connection, changes.recovery)
    stale |= versions.write(connection, changes.mappings)
    stale |= people_store.write(connection, changes.people)
    stale |= notice_claims.write(connection, changes.claims)
    stale |= courtesy_store.write(connection, changes.courtesy)
    return stale | not_admitted | _mark(connection, [mark for mark in changes.marks if mark.reference not in stale])


def _admit(connection: Connection, admissions: Sequence[Admission]) -> frozenset[str]:
    """Write the new notices; return the references of stale admissions.

    The rows of new notices have been corrected, so the refusals of these rows are deleted.
    """
    # Both of two concurrent admissions record the notice's seal under one id, which is written before. So the second
    # transaction has waited there for the first one, and finds its notice here.
    found = KNOWN_NOTICES.rows(connection, (admission.entry.reference for admission in admissions))
    known = {each.reference: (each.source, each.row_key, each.content_digest) for each in found}
    new = [a for a in admissions if a.entry.reference not in known]
    insert_new(connection, notice, [values_of(a, notice, reference=a.entry.reference) for a in new])
    insert_new(connection, outbox, [values_of(a.entry, outbox) for a in new])
    insert_new(connection, event, [_admission_event(a) for a in new])
    search_index.add(connection, new)
    resting_notices.end(connection, new)
    execute_rows(connection, refusals.DELETED, [{"at": a.entry.source, "row": a.entry.row_key} for a in new])
    return frozenset(a.entry.reference for a in admissions if known.get(a.entry.reference) not in (None, _origin(a)))


def _origin(admission: Admission) -> tuple[str, str, str]:
    return admission.entry.source, admission.entry.row_key, admission.content_digest


def _admission_event(admission: Admission) -> dict[str, object]:
    entry = admission.entry
    return {
        "reference": entry.reference,
        "seq": entry.seq,
        "event": DeliveryEvent.ADMISSION,
        "state": entry.state,
        "occurred_at": entry.admitted_at,
        "learned_at": entry.admitted_at,
        "evidence_id": admission.evidence_id,
    }


def _mark(connection: Connection, marks: Sequence[Mark]) -> frozenset[str]:
    """Write marks; return the references of stale ones."""
    stale: set[str] = set()
    # The same order in every process, so that no two of them wait for each other's rows (deadlock).
    for mark in sorted(marks, key=lambda mark: mark.reference):
        for states, values in _says(mark):
            statement = update(outbox).where(outbox.c.reference == mark.reference, outbox.c.state.in_(states))
            if mark.before is not None:
                seen = {name: getattr(mark.before, name) for name in values}
                statement = statement.where(*(outbox.c[name].is_not_distinct_from(seen[name]) for name in seen))
            if not connection.execute(statement.values(values)).rowcount:
                stale.add(mark.reference)
    return frozenset(stale)


def _says(mark: Mark) -> Iterator[tuple[Iterable[DeliveryState], dict[str, object]]]:
    """Yield the columns that a mark sets, with the states in which it may set them."""
    if mark.held is not None:
        yield SENDABLE if mark.held else DeliveryState, _hold(mark)
    if mark.due_at is not None:
        yield WAITING, {"due_at": mark.due_at}
    if mark.unwritten is not None:
        yield DeliveryState, rewritten(literal(mark.unwritten, outbox.c.rewrite_since.type))


def _hold(mark: Mark) -> dict[str, object]:
    return {"held": mark.held, "held_by": mark.held_by if mark.held else None}


def _throw(connection: Connection, thrown: Switch | None, ends: str | None) -> frozenset[str]:
    """Write a use of the switch; return its name if another use stands than the one that it ``ends``."""
    if thrown is None:
        return frozenset()
    statement = insert(connection, switch)
    new = statement.excluded
    throwing = statement.on_conflict_do_update(
        index_elements=[switch.c.name],
        set_={c.name: new[c.name] for c in switch.c if not c.primary_key},
        # The database compares and writes in one step: of two uses at a time, the second one sees the first.
        where=None if ends is None else switch.c.evidence_id == ends,
    )
    connection.execute(throwing, values_of(thrown, switch, name=EVERYTHING))
    standing = connection.scalar(select(switch.c.evidence_id).where(switch.c.name == EVERYTHING))
    return frozenset() if standing == thrown.evidence_id else frozenset({EVERYTHING})
