"""Courtesy messages: one row for each notice, written before the call and once more after it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Connection, func, or_, select, update

from adapters.storage.engine.dialects import insert_new
from adapters.storage.engine.engine import Database
from adapters.storage.schema.courtesy_tables import courtesy
from adapters.storage.schema.row_conversion import admission_of, in_state, values_of
from adapters.storage.schema.search_tables import search_facet, search_notice
from adapters.storage.schema.tables import notice, outbox
from adapters.storage.search.search_store import plan_by_index
from adapters.storage.stores.notices import ADMISSIONS
from gateway.notice.delivery_state import DeliveryState
from gateway.runtime.clock import TEHRAN
from gateway.store.courtesy_message import FIRST, OPEN, CourtesyMessage, CourtesyOutcome, CourtesyTally
from gateway.store.stored import Admission

_OF, _DELIVERED = courtesy.c, DeliveryState.DELIVERED
_UNSEEN = outbox.c.viewed_at.is_(None)
_CALLED = (CourtesyOutcome.TAKEN, CourtesyOutcome.NOT_TAKEN, CourtesyOutcome.UNKNOWN)
"""Outcomes of calls that say if the service works; one without a code says that it does."""


class SqlCourtesyStore:
    """Implement `gateway.store.ports.courtesy_store.CourtesyStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def due(self, bodies: Collection[str], since: datetime, limit: int) -> list[Admission]:
        return self._database.read(lambda c: _due(c, bodies, since, limit))

    def begun(self, before: datetime) -> list[CourtesyMessage]:
        query = select(courtesy).where(_OF.outcome == CourtesyOutcome.BEGUN, _OF.begun_at < before)
        query = query.order_by(_OF.begun_at, _OF.reference)
        return [CourtesyMessage(**row._mapping) for row in self._database.read(lambda c: c.execute(query).all())]

    def find(self, reference: str) -> CourtesyMessage | None:
        return self._database.read(lambda c: _find(c, reference))

    def tally(self, since: datetime) -> CourtesyTally:
        return self._database.read(lambda c: _tally(c, since))


def write(connection: Connection, messages: Sequence[CourtesyMessage]) -> frozenset[str]:
    """Write messages; return the references of stale ones. A repetition is not stale."""
    return frozenset(each.reference for each in messages if not _is_written(connection, each))


def _is_written(connection: Connection, message: CourtesyMessage) -> bool:
    same = _OF.reference == message.reference
    if message.outcome not in FIRST:
        mine = same, _OF.evidence_id == message.evidence_id, _OF.outcome.in_(OPEN)
        connection.execute(update(courtesy).where(*mine).values(values_of(message, courtesy)))
    elif _find(connection, message.reference) != message:
        query = select(outbox.c.reference).where(outbox.c.reference == message.reference, in_state(_DELIVERED), _UNSEEN)
        if connection.scalar(query) is None:
            return False
        insert_new(connection, courtesy, [values_of(message, courtesy)])
        again = same, _OF.outcome == CourtesyOutcome.NOT_TAKEN
        connection.execute(update(courtesy).where(*again).values(values_of(message, courtesy)))
    return _find(connection, message.reference) == message


def _find(connection: Connection, reference: str) -> CourtesyMessage | None:
    row = connection.execute(select(courtesy).where(_OF.reference == reference)).one_or_none()
    return None if row is None else CourtesyMessage(**row._mapping)


def _due(connection: Connection, bodies: Collection[str], since: datetime, limit: int) -> list[Admission]:
    """Find them by the day of arrival. A condition on the state would lead planners to all that ever arrived; it is
    asked for when a message is written."""
    plan_by_index(connection)
    facets = select(search_facet.c.facet).where(search_facet.c.body.in_(sorted(bodies)))
    query = (
        ADMISSIONS.join(search_notice, search_notice.c.reference == outbox.c.reference)
        .outerjoin(courtesy, _OF.reference == outbox.c.reference)
        .where(
            search_notice.c.facet.in_(facets),
            search_notice.c.arrived_on >= since.astimezone(TEHRAN).date(),
            notice.c.body.in_(sorted(bodies)),
            outbox.c.delivered_at > since,
            _UNSEEN,
            or_(_OF.reference.is_(None), _OF.outcome == CourtesyOutcome.NOT_TAKEN),
        )
        .order_by(_OF.reference.is_not(None), outbox.c.delivered_at, outbox.c.reference)
        .limit(limit)
    )
    return [admission_of(row) for row in connection.execute(query)]


def _tally(connection: Connection, since: datetime) -> CourtesyTally:
    recent = _OF.outcome.in_(CourtesyOutcome), _OF.begun_at >= since
    rows = connection.execute(select(_OF.outcome, func.count()).where(*recent).group_by(_OF.outcome))
    called = select(_OF.code).where(_OF.outcome.in_(_CALLED), _OF.begun_at >= since)
    last = connection.scalar(called.order_by(_OF.begun_at.desc(), _OF.reference).limit(1))
    return CourtesyTally(counts={row[0]: row[1] for row in rows}, code=last)
