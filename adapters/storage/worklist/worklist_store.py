"""`gateway.overview.worklist.WorklistStore` on SQL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, and_, case, exists, func, or_, select, text

from adapters.storage.engine.engine import Database
from adapters.storage.engine.keyed_query import KeyedQuery
from adapters.storage.schema.row_conversion import admission_of, in_state
from adapters.storage.schema.search_tables import search_facet, search_notice
from adapters.storage.schema.tables import ON_THE_WAY_BY_A_DAY, notice, outbox
from adapters.storage.schema.worklist_tables import notice_claim, resting_notice
from adapters.storage.search.search_store import plan_by_index
from adapters.storage.stores.notices import ADMISSIONS
from adapters.storage.worklist.notice_claims import OF_THIS_WAIT, claim_of, claims
from adapters.storage.worklist.resting_notices import RESTING
from adapters.storage.worklist.waits import IN_UNDECIDED_DOUBT, REVISED, stuck_codes
from gateway.notice.delivery_state import DeliveryState
from gateway.notice.outbox import HELD
from gateway.overview.worklist import ClaimedNotice, ToBeServed, WaitingNotices

_S = DeliveryState

_ADMISSIONS: Final = KeyedQuery(ADMISSIONS, outbox.c.reference)
_EARLIER: Final = outbox.alias("earlier")
_REVISIONS: Final = KeyedQuery(
    select(notice.c.predecessor.label("earlier"), notice.c.reference).where(notice.c.predecessor.is_not(None)),
    notice.c.predecessor,
)
_OF_ITS_ROW: Final = KeyedQuery(
    select(_EARLIER.c.reference.label("earlier"), outbox.c.reference).join_from(
        _EARLIER,
        outbox,
        and_(
            outbox.c.source == _EARLIER.c.source,
            outbox.c.row_key == _EARLIER.c.row_key,
            outbox.c.replaces == _EARLIER.c.reference,
        ),
    ),
    _EARLIER.c.reference,
)
"""Later notices as `waits.REVISED` has them."""

_PLACE: Final = (outbox.c.reference, outbox.c.admitted_at, outbox.c.state_since)
_FREE: Final = ~exists().where(*OF_THIS_WAIT).correlate(outbox)


class SqlWorklist:
    """Each method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def waiting(self, bodies: frozenset[str] | None, person: str, *, show: int, up_to: int) -> WaitingNotices:
        return self._database.read(lambda c: _waiting(c, bodies, person, show, up_to))

    def later(self, references: Sequence[str]) -> Mapping[str, Sequence[str]]:
        return self._database.read(lambda c: _later(c, references))

    def to_be_served_by(self, day: date, *, limit: int, after: tuple[date, str] | None) -> list[ToBeServed]:
        return self._database.read(lambda c: _to_be_served(c, day, limit, after))

    def admitted_by_day(
        self, bodies: frozenset[str] | None, edges: Sequence[datetime]
    ) -> list[Mapping[DeliveryState, int]]:
        return self._database.read(lambda c: _by_day(c, bodies, edges))


def _waiting(
    connection: Connection, bodies: frozenset[str] | None, person: str, show: int, up_to: int
) -> WaitingNotices:
    if bodies is not None and not bodies:
        return WaitingNotices()
    plan_by_index(connection)
    free: list[Row[Any]] = []
    more = False
    for query in (*_resting(bodies), _in_doubt(bodies), *_queued(connection, bodies)):
        rows = connection.execute(query.limit(up_to + 1)).all()
        more = more or len(rows) > up_to
        free += rows[:up_to]
    mine, mine_more = claims(connection, bodies, notice_claim.c.person == person, up_to)
    others, others_more = claims(connection, bodies, notice_claim.c.person != person, up_to)
    for part in (mine, free, others):
        part.sort(key=lambda row: (row.state_since, row.reference))
    shown = [row.reference for part in (mine, free, others) for row in part[:show]]
    full = {row.reference: admission_of(row) for row in _ADMISSIONS.rows(connection, shown)}
    return WaitingNotices(
        mine=[ClaimedNotice(admission=full[row.reference], claim=claim_of(row)) for row in mine[:show]],
        free=[full[row.reference] for row in free[:show]],
        others=[ClaimedNotice(admission=full[row.reference], claim=claim_of(row)) for row in others[:show]],
        mine_count=len(mine),
        free_count=len(free),
        others_count=len(others),
        admitted=[row.admitted_at for row in (*mine, *free, *others)],
        more=more or mine_more or others_more,
    )


def _later(connection: Connection, references: Sequence[str]) -> dict[str, list[str]]:
    rows = (*_REVISIONS.rows(connection, references), *_OF_ITS_ROW.rows(connection, references))
    found: dict[str, list[str]] = {}
    for earlier, later in sorted({(row.earlier, row.reference) for row in rows}):
        found.setdefault(earlier, []).append(later)
    return found


def _resting(bodies: frozenset[str] | None) -> Iterator[Select[Any]]:
    """Yield the queries of notices that rest in a state, by state and body, as their indexes are ordered."""
    of = resting_notice.c
    query = select(*_PLACE).join_from(resting_notice, outbox, outbox.c.reference == of.reference).where(_FREE)
    for state in RESTING:
        in_it = query.where(of.state == state).order_by(of.admitted_at, of.reference)
        if state is _S.REJECTED:
            in_it = in_it.where(~REVISED)
        yield from [in_it] if bodies is None else [in_it.where(of.body == body) for body in sorted(bodies)]


def _in_doubt(bodies: frozenset[str] | None) -> Select[Any]:
    """Return the query of doubts that wait for a person, by an index of their own."""
    query = select(*_PLACE).where(IN_UNDECIDED_DOUBT, _FREE).order_by(outbox.c.admitted_at, outbox.c.reference)
    return query if bodies is None else _of_bodies(query, bodies)


def _queued(connection: Connection, bodies: frozenset[str] | None) -> Iterator[Select[Any]]:
    """Yield the queries of queued notices that an error keeps from being sent, by its code, as their index is
    ordered."""
    coded = in_state(_S.QUEUED), outbox.c.code.is_not(None)
    query = select(*_PLACE).where(*coded, _FREE).order_by(outbox.c.admitted_at, outbox.c.reference)
    for code in stuck_codes(connection):
        of_code = query.where(outbox.c.code == code)
        if code in HELD:
            of_code = of_code.where(outbox.c.held.is_(True))
        yield of_code if bodies is None else _of_bodies(of_code, bodies)


def _of_bodies(query: Select[Any], bodies: frozenset[str]) -> Select[Any]:
    return query.where(notice.c.reference == outbox.c.reference, notice.c.body.in_(sorted(bodies)))


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
