"""`gateway.overview.worklist.WorklistStore` on SQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, case, exists, func, or_, select, text

from adapters.storage.engine.engine import Database
from adapters.storage.schema.row_conversion import admission_of, in_state, rows_of
from adapters.storage.schema.search_tables import search_facet, search_notice
from adapters.storage.schema.tables import ON_THE_WAY_BY_A_DAY, notice, outbox
from adapters.storage.stores.notices import ADMISSIONS, UNDECIDED
from gateway.notice.delivery_state import DeliveryState
from gateway.overview.worklist import ToBeServed, WaitingNotices
from gateway.reconciliation.overdue import needs_a_person

_S = DeliveryState
_LATER = outbox.alias("later")

_REVISED: Final = exists().where(notice.c.predecessor == outbox.c.reference) | exists().where(
    _LATER.c.source == outbox.c.source,
    _LATER.c.row_key == outbox.c.row_key,
    _LATER.c.admitted_at > outbox.c.admitted_at,
)
"""Condition for a notice whose paper was issued anew, under the same row or another one."""

_WAITING: Final[Mapping[DeliveryState, tuple[ColumnElement[bool], ...]]] = {
    _S.DEAD_LETTER: (),
    _S.NO_ACCOUNT: (),
    _S.UNDELIVERABLE: (),
    _S.REJECTED: (~_REVISED,),
    _S.IN_DOUBT: (UNDECIDED,),
}
"""States in which notices wait for a person, with the further condition; queued ones are told by their code."""

_PLACE: Final = (outbox.c.reference, outbox.c.admitted_at, outbox.c.state_since)


class SqlWorklist:
    """Each method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def waiting(self, bodies: frozenset[str] | None, *, show: int, up_to: int) -> WaitingNotices:
        return self._database.read(lambda c: _waiting(c, bodies, show, up_to))

    def to_be_served_by(self, day: date, *, limit: int, after: tuple[date, str] | None) -> list[ToBeServed]:
        return self._database.read(lambda c: _to_be_served(c, day, limit, after))

    def admitted_by_day(
        self, bodies: frozenset[str] | None, edges: Sequence[datetime]
    ) -> list[Mapping[DeliveryState, int]]:
        return self._database.read(lambda c: _by_day(c, bodies, edges))


def _waiting(connection: Connection, bodies: frozenset[str] | None, show: int, up_to: int) -> WaitingNotices:
    facets = _facets(connection, bodies)
    if facets == []:
        return WaitingNotices()
    found: list[Row[Any]] = []
    more = False
    for query in (*_by_state(facets), _queued(connection, bodies)):
        rows = connection.execute(query.limit(up_to + 1)).all()
        more = more or len(rows) > up_to
        found += rows[:up_to]
    found.sort(key=lambda row: (row.state_since, row.reference))
    first = [row.reference for row in found[:show]]
    full = {row.reference: admission_of(row) for row in rows_of(connection, ADMISSIONS, outbox.c.reference, first)}
    return WaitingNotices(
        oldest=[full[reference] for reference in first if reference in full],
        admitted=[row.admitted_at for row in found],
        more=more,
    )


def _by_state(facets: list[int] | None) -> list[Select[Any]]:
    """Return the query of each state, in the order of admission, which an index of the search has."""
    of = search_notice.c
    queries = []
    for state, conditions in _WAITING.items():
        query = select(*_PLACE).join_from(search_notice, outbox, outbox.c.reference == of.reference)
        query = query.where(of.state == state, outbox.c.state == state, *conditions)
        if facets is not None:
            query = query.where(of.facet.in_(facets))
        queries.append(query.order_by(of.admitted_at, of.reference))
    return queries


def _queued(connection: Connection, bodies: frozenset[str] | None) -> Select[Any]:
    """Return the query of queued notices that an error keeps from being sent, by the index of their codes."""
    coded = in_state(_S.QUEUED), outbox.c.code.is_not(None)
    codes = connection.scalars(select(outbox.c.code).where(*coded).distinct())
    stuck = sorted(code for code in codes if needs_a_person(code))
    query = select(*_PLACE).where(*coded, outbox.c.code.in_(stuck))
    if bodies is not None:
        query = query.join(notice, notice.c.reference == outbox.c.reference).where(notice.c.body.in_(sorted(bodies)))
    return query


def _by_day(
    connection: Connection, bodies: frozenset[str] | None, edges: Sequence[datetime]
) -> list[Mapping[DeliveryState, int]]:
    found: list[dict[DeliveryState, int]] = [dict.fromkeys(DeliveryState, 0) for _ in edges[1:]]
    facets, of = _facets(connection, bodies), search_notice.c
    if facets == []:
        return list(found)
    period = case(*((of.admitted_at < end, number) for number, end in enumerate(edges[1:])), else_=len(edges))
    # All states are named, since the index begins with the state.
    query = select(of.state, period.label("period"), func.count().label("count")).where(
        of.state.in_(list(DeliveryState)), of.admitted_at >= edges[0], of.admitted_at < edges[-1]
    )
    if facets is not None:
        query = query.where(of.facet.in_(facets))
    for row in connection.execute(query.group_by(of.state, period)):
        found[row.period][row.state] = row._mapping["count"]
    return list(found)


def _to_be_served(connection: Connection, day: date, limit: int, after: tuple[date, str] | None) -> list[ToBeServed]:
    place = outbox.c.serve_by, outbox.c.reference
    query = select(*place, notice.c.body).join_from(outbox, notice, notice.c.reference == outbox.c.reference)
    query = query.where(text(ON_THE_WAY_BY_A_DAY), outbox.c.serve_by <= day)
    if after is not None:
        first, reference = after
        later = and_(outbox.c.serve_by == first, outbox.c.reference > reference)
        query = query.where(outbox.c.serve_by >= first, or_(outbox.c.serve_by > first, later))
    rows = connection.execute(query.order_by(*place).limit(limit))
    return [ToBeServed(**row._mapping) for row in rows]


def _facets(connection: Connection, bodies: frozenset[str] | None) -> list[int] | None:
    """Return the combinations of body, district and kind of these bodies; None for every body."""
    if bodies is None:
        return None
    query = select(search_facet.c.facet).where(search_facet.c.body.in_(sorted(bodies)))
    return list(connection.scalars(query.order_by(search_facet.c.facet)))
