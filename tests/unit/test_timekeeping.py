"""Clocks that are heard now and then: what is certain about them, and that ours is noticed when it is set."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from gateway.runtime.timekeeping import HEARD_AGAIN_AFTER, JUDICIARY, STORE, Timekeeper

START = datetime(2026, 2, 3, 9, 0, tzinfo=UTC)
TOLERANCE = timedelta(seconds=30)


class Node:
    """A machine whose time passes by hand: ``passed`` is true, ``set_by`` how wrong its clock is."""

    def __init__(self) -> None:
        self.passed, self.set_by = 0.0, 0.0
        self.keeper = Timekeeper(self.clock, lambda: self.passed, TOLERANCE)

    def clock(self) -> datetime:
        return self.true + timedelta(seconds=self.set_by)

    @property
    def true(self) -> datetime:
        return START + timedelta(seconds=self.passed)

    def hear(self, of: str = STORE, *, ahead: float = 0, took: float = 0) -> None:
        """An answer that was made half way between question and answer."""
        theirs = self.true + timedelta(seconds=took / 2 + ahead)
        since = self.passed
        self.passed += took
        self.keeper.heard(of, theirs, since)

    @property
    def code(self) -> str | None:
        off = self.keeper.off()
        return off.code if off else None


@pytest.fixture
def node() -> Node:
    return Node()


def test_nothing_is_off_that_was_never_heard(node: Node) -> None:
    assert node.keeper.off() is None
    assert node.keeper.offsets() == {}


@pytest.mark.parametrize(("ahead", "code"), [(0, None), (29, None), (-29, None), (31, "clock.off"), (-31, "clock.off")])
def test_a_clock_is_off_beyond_the_tolerance_on_either_side(node: Node, ahead: float, code: str | None) -> None:
    node.hear(ahead=ahead)
    assert node.code == code
    assert node.keeper.offsets()[STORE].estimate == timedelta(seconds=ahead)


def test_a_slow_answer_proves_less(node: Node) -> None:
    node.hear(ahead=40, took=30)
    assert node.code is None, "it may be 25 seconds"
    node.hear(ahead=40, took=2)
    assert node.code == "clock.off"


def test_the_error_names_the_clock_and_which_one_is_ahead(node: Node) -> None:
    node.set_by = 600
    node.hear(JUDICIARY)
    off = node.keeper.off()
    assert off is not None
    assert (off.where, off.detail) == (JUDICIARY, "ours is +600.0 s from it")


def test_a_clock_that_is_set_is_off_at_once_and_right_again_when_it_is_set_back(node: Node) -> None:
    node.hear()
    node.passed += 5
    node.set_by = -3600
    assert node.code == "clock.off"
    node.set_by = 0
    assert node.code is None


def test_a_jump_is_told_once(node: Node) -> None:
    assert node.keeper.jumped() is None
    node.passed += 3600
    assert node.keeper.jumped() is None, "time passed"
    node.set_by = 90
    jumped = node.keeper.jumped()
    assert jumped is not None
    assert (jumped.code, jumped.detail) == ("clock.jumped", "by +90.0 s")
    assert node.keeper.jumped() is None
    node.set_by = 89
    assert node.keeper.jumped() is None, "it is being corrected, little by little"


def test_what_was_heard_long_ago_proves_less(node: Node) -> None:
    node.hear(ahead=31)
    node.passed += 86_400
    assert node.code is None
    assert node.keeper.offsets()[STORE].high > timedelta(seconds=31)


def test_a_clock_that_seems_off_is_heard_again_before_long(node: Node) -> None:
    assert not node.keeper.must_hear(JUDICIARY)
    node.hear(JUDICIARY, ahead=600)
    assert not node.keeper.must_hear(JUDICIARY)
    node.passed += HEARD_AGAIN_AFTER + 1
    assert node.keeper.must_hear(JUDICIARY)
    node.hear(JUDICIARY)
    node.passed += HEARD_AGAIN_AFTER + 1
    assert not node.keeper.must_hear(JUDICIARY)
