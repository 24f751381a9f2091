"""A replay compares every admitted notice of its page."""

from __future__ import annotations

from gateway.judiciary.courier import Rejected
from gateway.versions.replay import Replayed, replay
from tests.mappers import case_mapper

from .conftest import Passes


def compared(passes: Passes, limit: int = 100) -> list[Replayed]:
    current = case_mapper(passes.bodies())
    return list(replay(passes.store, passes.cases, current, current, None, limit))


def test_two_notices_of_one_row_are_both_compared(passes: Passes) -> None:
    passes.judiciary.outcome = lambda _: Rejected(code="X")
    passes.cases.put("1")
    passes.cases.put("2")
    passes.collect()
    passes.dispatch()
    passes.cases.put("1", paper_number="P-another")
    passes.collect()
    page = passes.store.notices.admitted(since=None, until=None, limit=100, after=None)
    admitted = [each.entry.reference for each in page]
    assert len(admitted) == 3
    found = compared(passes)
    assert [each.reference for each in found] == admitted
    assert sorted(each.row_key for each in found) == ["1", "1", "2"]
    assert sum(each.unlike for each in found) == 1  # the row makes the second notice now
    assert [each.reference for each in compared(passes, limit=2)] == admitted[:2]
