"""End of pushed rows: a row loses its content after its notice has come to rest and its class's time is over.

Key, version and digest stay, so the same row is recognized if it is pushed again. The row status stays, too. Documents
are deleted if neither another row nor a record of evidence names them. Rows are no evidence: their notices are.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, delete, exists, or_, select, update

from adapters.storage.records.retention import is_held
from adapters.storage.schema.inbox_tables import inbox, inbox_row
from adapters.storage.schema.row_conversion import parts
from adapters.storage.schema.tables import evidence, notice, outbox, payload, quarantine, receipt, refusal, seen_row
from gateway.notice.outbox import SENDABLE
from gateway.record.evidence_record import EvidenceKind
from gateway.record.retention_class import Naming, Rule, over
from gateway.store.inbox import version_of

ENDED = ""
"""Replaces the content of an emptied row."""

DOCUMENT = "document"
"""Key of the object that replaces a document in a row's content; its value is the digest."""
DATE, TIME = "date", "time"
"""Keys of the objects that replace a day and a time; the value is the text (ISO 8601)."""

Row = tuple[str, str, int]
"""A row by source and key, as it arrived."""


def ended(connection: Connection, rules: Sequence[Rule], now: datetime, end: int) -> list[Row]:
    """Return the rows whose time is over.

    Every notice of such a row is at rest, and its history is in segments (before ``end``). It has been at rest for the
    time that the retention class of its seal demands.
    """
    waits = or_(
        outbox.c.state.in_(list(SENDABLE)),
        outbox.c.held,
        outbox.c.written_seq < outbox.c.seq,
        exists().where(receipt.c.reference == outbox.c.reference, receipt.c.applied_at.is_(None)),
        exists().where(quarantine.c.notice == outbox.c.reference, quarantine.c.ended_at.is_(None)),
        exists().where(evidence.c.notice == outbox.c.reference, _unwritten(end)),
        exists().where(refusal.c.source == inbox_row.c.source, refusal.c.row_key == inbox_row.c.row_key),
        exists().where(notice.c.reference == outbox.c.reference, is_held()),
    )
    of_row = and_(outbox.c.source == inbox_row.c.source, outbox.c.row_key == inbox_row.c.row_key)
    seen = and_(seen_row.c.source == inbox_row.c.source, seen_row.c.row_key == inbox_row.c.row_key)
    query = (
        select(
            inbox_row.c.source,
            inbox_row.c.row_key,
            inbox_row.c.arrival,
            seen_row.c.row_version,
            notice.c.kind,
            outbox.c.state_since,
            waits.label("waits"),
        )
        .join(outbox, of_row)
        .join(notice, notice.c.reference == outbox.c.reference)
        .join(seen_row, seen)
        .where(inbox_row.c.fields != ENDED)
    )
    namings: dict[Row, list[Naming]] = {}
    for row in connection.execute(query):
        undecided = row.row_version != version_of(row.arrival)
        naming = Naming(
            kind=EvidenceKind.SEALED_NOTICE,
            notice_kind=row.kind,
            recorded_at=row.state_since,
            kept=bool(row.waits) or undecided,
        )
        namings.setdefault((row.source, row.row_key, row.arrival), []).append(naming)
    return sorted(row for row, of_it in namings.items() if over(of_it, rules, now) is not None)


def _unwritten(end: int) -> ColumnElement[bool]:
    return or_(evidence.c.leaf_index.is_(None), evidence.c.leaf_index >= end)


def end_rows(connection: Connection, rules: Sequence[Rule], now: datetime, end: int) -> tuple[int, int]:
    """Empty the rows whose time is over. Return the numbers of rows and of deleted documents."""
    # A push locks its source's row: so no row is pushed meanwhile that names a document to be deleted.
    connection.execute(select(inbox.c.source).order_by(inbox.c.source).with_for_update()).all()
    rows = ended(connection, rules, now, end)
    named: set[str] = set()
    for source, key, arrival in rows:
        this = and_(inbox_row.c.source == source, inbox_row.c.row_key == key, inbox_row.c.arrival == arrival)
        named |= documents_of(connection.scalars(select(inbox_row.c.fields).where(this)))
        connection.execute(update(inbox_row).where(this).values(fields=ENDED))
    gone = named - _still_named(connection, named)
    for part in parts(sorted(gone)):
        connection.execute(delete(payload).where(payload.c.digest.in_(part)))
    return len(rows), len(gone)


def _still_named(connection: Connection, digests: set[str]) -> set[str]:
    if not digests:
        return set()
    contents = select(inbox_row.c.fields).where(inbox_row.c.fields != ENDED).execution_options(yield_per=500)
    found = documents_of(connection.scalars(contents))
    for part in parts(sorted(digests)):
        for column in (evidence.c.payload_digest, quarantine.c.payload_digest):
            found.update(connection.scalars(select(column).where(column.in_(part))))
    return found


def documents_of(contents: Iterable[str]) -> set[str]:
    """Return the digests of the documents that rows name."""
    values = [value for fields in contents for value in json.loads(fields).values()]
    values += [value for rows in values if isinstance(rows, list) for row in rows for value in row.values()]
    return {value[DOCUMENT] for value in values if isinstance(value, dict) and DOCUMENT in value}
