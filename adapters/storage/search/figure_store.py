"""`gateway.overview.service_figures.FigureStore` on the tables of the search."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping

from sqlalchemy import ColumnElement, Connection, func, select

from adapters.storage.engine.engine import Database
from adapters.storage.schema.row_conversion import parts
from adapters.storage.schema.search_tables import search_facet, search_notice
from adapters.storage.schema.tables import outbox
from adapters.storage.search.district_spellings import spellings_of
from gateway.notice.delivery_state import DeliveryState
from gateway.overview.service_figures import FigureQuery, ViewedTime

_OF = search_notice.c


class SqlFigureStore:
    """Each method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def counts(self, query: FigureQuery) -> Mapping[str, Mapping[DeliveryState, int]]:
        return self._database.read(lambda c: _counts(c, query))

    def viewed(self, query: FigureQuery, up_to: int) -> list[ViewedTime]:
        return self._database.read(lambda c: _viewed(c, query, up_to))


def _counts(connection: Connection, query: FigureQuery) -> Mapping[str, Mapping[DeliveryState, int]]:
    keys = _facets(connection, query)
    found: dict[str, Counter[DeliveryState]] = defaultdict(Counter)
    # All states and combinations are named: so an index has everything that is read, and no row of a table is.
    period = _OF.admitted_at >= query.begin, _OF.admitted_at < query.end
    for some in parts(keys):
        count = select(_OF.facet, _OF.state, func.count().label("count")).where(
            _OF.facet.in_(some), _OF.state.in_(list(DeliveryState)), *period
        )
        for row in connection.execute(count.group_by(_OF.facet, _OF.state)):
            found[keys[row.facet]][row.state] += row._mapping["count"]
    return found


def _viewed(connection: Connection, query: FigureQuery, up_to: int) -> list[ViewedTime]:
    keys = _facets(connection, query)
    if not keys:
        return []
    latest = select(_OF.facet, _OF.reference).where(
        _OF.state == DeliveryState.VIEWED, _OF.admitted_at >= query.begin, _OF.admitted_at < query.end
    )
    # The bound is one of notices of the query: so other ones are left out before it, however many combinations it has.
    of_query = (
        list(keys) if len(keys) <= _MOST_NAMED else select(search_facet.c.facet).where(*_conditions(connection, query))
    )
    latest = latest.where(_OF.facet.in_(of_query))
    # Bounded before any row of the queue is read: some viewed notices may have no time of arrival.
    some = latest.order_by(_OF.admitted_at.desc(), _OF.reference.desc()).limit(up_to).subquery()
    times = select(some.c.facet, outbox.c.delivered_at, outbox.c.viewed_at).join_from(
        some, outbox, outbox.c.reference == some.c.reference
    )
    return [
        ViewedTime(key=keys[row.facet], delivered_at=row.delivered_at, viewed_at=row.viewed_at)
        for row in connection.execute(times)
        if row.facet in keys and row.delivered_at is not None and row.viewed_at is not None
    ]


_MOST_NAMED = 1000
"""Combinations of body, district and kind that one query names; more of them are a query of their own in it."""


def _facets(connection: Connection, query: FigureQuery) -> dict[int, str]:
    """Return the group's key of each combination of body, district and kind that the query is about."""
    of = search_facet.c
    found = select(of.facet, of[query.by.value]).where(*_conditions(connection, query))
    return {row[0]: row[1] for row in connection.execute(found)}


def _conditions(connection: Connection, query: FigureQuery) -> list[ColumnElement[bool]]:
    of = search_facet.c
    wanted = {of.body: query.body, of.kind: query.kind}
    conditions = [column == value for column, value in wanted.items() if value is not None]
    if query.district is not None:
        conditions.append(of.district.in_(spellings_of(connection, query.district)))
    if query.visible_bodies is not None:
        conditions.append(of.body.in_(sorted(query.visible_bodies)))
    return conditions
