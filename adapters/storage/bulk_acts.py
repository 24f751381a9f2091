"""Bulk acts: their drafts, their lists, and the outcome of each notice."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, bindparam, delete, exists, func, select, tuple_, update

from adapters.storage.engine.dialects import insert_new, insert_short_rows
from adapters.storage.engine.engine import Database
from adapters.storage.schema.bulk_tables import bulk_act, bulk_act_body, bulk_act_notice
from adapters.storage.schema.row_conversion import Values, parts, rows_of, values_of
from adapters.storage.schema.tables import notice, outbox
from gateway.store.bulk_act import BulkAct, BulkChange, BulkEvent, BulkNotice, BulkStep, BulkTally, DryRun

_OF = bulk_act_notice.c
_RUNNING = bulk_act.c.began_at.is_not(None), bulk_act.c.ended_at.is_(None)
_SEEN = outbox.c.reference, outbox.c.seq, outbox.c.held, outbox.c.held_by
_LISTED = select(bulk_act_notice, notice.c.case_number).join(notice, notice.c.reference == _OF.reference)


class SqlBulkActStore:
    """Implement `gateway.store.ports.bulk_act_store.BulkActStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, id: str) -> BulkAct | None:
        return next(iter(self._acts(bulk_act.c.id == id)), None)

    def running(self) -> list[BulkAct]:
        return self._acts(*_RUNNING, order=(bulk_act.c.began_at, bulk_act.c.id))

    def recent(
        self, bodies: frozenset[str] | None, *, limit: int, before: tuple[datetime, str] | None = None
    ) -> list[BulkAct]:
        conditions: list[ColumnElement[bool]] = [bulk_act.c.began_at.is_not(None)]
        if before is not None:
            conditions.append(tuple_(bulk_act.c.began_at, bulk_act.c.id) < before)
        if bodies is not None:
            foreign = bulk_act_body.c.bulk == bulk_act.c.id, bulk_act_body.c.body.not_in(sorted(bodies))
            conditions.append(~exists().where(*foreign))
        return self._acts(*conditions, order=(bulk_act.c.began_at.desc(), bulk_act.c.id.desc()), limit=limit)

    def tally(self, id: str) -> BulkTally:
        query = select(_OF.outcome, _OF.failed, func.count()).where(_OF.bulk == id).group_by(_OF.outcome, _OF.failed)
        rows = self._database.read(lambda c: c.execute(query).all())
        return BulkTally(
            outcomes={outcome: number for outcome, failed, number in rows if outcome is not None and not failed},
            failures={outcome: number for outcome, failed, number in rows if failed},
            left=sum(number for outcome, _, number in rows if outcome is None),
        )

    def notices(self, id: str, *, limit: int, after: str = "") -> list[BulkNotice]:
        return self._notices(_LISTED.where(_OF.bulk == id, _OF.reference > after), limit)

    def undone(self, id: str, limit: int) -> list[BulkNotice]:
        return self._notices(_LISTED.where(_OF.bulk == id, _OF.done_at.is_(None)), limit)

    def done(self, id: str) -> list[str]:
        query = select(_OF.reference).where(_OF.bulk == id, _OF.done_at.is_not(None), _OF.failed.is_(False))
        return self._database.read(lambda c: list(c.scalars(query.order_by(_OF.reference))))

    def draft(self, act: BulkAct) -> None:
        def write(connection: Connection) -> None:
            values = values_of(act, bulk_act, dry_run=act.dry_run.text)
            insert_new(connection, bulk_act, [values])
            same = bulk_act.c.id == act.id, bulk_act.c.began_at.is_(None)
            made = {name: values[name] for name in ("dry_run", "total")}
            if connection.execute(update(bulk_act).where(*same).values(made)).rowcount:
                insert_new(connection, bulk_act_body, [{"bulk": act.id, "body": body} for body in sorted(act.bodies)])

        self._database.write(write)

    def add(self, id: str, notices: Sequence[BulkNotice]) -> None:
        rows = [
            {
                "bulk": id,
                "reference": each.reference,
                "seq": each.seq,
                "failed": False,
                "held": each.held,
                "held_by": each.held_by,
            }
            for each in sorted(notices, key=lambda each: each.reference)
        ]
        self._database.write(lambda c: insert_short_rows(c, bulk_act_notice, rows))

    def discard(self, id: str) -> None:
        self._database.write(lambda c: _discard(c, [id]))

    def forget_drafts(self, before: datetime, limit: int) -> int:
        drafts = bulk_act.c.began_at.is_(None), bulk_act.c.drafted_at < before
        old = select(bulk_act.c.id).where(*drafts).order_by(bulk_act.c.drafted_at)

        def write(connection: Connection) -> int:
            gone = 0
            for id in connection.scalars(old.with_for_update(skip_locked=True)).all():
                first = select(_OF.reference).where(_OF.bulk == id).order_by(_OF.reference).limit(limit - gone)
                references = connection.scalars(first).all()
                connection.execute(delete(bulk_act_notice).where(_OF.bulk == id, _OF.reference.in_(first)))
                gone += len(references)
                if gone >= limit:
                    break
                _discard(connection, [id])
            return gone

        # Without old drafts nothing is written.
        return self._database.write(write) if self._database.read(lambda c: c.scalar(old.limit(1))) else 0

    def _acts(
        self, *conditions: ColumnElement[bool], order: Sequence[Any] = (), limit: int | None = None
    ) -> list[BulkAct]:
        query = select(bulk_act).where(*conditions).order_by(*order).limit(limit)

        def read(connection: Connection) -> list[BulkAct]:
            rows = connection.execute(query).all()
            bodies: dict[str, set[str]] = {row.id: set() for row in rows}
            for row in rows_of(connection, select(bulk_act_body), bulk_act_body.c.bulk, bodies):
                bodies[row.bulk].add(row.body)
            return [_act(row, frozenset(bodies[row.id])) for row in rows]

        return self._database.read(read)

    def _notices(self, query: Any, limit: int) -> list[BulkNotice]:
        ordered = query.order_by(_OF.reference).limit(limit)
        return self._database.read(lambda c: [_listed(row) for row in c.execute(ordered)])


def write(connection: Connection, change: BulkChange) -> frozenset[str]:
    """Write a step and outcomes of a bulk act; return its id, or the references, if they are stale.

    Steps of notices are written after this: the numbers of their last steps, and their holds, are compared here.
    """
    stale = _outcomes(connection, change.of, change.outcomes) if change.outcomes else frozenset[str]()
    return stale if change.step is None else stale | _step(connection, change.step)


def _step(connection: Connection, step: BulkStep) -> frozenset[str]:
    present = _locked(connection, step.id)
    column = {BulkEvent.BEGIN: "began", BulkEvent.STOP: "stopped", BulkEvent.END: "ended"}[step.event]
    if present is None:
        return frozenset({step.id})
    if (known := present._mapping[f"{column}_by"]) is not None:
        return frozenset() if known == step.evidence_id else frozenset({step.id})
    values: Values = {f"{column}_at": step.at, f"{column}_by": step.evidence_id}
    if step.event is BulkEvent.END:
        values["ended_as"] = step.ended_as
        counted = select(func.count()).where(_OF.bulk == step.id, _OF.done_at.is_not(None))
        if present.began_at is None or connection.scalar(counted) != step.outcomes:
            return frozenset({step.id})
    if step.event is BulkEvent.STOP and (present.began_at is None or present.ended_at is not None):
        return frozenset({step.id})
    connection.execute(update(bulk_act).where(bulk_act.c.id == step.id).values(values))
    return frozenset()


def _outcomes(connection: Connection, id: str, outcomes: Sequence[BulkNotice]) -> frozenset[str]:
    act, references = _locked(connection, id), sorted(each.reference for each in outcomes)
    runs = act is not None and act.began_at is not None and act.stopped_at is None and act.ended_at is None
    of_act = select(bulk_act_notice).where(_OF.bulk == id)
    listed = {row.reference: row for row in rows_of(connection, of_act, _OF.reference, references)}
    present: dict[str, Row[Any]] = {}
    # The same order in every process, so that no two of them wait for each other's rows (deadlock).
    for part in parts(references):
        query = select(*_SEEN).where(outbox.c.reference.in_(part))
        rows = connection.execute(query.order_by(outbox.c.reference).with_for_update())
        present |= {row.reference: row for row in rows}
    fresh: list[Values] = []
    stale: set[str] = set()
    for each in outcomes:
        row = listed.get(each.reference)
        if row is None or (not runs and row.done_at is None):
            stale.add(each.reference)
        elif row.done_at is not None:
            repeated = (row.done_at, row.outcome, row.evidence_id) == (each.done_at, each.outcome, each.evidence_id)
            stale |= set() if repeated else {each.reference}
        elif not each.failed and not _is_as_seen(each, row.seq, present.get(each.reference)):
            stale.add(each.reference)
        else:
            written = {name: getattr(each, name) for name in ("outcome", "failed", "done_at", "evidence_id")}
            fresh.append({"of": each.reference, **written})
    if fresh:
        mine = _OF.bulk == id, _OF.reference == bindparam("of")
        connection.execute(update(bulk_act_notice).where(*mine), fresh)
    return frozenset(stale)


def _is_as_seen(outcome: BulkNotice, seq: int, present: Row[Any] | None) -> bool:
    """Return True for a notice without a step since ``seq``; one that is changed must have the hold that was seen."""
    if present is None or present.seq != seq:
        return False
    return outcome.evidence_id is None or outcome.is_held_as_seen(present.held, present.held_by)


def _locked(connection: Connection, id: str) -> Row[Any] | None:
    """Return the row of an act, locked: while an outcome is written, nobody stops the act, and the other way round."""
    return connection.execute(select(bulk_act).where(bulk_act.c.id == id).with_for_update()).one_or_none()


def _discard(connection: Connection, ids: Sequence[str]) -> None:
    drafts = select(bulk_act.c.id).where(bulk_act.c.id.in_(ids), bulk_act.c.began_at.is_(None))
    for id in connection.scalars(drafts.with_for_update()).all():
        for table in (bulk_act_notice, bulk_act_body):
            connection.execute(delete(table).where(table.c.bulk == id))
        connection.execute(delete(bulk_act).where(bulk_act.c.id == id))


def _act(row: Row[Any], bodies: frozenset[str]) -> BulkAct:
    return BulkAct(**{**row._mapping, "dry_run": DryRun.of(row.dry_run), "bodies": bodies})


def _listed(row: Row[Any]) -> BulkNotice:
    return BulkNotice(**{name: value for name, value in row._mapping.items() if name != "bulk"})
