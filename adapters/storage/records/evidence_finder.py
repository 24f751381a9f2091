"""Search of evidence records. Its work is bounded: by an index, or by a number of records that are looked at."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Connection,
    Row,
    Select,
    TableValuedAlias,
    bindparam,
    func,
    select,
    text,
)

from adapters.storage.engine.column_types import Text
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

_AROUND: Final = 1_000
"""Records around the border of a time that are looked at: clocks of several processes differ a little."""


_LOOKS: Final = 16
"""Positions of a span that are looked at by one query."""

_POSITIONS: Final = "positions"


def _first_from(positions: TableValuedAlias) -> Select[Any]:
    first = select(evidence.c.recorded_at).where(evidence.c.position >= positions.c.value)
    return select(
        positions.c.value,
        first.order_by(evidence.c.position).limit(1).correlate(positions).scalar_subquery().label("recorded_at"),
    )


_MADE_AT_SQLITE: Final = _first_from(func.json_each(bindparam(_POSITIONS, type_=Text)).table_valued("value"))
_MADE_AT_POSTGRESQL: Final = _first_from(
    func.unnest(bindparam(_POSITIONS, type_=ARRAY(BigInteger))).table_valued("value").render_derived()
)


class SqlEvidenceFinder:
    """Find records and checkpoints; read nothing else."""

    def __init__(self, database: Database, folder: Path, archived: Archived) -> None:
        self._database, self._folder, self._archived = database, folder, archived

    def find(self, query: EvidenceQuery, before: int | None, limit: int) -> FoundRecords:
        """Return the newest records before a position. Raises `GatewayError` ``store.*``, ``archive.unreachable``."""
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
    wanted = _columns()
    top = before if before is not None else (connection.scalar(select(func.max(evidence.c.position))) or 0) + 1
    least = 0
    if query.begins is not None:
        wanted = wanted.where(evidence.c.recorded_at >= query.begins)
        least = max(0, _positions(connection, [query.begins])[0] - _AROUND)
    if query.ends is not None:
        wanted = wanted.where(evidence.c.recorded_at < query.ends)
        top = min(top, _positions(connection, [query.ends])[0] + _AROUND)
    if query.kinds:
        # One kind is no list: only then is the index followed in its order.
        one = next(iter(query.kinds)) if len(query.kinds) == 1 else None
        wanted = wanted.where(evidence.c.kind.in_(sorted(query.kinds)) if one is None else evidence.c.kind == one)
    by_index = False
    if query.notice is not None:
        own = select(evidence.c.id).where(evidence.c.notice == query.notice)
        carried = select(message_notice.c.evidence_id).where(message_notice.c.reference == query.notice)
        wanted = wanted.where(evidence.c.id.in_(own.union(carried)))
        by_index = True
    elif query.kinds and query.kinds <= RARE_KINDS:
        # The condition of the index, literally: with parameters SQLite would not use it.
        wanted = wanted.where(text(RARE))
        by_index = True
    floor = least if by_index else max(least, top - 1 - LOOKED_AT)
    wanted = wanted.where(evidence.c.position < top, evidence.c.position > floor)
    rows = connection.execute(wanted.order_by(evidence.c.position.desc()).limit(limit + 1)).all()
    records = _found(rows[:limit], archived)
    if len(rows) > limit:
        return FoundRecords(records=records, next=records[-1].position)
    return FoundRecords(records=records, next=floor + 1 if floor > least else None)


def _positions(connection: Connection, times: Sequence[datetime]) -> list[int]:
    """Return for each time the least position behind which no record is older, all of them by the same few queries.

    Records arrive in the order of their times, but for small differences of clocks.
    """
    least, top = connection.execute(select(func.min(evidence.c.position), func.max(evidence.c.position))).one()
    if least is None:
        return [1] * len(times)
    spans = [range(least, top + 1)] * len(times)
    while any(spans):
        looked_at = {span[place] for span in spans for place in range(0, len(span), max(1, -(-len(span) // _LOOKS)))}
        made = _made_at(connection, sorted(looked_at))
        spans = [_narrowed(span, made, at) for span, at in zip(spans, times, strict=True)]
    return [span.start for span in spans]


def _made_at(connection: Connection, positions: Sequence[int]) -> dict[int, datetime]:
    """Return for each position the time of the first record that is there or behind it."""
    if connection.dialect.name == "sqlite":
        rows = connection.execute(_MADE_AT_SQLITE, {_POSITIONS: json.dumps(positions)})
    else:
        rows = connection.execute(_MADE_AT_POSTGRESQL, {_POSITIONS: positions})
    return {row.value: row.recorded_at for row in rows}


def _narrowed(span: range, made: Mapping[int, datetime], at: datetime) -> range:
    """Return the part of a span in which the first position with a record of ``at`` or later lies, or behind which."""
    known = sorted(position for position in made if position in span)
    later = next((position for position in known if made[position] >= at), span.stop)
    earlier = [position for position in known if position < later]
    return range(earlier[-1] + 1 if earlier else span.start, later)


def _days(connection: Connection, first: date, last: date) -> list[DayOfRecords]:
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    begins = [datetime.combine(day, time(), TEHRAN) for day in [*days, last + timedelta(days=1)]]
    borders = _positions(connection, begins)
    held = {row.name: row.size for row in connection.execute(select(witness.c.name, witness.c.size))}
    return [
        _day(connection, day, begin, end, held) for day, begin, end in zip(days, borders, borders[1:], strict=False)
    ]


def _day(connection: Connection, day: date, begin: int, end: int, held: dict[str, int]) -> DayOfRecords:
    within = select(evidence.c.position, evidence.c.recorded_at, evidence.c.leaf_index).where(
        evidence.c.position >= begin, evidence.c.position < end
    )
    ends = [
        row
        for order in (evidence.c.position.asc(), evidence.c.position.desc())
        for row in connection.execute(within.order_by(order).limit(1))
    ]
    return DayOfRecords(
        day=day,
        records=ends[-1].position - ends[0].position + 1 if ends else 0,
        edges=[_edge(connection, row.recorded_at, row.leaf_index, held) for row in ends],
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
