"""Plan of a search: the property that it follows, and the parts of the time in which it goes, newest first.

A query follows its guide: the property of which the fewest notices are, as a count up to `RARE` finds. All others are
compared. Guided by a text, a part of the time is some days of ``search_text``; guided by body, district, kind or state,
it is a span of their index. Each part is several times as long as the one before. So notices of a common property are
found in the first parts, and those of a rare one by a look-up for each day.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, and_, exists, func, or_, select, tuple_, type_coerce

from adapters.storage.engine.column_types import Text
from adapters.storage.schema.search_tables import search_day, search_facet, search_notice, search_text
from adapters.storage.schema.tables import recipient_index
from adapters.storage.search.search_index import COLUMN_OF, TEXT_LENGTH, day_of
from gateway.notice.delivery_state import DeliveryState
from gateway.notice.recipient_index import KeyedHash
from gateway.search.notice_query import NoticeQuery
from gateway.search.page_key import PageKey
from gateway.search.searched_text import SoughtText, TextField

RARE: Final = 10_000
"""Number of notices that are compared one by one in some tens of milliseconds."""

_LAST: Final = "\U0010ffff"
_FIRST_SPAN, _SPAN_GROWTH = timedelta(hours=1), 8
_DAYS_GROWTH = 4

_OF = search_notice.c
_KEY = _OF.admitted_at, _OF.reference

Found = Select[tuple[datetime, str]]
"""Query for the places of notices: time of admission and reference."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Guide:
    """A property that can be followed. ``notices`` selects those that have it; ``text`` names it if it is a text."""

    notices: Select[Any]
    conditions: Sequence[ColumnElement[bool]] = ()
    text: tuple[TextField, SoughtText] | None = None


class SearchPlan:
    """Plan of one query, made within its transaction."""

    def __init__(self, connection: Connection, query: NoticeQuery) -> None:
        self._connection, self._query = connection, query
        self._texts = {field: text for field, text in _texts(query).items() if text is not None}
        self._facets = _facets(connection, query)

    def parts(self, after: PageKey | None) -> Iterator[Found]:
        """Yield the queries whose results, one after the other, are the places behind ``after``, newest first."""
        days = self._days(after)
        if not days or self._query.finds_nothing or self._facets == []:
            return
        guide = self._guide(days)
        conditions = [*self._compared(guide), *_within(self._query, after)]
        if guide is None:
            for begin, end in _spans(days, after):
                yield _ordered(select(*_KEY).where(*conditions, _OF.admitted_at >= begin, _OF.admitted_at < end))
        elif guide.text is None:
            yield _ordered(select(*_KEY).where(*conditions, *guide.conditions))
        else:
            for some in _batches(days):
                numbers = _numbers(*guide.text, some).distinct().subquery()
                found = select(*_KEY).join_from(numbers, search_notice, _OF.number == numbers.c.number)
                yield _ordered(found.where(*conditions))

    def count(self, up_to: int) -> int:
        """Return the number of notices, or ``up_to`` if it is less."""
        days = self._days(None)
        if not days or self._query.finds_nothing or self._facets == []:
            return 0
        guide = self._guide(days)
        found = select(_OF.number).where(*self._compared(guide), *_within(self._query, None))
        if guide is not None and guide.text is not None:
            numbers = _numbers(*guide.text, days).distinct().subquery()
            found = found.join_from(numbers, search_notice, _OF.number == numbers.c.number)
        elif guide is not None:
            found = found.where(*guide.conditions)
        return self._counted(found, up_to)

    def _days(self, after: PageKey | None) -> list[int]:
        """Return the days of which there are notices, within the query's times and not behind the key."""
        query = self._query
        conditions: list[ColumnElement[bool]] = []
        if query.admitted_from is not None:
            conditions.append(search_day.c.day >= day_of(query.admitted_from))
        if query.admitted_before is not None:
            conditions.append(search_day.c.day <= day_of(query.admitted_before))
        if after is not None:
            conditions.append(search_day.c.day <= day_of(after.admitted_at))
        days = select(search_day.c.day).where(*conditions).order_by(search_day.c.day.desc())
        return list(self._connection.scalars(days))

    def _guide(self, days: Sequence[int]) -> _Guide | None:
        """Return the property to follow; None: body, district, kind and state, or time alone."""
        query = self._query
        guides = [_Guide(notices=_numbers(*text, days), text=text) for text in self._texts.items()]
        if query.reference is not None:
            same = _is_text(_OF.reference, query.reference.text.upper(), begins=query.reference.begins)
            guides.append(_Guide(notices=select(_OF.number).where(*same), conditions=same))
        if query.recipient is not None:
            theirs = select(recipient_index.c.reference).where(_is_recipient(query.recipient))
            guides.append(_Guide(notices=theirs, conditions=[_OF.reference.in_(theirs)]))
        listed = self._listed()
        if len(guides) == 1 and not listed and guides[0].text is not None:
            return guides[0]
        counts: list[tuple[int, _Guide | None]] = [(self._counted(guide.notices, RARE + 1), guide) for guide in guides]
        if guides and listed:
            counts.append((self._counted(select(_OF.number).where(*listed), RARE + 1), None))
        rarest = min(counts, key=lambda counted: counted[0], default=None)
        if rarest is not None and rarest[0] <= RARE:
            return rarest[1]
        # Nothing is rare, so the first parts of the time have enough. Old numbers are in old parts alone.
        return next((guide for guide in guides if guide.text is not None), None)

    def _listed(self) -> list[ColumnElement[bool]]:
        """Return the conditions that the indexes of body, district, kind and state answer."""
        conditions: list[ColumnElement[bool]] = []
        if self._facets is not None:
            conditions.append(_OF.facet.in_(self._facets))
        if self._query.states is not None:
            conditions.append(_OF.state.in_(sorted(self._query.states)))
        return conditions

    def _compared(self, guide: _Guide | None) -> list[ColumnElement[bool]]:
        """Return the conditions beside the guide's own, so written that no index but the guide's is followed."""
        query = self._query
        conditions: list[ColumnElement[bool]] = []
        if guide is None:
            # Without any condition the index of all states has the order of time.
            conditions += self._listed() or [_OF.state.in_(sorted(DeliveryState))]
        else:
            if self._facets is not None:
                conditions.append((_OF.facet + 0).in_(self._facets))
            if query.states is not None:
                conditions.append(_unindexed(_OF.state).in_([state.value for state in sorted(query.states)]))
        for field, text in self._texts.items():
            column = _OF[COLUMN_OF[field]]
            if field is TextField.NAME:
                conditions.append(column.contains(text.in_name_form, autoescape=True))
            else:
                conditions += _is_text(column, text.text, begins=text.begins)
        if query.reference is not None and (guide is None or guide.text is not None):
            conditions += _is_text(
                _unindexed(_OF.reference), query.reference.text.upper(), begins=query.reference.begins
            )
        if query.recipient is not None and (guide is None or guide.text is not None):
            same = recipient_index.c.reference == _OF.reference
            conditions.append(exists().where(same, _is_recipient(query.recipient)))
        return conditions

    def _counted(self, found: Select[Any], up_to: int) -> int:
        return self._connection.scalar(select(func.count()).select_from(found.limit(up_to).subquery())) or 0


def _texts(query: NoticeQuery) -> dict[TextField, SoughtText | None]:
    return {
        TextField.TRACKING_NUMBER: query.tracking_number,
        TextField.PAPER_NUMBER: query.paper_number,
        TextField.CASE_NUMBER: query.case_number,
        TextField.NAME: query.name,
    }


def _facets(connection: Connection, query: NoticeQuery) -> list[int] | None:
    """Return the combinations of body, district and kind that match; None if the query names none of them."""
    bodies = query.allowed_bodies
    if bodies is None and query.kinds is None and query.district is None:
        return None
    found = select(search_facet).order_by(search_facet.c.facet)
    if bodies is not None:
        found = found.where(search_facet.c.body.in_(sorted(bodies)))
    if query.kinds is not None:
        found = found.where(search_facet.c.kind.in_(sorted(query.kinds)))
    rows = connection.execute(found)
    return [row.facet for row in rows if query.district is None or query.district.is_number(row.district)]


def _numbers(field: TextField, sought: SoughtText, days: Sequence[int]) -> Select[tuple[int]]:
    """Return the query for the numbers of notices with a text, admitted from the last of ``days`` to the first."""
    of = search_text.c
    some = select(search_day.c.day).where(search_day.c.day.between(days[-1], days[0]))
    begins = sought.begins or field is TextField.NAME
    text = sought.in_name_ending if field is TextField.NAME else sought.text
    same = _is_text(of.text, text[:TEXT_LENGTH], begins=begins)
    return select(of.number).where(of.field == field.value, of.day.in_(some), *same)


def _is_text(column: ColumnElement[Any], text: str, *, begins: bool) -> list[ColumnElement[bool]]:
    return [column >= text, column < text + _LAST] if begins else [column == text]


def _is_recipient(hashes: Sequence[KeyedHash]) -> ColumnElement[bool]:
    of = recipient_index.c
    return or_(*(and_(of.key_id == each.key_id, of.keyed_hash == each.keyed_hash) for each in hashes))


def _unindexed(column: ColumnElement[str]) -> ColumnElement[str]:
    """Return the column's text as an expression, which no index has."""
    return type_coerce(column, Text).concat("")


def _within(query: NoticeQuery, after: PageKey | None) -> list[ColumnElement[bool]]:
    """Return the conditions of the query's times, and of the page."""
    conditions: list[ColumnElement[bool]] = []
    if query.admitted_from is not None:
        conditions.append(_OF.admitted_at >= query.admitted_from)
    if query.admitted_before is not None:
        conditions.append(_OF.admitted_at < query.admitted_before)
    if after is not None:
        conditions.append(tuple_(*_KEY) < (after.admitted_at, after.reference))
    return conditions


def _ordered(found: Found) -> Found:
    return found.order_by(*(column.desc() for column in _KEY))


def _spans(days: Sequence[int], after: PageKey | None) -> Iterator[tuple[datetime, datetime]]:
    """Yield spans of time that follow each other backwards, from the key or the last day to the first one."""
    end, first, span = _begin_of(days[0] + 1), _begin_of(days[-1]), _FIRST_SPAN
    if after is not None:
        # The notices of the key's own moment are in the first span; `_within` leaves out those before the key.
        end = min(end, after.admitted_at + timedelta(microseconds=1))
    while end > first:
        begin = max(first, end - span) if end - first > span else first
        yield begin, end
        end, span = begin, span * _SPAN_GROWTH


def _batches(days: Sequence[int]) -> Iterator[Sequence[int]]:
    """Yield the days in batches, each longer than the one before."""
    size = 1
    while days:
        yield days[:size]
        days, size = days[size:], size * _DAYS_GROWTH


def _begin_of(day: int) -> datetime:
    return datetime.fromordinal(day).replace(tzinfo=UTC)
