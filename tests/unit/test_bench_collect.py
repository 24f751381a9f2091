"""The benchmark of collecting notes its figures when so many rows were taken in."""

from __future__ import annotations

from adapters.bench.collect import Milestone, _Counted
from tests.passes.case_table import Cases


def test_milestones_are_at_their_shares_of_all_rows() -> None:
    cases = Cases()
    for number in range(40):
        cases.put(f"{number:02d}")
    found: list[Milestone] = []
    counted = _Counted(cases, 40, found)
    keys = [mark.key for mark in counted.marks(None, 100)]
    assert [row.key for part in (keys[:3], keys[3:30], keys[30:]) for row in counted.rows(part)] == keys
    assert [(milestone.share, milestone.rows) for milestone in found] == [(0.1, 4), (0.5, 20), (1.0, 40)]
    assert all(milestone.rows_per_second > 0 for milestone in found)
    assert all(0 < milestone.memory <= milestone.peak for milestone in found)
