"""Plan of a search: the property that it follows, and the parts of the time in which it goes, newest first.

A query follows its guide: the property of which the fewest notices are, as a count up to `RARE` finds. All others are
compared. Guided by a text, a part of the time is some days of ``search_text`` that have the text; guided by body,
district, kind and state, it is a span of their index. Each part is some times as long as the one before, so little more
is read than the page needs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Column, ColumnElement, Connection, Select, and_, exists, func, or_, select, tuple_, type_coerce
from sqlalchemy.sql.base import ReadOnlyColumnCollection
from sqlalchemy.sql.elements import KeyedColumnElement

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
_FIRST_SPAN, _SPAN_GROWTH = timedelta(hours=1), 4
_DAYS_GROWTH = 3
_FEW = 1000
"""Notices that are read at once rather than by days."""
HANDFUL: Final = 100
"""Notices that are followed by their numbers, so that a text is looked up once for each day, and not twice."""

_OF = search_notice.c

Days = tuple[int, int]
"""First and last of some days, as ordinals."""

Columns = ReadOnlyColumnCollection[str, Column[Any]] | ReadOnlyColumnCollection[str, KeyedColumnElement[Any]]
"""Columns of ``search_notice``, or of a query that has them."""

Found = Select[tuple[datetime, str]]
"""Query for the places of notices: time of admission and reference."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Guide:
    """Property that can be followed.

    ``notices`` selects those that have it, and ``count`` is their number up to `RARE` and one more. It is a ``text``,
    or has ``conditions`` and the ``name`` of its field in the query. ``numbers`` are those of its notices, if they are
    a `HANDFUL` at most.
    """

    notices: Select[Any]
    name: str = ""
    conditions: Sequence[ColumnElement[bool]] = ()
    text: tuple[TextField, SoughtText] | None = None
    count: int = 0
    numbers: Sequence[int] | None = None


class SearchPlan:
    """Plan of one query, made within its transaction."""

    def __init__(self, connection: Connection, query: NoticeQuery, after: PageKey | None = None) -> None:
        self._connection, self._query, self._after = connection, query, after
        self._texts = {field: text for field, text in _texts(query).items() if text is not None}
        self._facets = _facets(connection, query)
        self._days = _days(connection, query, after)

    def parts(self) -> Iterator[Found]:
        """Yield the queries whose results, one after the other, are the places behind ``after``, newest first."""
        yield from self._parts(in_order=True)

    def _parts(self, *, in_order: bool) -> Iterator[Found]:
        if self._days is None or self._query.finds_nothing or self._facets == []:
            return
        guide = self._guide()
        if guide is None and in_order:
            for begin, end in _spans(self._days, self._after):
                yield self._ordered(_OF, None).where(_OF.admitted_at >= begin, _OF.admitted_at < end)
        elif guide is None:
            yield self._ordered(_OF, None)
        elif guide.numbers is not None:
            yield self._ordered(_fenced(select(search_notice).where(_OF.number.in_(guide.numbers))), guide)
        elif guide.text is None:
            yield self._ordered(_fenced(select(search_notice).where(*guide.conditions)), guide)
        else:
            for days in [self._days] if guide.count <= _FEW else self._batches(*guide.text):
                yield self._ordered(_fenced(_having(*guide.text, days)), guide)

    def _ordered(self, of: Columns, guide: _Guide | None) -> Found:
        """Return the query for the places of the notices whose columns are ``of``, newest first."""
        conditions = [*self._compared(of, guide), *_within(of, self._query, self._after)]
        found = select(of.admitted_at, of.reference).where(*conditions)
        return found.order_by(of.admitted_at.desc(), of.reference.desc())

    def count(self, up_to: int) -> int:
        """Return the number of notices, or ``up_to`` if it is less."""
        total = 0
        for part in self._parts(in_order=False):
            total += self._counted(part.order_by(None), up_to - total)
            if total >= up_to:
                break
        return total

    def _guide(self) -> _Guide | None:
        """Return the property to follow; None: body, district, kind and state, or time alone."""
        guides = [self._measured(guide) for guide in self._guides()]
        rarest = min(guides, key=lambda guide: guide.count, default=None)
        if rarest is None or rarest.count == 0:
            return rarest
        listed = self._listed()
        least = self._counted(select(_OF.number).where(*listed), rarest.count) if listed else rarest.count
        if least < rarest.count:
            return None
        if rarest.count <= RARE:
            return rarest
        # Nothing is rare, so some days have enough. Old days alone may have a number, and then nothing newer is found.
        texts = [guide for guide in guides if guide.text is not None]
        return min(texts, key=self._newest, default=None) if len(texts) > 1 else next(iter(texts), None)

    def _measured(self, guide: _Guide) -> _Guide:
        """Return a guide with its count, and with the numbers of a handful."""
        if guide.name != "recipient":  # whose notices are references
            numbers = list(self._connection.scalars(guide.notices.limit(HANDFUL + 1)))
            if len(numbers) <= HANDFUL:
                return replace(guide, count=len(numbers), numbers=sorted(set(numbers)))
        return replace(guide, count=self._counted(guide.notices, RARE + 1))

    def _newest(self, guide: _Guide) -> int:
        """Return the last day that has a guide's text; 0 if there is none."""
        return next((last for _, last in self._batches(*guide.text)), 0) if guide.text is not None else 0

    def _guides(self) -> Iterator[_Guide]:
        """Yield the properties that can be followed, beside those that are listed."""
        assert self._days is not None
        for field, text in self._texts.items():
            yield _Guide(notices=_numbers(field, text, self._days), text=(field, text))
        if self._query.reference is not None:
            same = _is_text(_OF.reference, self._query.reference.text.upper(), begins=self._query.reference.begins)
            yield _Guide(notices=select(_OF.number).where(*same), name="reference", conditions=same)
        if self._query.recipient is not None:
            theirs = select(recipient_index.c.reference).where(_is_recipient(self._query.recipient))
            yield _Guide(notices=theirs, name="recipient", conditions=[_OF.reference.in_(theirs)])

    def _batches(self, field: TextField, sought: SoughtText) -> Iterator[Days]:
        """Yield spans of days, newest first, each with more days that have the text than the one before."""
        days, number = self._days, 1
        while days is not None:
            having = _is_sought(field, sought, search_day.c.day)
            some = select(search_day.c.day).where(search_day.c.day.between(*days), exists().where(*having))
            found = list(self._connection.scalars(some.order_by(search_day.c.day.desc()).limit(number)))
            if not found:
                return
            yield found[-1], found[0]
            days = (days[0], found[-1] - 1) if found[-1] > days[0] else None
            number *= _DAYS_GROWTH

    def _listed(self) -> list[ColumnElement[bool]]:
        """Return the conditions that the indexes of body, district, kind and state answer."""
        conditions: list[ColumnElement[bool]] = []
        if self._facets is not None:
            conditions.append(_OF.facet.in_(self._facets))
        if self._query.states is not None:
            conditions.append(_OF.state.in_(sorted(self._query.states)))
        return conditions

    def _compared(self, of: Columns, guide: _Guide | None) -> list[ColumnElement[bool]]:
        """Return the conditions beside the guide's own."""
        query = self._query
        conditions: list[ColumnElement[bool]] = []
        if self._facets is not None:
            conditions.append(of.facet.in_(self._facets))
        if query.states is not None:
            conditions.append(of.state.in_(sorted(query.states)))
        if guide is None and not conditions:
            # The index of all states has the order of time.
            conditions.append(of.state.in_(sorted(DeliveryState)))
        for field, sought in self._texts.items():
            column = of[COLUMN_OF[field]]
            if field is TextField.NAME:
                conditions.append(column.contains(sought.in_name_form, autoescape=True))
            else:
                conditions += _is_text(column, sought.text, begins=sought.begins)
        followed = "" if guide is None else guide.name
        if query.reference is not None and followed != "reference":
            # As an expression, which no index has: many notices have a common beginning.
            reference = type_coerce(of.reference, Text).concat("")
            conditions += _is_text(reference, query.reference.text.upper(), begins=query.reference.begins)
        if query.recipient is not None and followed != "recipient":
            same = recipient_index.c.reference == of.reference
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


def _days(connection: Connection, query: NoticeQuery, after: PageKey | None) -> Days | None:
    """Return the first and the last day of which there are notices, within the query's times and not behind the key."""
    first, last = connection.execute(
        select(
            select(func.min(search_day.c.day)).scalar_subquery(), select(func.max(search_day.c.day)).scalar_subquery()
        )
    ).one()
    if first is None:
        return None
    if query.admitted_from is not None:
        first = max(first, day_of(query.admitted_from))
    for limit in (query.admitted_before, after.admitted_at if after is not None else None):
        last = last if limit is None else min(last, day_of(limit))
    return (first, last) if first <= last else None


def _numbers(field: TextField, sought: SoughtText, days: Days) -> Select[tuple[int]]:
    """Return the query for the numbers of notices with a text, admitted within ``days``."""
    some = select(search_day.c.day).where(search_day.c.day.between(*days))
    return select(search_text.c.number).where(*_is_sought(field, sought), search_text.c.day.in_(some))


def _having(field: TextField, sought: SoughtText, days: Days) -> Select[Any]:
    """Return the query for notices of the search with a text, admitted within ``days``."""
    found = _numbers(field, sought, days)
    # Several words of one name may begin so; of the other texts a notice has one.
    numbers = (found.distinct() if field is TextField.NAME else found).subquery()
    return select(search_notice).join_from(numbers, search_notice, _OF.number == numbers.c.number)


def _fenced(found: Select[Any]) -> Columns:
    """Return the columns of ``found``, which is answered by itself: no planner joins it in an order of its own.

    The planners know little of how many notices have several properties, and would begin with all notices.
    """
    return found.offset(0).subquery().c


def _is_sought(
    field: TextField, sought: SoughtText, day: ColumnElement[int] | None = None
) -> list[ColumnElement[bool]]:
    """Return the conditions of a text on ``search_text``."""
    text = sought.in_name_ending if field is TextField.NAME else sought.text
    begins = sought.begins or field is TextField.NAME
    of = search_text.c
    same = [of.field == field.value, *_is_text(of.text, text[:TEXT_LENGTH], begins=begins)]
    return same if day is None else [*same, of.day == day]


def _is_text(column: ColumnElement[Any], text: str, *, begins: bool) -> list[ColumnElement[bool]]:
    return [column >= text, column < text + _LAST] if begins else [column == text]


def _is_recipient(hashes: Sequence[KeyedHash]) -> ColumnElement[bool]:
    of = recipient_index.c
    return or_(*(and_(of.key_id == each.key_id, of.keyed_hash == each.keyed_hash) for each in hashes))


def _within(of: Columns, query: NoticeQuery, after: PageKey | None) -> list[ColumnElement[bool]]:
    """Return the conditions of the query's times, and of the page."""
    conditions: list[ColumnElement[bool]] = []
    if query.admitted_from is not None:
        conditions.append(of.admitted_at >= query.admitted_from)
    if query.admitted_before is not None:
        conditions.append(of.admitted_at < query.admitted_before)
    if after is not None:
        conditions.append(tuple_(of.admitted_at, of.reference) < (after.admitted_at, after.reference))
    return conditions


def _spans(days: Days, after: PageKey | None) -> Iterator[tuple[datetime, datetime]]:
    """Yield spans of time that follow each other backwards, from the key or the last day to the first one."""
    first, end, span = _begin_of(days[0]), _begin_of(days[1] + 1), _FIRST_SPAN
    if after is not None and after.admitted_at < end:
        # The notices of the key's own moment are in the first span; `_within` leaves out those before the key.
        end = after.admitted_at + timedelta(microseconds=1)
    while end > first:
        begin = max(first, end - span) if end - first > span else first
        yield begin, end
        end, span = begin, span * _SPAN_GROWTH


def _begin_of(day: int) -> datetime:
    return datetime.fromordinal(day).replace(tzinfo=UTC)
