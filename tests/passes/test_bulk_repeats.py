"""A batch of a bulk act whose COMMIT was lost is committed once more: what a person did in between stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from adapters.storage.sql_store import SqlStore
from gateway.operations.intervention import EntryChange, hold_notice, release_notice
from gateway.store.bulk_act import BulkDeed
from gateway.store.stored import Changes

from .bulk import Bulk, add_person, admitted
from .conftest import Passes


class Repeats:
    """A store that commits each batch twice, and lets a person act in between."""

    def __init__(self, store: SqlStore, between: Callable[[], None]) -> None:
        self._store, self._between = store, between

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    def commit(self, changes: Changes) -> frozenset[str]:
        stale = self._store.commit(changes)
        if changes.bulk.outcomes:
            self._between()
            assert self._store.commit(changes) == stale
        return stale


@pytest.mark.parametrize(
    ("deed", "before", "later"),
    [(BulkDeed.RELEASE, hold_notice, hold_notice), (BulkDeed.HOLD, None, release_notice)],
)
def test_a_repeated_batch_overrides_no_later_act(
    passes: Passes, deed: BulkDeed, before: EntryChange | None, later: EntryChange
) -> None:
    bulk = Bulk(passes.store, passes.clock, add_person(passes.store, passes.clock()))
    first, second = admitted(passes, 2)
    for reference in (first, second) if before else ():
        passes.clock.advance(seconds=1)
        passes.intervene(reference, before)  # type: ignore[arg-type]
    begun = bulk.begun(deed)

    def between() -> None:
        passes.clock.advance(seconds=1)
        passes.intervene(first, later)

    replace(bulk, store=Repeats(passes.store, between)).run()  # type: ignore[arg-type]
    assert passes.entry(first).held is (later is hold_notice)
    assert passes.entry(second).held is (deed is BulkDeed.HOLD)
    tally = passes.store.bulk_acts.tally(begun.id)
    assert (tally.done, tally.failures, tally.left) == (2, {}, 0)
