"""Search of evidence records. Its work is bounded: by an index, or by a number of records that are looked at."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, func, select, text, tuple_

from adapters.storage.engine.engine import Database
from adapters.storage.payloads import offloaded_records
from adapters.storage.schema.tables import RARE, RARE_KINDS, evidence, message_notice
from adapters.storage.schema.tree_tables import checkpoint, witness
from gateway.archive.offloaded import Archived
from gateway.evidence.evidence_log import StoredCheckpoint
from gateway.evidence.evidence_query import DayOfRecords, Edge, EvidenceQuery, FoundRecord, FoundRecords
from gateway.runtime.clock import TEHRAN

LOOKED_AT: Final = 50_000
"""Most records of frequent kinds that one search looks at."""

_TIME: Final = (evidence.c.recorded_at, evidence.c.position)
"""Order of records: by their times, and those of one moment by their arrival. Positions begin at 1."""


class SqlEvidenceFinder:
    """Find records and checkpoints; read nothing else."""

    def __init__(self, database: Database, folder: Path, archived: Archived) -> None:
        self._database, self._folder, self._archived = database, folder, archived

    def find(self, query: EvidenceQuery, before: int | None, limit: int) -> FoundRecords:
        """Return the newest records before the one at a position, by their times.

        Raises `GatewayError` ``store.*``, ``archive.unreachable``.
        """
        return self._database.read(lambda c: _find(c, query, before, limit, self._archived))

    def position(self, id: str) -> FoundRecord | None:
        """Return one record with its places. Raises as `find` does."""
        query = _columns().where(evidence.c.id == id)
        return self._database.read(lambda c: next(iter(_found(c.execute(query).all(), self._archived)), None))

    def number_between(self, first: str, end: str) -> int:
        """Return the number of records whose id is ``first`` or later, and before ``end``, in the order of octets."""
        query = select(func.count()).where(evidence.c.id >= first, evidence.c.id < end)
        return self._database.read(lambda c: c.scalar(query) or 0)

    def days(self, first: date, last: date) -> list[DayOfRecords]:
        """Return the days from ``first`` to ``last`` with their records and the proofs over them."""
        return self._database.read(lambda c: _days(c, first, last))

    def checkpoints(self, before: int | None, limit: int) -> Sequence[StoredCheckpoint]:
        """Return checkpoints of fewer than ``before`` records, the largest first."""
        query = select(checkpoint).order_by(checkpoint.c.size.desc()).limit(limit)
        if before is not None:
            query = query.where(checkpoint.c.size < before)
        return self._database.read(lambda c: [StoredCheckpoint(**row._mapping) for row in c.execute(query)])

    def covering(self, index: int, *, stamped: bool = False) -> StoredCheckpoint | None:
        """Return the first checkpoint over the record at a place, or the first one with a time-stamp."""
        query = select(checkpoint).where(checkpoint.c.size > index).order_by(checkpoint.c.size).limit(1)
        if stamped:
            query = query.where(checkpoint.c.token.is_not(None))
        row = self._database.read(lambda c: c.execute(query).one_or_none())
        return None if row is None else StoredCheckpoint(**row._mapping)


def _columns() -> Select[Any]:
    return select(evidence.c.position, evidence.c.recorded_at, *offloaded_records.COLUMNS)


def _found(rows: Sequence[Row[Any]], archived: Archived) -> list[FoundRecord]:
    read = offloaded_records.rows_of(rows, archived)
    return [
        FoundRecord(position=row.position, index=row.leaf_index, recorded_at=row.recorded_at, row=each)
        for row, each in zip(rows, read, strict=True)
    ]


def _find(
    connection: Connection, query: EvidenceQuery, before: int | None, limit: int, archived: Archived
) -> FoundRecords:
    tops = [] if query.ends is None else [(query.ends, 0)]
    if before is not None:
        there = select(evidence.c.recorded_at).where(evidence.c.position <= before)
        made = connection.scalar(there.order_by(evidence.c.position.desc()).limit(1))
        if made is None:
            return FoundRecords(records=[], next=None)
        tops.append((made, before))
    within = [tuple_(*_TIME) < min(tops)] if tops else []
    if query.begins is not None:
        within.append(evidence.c.recorded_at >= query.begins)
    wanted = _columns().where(*within)
    if query.kinds:
        # One kind is no list: only then is the index followed in its order.
        one = next(iter(query.kinds)) if len(query.kinds) == 1 else None
        wanted = wanted.where(evidence.c.kind.in_(sorted(query.kinds)) if one is None else evidence.c.kind == one)
    further = None
    if query.notice is not None:
        own = select(evidence.c.id).where(evidence.c.notice == query.notice)
        carried = select(message_notice.c.evidence_id).where(message_notice.c.reference == query.notice)
        wanted = wanted.where(evidence.c.id.in_(own.union(carried)))
    elif query.kinds and query.kinds <= RARE_KINDS:
        # The condition of the index, literally: with parameters SQLite would not use it.
        wanted = wanted.where(text(RARE))
    elif query.kinds:
        last = connection.execute(_newest(select(*_TIME).where(*within)).offset(LOOKED_AT - 1).limit(2)).all()
        if len(last) > 1:
            wanted = wanted.where(tuple_(*_TIME) >= tuple(last[0]))
            further = last[0].position
    rows = connection.execute(_newest(wanted).limit(limit + 1)).all()
    records = _found(rows[:limit], archived)
    return FoundRecords(records=records, next=records[-1].position if len(rows) > limit else further)


def _newest(query: Select[Any]) -> Select[Any]:
    return query.order_by(*(column.desc() for column in _TIME))


def _days(connection: Connection, first: date, last: date) -> list[DayOfRecords]:
    held = {row.name: row.size for row in connection.execute(select(witness.c.name, witness.c.size))}
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return [_day(connection, day, held) for day in days]


def _day(connection: Connection, day: date, held: dict[str, int]) -> DayOfRecords:
    begin, end = (datetime.combine(each, time(), TEHRAN) for each in (day, day + timedelta(days=1)))
    position = evidence.c.position
    within = select(func.count(), func.min(position), func.max(position)).where(
        evidence.c.recorded_at >= begin, evidence.c.recorded_at < end
    )
    number, *ends = connection.execute(within).one()
    edges = select(evidence.c.recorded_at, evidence.c.leaf_index).where(position.in_(ends)).order_by(position)
    return DayOfRecords(
        day=day,
        records=number,
        edges=[_edge(connection, *row, held) for row in (connection.execute(edges) if number else ())],
    )


def _edge(connection: Connection, recorded_at: datetime, index: int | None, held: dict[str, int]) -> Edge:
    if index is None:
        return Edge(recorded_at=recorded_at, index=None, sealed_at=None, stamped_at=None, witnesses=frozenset())
    over = select(checkpoint.c.made_at).where(checkpoint.c.size > index).order_by(checkpoint.c.size).limit(1)
    return Edge(
        recorded_at=recorded_at,
        index=index,
        sealed_at=connection.scalar(over),
        stamped_at=connection.scalar(over.where(checkpoint.c.token.is_not(None))),
        witnesses=frozenset(name for name, size in held.items() if size > index),
    )
