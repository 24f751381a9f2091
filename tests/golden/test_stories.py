"""Passes write every kind, id, fact and count of the golden story again."""

from __future__ import annotations

from tests.golden.keeping import golden_lines
from tests.golden.stories import story


def test_passes_record_and_count_by_golden_names() -> None:
    lost = golden_lines("story") - set(story())
    assert not lost
