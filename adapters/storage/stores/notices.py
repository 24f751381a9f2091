"""Notices for lists, searches and passes, and their histories."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, func, or_, select, tuple_, union

from adapters.storage.engine.engine import Database
from adapters.storage.engine.keyed_query import KeyedQuery
from adapters.storage.schema.row_conversion import NOTICE_COLUMNS, admission_of, entry_of
from adapters.storage.schema.tables import event, evidence, notice, outbox
from adapters.storage.stores.recipient_index import is_recipient
from gateway.notice.delivery_state import DeliveryEvent, DeliveryState
from gateway.notice.outbox import FOR_A_PERSON, PROVEN_ABSENT, SENDABLE, OutboxEntry
from gateway.store.among import EVERY, Among
from gateway.store.stored import Admission, HistoryEvent, Known

ADMISSIONS = select(outbox, *NOTICE_COLUMNS).join(notice, notice.c.reference == outbox.c.reference)

_ADMISSION = ADMISSIONS.where(outbox.c.reference == bindparam("of"))

UNDECIDED = and_(
    outbox.c.state == DeliveryState.IN_DOUBT, or_(outbox.c.due_at.is_(None), outbox.c.code.in_(FOR_A_PERSON))
)

_ASKED = and_(
    outbox.c.state == DeliveryState.IN_DOUBT,
    outbox.c.due_at.is_not(None),
    or_(outbox.c.code.is_(None), outbox.c.code.not_in(FOR_A_PERSON)),
)

_KNOWN = select(outbox.c.reference, outbox.c.state, notice.c.content_digest, outbox.c.source, outbox.c.row_key).join(
    notice, notice.c.reference == outbox.c.reference
)

KNOWN_NOTICES = KeyedQuery(_KNOWN, outbox.c.reference)
"""The fields of `Known`, by reference."""

# By the records of their seals: clocks differ, and a wrong one may have sealed the first notice of a row.
_KNOWN_ROWS = KeyedQuery(
    _KNOWN.join(evidence, evidence.c.id == notice.c.evidence_id)
    .where(outbox.c.source == bindparam("source"))
    .order_by(evidence.c.position),
    outbox.c.row_key,
)
_ENTRIES = KeyedQuery(select(outbox), outbox.c.reference)
_BODIES_AND_KINDS = KeyedQuery(select(notice.c.reference, notice.c.body, notice.c.kind), notice.c.reference)
_FIRST_CLAIMS = KeyedQuery(
    select(event.c.reference, func.min(event.c.learned_at).label("at"))
    .where(event.c.event == DeliveryEvent.CLAIM)
    .group_by(event.c.reference),
    event.c.reference,
)


class SqlNoticeStore:
    """Implement `gateway.store.ports.notice_store.NoticeStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def known(self, references: Sequence[str]) -> dict[str, Known]:
        found = self._of(KNOWN_NOTICES, references)
        return {row.reference: Known(**row._mapping) for row in found}

    def known_rows(self, source: str, row_keys: Sequence[str]) -> dict[str, list[Known]]:
        found: dict[str, list[Known]] = {}
        for row in self._of(_KNOWN_ROWS, row_keys, source=source):
            found.setdefault(row.row_key, []).append(Known(**row._mapping))
        return found

    def entries(self, references: Sequence[str]) -> dict[str, OutboxEntry]:
        entries = [entry_of(row) for row in self._of(_ENTRIES, references)]
        return {entry.reference: entry for entry in entries}

    def admission(self, reference: str) -> Admission | None:
        return next(iter(self._admissions(_ADMISSION, of=reference)), None)

    def find(
        self, *, state: DeliveryState | None, limit: int, after: str | None, among: Among = EVERY
    ) -> list[Admission]:
        conditions = _among(among)
        if state is not None:
            conditions.append(outbox.c.state == state)
        if after is not None:
            conditions.append(outbox.c.reference > after)
        return self._admissions(ADMISSIONS.where(*conditions).order_by(outbox.c.reference).limit(limit))

    def admitted(
        self,
        *,
        since: datetime | None,
        until: datetime | None,
        limit: int,
        after: tuple[datetime, str] | None,
        source: str | None = None,
        newest_first: bool = False,
    ) -> list[Admission]:
        query, place = ADMISSIONS, (outbox.c.admitted_at, outbox.c.reference)
        if since is not None:
            query = query.where(outbox.c.admitted_at >= since)
        if until is not None:
            query = query.where(outbox.c.admitted_at < until)
        if after is not None:
            behind = tuple_(*place) < after if newest_first else tuple_(*place) > after
            query = query.where(behind)
        if source is not None:
            query = query.where(outbox.c.source == source)
        order = [column.desc() for column in place] if newest_first else place
        return self._admissions(query.order_by(*order).limit(limit))

    def history(self, reference: str) -> list[HistoryEvent]:
        columns = [event.c[f.name] for f in fields(HistoryEvent)]
        query = select(*columns).where(event.c.reference == reference).order_by(event.c.seq)
        return self._database.read(lambda c: [HistoryEvent(**row._mapping) for row in c.execute(query).all()])

    def first_claims(self, references: Sequence[str]) -> dict[str, datetime]:
        return {row.reference: row.at for row in self._of(_FIRST_CLAIMS, references)}

    def bodies(self, references: Sequence[str]) -> dict[str, str]:
        return {row.reference: row.body for row in self._of(_BODIES_AND_KINDS, references)}

    def kinds(self, references: Sequence[str]) -> dict[str, str]:
        return {row.reference: row.kind for row in self._of(_BODIES_AND_KINDS, references)}

    def references(self, after: str, limit: int) -> list[str]:
        both = [select(table.c.reference).where(table.c.reference > after) for table in (notice, outbox)]
        either = union(*both).subquery()
        query = select(either.c.reference).order_by(either.c.reference).limit(limit)
        return self._database.read(lambda c: list(c.scalars(query)))

    def _admissions(self, query: Select[Any], **given: str) -> list[Admission]:
        return self._database.read(lambda c: [admission_of(row) for row in c.execute(query, given).all()])

    def _of(self, query: KeyedQuery, keys: Sequence[str], **others: str) -> Sequence[Row[Any]]:
        return self._database.read(lambda c: query.rows(c, keys, **others))


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
    if among.sendable:
        conditions.append(outbox.c.state.in_(sorted(SENDABLE)))
    if among.undecided:
        conditions.append(UNDECIDED)
    if among.absent is not None:
        absent = outbox.c.code.in_(PROVEN_ABSENT)
        conditions.append(absent if among.absent else or_(outbox.c.code.is_(None), ~absent))
    if among.asked:
        conditions.append(_ASKED)
    if among.admitted_before is not None:
        conditions.append(outbox.c.admitted_at <= among.admitted_before)
    if among.before is not None:
        conditions.append(outbox.c.state_since <= among.before)
    if among.since is not None:
        conditions.append(outbox.c.state_since > among.since)
    if among.due_after is not None:
        conditions.append(outbox.c.due_at > among.due_after)
    if among.doubt_before is not None:
        conditions.append(func.coalesce(outbox.c.doubt_since, outbox.c.state_since) <= among.doubt_before)
    return conditions
