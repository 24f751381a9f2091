"""Numbers of notices by state and age, for operators and metrics."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, case, func, select

from adapters.storage.engine.engine import Database
from adapters.storage.schema.tables import evidence, outbox, receipt, refusal
from adapters.storage.stores.notices import UNDECIDED
from adapters.storage.stores.quarantined import COUNT_OPEN
from adapters.storage.stores.recoveries import count_unasked
from adapters.storage.unwritten import UNWRITTEN, UNWRITTEN_SINCE
from gateway.notice.delivery_state import ENDED, DeliveryState
from gateway.notice.outbox import HELD, PROVEN_ABSENT
from gateway.store.stored import Backlog

_BY_CODE = (
    select(outbox.c.code, func.count())
    .where(outbox.c.state == bindparam("state"), outbox.c.code.is_not(None))
    .group_by(outbox.c.code)
    .order_by(outbox.c.code)
)
_RELEASED_BY_CODE = _BY_CODE.where(outbox.c.code.in_(HELD), outbox.c.held.is_(False))


class SqlTallyStore:
    """Implement `gateway.store.ports.tally_store.TallyStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def backlog(
        self, *, now: datetime, ages: Sequence[timedelta], states: Collection[DeliveryState] | None = None
    ) -> list[Backlog]:
        columns = outbox.c.destination, outbox.c.state
        stands_since = outbox.c.state_since
        held = func.sum(case((outbox.c.held, 1), else_=0))
        aged = [func.sum(case((stands_since <= now - age, 1), else_=0)) for age in ages]
        query = select(*columns, func.count(), held, func.min(stands_since), *aged).where(
            outbox.c.state.not_in(ENDED) if states is None else outbox.c.state.in_(sorted(states))
        )
        found = []
        rows = self._database.read(lambda c: c.execute(query.group_by(*columns)).all())
        for destination, state, count, of_them_held, oldest, *at_least in rows:
            older = [count, *at_least, 0]
            by_age = tuple(here - above for here, above in pairwise(older))
            found.append(
                Backlog(
                    destination=destination, state=state, count=count, held=of_them_held, oldest=oldest, by_age=by_age
                )
            )
        order = list(DeliveryState)
        return sorted(found, key=lambda line: (line.destination, order.index(line.state)))

    def queued_by_code(self) -> dict[str, int]:
        # The mark is read for few notices: it stands in no index.
        counted, left_out = (self._by_code(query, DeliveryState.QUEUED) for query in (_BY_CODE, _RELEASED_BY_CODE))
        left = {code: count - left_out.get(code, 0) for code, count in counted.items()}
        return {code: count for code, count in left.items() if count > 0}

    def doubted_by_code(self) -> dict[str, int]:
        return self._by_code(_BY_CODE, DeliveryState.IN_DOUBT)

    def _by_code(self, query: Select[Any], state: DeliveryState) -> dict[str, int]:
        return self._database.read(lambda c: {row[0]: row[1] for row in c.execute(query, {"state": state})})

    def unwritten_by_source(self) -> dict[str, int]:
        return self._database.read(_unwritten_by_source)

    def oldest(self) -> dict[str, datetime]:
        # Evidence is numbered as it arrives: the oldest record is the first, and an index finds it.
        unplaced = select(evidence.c.recorded_at).where(evidence.c.leaf_index.is_(None))
        queries = {
            "unwritten": select(func.min(UNWRITTEN_SINCE)).where(*UNWRITTEN),
            "refusal": select(func.min(refusal.c.refused_at)).where(refusal.c.written.is_(False)),
            "receipt": select(func.min(receipt.c.received_at)).where(receipt.c.applied_at.is_(None)),
            "unplaced": unplaced.order_by(evidence.c.position).limit(1),
        }
        found = self._database.read(lambda c: {name: c.scalar(query) for name, query in queries.items()})
        return {name: since for name, since in found.items() if since is not None}

    def counts(self) -> dict[str, int]:
        return self._database.read(_counts)


def _unwritten_by_source(connection: Connection) -> dict[str, int]:
    notices = select(outbox.c.source, func.count()).where(*UNWRITTEN)
    refusals = select(refusal.c.source, func.count()).where(refusal.c.written.is_(False))
    found = Counter[str]()
    for query in (notices.group_by(outbox.c.source), refusals.group_by(refusal.c.source)):
        found.update({row[0]: row[1] for row in connection.execute(query)})
    return dict(sorted(found.items()))


def _counts(connection: Connection) -> dict[str, int]:
    """Return the counts. Every state is included; a state without notices has 0."""
    shown = func.sum(case((outbox.c.written_seq == outbox.c.seq, 1), else_=0))
    undecided = func.sum(case((UNDECIDED, 1), else_=0))
    absent = func.sum(case((and_(UNDECIDED, outbox.c.code.in_(PROVEN_ABSENT)), 1), else_=0))
    queued = outbox.c.state == DeliveryState.QUEUED
    held = func.sum(case((and_(queued, outbox.c.held.is_(True), outbox.c.code.in_(HELD)), 1), else_=0))
    columns = (
        func.count(),
        func.count(outbox.c.tracking_number),
        func.count(outbox.c.delivered_at),
        shown,
        undecided,
        absent,
        held,
    )
    by_state = connection.execute(select(outbox.c.state, *columns).group_by(outbox.c.state)).all()
    told = func.coalesce(func.sum(case((refusal.c.written, 1), else_=0)), 0)
    refused, refused_written = connection.execute(select(func.count(), told).select_from(refusal)).one()
    set_aside = connection.scalar(COUNT_OPEN) or 0
    states = dict.fromkeys((state.value for state in DeliveryState), 0)
    admitted, submitted, delivered, written, waiting, not_there, kept = (
        sum(row[n] for row in by_state) for n in range(1, 8)
    )
    return (
        states
        | {row[0].value: row[1] for row in by_state}
        | {
            "admitted": admitted,
            "undecided": waiting,
            "absent": not_there,
            "held": kept,
            "unasked": count_unasked(connection),
            "refused": refused,
            "collected": admitted + refused,
            "quarantined": set_aside,
            "submitted": submitted,
            "delivered": delivered,
            "written": written + refused_written,
        }
    )
