"""`SqlInbox`: the port `gateway.store.inbox.Inbox` beside the store, on the same database.

Documents are payloads, durable before the transaction that names them. A writer locks the source's row of ``inbox``. So
numbers are given in the order of commits, and no smaller number follows one that was read.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import fields
from datetime import datetime, timedelta
from functools import partial
from operator import itemgetter
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection, Row, Select, and_, delete, func, select, update

from adapters.storage.engine.dialects import insert, insert_new
from adapters.storage.engine.engine import Database
from adapters.storage.payloads import payload_pieces
from adapters.storage.payloads.payloads import PayloadStore, known, octets_of
from adapters.storage.payloads.pushed_documents import (
    absent,
    delete_unnamed,
    documents_in,
    documents_of,
    name,
    plain,
    unname,
    value_of,
)
from adapters.storage.records import evidence_store
from adapters.storage.schema.inbox_tables import inbox, inbox_message, inbox_row, inbox_told
from adapters.storage.schema.row_conversion import REFUSAL_FIELDS, Values, parts
from adapters.storage.schema.tables import evidence, notice, outbox, recovery, refusal, seen_row
from adapters.storage.stores.inbox_ending import ENDED, Page, end_rows, ended, pages
from gateway.notice.source_row import CaseRow, Refusal, RowMark
from gateway.record.retention_class import Rule
from gateway.store.inbox import (
    NO_RECORDS,
    AdmissionResult,
    Envelope,
    PushedRow,
    PushedRowState,
    PushResult,
    Recorded,
    RowStatus,
    Taking,
    defect,
    judged,
    version_of,
)
from gateway.trust.trust_policy import Rejection

T = TypeVar("T")

_ROWS_AHEAD = 100
"""Rows that are read at once, without their documents."""
_TOLD = [f.name for f in fields(RowStatus)]
_CHANGES_A_SECOND = 10**6
"""More changes than a second ever has. After a recovery the change numbers go on from its Unix time in seconds times
this number. So no number that a restored store gave and forgot is given twice, and a client with such a cursor misses
nothing."""
_MESSAGES_KEPT = timedelta(days=7)
"""A message is stale after minutes; it is refused as a replay for longer, in case a clock was wrong."""


class Noted(Protocol):
    """Run a write, and remember its success or its error."""

    def __call__(self, write: Callable[[], T]) -> T: ...


class SqlInbox:
    """May be used from several threads and processes."""

    def __init__(self, database: Database, payloads: PayloadStore, noted: Noted) -> None:
        self._database, self._payloads, self._noted = database, payloads, noted

    def push(
        self,
        source: str,
        rows: Sequence[PushedRow],
        *,
        origin: str,
        now: datetime,
        envelope: Envelope | None = None,
        records: Mapping[str, Recorded] = NO_RECORDS,
    ) -> list[PushResult]:
        defects = [defect(row) for row in rows]
        good = [row for row, code in zip(rows, defects, strict=True) if code is None]

        def write() -> list[PushResult]:
            while True:
                told = [payload for _, payload in records.values()]
                kept = self._payloads.keep([*documents_in(good), *told], self._known_payloads)
                with suppress(_DocumentGone):
                    return self._database.write(partial(_push, source, good, kept, origin, now, envelope, records))

        taken = iter(self._noted(write))
        return [
            next(taken)
            if code is None
            else PushResult(key=row.key, version=row.version, taking=Taking.REFUSED, code=code)
            for row, code in zip(rows, defects, strict=True)
        ]

    def open_once(self, source: str, envelope: Envelope) -> None:
        self._noted(lambda: self._database.write(lambda c: open_once(c, source, envelope)))

    def knows(self, replay_key: str) -> bool:
        query = select(inbox_message.c.replay_key).where(inbox_message.c.replay_key == replay_key)
        return self._database.read(lambda c: c.scalar(query)) is not None

    def marks(self, source: str, since: int, limit: int) -> list[RowMark]:
        query = (
            select(inbox_row.c.row_key, inbox_row.c.arrival)
            .where(inbox_row.c.source == source, inbox_row.c.arrival >= since, inbox_row.c.fields != ENDED)
            .order_by(inbox_row.c.arrival)
            .limit(limit)
        )
        found = self._database.read(lambda c: c.execute(query).all())
        return [RowMark(source=source, key=row.row_key, version=version_of(row.arrival)) for row in found]

    def rows(self, source: str, keys: Sequence[str]) -> Iterator[CaseRow]:
        wanted = list(dict.fromkeys(keys))
        for start in range(0, len(wanted), _ROWS_AHEAD):
            some = wanted[start : start + _ROWS_AHEAD]
            there = and_(inbox_row.c.source == source, inbox_row.c.fields != ENDED)
            query = select(inbox_row).where(there, inbox_row.c.row_key.in_(some))
            for each in self._database.read(partial(_all, query)):
                found: Row[Any] | None = each
                octets: dict[str, bytes] = {}
                if documents_of([each.fields]):
                    of_row = select(inbox_row).where(there, inbox_row.c.row_key == each.row_key)
                    found, octets = self._database.read(partial(self._with_documents, of_row))
                if found is not None:
                    yield CaseRow(
                        source=source,
                        key=found.row_key,
                        version=version_of(found.arrival),
                        fields={k: value_of(v, octets) for k, v in json.loads(found.fields).items()},
                    )

    def standings(self, source: str, keys: Sequence[str]) -> dict[str, PushedRowState]:
        return self._database.read(lambda c: _standings(c, source, keys))

    def tell(
        self, source: str, keys: Sequence[str], words: Callable[[Mapping[str, PushedRowState]], Sequence[RowStatus]]
    ) -> Sequence[str]:
        return self._noted(lambda: self._database.write(lambda c: _tell(c, source, keys, words)))

    def told(self, source: str, after: int, limit: int) -> list[RowStatus]:
        query = (
            select(*[inbox_told.c[name] for name in _TOLD])
            .where(inbox_told.c.source == source, inbox_told.c.change > after)
            .order_by(inbox_told.c.change)
            .limit(limit)
        )
        return [_told(row) for row in self._database.read(lambda c: c.execute(query).all())]

    def verdicts(self, source: str, keys: Sequence[str]) -> dict[str, AdmissionResult]:
        return self._database.read(lambda c: _verdicts(c, source, keys))

    def published(self, source: str) -> int:
        return self._database.read(lambda c: c.scalar(select(inbox.c.published).where(inbox.c.source == source))) or 0

    def note_published(self, source: str, change: int) -> None:
        query = update(inbox).where(inbox.c.source == source, inbox.c.published < change).values(published=change)
        self._noted(lambda: self._database.write(lambda c: c.execute(query)))

    def end_rows(self, rules: Sequence[Rule], now: datetime, end: int) -> tuple[int, int]:
        """Empty the rows whose time is over. Return the numbers of rows and of deleted documents. The first ``end``
        records are in segments."""
        counts = [
            self._noted(partial(self._database.write, partial(end_rows, page=page, rules=rules, now=now, end=end)))
            for page in pages(self._database)
            if self._ended(page, rules, now, end)
        ]
        return sum(rows for rows, _ in counts), sum(documents for _, documents in counts)

    def ended_rows(self, rules: Sequence[Rule], now: datetime, end: int) -> int:
        """Count the rows that `end_rows` would empty; write nothing."""
        return sum(len(self._ended(page, rules, now, end)) for page in pages(self._database))

    def _ended(self, page: Page, rules: Sequence[Rule], now: datetime, end: int) -> list[str]:
        return self._database.read(partial(ended, page=page, rules=rules, now=now, end=end))

    def _with_documents(self, query: Select[Any], connection: Connection) -> tuple[Row[Any] | None, dict[str, bytes]]:
        """Return a row and the octets of its documents, both of one moment: a newer version replaces both. None if the
        row has ended by now."""
        found = connection.execute(query).one_or_none()
        digests = sorted(documents_of([found.fields])) if found is not None else []
        return found, octets_of(connection, digests, self._payloads.folder)

    def _known_payloads(self, digests: Any) -> set[str]:
        return self._database.read(lambda c: known(c, digests))


def _push(
    source: str,
    rows: Sequence[PushedRow],
    payloads: Sequence[Values],
    origin: str,
    now: datetime,
    envelope: Envelope | None,
    records: Mapping[str, Recorded],
    connection: Connection,
) -> list[PushResult]:
    held = _held(connection, source)
    if envelope is not None:
        _record(connection, source, envelope)
    arrived, present, taken = held.arrived, _standings(connection, source, [row.key for row in rows]), []
    before, stored = set(present), dict[str, Values]()
    for row in rows:
        taken.append(judged(row, present.get(row.key)))
        if taken[-1].taking is Taking.STORED:
            arrived += 1
            present[row.key] = PushedRowState(version=row.version, arrival=arrived, digest=row.digest)
            stored[row.key] = {
                "source": source,
                "row_key": row.key,
                "version": row.version,
                "arrival": arrived,
                "digest": row.digest,
                "fields": json.dumps({k: plain(v) for k, v in row.fields.items()}),
                "origin": origin,
                "received_at": now,
            }
    if stored:
        documents = {key: documents_of([row["fields"]]) for key, row in stored.items()}
        written = [records[key] for key in stored if key in records]
        wanted = {digest for of_row in documents.values() for digest in of_row}
        named = wanted | {told.digest for _, told in written}
        payload_pieces.write(
            connection, sorted((p for p in payloads if p["digest"] in named), key=itemgetter("digest"))
        )
        dropped = unname(connection, source, before & stored.keys()) - wanted
        if absent(connection, wanted, dropped):
            raise _DocumentGone
        for some in parts(stored):
            connection.execute(delete(inbox_row).where(inbox_row.c.source == source, inbox_row.c.row_key.in_(some)))
        connection.execute(inbox_row.insert(), list(stored.values()))
        name(connection, source, documents)
        delete_unnamed(connection, dropped)
        connection.execute(update(inbox).where(inbox.c.source == source).values(arrived=arrived))
        evidence_store.write(connection, [record for record, _ in written])
    return taken


class _DocumentGone(Exception):
    """A document that was known when the push began was deleted since, with another row: it must be stored again."""

    literal_name = "_DocumentGone"


def _held(connection: Connection, source: str) -> Row[Any]:
    """Return the source's numbers, locked until this transaction ends."""
    insert_new(connection, inbox, [{"source": source, "arrived": 0, "changed": 0, "published": 0}])
    return connection.execute(select(inbox).where(inbox.c.source == source).with_for_update()).one()


def open_once(connection: Connection, source: str, envelope: Envelope) -> None:
    """Record a message of a sender. Raises `Rejection` ``verify.replay`` if another call has recorded it before."""
    _held(connection, source)
    _record(connection, source, envelope)


def _record(connection: Connection, source: str, envelope: Envelope) -> None:
    """Record a message, and delete old ones. Raises `Rejection` ``verify.replay`` if another call has recorded it
    before."""
    old = inbox_message.c.received_at < envelope.received_at - _MESSAGES_KEPT
    connection.execute(delete(inbox_message).where(inbox_message.c.source == source, old))
    insert_new(
        connection,
        inbox_message,
        [
            {
                "replay_key": envelope.replay_key,
                "source": source,
                "message_id": envelope.message_id,
                "received_at": envelope.received_at,
                "attempt": envelope.attempt,
            }
        ],
    )
    query = select(inbox_message.c.attempt).where(inbox_message.c.replay_key == envelope.replay_key)
    if connection.scalar(query) != envelope.attempt:
        raise Rejection("verify.replay", where=envelope.message_id)


def _all(query: Select[Any], connection: Connection) -> Sequence[Row[Any]]:
    return connection.execute(query).all()


def _standings(connection: Connection, source: str, keys: Sequence[str]) -> dict[str, PushedRowState]:
    found: dict[str, PushedRowState] = {}
    for some in parts(keys):
        told = {
            row.key: _told(row)
            for row in connection.execute(
                select(*[inbox_told.c[name] for name in _TOLD]).where(
                    inbox_told.c.source == source, inbox_told.c.key.in_(some)
                )
            )
        }
        query = select(inbox_row.c.row_key, inbox_row.c.version, inbox_row.c.arrival, inbox_row.c.digest).where(
            inbox_row.c.source == source, inbox_row.c.row_key.in_(some)
        )
        for row in connection.execute(query):
            found[row.row_key] = PushedRowState(
                version=row.version, arrival=row.arrival, digest=row.digest, told=told.get(row.row_key)
            )
    return found


def _told(row: Row[Any]) -> RowStatus:
    return RowStatus(**{**row._mapping, "fields": None if row.fields is None else json.loads(row.fields)})


def _tell(
    connection: Connection,
    source: str,
    keys: Sequence[str],
    words: Callable[[Mapping[str, PushedRowState]], Sequence[RowStatus]],
) -> list[str]:
    recovered = connection.scalar(select(func.max(recovery.c.since)))
    least = int(recovered.timestamp()) * _CHANGES_A_SECOND if recovered else 0
    changed = max(_held(connection, source).changed, least)
    present = _standings(connection, source, keys)
    for told in words(present):
        changed += 1
        own = None if told.fields is None else json.dumps(told.fields)
        values = {name: getattr(told, name) for name in _TOLD} | {"source": source, "change": changed, "fields": own}
        query = insert(connection, inbox_told).values(values)
        key = [inbox_told.c.source, inbox_told.c.key]
        connection.execute(query.on_conflict_do_update(index_elements=key, set_=values))
    connection.execute(update(inbox).where(inbox.c.source == source).values(changed=changed))
    return [key for key in dict.fromkeys(keys) if key not in present]


def _verdicts(connection: Connection, source: str, keys: Sequence[str]) -> dict[str, AdmissionResult]:
    found: dict[str, AdmissionResult] = {}
    for some in parts(keys):
        of_row = and_(seen_row.c.source == inbox_row.c.source, seen_row.c.row_key == inbox_row.c.row_key)
        # The last notice counts for the row: a row has a second notice only if its first one ended unserved.
        references = {
            row.row_key: row.reference
            for row in connection.execute(
                select(outbox.c.row_key, outbox.c.reference)
                .join(notice, notice.c.reference == outbox.c.reference)
                .join(evidence, evidence.c.id == notice.c.evidence_id)
                .where(outbox.c.source == source, outbox.c.row_key.in_(some))
                .order_by(evidence.c.position)
            )
        }
        refused = {
            row.row_key: Refusal(**{name: getattr(row, name) for name in REFUSAL_FIELDS})
            for row in connection.execute(
                select(refusal).where(refusal.c.source == source, refusal.c.row_key.in_(some))
            )
        }
        query = (
            select(inbox_row.c.row_key, inbox_row.c.arrival, inbox_row.c.version, seen_row.c.row_version)
            .outerjoin(seen_row, of_row)
            .where(inbox_row.c.source == source, inbox_row.c.row_key.in_(some))
        )
        for row in connection.execute(query):
            here = version_of(row.arrival)
            stands = refused.get(row.row_key)
            found[row.row_key] = AdmissionResult(
                arrival=row.arrival,
                version=row.version,
                decided=row.row_version == here,
                reference=references.get(row.row_key),
                refusal=stands if stands is not None and stands.row_version == here else None,
            )
    return found
