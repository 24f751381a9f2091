"""A replay compares every admitted notice of its page, whatever becomes of one row."""

from __future__ import annotations

from gateway.judiciary.courier import Rejected
from gateway.overview.versions.replay_outcome import FIGURES, figures
from gateway.versions.replay import Replayed, replay
from tests.mappers import case_mapper

from .conftest import Passes


def compared(passes: Passes, limit: int = 100) -> list[Replayed]:
    current = case_mapper(passes.bodies())
    return list(replay(passes.store, passes.cases, current, current, None, limit))


def test_a_row_that_cannot_be_read_ends_no_replay(passes: Passes) -> None:
    for number in range(5):
        passes.cases.put(str(number))
    passes.collect()
    passes.cases.unreadable = {"1"}
    del passes.cases.rows_by_key["3"]
    found = compared(passes)
    assert {each.row_key: (each.same, each.unreadable, each.gone) for each in found} == {
        "0": (True, False, False),
        "1": (False, True, False),
        "2": (True, False, False),
        "3": (False, False, True),
        "4": (True, False, False),
    }
    counts = figures(found)
    assert (counts["notices"], counts["same"], counts["row_unreadable"], counts["row_gone"]) == (5, 3, 1, 1)
    assert counts.keys() <= FIGURES.keys()


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
