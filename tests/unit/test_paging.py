"""Pages of receipts: the next position after an answer, and that no receipt is passed over, whenever it is added."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from adapters.settings.profile_sections.paging import PagingSection
from gateway.judiciary.paging import Following, PageAnswer, Paging, PagingWay, Position, following, position

NUMBER, OFFSET = Paging(by=PagingWay.NUMBER), Paging(by=PagingWay.OFFSET, first=0)
DAY = Paging(by=PagingWay.DAY, overlap_days=2)
TODAY = date(2026, 11, 28)


def answer(
    count: int, contents: str = "c", more: bool | None = None, pages: int | None = None, limit: int = 3
) -> PageAnswer:
    return PageAnswer(count=count, limit=limit, contents=contents, more=more, pages=pages)


@pytest.mark.parametrize(
    ("paging", "cursor", "page", "then", "more"),
    [
        # by number: the last page is read again
        (NUMBER, "", answer(0), "page:1/3/1", False),
        (NUMBER, "", answer(2), "page:1/3/1", False),
        (NUMBER, "page:1/3/1", answer(3), "page:2/3/1/c", True),
        (NUMBER, "page:2/3/1/b", answer(3), "page:3/3/1/c", True),
        (NUMBER, "page:2/3/1/b", answer(0), "page:1/3/1", False),
        # the service shows its last page for every number beyond
        (NUMBER, "page:2/3/1/c", answer(3), "page:1/3/1", False),
        (NUMBER, "page:2/3/1", answer(3, more=False), "page:2/3/1", False),
        (NUMBER, "page:2/3/1", answer(1, more=True), "page:3/3/1/c", True),
        (NUMBER, "page:2/3/1", answer(1, pages=3), "page:3/3/1/c", True),
        (NUMBER, "page:3/3/1", answer(3, pages=3), "page:3/3/1", False),
        (NUMBER, "page:9/3/1", answer(0, pages=2), "page:2/3/1", False),  # it has fewer than it had
        (NUMBER, "page:1/3/1", answer(0, pages=0), "page:1/3/1", False),
        (Paging(by=PagingWay.NUMBER, first=0), "", answer(3, pages=2), "page:1/3/0/c", True),
        (Paging(by=PagingWay.NUMBER, first=0), "page:1/3/0", answer(3, pages=2), "page:1/3/0", False),
        (NUMBER, "BR-77", answer(2), "page:1/3/1", False),  # a cursor of another way
        # pages of another size: the page in which the first receipt of that one stands, or an earlier one
        (NUMBER, "page:9/20/1/c", answer(50, limit=50), "page:5/50/1/c", True),
        (NUMBER, "page:4/50/1/c", answer(2, limit=20), "page:4/20/1", False),
        (NUMBER, "page:9", answer(2), "page:1/3/1", False),
        (NUMBER, "page:9/c", answer(2), "page:1/3/1", False),
        (Paging(by=PagingWay.NUMBER, first=0), "page:9/3/1", answer(3), "page:1/3/0/c", True),
        # by offset
        (OFFSET, "", answer(0), "offset:0/0", False),
        (OFFSET, "", answer(3), "offset:3/0/c", True),
        (OFFSET, "offset:3/0/b", answer(2), "offset:3/0", False),
        (OFFSET, "offset:3/0/c", answer(3), "offset:0/0", False),
        (OFFSET, "offset:3/0", answer(0), "offset:0/0", False),
        (OFFSET, "offset:3/0", answer(1, more=True), "offset:4/0/c", True),
        (OFFSET, "offset:3/0", answer(3, more=False), "offset:3/0", False),
        (OFFSET, "offset:7/1", answer(3), "offset:3/0/c", True),  # another first receipt
        (OFFSET, "offset:7/1/c", answer(3), "offset:3/0/c", True),
        (OFFSET, "offset:7", answer(3), "offset:3/0/c", True),
        (OFFSET, "offset:7/1234567890123456", answer(3), "offset:3/0/c", True),
        (Paging(by=PagingWay.OFFSET, first=1), "offset:7/0", answer(2), "offset:1/1", False),
        # by day: pages, then days, then the overlap once more
        (DAY, "", answer(3), "day:2026-11-26/2/2026-11-28/c/3/1/1", True),
        (DAY, "day:2026-11-26/2/2026-11-28/b/3/1/1", answer(1), "day:2026-11-27/1/2026-11-28", True),
        (DAY, "day:2026-11-26/2/2026-11-28/c/3/1/1", answer(3), "day:2026-11-27/1/2026-11-28", True),
        (DAY, "day:2026-11-27/1/2026-11-28", answer(0), "day:2026-11-28/1/2026-11-28", True),
        (DAY, "day:2026-11-28/1/2026-11-28", answer(3, pages=1), "day:2026-11-26/1", False),
        (DAY, "day:2026-11-28/1/2026-11-28", answer(3, pages=2), "day:2026-11-28/2/2026-11-28/c/3/1/1", True),
        (DAY, "day:2026-11-28/4/2026-11-28/c", answer(3), "day:2026-11-28/2/2026-11-28/c/3/1/1", True),
        (DAY, "day:2026-11-28/4/2026-11-28/c/2/1/1", answer(3), "day:2026-11-28/2/2026-11-28/c/3/1/1", True),
        (DAY, "day:2026-11-28/4/2026-11-28/b/3/0/1", answer(3), "day:2026-11-28/2/2026-11-28/c/3/1/1", True),
        (DAY, "day:2026-11-28/4/2026-11-28/b/3/1/9", answer(3), "day:2026-11-28/2/2026-11-28/c/3/1/1", True),
        # a walk that lasted for days: what came meanwhile stands in any day since it began
        (DAY, "day:2026-11-28/1/2026-11-20", answer(0), "day:2026-11-18/1", False),
        (DAY, "day:2026-12-24/1", answer(0), "day:2026-11-27/1/2026-11-28", True),  # the clock was wrong
        (DAY, "day:2026-02-31/1", answer(0), "day:2026-11-27/1/2026-11-28", True),
    ],
)
def test_the_next_position(paging: Paging, cursor: str, page: PageAnswer, then: str, more: bool) -> None:
    assert following(paging, position(paging, cursor, TODAY, page.limit), page, TODAY) == Following(
        cursor=then, more=more
    )


def test_one_request_covers_days_up_to_the_present_one() -> None:
    wide = Paging(by=PagingWay.DAY, days=31, overlap_days=40)
    here = position(wide, "", TODAY, 3)
    assert (here.day, here.until_day) == (date(2026, 10, 19), date(2026, 11, 18))
    then = following(wide, here, answer(0), TODAY)
    last = position(wide, then.cursor, TODAY, 3)
    assert (last.day, last.until_day, then.more) == (date(2026, 11, 19), TODAY, True)


def test_a_first_walk_begins_where_the_profile_says() -> None:
    assert position(Paging(by=PagingWay.DAY, first_day=date(2026, 3, 1)), "", TODAY, 3).day == date(2026, 3, 1)
    assert position(Paging(by=PagingWay.DAY, first_day=date(2027, 3, 1)), "", TODAY, 3).day == TODAY


@pytest.mark.parametrize("day", ["2026-11-01", '"2026-11-01"', "1405-08-10", '"1405-08-10"'])
def test_a_first_day_of_a_profile_is_read_in_either_calendar(day: str) -> None:
    section = PagingSection.model_validate({"by": "day", **tomllib.loads(f"first_day = {day}")})
    assert section.value.first_day == date(2026, 11, 1)


@pytest.mark.parametrize("day", ["1805-01-01", '"1405-13-01"', "2026-11-01T00:00:00Z", "1405"])
def test_a_first_day_that_is_none_is_refused(day: str) -> None:
    with pytest.raises(ValidationError, match="a day such as"):
        PagingSection.model_validate({"by": "day", **tomllib.loads(f"first_day = {day}")})


@dataclass
class Service:
    """A service that keeps its receipts; each has a day and a place in it."""

    size: int
    kept: list[tuple[date, int]] = field(default_factory=list)

    def page(self, paging: Paging, here: Position) -> list[tuple[date, int]]:
        found = [each for each in self.kept if here.day is None or here.day <= each[0] <= (here.until_day or here.day)]
        start = here.offset if paging.by is PagingWay.OFFSET else (here.number - paging.first) * self.size
        return found[start : start + self.size]


@given(data=st.data())
@pytest.mark.parametrize("paging", [NUMBER, OFFSET, DAY, Paging(by=PagingWay.DAY, days=3, overlap_days=2)])
def test_no_receipt_is_passed_over_whenever_it_is_added_wherever_a_pass_ends_and_whatever_a_page_holds(
    paging: Paging, data: st.DataObject
) -> None:
    service, read, cursor, today = Service(size=data.draw(st.integers(1, 4))), set[tuple[date, int]](), "", TODAY

    def add() -> None:
        for _ in range(data.draw(st.integers(0, 3))):
            late = data.draw(st.integers(0, 2)) if paging.by is PagingWay.DAY else 0
            one = (today - timedelta(days=late), len(service.kept))
            service.kept.append(one)
            if paging.by is PagingWay.DAY:
                service.kept.sort()

    def walk(calls: int) -> str:
        at, more = cursor, True
        while more and calls:
            here = position(paging, at, today, service.size)
            page = service.page(paging, here)
            read.update(page)
            said = answer(len(page), contents=str(hash(tuple(page))).replace("-", "m"), limit=service.size)
            then = following(paging, here, said, today)
            at, more, calls = then.cursor, then.more, calls - 1
            if data.draw(st.booleans()):
                add()
        return at

    for _ in range(data.draw(st.integers(1, 6))):
        add()
        cursor = walk(data.draw(st.integers(1, 4)))
        service.size = data.draw(st.integers(1, 4))
        today += timedelta(days=data.draw(st.integers(0, 1)))
    kept = list(service.kept)
    for _ in range(2):  # two whole walks, the first of which may be the end of one that was under way
        cursor = position_end(service, paging, cursor, today, read)
    assert set(kept) <= read


def position_end(service: Service, paging: Paging, cursor: str, today: date, read: set[tuple[date, int]]) -> str:
    more = True
    while more:
        here = position(paging, cursor, today, service.size)
        page = service.page(paging, here)
        read.update(page)
        said = answer(len(page), contents=str(hash(tuple(page))).replace("-", "m"), limit=service.size)
        then = following(paging, here, said, today)
        cursor, more = then.cursor, then.more
    return cursor


@given(
    passes=st.lists(st.tuples(st.integers(1, 60), st.integers(0, 200)), min_size=2, max_size=5), cap=st.integers(1, 60)
)
def test_no_receipt_is_passed_over_where_a_service_gives_smaller_pages_than_are_asked_for(
    passes: list[tuple[int, int]], cap: int
) -> None:
    kept, read, cursor = 0, set[int](), ""
    for limit, added in passes:
        kept, more = kept + added, True
        while more:
            here, size = position(NUMBER, cursor, TODAY, limit), min(limit, cap)
            page = range(kept)[(here.number - 1) * size : here.number * size]
            read.update(page)
            contents = f"{page.start}to{page.stop}"
            said = answer(len(page), contents=contents, more=page.stop < kept, limit=limit)
            then = following(NUMBER, here, said, TODAY)
            cursor, more = then.cursor, then.more
    assert read == set(range(kept))


@pytest.mark.parametrize("by", [PagingWay.NUMBER, PagingWay.OFFSET])
@pytest.mark.parametrize("calls", [2, 20])
def test_after_a_wrong_first_is_corrected_every_receipt_is_asked_for(by: PagingWay, calls: int) -> None:
    """The service counts from 0; the first walk ends after so many calls, at its end or before."""
    service, read, cursor = Service(size=3, kept=[(TODAY, number) for number in range(10)]), set[tuple[date, int]](), ""
    for first, most in ((1, calls), (0, 20)):
        paging = Paging(by=by, first=first)
        for _ in range(most):
            here = position(paging, cursor, TODAY, service.size)
            page = service.page(Paging(by=by, first=0), here)
            read.update(page)
            said = answer(len(page), contents=f"from{here.offset}{here.number}", limit=service.size)
            then = following(paging, here, said, TODAY)
            cursor = then.cursor
            if not then.more:
                break
    assert read == set(service.kept)
