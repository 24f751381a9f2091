"""What `commit` writes, table by table. Each part may be written twice and then stands there once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from sqlalchemy import Connection, bindparam, delete, select, update

from adapters.storage.engine.dialects import insert, insert_new
from adapters.storage.outbox import endpoints, new_seals, quarantined, recipient_index, recoveries, refusals, versions
from adapters.storage.outbox.inbox import open_once
from adapters.storage.outbox.renaming import rename_source
from adapters.storage.outbox.steps import take_steps
from adapters.storage.records import certificates, damages, forks, proof, retention
from adapters.storage.schema.rows import Values, parts, values_of
from adapters.storage.schema.tables import (
    cursor,
    event,
    evidence,
    message_notice,
    notice,
    outbox,
    payload,
    receipt,
    refusal,
    seen_row,
    switch,
)
from gateway.notice.delivery import DeliveryEvent, DeliveryState
from gateway.notice.outbox import SENDABLE, WAITING, OutboxEntry
from gateway.notice.source_row import RowMark
from gateway.record.evidence_record import EvidenceRecord
from gateway.store.stored import Admission, Changes, Mark, StoredReceipt, Switch

EVERYTHING = "everything"
"""The name of the switch that stops everything."""


def commit(connection: Connection, changes: Changes, payloads: Sequence[Values]) -> frozenset[str]:
    """Write ``changes``, with ``payloads`` as the rows of its payloads; return the references of stale steps and
    marks."""
    if not changes.all_or_nothing:
        return _commit(connection, changes, payloads)
    attempt = connection.begin_nested()
    stale = _commit(connection, changes, payloads)
    if stale:
        attempt.rollback()
    else:
        attempt.commit()
    return stale


def _commit(connection: Connection, changes: Changes, payloads: Sequence[Values]) -> frozenset[str]:
    """Write all of ``changes`` but what is stale. Whatever names a row is written after it."""
    for sender, envelope in changes.opened.items():
        open_once(connection, sender, envelope)
    insert_new(connection, payload, payloads)
    insert_new(connection, evidence, [_evidence(record) for record in changes.evidence])
    certificates.keep(connection, changes.certificates)
    _admit(connection, changes.admissions)
    recipient_index.write(connection, changes.recipients)
    links = [
        {"evidence_id": id, "reference": reference}
        for id, references in changes.message_notices.items()
        for reference in references
    ]
    insert_new(connection, message_notice, links)
    stale = take_steps(connection, changes.steps) | new_seals.write(connection, changes.new_seals)
    _receive(connection, changes, stale)
    refusals.write(connection, changes.refusals)
    refusals.clear(connection, changes.cleared_refusals)
    quarantined.end(connection, changes.endings)
    quarantined.write(connection, changes.quarantine)
    _see(connection, changes.seen)
    _move_cursors(connection, changes.cursors)
    _throw(connection, changes.switch)
    rename_source(connection, changes.renamed)
    retention.write(connection, changes)
    endpoints.wake(connection, changes.breaker_wakeups)
    proof.write_override(connection, changes.override)
    forks.write(connection, changes)
    for id, report in changes.damages:
        damages.write(connection, id, report.payloads)
    damages.settle(connection, changes.accepted_damages)
    stale |= recoveries.write(connection, changes.recovery)
    stale |= versions.write(connection, changes.mappings)
    return stale | _mark(connection, [mark for mark in changes.marks if mark.reference not in stale])


def mark_written(connection: Connection, written: Sequence[OutboxEntry]) -> None:
    if written:
        # In one order in every process, so that no two of them can wait for each other's rows.
        written = sorted(written, key=lambda entry: entry.reference)
        shown = bindparam("shown", type_=outbox.c.written_seq.type)
        query = update(outbox).where(outbox.c.reference == bindparam("of"), outbox.c.written_seq < shown)
        rows = [{"of": entry.reference, "shown": entry.seq} for entry in written]
        connection.execute(query.values(written_seq=shown), rows)
        covered = update(refusal).where(refusals.of_row(refusal)).values(written=False)
        connection.execute(covered, [{"at": entry.source, "row": entry.row_key} for entry in written])


def _evidence(record: EvidenceRecord) -> dict[str, object]:
    return {
        "id": record.id,
        "kind": record.kind,
        "notice": record.notice,
        "payload_digest": record.payload_digest,
        "recorded_at": record.recorded_at,
        "header": record.header,
        "leaf_hash": record.leaf_hash,
    }


def _admit(connection: Connection, admissions: Sequence[Admission]) -> None:
    """Write the notices that are new here. Their rows have been corrected: what was refused in them is over."""
    known: set[str] = set()
    for part in parts(admission.entry.reference for admission in admissions):
        known |= set(connection.scalars(select(notice.c.reference).where(notice.c.reference.in_(part))))
    new = [a for a in admissions if a.entry.reference not in known]
    insert_new(connection, notice, [values_of(a, notice, reference=a.entry.reference) for a in new])
    insert_new(connection, outbox, [values_of(a.entry, outbox) for a in new])
    insert_new(connection, event, [_admission_event(a) for a in new])
    if new:
        rows = [{"at": a.entry.source, "row": a.entry.row_key} for a in new]
        connection.execute(delete(refusal).where(refusals.of_row(refusal)), rows)


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


def _receive(connection: Connection, changes: Changes, stale: frozenset[str]) -> None:
    """Write receipts and mark those that are applied, with the time of the steps or else of their coming. One whose
    notice moved on meanwhile is not applied: its event would be lost."""
    insert_new(connection, receipt, [_receipt(stored, stale) for stored in changes.receipts])
    learned_at = max((step.learned_at for step in changes.steps), default=None)
    for part in parts(changes.applied):
        query = update(receipt).where(
            receipt.c.receipt_id.in_(part), receipt.c.applied_at.is_(None), receipt.c.reference.not_in(stale)
        )
        connection.execute(query.values(applied_at=learned_at or receipt.c.received_at))
    for part in parts(changes.reopened):
        connection.execute(update(receipt).where(receipt.c.receipt_id.in_(part)).values(applied_at=None))


def _receipt(stored: StoredReceipt, stale: frozenset[str]) -> dict[str, object]:
    others = {"applied_at": None} if stored.reference in stale else {}
    return values_of(stored, receipt, **others)


def _see(connection: Connection, marks: Sequence[RowMark]) -> None:
    if marks:
        statement = insert(connection, seen_row)
        seeing = statement.on_conflict_do_update(
            index_elements=[seen_row.c.source, seen_row.c.row_key],
            set_={"row_version": statement.excluded["row_version"]},
            where=seen_row.c.row_version != statement.excluded["row_version"],
        )
        rows = [{"source": mark.source, "row_key": mark.key, "row_version": mark.version} for mark in marks]
        connection.execute(seeing, rows)


def _mark(connection: Connection, marks: Sequence[Mark]) -> frozenset[str]:
    """Write marks; return the references of those that no longer say anything."""
    stale: set[str] = set()
    # In one order in every process, so that no two of them can wait for each other's rows.
    for mark in sorted(marks, key=lambda mark: mark.reference):
        notice_of = outbox.c.reference == mark.reference
        written = [
            update(outbox).where(notice_of, outbox.c.state.in_(states)).values(values) for states, values in _says(mark)
        ]
        if not all(connection.execute(each).rowcount for each in written):
            stale.add(mark.reference)
    return frozenset(stale)


def _says(mark: Mark) -> Iterator[tuple[Iterable[DeliveryState], dict[str, object]]]:
    """The columns that a mark sets, and the states in which they mean something."""
    if mark.held is not None:
        yield SENDABLE if mark.held else DeliveryState, {"held": mark.held}
    if mark.due_at is not None:
        yield WAITING, {"due_at": mark.due_at}
    if mark.unwritten:
        yield DeliveryState, {"written_seq": -1}


def _throw(connection: Connection, thrown: Switch | None) -> None:
    if thrown is not None:
        statement = insert(connection, switch)
        new = statement.excluded
        throwing = statement.on_conflict_do_update(
            index_elements=[switch.c.name],
            set_={c.name: new[c.name] for c in switch.c if not c.primary_key},
            where=switch.c.since <= new.since,
        )
        connection.execute(throwing, values_of(thrown, switch, name=EVERYTHING))


def _move_cursors(connection: Connection, cursors: Mapping[str, str]) -> None:
    if cursors:
        statement = insert(connection, cursor)
        moving = statement.on_conflict_do_update(
            index_elements=[cursor.c.name], set_={"value": statement.excluded["value"]}
        )
        connection.execute(moving, [{"name": name, "value": value} for name, value in cursors.items()])
