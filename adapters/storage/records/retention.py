"""Legal holds and deletions in the database, and the retention of payloads by the records that name them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, bindparam, delete, exists, or_, select, update

from adapters.storage.engine.dialects import insert, insert_new
from adapters.storage.payloads.payload_pieces import delete_payloads
from adapters.storage.schema.archive_tables import damage
from adapters.storage.schema.row_conversion import parts, values_of
from adapters.storage.schema.tables import (
    deletion,
    evidence,
    hold,
    message_notice,
    notice,
    outbox,
    payload,
    quarantine,
    receipt,
    switch,
)
from gateway.notice.outbox import SENDABLE
from gateway.record.retention_class import FRAMED, About, LegalHold, Naming
from gateway.retention.purge import Page
from gateway.store.stored import Changes


def write(connection: Connection, changes: Changes) -> None:
    """Write legal holds, their releases, and deletions."""
    insert_new(connection, hold, [values_of(each, hold) for each in changes.holds])
    for about, subject in changes.released:
        connection.execute(delete(hold).where(hold.c.about == about, hold.c.subject == subject))
    rows = [
        {"digest": digest, "rule": d.rule, "decided_at": d.at, "evidence_id": id, "done_at": None}
        for id, d in changes.deletions
        for digest in d.digests
    ]
    if rows:
        statement = insert(connection, deletion)
        new = statement.excluded
        # A payload that came again after its deletion is deleted again, by another record.
        anew = statement.on_conflict_do_update(
            index_elements=[deletion.c.digest],
            set_={c.name: new[c.name] for c in deletion.c if not c.primary_key},
            where=deletion.c.evidence_id != new.evidence_id,
        )
        connection.execute(anew, rows)


def holds(connection: Connection) -> list[LegalHold]:
    rows = connection.execute(select(hold).order_by(hold.c.about, hold.c.subject))
    return [LegalHold(**row._mapping) for row in rows]


def reason(connection: Connection, digest: str, place: int) -> str | None:
    """Return the rule under which a payload is deleted and the day of the record, or that it is damaged; or None.

    The record of the deletion stands behind ``place``, or has no place yet.
    """
    if connection.scalar(select(damage.c.digest).where(damage.c.digest == digest)):
        return "damaged on record"
    behind = or_(evidence.c.leaf_index.is_(None), evidence.c.leaf_index > place)
    query = select(deletion).join(evidence, evidence.c.id == deletion.c.evidence_id)
    row = connection.execute(query.where(deletion.c.digest == digest, behind)).one_or_none()
    return None if row is None else f"deleted under rule {row.rule} on {row.decided_at:%Y-%m-%d}"


def candidates(connection: Connection, place: int, end: int, limit: int) -> Page:
    record_of_it = evidence.alias()
    known = exists().where(
        deletion.c.digest == evidence.c.payload_digest,
        record_of_it.c.id == deletion.c.evidence_id,
        or_(record_of_it.c.leaf_index.is_(None), record_of_it.c.leaf_index > evidence.c.leaf_index),
    )
    query = (
        select(evidence.c.leaf_index, evidence.c.payload_digest, known)
        .where(evidence.c.leaf_index >= place, evidence.c.leaf_index < end)
        .order_by(evidence.c.leaf_index)
        .limit(limit)
    )
    rows = connection.execute(query).all()
    digests = dict.fromkeys(digest for _, digest, is_known in rows if not is_known)
    return Page(digests=list(digests), next=rows[-1][0] + 1 if rows else None)


def namings(connection: Connection, digests: Sequence[str], end: int) -> Mapping[str, Sequence[Naming]]:
    found: dict[str, list[Naming]] = {}
    for part in parts(digests):
        of_these = evidence.c.payload_digest.in_(part)
        kept = in_use(connection, of_these, end) | _held(connection, of_these)
        query = (
            select(
                evidence.c.position,
                evidence.c.payload_digest,
                evidence.c.kind,
                evidence.c.recorded_at,
                notice.c.kind.label("notice_kind"),
            )
            .outerjoin(notice, notice.c.reference == evidence.c.notice)
            .where(of_these)
        )
        for row in connection.execute(query):
            naming = Naming(
                kind=row.kind,
                notice_kind=row.notice_kind,
                recorded_at=row.recorded_at,
                kept=row.position in kept,
            )
            found.setdefault(row.payload_digest, []).append(naming)
    return found


def in_use(connection: Connection, of_these: ColumnElement[bool], end: int) -> set[int]:
    """Return the positions of the records that are still needed in full.

    These are records of a notice that may yet be sent or asked about, records that wait to be applied or judged, and
    the last use of the switch. So are records of a history that is not yet entirely in segments (before ``end``).
    """
    later = evidence.alias()
    unwritten = or_(later.c.leaf_index.is_(None), later.c.leaf_index >= end)
    sendable = outbox.c.state.in_(list(SENDABLE))
    own = exists().where(outbox.c.reference == evidence.c.notice, sendable)
    carried = exists().where(
        message_notice.c.evidence_id == evidence.c.id, outbox.c.reference == message_notice.c.reference, sendable
    )
    unapplied = exists().where(receipt.c.reference == evidence.c.notice, receipt.c.applied_at.is_(None))
    unjudged = exists().where(quarantine.c.payload_digest == evidence.c.payload_digest, quarantine.c.ended_at.is_(None))
    last_use = exists().where(switch.c.evidence_id == evidence.c.id)
    same = exists().where(later.c.payload_digest == evidence.c.payload_digest, unwritten)
    of_its_notice = exists().where(later.c.notice == evidence.c.notice, unwritten)
    in_messages = exists().where(
        message_notice.c.reference == evidence.c.notice, later.c.id == message_notice.c.evidence_id, unwritten
    )
    reasons = own, carried, unapplied, unjudged, last_use, same, of_its_notice, in_messages
    return set(connection.scalars(select(evidence.c.position).where(and_(of_these, or_(*reasons)))))


def _held(connection: Connection, of_these: ColumnElement[bool]) -> set[int]:
    """Return the positions of records about a held notice, of messages that carried one, and of what those messages
    are made of. A notice is held by itself or with its case."""
    if connection.execute(select(hold.c.subject).limit(1)).one_or_none() is None:
        return set()
    about = exists().where(notice.c.reference == evidence.c.notice, is_held())
    carried = exists().where(
        message_notice.c.evidence_id == evidence.c.id, notice.c.reference == message_notice.c.reference, is_held()
    )
    message, beside = evidence.alias(), message_notice.alias()
    # A message may be stored as the frame of the seals or receipts in it. Some are of notices that nobody holds.
    part = exists().where(
        message_notice.c.reference == evidence.c.notice,
        message.c.id == message_notice.c.evidence_id,
        or_(*(and_(message.c.kind == whole, evidence.c.kind == kind) for whole, kind in FRAMED.items())),
        beside.c.evidence_id == message.c.id,
        notice.c.reference == beside.c.reference,
        is_held(),
    )
    return set(connection.scalars(select(evidence.c.position).where(and_(of_these, or_(about, carried, part)))))


def is_held() -> ColumnElement[bool]:
    """Return a condition on ``notice``: a person holds the notice, or its case."""
    of_notice = and_(hold.c.about == About.NOTICE, hold.c.subject == notice.c.reference)
    of_case = and_(hold.c.about == About.CASE, hold.c.subject == notice.c.case_number)
    return or_(of_notice, of_case)


def pending(connection: Connection, end: int, after: str, limit: int) -> list[str]:
    """Return payloads to be deleted, and deleted ones that came again without a record of their own.

    A payload with a record after the deletion is retained by that record.
    """
    later = evidence.alias()
    again = exists().where(
        later.c.payload_digest == deletion.c.digest,
        or_(later.c.leaf_index.is_(None), later.c.leaf_index > evidence.c.leaf_index),
    )
    still_here = exists().where(payload.c.digest == deletion.c.digest)
    query = (
        select(deletion.c.digest)
        .join(evidence, evidence.c.id == deletion.c.evidence_id)
        .where(or_(deletion.c.done_at.is_(None), still_here), ~again)
        .where(deletion.c.digest > after, evidence.c.leaf_index < end)
        .order_by(deletion.c.digest)
        .limit(limit)
    )
    return list(connection.scalars(query))


def forget(connection: Connection, digests: Sequence[str], end: int, at: datetime) -> int:
    found = namings(connection, digests, end)
    going = [digest for digest in digests if not any(naming.kept for naming in found.get(digest, ()))]
    for part in parts(going):
        delete_payloads(connection, part)
        query = update(deletion).where(deletion.c.digest.in_(part), deletion.c.done_at.is_(None))
        connection.execute(query.values(done_at=bindparam("at", type_=deletion.c.done_at.type)), {"at": at})
    return len(going)


def is_deleted(connection: Connection, digests: Sequence[str]) -> set[str]:
    """Return those of these payloads whose deletion is complete."""
    query = select(deletion.c.digest).where(deletion.c.done_at.is_not(None))
    return {d for part in parts(digests) for d in connection.scalars(query.where(deletion.c.digest.in_(part)))}
