"""`gateway.overview.deadlines.deadline_store.DeadlineStore` on the tables of the search."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import combinations
from typing import Any, Final

from sqlalchemy import Column, Connection, Integer, Row, Select, bindparam, func, select, text

from adapters.storage.engine.engine import Database
from adapters.storage.schema.row_conversion import parts, rows_of
from adapters.storage.schema.search_tables import search_facet, search_notice
from adapters.storage.schema.tables import ON_THE_WAY_BY_A_DAY, notice, outbox
from adapters.storage.search.district_spellings import spellings_of
from adapters.storage.search.search_index import facet_of
from adapters.storage.search.search_store import plan_by_index
from gateway.legal.due_deadline import DayOf, EventSpan, ServiceDays
from gateway.notice.delivery_state import DeliveryState
from gateway.overview.deadlines.deadline_store import ListedNotice, ServedGroup, UnarrivedGroup, Unserved

_OF = search_notice.c
_DAYS: Final = (_OF.arrived_on, _OF.viewed_on, _OF.stated_on)
_COLUMN: Final[Mapping[DayOf, Column[Any]]] = {
    DayOf.ARRIVAL: _OF.arrived_on,
    DayOf.VIEWING: _OF.viewed_on,
    DayOf.STATEMENT: _OF.stated_on,
}

_NAMES: Final = tuple(column.name for column in _DAYS)


def _of_group(missing: frozenset[str]) -> Select[Any]:
    """Return the query for the notices of one group, of which no day of the columns ``missing`` is known."""
    query = (
        select(_OF.reference, outbox.c.delivered_at.is_not(None).label("arrival_known"))
        .join_from(search_notice, outbox, outbox.c.reference == _OF.reference)
        .where(_OF.facet == bindparam("facet"))
    )
    for column in _DAYS:
        query = query.where(column.is_(None) if column.name in missing else column == bindparam(column.name))
    return query.order_by(_OF.reference).limit(bindparam("most", type_=Integer))


_OF_GROUP: Final = {
    missing: _of_group(missing)
    for number in range(len(_NAMES) + 1)
    for missing in map(frozenset, combinations(_NAMES, number))
}
"""Queries for the notices of one group, made once: a page asks for hundreds of groups."""


class SqlDeadlineStore:
    """Each method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def groups(
        self, spans: Sequence[EventSpan], bodies: frozenset[str] | None, district: str | None
    ) -> list[ServedGroup]:
        return self._database.read(lambda c: _groups(c, spans, bodies, district))

    def references(self, groups: Sequence[ServedGroup], limit: int) -> list[ListedNotice]:
        return self._database.read(lambda c: _references(c, groups, limit))

    def to_be_served_by(
        self, day: date, bodies: frozenset[str] | None, district: str | None, limit: int
    ) -> list[Unserved]:
        return self._database.read(lambda c: _to_be_served(c, day, bodies, district, limit))

    def unarrived(
        self, before: Callable[[str], datetime], bodies: frozenset[str] | None, district: str | None
    ) -> list[UnarrivedGroup]:
        return self._database.read(lambda c: _unarrived(c, before, bodies, district))

    def unarrived_notices(self, group: UnarrivedGroup, before: datetime, limit: int) -> list[Unserved]:
        return self._database.read(lambda c: _unarrived_notices(c, group, before, limit))


def _facets(connection: Connection, bodies: frozenset[str] | None, district: str | None) -> Iterator[Row[Any]]:
    """Yield the combinations of body, district and kind that are looked at."""
    spellings = None if district is None else spellings_of(connection, district)
    for row in connection.execute(select(search_facet)):
        if (bodies is None or row.body in bodies) and (spellings is None or row.district in spellings):
            yield row


def _groups(
    connection: Connection, spans: Sequence[EventSpan], bodies: frozenset[str] | None, district: str | None
) -> list[ServedGroup]:
    plan_by_index(connection)
    of_kind: defaultdict[tuple[str, str], dict[int, str]] = defaultdict(dict)
    for facet in _facets(connection, bodies, district):
        of_kind[facet.body, facet.kind][facet.facet] = facet.district
    found: dict[tuple[int, ServiceDays], ServedGroup] = {}
    for span in spans:
        districts, column = of_kind.get((span.body, span.kind), {}), _COLUMN[span.event]
        query = select(_OF.facet, *_DAYS, func.count().label("count")).where(column >= span.first, column <= span.last)
        for some in parts(districts):
            for row in connection.execute(query.where(_OF.facet.in_(some)).group_by(_OF.facet, *_DAYS)):
                days = ServiceDays(arrived=row.arrived_on, viewed=row.viewed_on, stated=row.stated_on)
                # Spans overlap: a group that is found again is the same one.
                found[row.facet, days] = ServedGroup(
                    body=span.body,
                    district=districts[row.facet],
                    kind=span.kind,
                    days=days,
                    count=row._mapping["count"],
                )
    return list(found.values())


def _references(connection: Connection, groups: Sequence[ServedGroup], limit: int) -> list[ListedNotice]:
    plan_by_index(connection)
    found: list[ListedNotice] = []
    for group in groups:
        if (left := limit - len(found)) <= 0:
            break
        days = dict(zip(_NAMES, (group.days.arrived, group.days.viewed, group.days.stated), strict=True))
        asked = {"facet": facet_of(group.body, group.district, group.kind), "most": left, **days}
        rows = connection.execute(_OF_GROUP[frozenset(name for name in _NAMES if days[name] is None)], asked)
        found += [ListedNotice(group=group, **row._mapping) for row in rows]
    return found


_UNSERVED: Final = select(
    outbox.c.reference,
    notice.c.body,
    notice.c.district,
    notice.c.kind,
    outbox.c.state,
    outbox.c.admitted_at,
    outbox.c.serve_by,
).join_from(outbox, notice, notice.c.reference == outbox.c.reference)


def _to_be_served(
    connection: Connection, day: date, bodies: frozenset[str] | None, district: str | None, limit: int
) -> list[Unserved]:
    plan_by_index(connection)
    query = _UNSERVED.where(text(ON_THE_WAY_BY_A_DAY), outbox.c.serve_by <= day)
    if bodies is not None:
        query = query.where(notice.c.body.in_(sorted(bodies)))
    if district is not None:
        query = query.where(notice.c.district.in_(spellings_of(connection, district)))
    rows = connection.execute(query.order_by(outbox.c.serve_by, outbox.c.reference).limit(limit))
    return [Unserved(**row._mapping) for row in rows]


def _unarrived(
    connection: Connection, before: Callable[[str], datetime], bodies: frozenset[str] | None, district: str | None
) -> list[UnarrivedGroup]:
    plan_by_index(connection)
    by_time: defaultdict[datetime, dict[int, Row[Any]]] = defaultdict(dict)
    for facet in _facets(connection, bodies, district):
        by_time[before(facet.kind)][facet.facet] = facet
    found = []
    for latest, facets in by_time.items():
        query = select(_OF.facet, func.count().label("count")).where(
            _OF.state == DeliveryState.SUBMITTED, _OF.admitted_at < latest
        )
        for some in parts(facets):
            for row in connection.execute(query.where(_OF.facet.in_(some)).group_by(_OF.facet)):
                of = facets[row.facet]
                count = row._mapping["count"]
                found.append(UnarrivedGroup(body=of.body, district=of.district, kind=of.kind, count=count))
    return sorted(found, key=lambda group: (group.body, group.district, group.kind))


def _unarrived_notices(connection: Connection, group: UnarrivedGroup, before: datetime, limit: int) -> list[Unserved]:
    plan_by_index(connection)
    some = (
        select(_OF.reference)
        .where(
            _OF.facet == facet_of(group.body, group.district, group.kind),
            _OF.state == DeliveryState.SUBMITTED,
            _OF.admitted_at < before,
        )
        .order_by(_OF.admitted_at, _OF.reference)
        .limit(limit)
    )
    found = rows_of(connection, _UNSERVED, outbox.c.reference, connection.scalars(some))
    # A notice may have arrived since it was counted.
    waiting = [Unserved(**row._mapping) for row in found if row.state is DeliveryState.SUBMITTED]
    return sorted(waiting, key=lambda each: (each.admitted_at, each.reference))
