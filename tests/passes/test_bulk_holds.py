"""Bulk acts and holds: what a person placed after the dry run stays, and is listed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from gateway.operations import intervention
from gateway.operations.intervention import EntryChange
from gateway.store.bulk_act import UNCHANGED, BulkDeed

from .bulk import Bulk, add_person, admitted
from .conftest import Passes
from .test_bulk_acts import MovesFirst

pytestmark = pytest.mark.long

AGAIN = intervention.release_notice, intervention.hold_notice
"""Another person releases a notice, and holds it again for another reason."""


@pytest.fixture
def bulk(passes: Passes) -> Bulk:
    return Bulk(passes.store, passes.clock, add_person(passes.store, passes.clock()))


def intervene(passes: Passes, reference: str, deeds: Sequence[EntryChange]) -> None:
    for deed in deeds:
        passes.clock.advance(seconds=1)
        passes.intervene(reference, deed)


@pytest.mark.parametrize("late", [False, True], ids=["before its batch", "between the reading and the commit"])
@pytest.mark.parametrize(
    ("deed", "before", "after"),
    [
        (BulkDeed.WITHDRAW, (), AGAIN[1:]),
        (BulkDeed.WITHDRAW, AGAIN[1:], AGAIN),
        (BulkDeed.WITHDRAW, AGAIN[1:], AGAIN[:1]),
        (BulkDeed.RELEASE, AGAIN[1:], AGAIN),
    ],
    ids=["held", "held again", "released", "release of another hold"],
)
def test_a_notice_whose_hold_is_another_one_is_left_alone(
    passes: Passes, bulk: Bulk, deed: BulkDeed, before: Sequence[EntryChange], after: Sequence[EntryChange], late: bool
) -> None:
    references = admitted(passes, 3)
    for reference in references:
        intervene(passes, reference, before)
    begun = bulk.begun(deed)
    if late:
        replace(bulk, store=MovesFirst(passes.store, references[1], passes, after)).run()  # type: ignore[arg-type]
    else:
        intervene(passes, references[1], after)
        bulk.run()
    outcomes = bulk.outcomes(begun)
    assert [name for name, outcome in outcomes.items() if outcome == "bulk.moved"] == [references[1]]
    assert bulk.acts_on(references[1], begun) == []
    assert passes.entry(references[1]).held is (after[-1] is intervention.hold_notice)
    tally = passes.store.bulk_acts.tally(begun.id)
    assert (tally.done, tally.failures) == (2, {"bulk.moved": 1})


def test_one_that_another_person_released_is_so_already(passes: Passes, bulk: Bulk) -> None:
    [reference] = admitted(passes, 1)
    intervene(passes, reference, AGAIN[1:])
    begun = bulk.begun(BulkDeed.RELEASE)
    intervene(passes, reference, AGAIN[:1])
    bulk.run()
    assert bulk.outcomes(begun) == {reference: UNCHANGED}


def test_a_release_names_the_hold_that_it_ends(passes: Passes, bulk: Bulk) -> None:
    [reference] = admitted(passes, 1)
    bulk.begun(BulkDeed.HOLD)
    bulk.run()
    held_by = passes.entry(reference).held_by
    assert held_by is not None
    assert bulk.record(held_by)["act"] == "queue.hold"
    passes.clock.advance(seconds=1)
    begun = bulk.begun(BulkDeed.RELEASE)
    bulk.run()
    [act] = bulk.acts_on(reference, begun)
    assert act["ends"] == held_by
    assert (passes.entry(reference).held, passes.entry(reference).held_by) == (False, None)
