"""Pages of receipts that a service keeps: which page is read next, after what was read.

A service that counts pages, offsets or days takes nothing away, and may add receipts to what was read already. So each
pass begins with what may have grown: the last page, or the last days. A position is kept as the text of a cursor.

The number of a page says nothing without the size of pages, nor an offset without the first one. So a cursor keeps what
its number was counted by, and a number that was counted otherwise leads to an earlier page or to the first one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Final, assert_never


class PagingWay(StrEnum):
    """Way in which a service numbers its receipts."""

    CURSOR = "cursor"
    """By a cursor of its own, after which receipts follow."""
    NUMBER = "number"
    """By pages, the oldest receipts first."""
    OFFSET = "offset"
    """By the number of receipts before a page, the oldest receipts first."""
    DAY = "day"
    """By days of Tehran, and by pages within them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paging:
    """Paging of a service.

    ``first`` is the number of the first page, or the first offset. ``size`` is the largest page (None: as large as is
    asked for). One request may cover ``days`` days. ``overlap_days`` before the present day are read in each pass.
    ``first_day`` is where the first walk begins (None: at the overlap).
    """

    by: PagingWay = PagingWay.CURSOR
    first: int = 1
    size: int | None = None
    days: int = 1
    overlap_days: int = 0
    first_day: date | None = None

    def limit(self, wanted: int) -> int:
        """Return the number of receipts to ask for."""
        return wanted if self.size is None else min(wanted, self.size)


BY_CURSOR: Final = Paging()


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Page to read: by ``number`` or ``offset``, of the days from ``day`` to ``until_day``.

    ``began`` is the day on which this walk over the days began. ``before`` identifies the contents of the page before
    (empty: none).
    """

    number: int = 0
    offset: int = 0
    day: date | None = None
    until_day: date | None = None
    began: date | None = None
    before: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageAnswer:
    """Answer for a page: how many receipts of ``limit`` it has, and an identifier of its ``contents``.

    ``more`` and the number of ``pages`` are None where the service says nothing of them. A page without receipts that
    promises more is none: such an answer is not believed.
    """

    count: int
    limit: int
    contents: str
    more: bool | None = None
    pages: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Following:
    """Cursor of the next position; ``more``: it is to be read in the same pass."""

    cursor: str
    more: bool


def position(paging: Paging, cursor: str, today: date, limit: int) -> Position:
    """Return the position that a cursor means for pages of ``limit`` receipts; the beginning, if it is none of this
    paging."""
    match paging.by:
        case PagingWay.NUMBER:
            return _in_pages(paging, cursor, limit)
        case PagingWay.OFFSET:
            return _in_offsets(paging, cursor)
        case PagingWay.DAY:
            return _in_days(paging, cursor, today, limit)
        case PagingWay.CURSOR:
            return Position()
        case _:
            assert_never(paging.by)


def _in_pages(paging: Paging, cursor: str, limit: int) -> Position:
    found = re.fullmatch(r"page:(\d{1,9})/([1-9]\d{0,8})/(\d{1,9})(?:/(\w+))?", cursor, re.ASCII)
    if found is None or int(found[3]) != paging.first:
        return Position(number=paging.first)
    number, limit_then = int(found[1]), int(found[2])
    if limit_then == limit:
        return Position(number=number, before=found[4] or "")
    # Never to a later page: a service may give smaller pages than are asked for.
    return Position(number=min(number, paging.first + (number - paging.first) * limit_then // limit))


def _in_offsets(paging: Paging, cursor: str) -> Position:
    found = re.fullmatch(r"offset:(\d{1,12})/(\d{1,12})(?:/(\w+))?", cursor, re.ASCII)
    if found is None or int(found[2]) != paging.first:
        return Position(offset=paging.first)
    return Position(offset=int(found[1]), before=found[3] or "")


_DAY: Final = re.compile(
    r"day:(\d{4}-\d\d-\d\d)/(\d{1,9})(?:/(\d{4}-\d\d-\d\d))?(?:/(\w+)(?:/(\d+/\d+/\d+))?)?", re.ASCII
)


def _in_days(paging: Paging, cursor: str, today: date, limit: int) -> Position:
    found = _DAY.fullmatch(cursor)
    beginning = min(paging.first_day or today - _days(paging.overlap_days), today)
    try:
        day = date.fromisoformat(found[1]) if found else beginning
        began = date.fromisoformat(found[3]) if found and found[3] else today
    except ValueError:
        return _in_days(paging, "", today, limit)
    if day > today:  # the clock was wrong when this was written
        return _in_days(paging, "", today, limit)
    here = Position(number=paging.first, day=day, began=min(began, today))
    if found and found[5] == _counted_by(paging, limit):
        here = replace(here, number=int(found[2]), before=found[4])
    return _window(paging, here, today)


def _counted_by(paging: Paging, limit: int) -> str:
    """Return what the number of a page within days was counted by."""
    return f"{limit}/{paging.first}/{paging.days}"


def _window(paging: Paging, here: Position, today: date) -> Position:
    assert here.day is not None
    return replace(here, until_day=min(here.day + _days(paging.days - 1), today))


def following(paging: Paging, here: Position, answer: PageAnswer, today: date) -> Following:
    """Return the position after ``here``, which this answer is for; ``today`` is the day of its request."""
    match paging.by:
        case PagingWay.NUMBER:
            return _next_page(paging, here, answer)
        case PagingWay.OFFSET:
            return _next_offset(paging, here, answer)
        case PagingWay.DAY:
            return _next_day(paging, here, answer, today)
        case PagingWay.CURSOR:
            raise AssertionError("the service says its cursor")
        case _:
            assert_never(paging.by)


def _next_page(paging: Paging, here: Position, answer: PageAnswer) -> Following:
    counted_by = f"{answer.limit}/{paging.first}"
    if _is_same(here, answer):
        # The service shows its last page for every number beyond it.
        return Following(cursor=f"page:{here.number - 1}/{counted_by}", more=False)
    if _is_last(paging, here, answer):
        # Where nothing stands, or no page is any more, the walk has gone too far: the next one begins earlier.
        ends = here.number - (answer.count == 0)
        if answer.pages is not None:
            ends = min(ends, paging.first + answer.pages - 1)
        return Following(cursor=f"page:{max(ends, paging.first)}/{counted_by}", more=False)
    return Following(cursor=f"page:{here.number + 1}/{counted_by}/{answer.contents}", more=True)


def _next_offset(paging: Paging, here: Position, answer: PageAnswer) -> Following:
    if _is_same(here, answer):
        return Following(cursor=f"offset:{here.offset - answer.count}/{paging.first}", more=False)
    if _is_last(paging, here, answer):
        ends = here.offset - (answer.limit if answer.count == 0 else 0)
        return Following(cursor=f"offset:{max(ends, paging.first)}/{paging.first}", more=False)
    return Following(cursor=f"offset:{here.offset + answer.count}/{paging.first}/{answer.contents}", more=True)


def _next_day(paging: Paging, here: Position, answer: PageAnswer, today: date) -> Following:
    assert here.until_day is not None
    assert here.began is not None
    if not _is_same(here, answer) and not _is_last(paging, here, answer):
        within = f"{answer.contents}/{_counted_by(paging, answer.limit)}"
        return Following(cursor=f"day:{here.day}/{here.number + 1}/{here.began}/{within}", more=True)
    if here.until_day < today:
        return Following(cursor=f"day:{here.until_day + _days(1)}/{paging.first}/{here.began}", more=True)
    # What came while this walk was under way may stand in any day since it began.
    return Following(cursor=f"day:{here.began - _days(paging.overlap_days)}/{paging.first}", more=False)


def _is_last(paging: Paging, here: Position, answer: PageAnswer) -> bool:
    """Return True if no page follows."""
    if answer.more is not None:
        return not answer.more
    if answer.pages is not None and paging.by is not PagingWay.OFFSET:
        return here.number - paging.first + 1 >= answer.pages
    return answer.count < answer.limit


def _is_same(here: Position, answer: PageAnswer) -> bool:
    return answer.count > 0 and here.before == answer.contents


def _days(number: int) -> timedelta:
    return timedelta(days=number)
