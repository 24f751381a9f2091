"""Rows that first come, or come back, after the end of a recovery: their notices may have been sent before the loss."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.judiciary.capabilities import Capabilities, InquiryWay
from gateway.operations.intervention import Decision, DoubtDecision, withdraw
from gateway.operations.recovery import begin_if_rolled_back, end, open_ends
from gateway.runtime.errors import GatewayError
from gateway.store.source_listing import BROUGHT_AGAIN, LISTED_AGAIN_AFTER, asked_until, last_listing
from gateway.store.store_fingerprint import Recovery

from .conftest import SETTLE
from .restorable import Restorable
from .restored_world import (
    LATER,
    QUEUED,
    SLOW,
    S,
    World,
    assert_asked_about,
    begun,
    finish,
    recovery_of,
    sent_and_forgotten,
)


def test_a_row_that_is_brought_again_after_the_end_is_asked_about(place: Restorable) -> None:
    world = World(place)
    world.cases.is_brought = True
    reference = sent_and_forgotten(world, shows_nothing=True)
    world.go_on(2)
    ended = finish(world)
    assert ended.ended_at is not None
    assert asked_until(world.passes.store, world.clock()) == ended.ended_at + BROUGHT_AGAIN
    world.clock.advance(days=20)
    world.admit(QUEUED)
    assert_asked_about(world, reference)


def test_a_new_row_that_is_brought_after_the_end_is_sent_once_its_absence_is_proven(place: Restorable) -> None:
    world = World(place)
    world.cases.is_brought = True
    begun(world)
    world.go_on(1)
    finish(world)
    world.clock.advance(hours=1)
    reference = world.admit(LATER)[LATER]
    assert world.passes.dispatch().idle
    world.go_on(4)
    assert world.came == [reference]
    assert reference in world.judiciary.asked
    assert world.passes.entry(reference).state is S.DELIVERED


def test_without_inquiries_a_row_that_is_brought_after_the_end_waits_for_a_person(place: Restorable) -> None:
    world = World(place)
    world.cases.is_brought = True
    world.passes.capabilities = Capabilities(inquiry=InquiryWay.NONE)
    begun(world)
    world.go_on(1)
    finish(world)
    world.clock.advance(hours=1)
    reference = world.admit(LATER)[LATER]
    world.passes.rescue()
    entry = world.passes.entry(reference)
    assert (entry.state, entry.code, entry.due_at, entry.attempts) == (S.IN_DOUBT, "doubt.unaskable", None, 0)
    assert world.passes.store.tallies.counts()["undecided"] == 1
    world.passes.intervene(reference, Decision(verdict=DoubtDecision.QUEUED, settle_after=SETTLE))
    assert world.passes.dispatch().counts["accepted"] == 1


def test_what_is_brought_a_month_after_the_end_is_new(place: Restorable) -> None:
    world = World(place)
    world.cases.is_brought = True
    begun(world)
    world.go_on(1)
    finish(world)
    world.clock.advance(days=31)
    world.passes.collect()
    reference = world.admit(LATER)[LATER]
    assert world.passes.dispatch().counts["accepted"] == 1
    assert reference not in world.judiciary.asked


@pytest.mark.parametrize("later", [False, True], ids=["with the end", "after the end"])
def test_once_a_person_says_that_everything_was_brought_again_rows_are_new(place: Restorable, later: bool) -> None:
    world = World(place)
    world.cases.is_brought = True
    begun(world)
    world.go_on(1)
    if later:
        finish(world)
        world.clock.advance(hours=1)
    stated = _end(world, ["cases"], brought_again=True)
    assert stated.ended_at is not None
    assert asked_until(world.passes.store, world.clock()) is None
    world.clock.advance(minutes=11)
    world.passes.collect()
    reference = world.admit(LATER)[LATER]
    assert world.passes.dispatch().counts["accepted"] == 1
    assert reference not in world.judiciary.asked
    with pytest.raises(GatewayError, match=r"recovery\.stated"):
        _end(world, ["cases"], brought_again=True)


def test_a_row_that_shows_its_forgotten_notice_is_asked_about_whenever_it_comes_back(place: Restorable) -> None:
    """A view hid it, or it had no version, while the source was read in the recovery."""
    world = World(place)
    reference = sent_and_forgotten(world)
    world.go_on(2)
    finish(world)
    world.clock.advance(days=40)
    world.admit(QUEUED, LATER)
    assert world.passes.entry(world.references[LATER]).state is S.QUEUED, "it shows nothing, so it is new"
    world.cases.rows_by_key.pop(LATER)
    world.passes.intervene(world.references[LATER], withdraw)
    assert_asked_about(world, reference)


def test_a_source_with_rows_that_cannot_be_listed_is_not_whole(place: Restorable) -> None:
    world = World(place)
    world.cases.silent = True
    reference = sent_and_forgotten(world)
    world.cases.unversioned = 1
    world.go_on(2)
    recovery = recovery_of(world)
    assert open_ends(world.passes.store, recovery, ["cases"]).uncollected == ("cases",)
    with pytest.raises(GatewayError, match=r"not all rows taken in: cases"):
        finish(world)
    finish(world, although=True)
    world.clock.advance(days=1)
    world.passes.collect()
    world.cases.unversioned = 0
    world.admit(QUEUED)
    assert_asked_about(world, reference)


def test_a_source_that_was_not_configured_in_a_recovery_is_listed_anew_when_it_is_back(place: Restorable) -> None:
    world = World(place)
    world.cases.silent = True
    for number in range(30):
        world.cases.put(f"bad {number}", recipient_name="")
    world.passes.collect()
    backup = place.back_up()
    world.start()
    world.cases.put(QUEUED, change=1)
    world.passes.collect(since="000001")
    reference = world.admit()[QUEUED]
    world.go_on(4)
    assert world.came == [reference]

    place.restore(backup)
    world.start()
    begin_if_rolled_back(world.passes.store, world.clock(), "city")
    assert _end(world, []).ended_at is not None, "the configuration names no source"
    world.clock.advance(minutes=20)
    world.admit()
    assert_asked_about(world, reference)
    assert _is_read_whole(world)
    world.admit(SLOW)
    assert world.passes.dispatch().counts["sent"] == 1, "the source was read whole, so this row is new"


def test_a_source_that_cannot_be_read_whole_is_not_listed_anew_by_each_pass(place: Restorable) -> None:
    world = World(place)
    begun(world)
    world.cases.unversioned = 1
    world.passes.collect()
    finish(world, although=True)
    for number in range(30):
        world.cases.put(f"bad {number}", recipient_name="")
    world.passes.collect()
    world.cases.put("late", change=0, recipient_name="")
    world.passes.collect()
    assert "late" not in world.cases.read
    world.clock.advance(seconds=LISTED_AGAIN_AFTER.total_seconds())
    world.passes.collect()
    assert "late" in world.cases.read
    world.cases.unversioned = 0
    world.clock.advance(seconds=LISTED_AGAIN_AFTER.total_seconds())
    world.passes.collect()
    assert _is_read_whole(world)


def test_rows_that_cannot_be_listed_are_no_matter_once_a_person_says_that_everything_came_again(
    place: Restorable,
) -> None:
    world = World(place)
    begun(world)
    world.cases.unversioned = 1
    world.passes.collect()
    finish(world, although=True)
    world.clock.advance(hours=1)
    world.passes.collect()
    _end(world, ["cases"], brought_again=True)
    world.passes.collect()
    reference = world.admit(LATER)[LATER]
    assert world.passes.entry(reference).state is S.QUEUED


def test_a_revision_whose_predecessor_a_recovery_forgot_is_asked_about_after_its_end(place: Restorable) -> None:
    world = World(place)
    begun(world)
    world.cases.put(LATER, revision=2)
    world.passes.collect()
    assert world.entries() == [], "it stands refused when the recovery ends"
    finish(world, although=True)
    world.clock.advance(hours=1)
    world.passes.collect()
    assert [(entry.state, entry.code) for entry in world.entries()] == [(S.IN_DOUBT, "doubt.predecessor")]


def _is_read_whole(world: World) -> bool:
    newest = world.passes.store.recovery.all()[-1]
    listing = last_listing(world.passes.store.rows, "cases", newest)
    return listing is not None and listing.is_whole


def _end(world: World, sources: Sequence[str], *, brought_again: bool = False) -> Recovery:
    act = world.passes.act("recovery.end")
    return end(world.passes.store, act, "city", sources, although=False, brought_again=brought_again)
