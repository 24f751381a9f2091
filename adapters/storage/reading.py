"""Read what the passes, the console and the command line ask of notices and receipts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, func, or_, select, text, tuple_, union

from adapters.storage.outbox.recipient_index import is_recipient
from adapters.storage.payloads import offloaded_records
from adapters.storage.schema.rows import NOTICE_COLUMNS, admission_of, entry_of, in_state, parts
from adapters.storage.schema.tables import (
    CONFIGURATIONS,
    event,
    evidence,
    message_notice,
    notice,
    outbox,
    receipt,
    seen_row,
    switch,
)
from gateway.archive.offloaded import Archived
from gateway.notice.delivery import DeliveryEvent, DeliveryState
from gateway.notice.outbox import FOR_A_PERSON, PROVEN_ABSENT, OutboxEntry
from gateway.notice.source_row import RowMark
from gateway.record.derived import ProvenStep
from gateway.record.evidence_record import EvidenceKind
from gateway.store.stored import Admission, Among, EvidenceRow, HistoryEvent, Known, StoredReceipt, Switch

_ADMISSIONS = select(outbox, *NOTICE_COLUMNS).join(notice, notice.c.reference == outbox.c.reference)


_KNOWN = (
    select(outbox.c.reference, outbox.c.state, notice.c.content_digest, outbox.c.source, outbox.c.row_key)
    .join(notice, notice.c.reference == outbox.c.reference)
    .order_by(outbox.c.admitted_at, outbox.c.reference)
)


def known(connection: Connection, references: Sequence[str]) -> dict[str, Known]:
    return {
        row.reference: Known(**row._mapping)
        for part in parts(references)
        for row in connection.execute(_KNOWN.where(outbox.c.reference.in_(part)))
    }


def known_rows(connection: Connection, source: str, row_keys: Sequence[str]) -> dict[str, list[Known]]:
    found: dict[str, list[Known]] = {}
    for part in parts(row_keys):
        for row in connection.execute(_KNOWN.where(outbox.c.source == source, outbox.c.row_key.in_(part))):
            found.setdefault(row.row_key, []).append(Known(**row._mapping))
    return found


def unseen(connection: Connection, marks: Sequence[RowMark]) -> list[RowMark]:
    """The marks of rows that were never seen, or in another version."""
    seen = {
        RowMark(source=source, key=row.row_key, version=row.row_version)
        for source in {mark.source for mark in marks}
        for part in parts(mark.key for mark in marks if mark.source == source)
        for row in connection.execute(
            select(seen_row.c.row_key, seen_row.c.row_version).where(
                seen_row.c.source == source, seen_row.c.row_key.in_(part)
            )
        )
    }
    return [mark for mark in marks if mark not in seen]


def references(connection: Connection, after: str, limit: int) -> list[str]:
    both = [select(table.c.reference).where(table.c.reference > after) for table in (notice, outbox)]
    either = union(*both).subquery()
    return list(connection.scalars(select(either.c.reference).order_by(either.c.reference).limit(limit)))


def entries(connection: Connection, references: Sequence[str]) -> dict[str, OutboxEntry]:
    return {
        row.reference: entry_of(row)
        for part in parts(references)
        for row in connection.execute(select(outbox).where(outbox.c.reference.in_(part)))
    }


def first_claims(connection: Connection, references: Sequence[str]) -> dict[str, datetime]:
    claims = select(event.c.reference, func.min(event.c.learned_at)).where(event.c.event == DeliveryEvent.CLAIM)
    return {
        row[0]: row[1]
        for part in parts(references)
        for row in connection.execute(claims.where(event.c.reference.in_(part)).group_by(event.c.reference))
    }


def proven_steps(connection: Connection, references: Sequence[str], archived: Archived) -> dict[str, list[ProvenStep]]:
    named = [event.c[name] for name in ("reference", "seq", "event", "state", "evidence_id")]
    found: dict[str, list[ProvenStep]] = {}
    for part in parts(references):
        query = select(*named).where(event.c.reference.in_(part)).order_by(event.c.reference, event.c.seq)
        steps = connection.execute(query).all()
        ids = sorted({step.evidence_id for step in steps if step.evidence_id is not None})
        rows = [
            row
            for some in parts(ids)
            for row in connection.execute(select(*offloaded_records.COLUMNS).where(evidence.c.id.in_(some)))
        ]
        headers, records = offloaded_records.headers(rows, archived), {row.id: row for row in rows}
        for step in steps:
            of_step: dict[str, Any] = {}
            if record := records.get(step.evidence_id):
                of_step = {name: getattr(record, name) for name in ("kind", "notice", "leaf_hash", "payload_digest")}
                of_step["header"] = headers[record.id]
            found.setdefault(step.reference, []).append(
                ProvenStep(seq=step.seq, event=step.event, state=step.state, **of_step)
            )
    return found


def expired(connection: Connection, now: datetime, limit: int) -> list[OutboxEntry]:
    over = in_state(DeliveryState.SENDING), outbox.c.lease_until <= now
    return _entries(connection, select(outbox).where(*over).order_by(outbox.c.lease_until).limit(limit))


def overdue(connection: Connection, waiting_before: datetime, limit: int) -> list[OutboxEntry]:
    waiting = in_state(DeliveryState.QUEUED), outbox.c.waiting_since < waiting_before
    return _entries(connection, select(outbox).where(*waiting).order_by(outbox.c.waiting_since).limit(limit))


def doubtful(connection: Connection, destination: str, now: datetime, limit: int) -> list[OutboxEntry]:
    """A notice in doubt without ``due_at`` waits for a person, not for an answer."""
    due = in_state(DeliveryState.IN_DOUBT), outbox.c.destination == destination, outbox.c.due_at <= now
    return _entries(connection, select(outbox).where(*due).order_by(outbox.c.due_at).limit(limit))


def unwritten(
    connection: Connection, source: str, limit: int, after: tuple[datetime, str] | None = None
) -> list[OutboxEntry]:
    behind = [
        outbox.c.written_seq < outbox.c.seq,
        outbox.c.source == source,
        outbox.c.state != DeliveryState.SENDING,
    ]
    place = outbox.c.state_since, outbox.c.reference
    if after is not None:
        behind.append(tuple_(*place) > after)
    return _entries(connection, select(outbox).where(*behind).order_by(*place).limit(limit))


def _entries(connection: Connection, query: Select[tuple[object, ...]]) -> list[OutboxEntry]:
    return [entry_of(row) for row in connection.execute(query)]


def receipt_digests(connection: Connection, ids: Sequence[str]) -> dict[str, str]:
    query = select(receipt.c.receipt_id, receipt.c.payload_digest)
    return {
        row.receipt_id: row.payload_digest
        for part in parts(ids)
        for row in connection.execute(query.where(receipt.c.receipt_id.in_(part)))
    }


def unapplied_receipts(
    connection: Connection, limit: int, after: tuple[datetime, str] | None = None
) -> list[StoredReceipt]:
    query = select(receipt).where(receipt.c.applied_at.is_(None))
    if after is not None:
        query = query.where(tuple_(receipt.c.event_time, receipt.c.receipt_id) > after)
    rows = connection.execute(query.order_by(receipt.c.event_time, receipt.c.receipt_id).limit(limit))
    return [StoredReceipt(**row._mapping) for row in rows]


def history(connection: Connection, reference: str) -> list[HistoryEvent]:
    columns = [event.c[f.name] for f in fields(HistoryEvent)]
    rows = connection.execute(select(*columns).where(event.c.reference == reference).order_by(event.c.seq))
    return [HistoryEvent(**row._mapping) for row in rows]


def evidence_of(connection: Connection, reference: str, archived: Archived) -> list[EvidenceRow]:
    own = select(evidence.c.id).where(evidence.c.notice == reference)
    messages = select(message_notice.c.evidence_id).where(message_notice.c.reference == reference)
    query = select(*offloaded_records.COLUMNS).where(evidence.c.id.in_(own.union(messages)))
    return offloaded_records.rows_of(connection.execute(query.order_by(evidence.c.position)).all(), archived)


def admission(connection: Connection, reference: str) -> Admission | None:
    row = connection.execute(_ADMISSIONS.where(outbox.c.reference == reference)).one_or_none()
    return None if row is None else admission_of(row)


def is_recorded(connection: Connection, kind: EvidenceKind, payload_digest: str) -> bool:
    found = select(evidence.c.id).where(evidence.c.payload_digest == payload_digest, evidence.c.kind == kind)
    return connection.execute(found.limit(1)).first() is not None


def configurations(connection: Connection, archived: Archived) -> list[EvidenceRow]:
    # As the index has it: a parameter in place of the word would not let SQLite use it.
    query = select(*offloaded_records.COLUMNS).where(text(CONFIGURATIONS)).order_by(evidence.c.position)
    return offloaded_records.rows_of(connection.execute(query).all(), archived)


def record(connection: Connection, id: str, archived: Archived) -> EvidenceRow | None:
    rows = connection.execute(select(*offloaded_records.COLUMNS).where(evidence.c.id == id)).all()
    return next(iter(offloaded_records.rows_of(rows, archived)), None)


def find(
    connection: Connection, state: DeliveryState | None, limit: int, after: str | None, among: Among
) -> list[Admission]:
    conditions = _among(among)
    if state is not None:
        conditions.append(outbox.c.state == state)
    if after is not None:
        conditions.append(outbox.c.reference > after)
    query = _ADMISSIONS.where(*conditions).order_by(outbox.c.reference).limit(limit)
    return [admission_of(row) for row in connection.execute(query)]


UNDECIDED = and_(
    outbox.c.state == DeliveryState.IN_DOUBT, or_(outbox.c.due_at.is_(None), outbox.c.code.in_(FOR_A_PERSON))
)


def _among(among: Among) -> list[ColumnElement[bool]]:
    equal = {
        outbox.c.destination: among.destination,
        notice.c.body: among.body,
        notice.c.district: among.district,
        outbox.c.source: among.source,
        notice.c.case_number: among.case_number,
        outbox.c.tracking_number: among.tracking_number,
    }
    conditions = [column == value for column, value in equal.items() if value is not None]
    if among.code is not None:
        conditions.append(outbox.c.code.in_(PROVEN_ABSENT if among.code in PROVEN_ABSENT else (among.code,)))
    if among.recipient is not None:
        conditions.append(is_recipient(among.recipient))
    if among.held is not None:
        conditions.append(outbox.c.held.is_(among.held))
    if among.undecided:
        conditions.append(UNDECIDED)
    if among.admitted_before is not None:
        conditions.append(outbox.c.admitted_at <= among.admitted_before)
    if among.before is not None:
        conditions.append(outbox.c.state_since <= among.before)
    if among.since is not None:
        conditions.append(outbox.c.state_since > among.since)
    if among.due_after is not None:
        conditions.append(outbox.c.due_at > among.due_after)
    return conditions


def admitted(
    connection: Connection,
    since: datetime | None,
    until: datetime | None,
    limit: int,
    after: tuple[datetime, str] | None,
    source: str | None,
) -> list[Admission]:
    query = _ADMISSIONS
    if since is not None:
        query = query.where(outbox.c.admitted_at >= since)
    if until is not None:
        query = query.where(outbox.c.admitted_at < until)
    if after is not None:
        query = query.where(tuple_(outbox.c.admitted_at, outbox.c.reference) > after)
    if source is not None:
        query = query.where(outbox.c.source == source)
    return [
        admission_of(row)
        for row in connection.execute(query.order_by(outbox.c.admitted_at, outbox.c.reference).limit(limit))
    ]


def kinds(connection: Connection, references: Sequence[str]) -> dict[str, str]:
    return _by_reference(connection, notice.c.kind, references)


def bodies(connection: Connection, references: Sequence[str]) -> dict[str, str]:
    return _by_reference(connection, notice.c.body, references)


def _by_reference(connection: Connection, column: ColumnElement[str], references: Sequence[str]) -> dict[str, str]:
    query = select(notice.c.reference, column)
    return {
        reference: value
        for part in parts(references)
        for reference, value in connection.execute(query.where(notice.c.reference.in_(part)))
    }


def unwritten_since(connection: Connection, references: Sequence[str]) -> dict[str, datetime]:
    first = (
        select(event.c.reference, func.min(event.c.learned_at))
        .join(outbox, outbox.c.reference == event.c.reference)
        .where(event.c.seq > outbox.c.written_seq)
        .group_by(event.c.reference)
    )
    return {
        reference: since
        for part in parts(references)
        for reference, since in connection.execute(first.where(event.c.reference.in_(part)))
    }


def heard(connection: Connection, references: Sequence[str], since: datetime, archived: Archived) -> set[str]:
    """Which of these notices the judiciary said something believed about: a record of what came says in its header why
    it was refused, if it was."""
    found: set[str] = set()
    came = evidence.c.kind.in_([EvidenceKind.MESSAGE_RECEIVED, EvidenceKind.RECEIPT]), evidence.c.recorded_at >= since
    for part in parts(references):
        own = select(evidence.c.notice.label("about"), *offloaded_records.COLUMNS).where(
            evidence.c.notice.in_(part), *came
        )
        carried = (
            select(message_notice.c.reference.label("about"), *offloaded_records.COLUMNS)
            .join(evidence, evidence.c.id == message_notice.c.evidence_id)
            .where(message_notice.c.reference.in_(part), *came)
        )
        for query in (own, carried):
            rows = connection.execute(query).all()
            headers = offloaded_records.headers(rows, archived)
            found.update(row.about for row in rows if "refused" not in json.loads(headers[row.id])["context"])
    return found


def last_switch(connection: Connection) -> Switch | None:
    row = connection.execute(select(*(switch.c[f.name] for f in fields(Switch)))).one_or_none()
    return None if row is None else Switch(**row._mapping)
