"""The figures of `bench console`: every question has an answer, and a common one more than a rare one."""

from __future__ import annotations

import pytest

from adapters.bench import console_pages, console_search, console_store


@pytest.mark.slow
@pytest.mark.exhaustive(group="benches", keep=3)
def test_each_question_is_timed_over_a_store_of_people_with_usual_names() -> None:
    with console_store.made_store("sqlite", 2000) as made:
        found = {timing.name: timing for timing in console_search.measure(made, 2)}
        pages, watched = console_pages.measure(made, 2)
    assert made.notices == 2000
    assert all(0 < timing.median <= timing.most for timing in found.values())
    assert 2000 < found["all, counted"].found <= 2000 + console_store.GENUINE
    assert found["case number, counted"].found == found["reference"].found == found["tracking number"].found == 1
    assert found["name, frequent, counted"].found > found["name, in full, counted"].found > 0
    assert found["recipient of many notices, counted"].found == 10
    assert found["no such name"].found == found["no such case, counted"].found == 0
    assert all(0 < page.median <= page.most and page.octets > 1000 for page in pages)
    assert watched.pages == console_pages.WATCHERS * console_pages.WATCHED_ROUNDS * len(console_pages.WATCHED_PAGES)
    assert watched.before is None or watched.after is not None
