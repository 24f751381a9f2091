"""Rows that wait, or stand refused, when a person states that everything came again, or when that time is over."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gateway.operations.recovery import begin_if_rolled_back, end
from gateway.runtime.errors import GatewayError

from .restorable import Restorable
from .restored_world import LATER, QUEUED, S, World, assert_asked_about, begun, finish, sent_and_forgotten


def _state(world: World) -> None:
    act = world.passes.act("recovery.end")
    end(world.passes.store, act, "city", ["cases"], although=False, brought_again=True)


@pytest.mark.long
def test_a_row_that_waits_when_everything_is_said_to_have_come_again_is_asked_about(place: Restorable) -> None:
    world = World(place)
    world.cases.is_brought = True
    reference = sent_and_forgotten(world, shows_nothing=True)
    world.go_on(2)
    finish(world)
    world.clock.advance(days=2)
    world.cases.put(QUEUED)
    _state(world)
    world.passes.collect()
    assert_asked_about(world, reference)
    new = world.admit(LATER)[LATER]
    assert world.passes.entry(new).state is S.QUEUED, "it came after the source was taken in once more"


def test_a_row_that_waits_when_the_time_for_rows_to_come_again_is_over_is_asked_about(place: Restorable) -> None:
    """As after a service that stood still for days."""
    world = World(place)
    world.cases.is_brought = True
    reference = sent_and_forgotten(world, shows_nothing=True)
    world.go_on(2)
    finish(world)
    world.cases.put(QUEUED)
    world.clock.advance(days=31)
    world.passes.collect()
    assert_asked_about(world, reference)
    new = world.admit(LATER)[LATER]
    assert world.passes.entry(new).state is S.QUEUED


def test_a_round_that_was_stopped_does_not_end_the_time_for_rows_to_come_again(place: Restorable) -> None:
    world = World(place)
    world.cases.is_brought = True
    reference = sent_and_forgotten(world, shows_nothing=True)
    world.go_on(2)
    finish(world)
    world.clock.advance(days=2)
    _state(world)
    world.passes.collect(may_continue=lambda: False)
    world.cases.put(QUEUED)
    world.passes.collect()
    assert_asked_about(world, reference)


def _stated(world: World) -> None:
    _state(world)
    world.passes.collect()


def _month(world: World) -> None:
    world.clock.advance(days=31)
    world.passes.collect()
    world.clock.advance(days=1)


def _year(world: World) -> None:
    world.clock.advance(days=365)


@pytest.mark.parametrize(
    ("is_brought", "later"),
    [(True, _stated), (True, _month), (False, _year)],
    ids=["once everything came again", "a month later", "of a source that was not configured in the recovery"],
)
def test_a_row_that_was_refused_while_its_source_was_asked_about_is_asked_about_later(
    place: Restorable, is_brought: bool, later: Callable[[World], None]
) -> None:
    world = World(place)
    world.cases.is_brought, world.cases.silent = is_brought, not is_brought
    reference = sent_and_forgotten(world, shows_nothing=True)
    if is_brought:
        world.go_on(2)
        finish(world)
    else:
        begin_if_rolled_back(world.passes.store, world.clock(), "city")
        end(world.passes.store, world.passes.act("recovery.end"), "city", [], although=False)
    world.clock.advance(days=2)
    kinds = dict(world.passes.kinds)
    world.passes.kinds.clear()
    world.cases.put(QUEUED)
    world.passes.collect()
    assert [each.refusal.code for each in world.passes.store.refusals.of_rows("cases", [QUEUED]).values()] == [
        "notice.kind"
    ]
    later(world)
    world.passes.kinds.update(kinds)
    world.passes.collect()
    assert_asked_about(world, reference)


def test_a_row_that_is_refused_first_after_its_source_was_settled_is_new(place: Restorable) -> None:
    world = World(place)
    begun(world)
    world.go_on(1)
    finish(world)
    world.clock.advance(hours=1)
    world.cases.put(LATER, recipient_name="")
    world.passes.collect()
    world.cases.put(LATER, recipient_name="شخص نمونه")
    world.passes.collect()
    assert [entry.state for entry in world.entries() if entry.row_key == LATER] == [S.QUEUED]


def test_that_everything_came_again_can_be_said_whenever_a_source_is_not_whole(place: Restorable) -> None:
    world = World(place)
    begun(world)
    world.cases.unversioned = 1
    world.passes.collect()
    finish(world, although=True)
    world.clock.advance(days=300)
    world.cases.put(LATER)
    world.passes.collect()
    assert {entry.row_key: entry.state for entry in world.entries()} == {LATER: S.IN_DOUBT}
    _stated(world)
    new = world.admit(QUEUED)[QUEUED]
    assert world.passes.entry(new).state is S.QUEUED, "no row that cannot be listed keeps it in doubt for ever"
    with pytest.raises(GatewayError, match=r"recovery\.stated"):
        _state(world)


def test_that_everything_came_again_is_not_said_without_a_recovery(place: Restorable) -> None:
    with pytest.raises(GatewayError, match=r"recovery\.none"):
        _state(World(place))
