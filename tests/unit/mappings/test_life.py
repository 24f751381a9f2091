"""The states of a mapping's version, which decision holds when, and the page that tells of both."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.cli.versions.mapping_reference import life_table
from gateway.store.version import Activation
from gateway.store.version_state import (
    FINAL,
    FIRST,
    MOVED_BY,
    TRANSITIONS,
    IllegalMappingStep,
    MappingEvent,
    MappingState,
    after,
)
from gateway.versions.succession import before, begun, in_force, planned, was_in_force

PAGE = (Path(__file__).parents[3] / "docs/connect/mappings.md").read_text(encoding="utf-8")
NOW = datetime(2026, 2, 3, 8, tzinfo=UTC)


def test_the_page_shows_the_table_of_the_code() -> None:
    assert life_table() in PAGE


def test_every_event_says_who_moves() -> None:
    assert set(MOVED_BY) == set(MappingEvent)


def test_only_what_was_approved_is_ever_activated() -> None:
    assert {state for state, event in TRANSITIONS if event is MappingEvent.ACTIVATION} == {
        MappingState.APPROVED,
        MappingState.ACTIVE,
    }
    assert [pair for pair, to in TRANSITIONS.items() if to is MappingState.APPROVED] == [
        (MappingState.SUBMITTED, MappingEvent.APPROVAL)
    ]


def test_every_state_is_reached_and_final_ones_are_not_left() -> None:
    reached = {FIRST} | set(TRANSITIONS.values())
    assert reached == set(MappingState)
    assert set(MappingState) - {state for state, _ in TRANSITIONS} == FINAL


@pytest.mark.parametrize("event", MappingEvent)
def test_nothing_happens_to_what_is_retired(event: MappingEvent) -> None:
    with pytest.raises(IllegalMappingStep):
        after(MappingState.RETIRED, event)


def decision(number: int, version: int, begins: int, restores: int | None = None) -> Activation:
    return Activation(
        source="cases",
        number=number,
        mapping="my-view",
        version=version,
        digest=f"sha256:{version}",
        begins_at=NOW + timedelta(days=begins),
        decided_at=NOW,
        restores=restores,
        evidence_id=f"mapping:{number}",
    )


def at(day: float) -> datetime:
    return NOW + timedelta(days=day)


def test_a_decision_for_an_earlier_day_takes_the_place_of_one_for_a_later_day() -> None:
    decisions = [decision(1, 1, 0), decision(2, 2, 9), decision(3, 3, 4)]
    assert [each.version for day in (1, 5, 10) if (each := in_force(decisions, at(day)))] == [1, 3, 3]
    assert planned(decisions, at(1)) == [decisions[2]]


def test_decisions_for_days_in_their_order_all_come() -> None:
    decisions = [decision(1, 1, 2), decision(2, 2, 4)]
    assert in_force(decisions, at(1)) is None
    assert planned(decisions, at(1)) == decisions
    assert before(decisions, decisions[0]) is None
    assert before(decisions, decisions[1]) == decisions[0]


def test_a_decision_that_holds_at_once_has_begun_whatever_the_readers_clock_shows() -> None:
    """A machine 3:30 h ahead rolls back version 2 five minutes after it began."""
    ahead = at(0) + timedelta(hours=3, minutes=35)
    rolled_back = replace(decision(3, 1, 0, restores=1), begins_at=ahead, decided_at=ahead)
    decisions = [decision(1, 1, -9), replace(decision(2, 2, 0), decided_at=at(0))]
    assert in_force([*decisions, rolled_back], at(0.01)) == rolled_back
    assert was_in_force([*decisions, rolled_back], at(0.01)) == decisions[1]
    assert begun([*decisions, rolled_back], at(0.01)) == [rolled_back, decisions[1]]
    assert planned([decisions[0], decision(2, 9, 1), rolled_back], at(0.01)) == []
    again = replace(decision(4, 3, 0), begins_at=at(0.02), decided_at=at(0.02))
    assert before([*decisions, rolled_back, again], again) == rolled_back


def test_the_same_version_decided_anew_is_nothing_to_go_back_to() -> None:
    decisions = [decision(1, 1, 0), decision(2, 2, 1), decision(3, 2, 2)]
    assert before(decisions, decisions[2]) == decisions[0]


decided = st.lists(st.tuples(st.integers(1, 4), st.integers(0, 9)), max_size=8).map(
    lambda drawn: [decision(number, version, day) for number, (version, day) in enumerate(drawn, 1)]
)


@given(decided, st.integers(0, 9))
def test_what_is_planned_is_what_will_be_in_force(decisions: list[Activation], day: int) -> None:
    coming = planned(decisions, at(day))
    present = in_force(decisions, at(day))
    for later in range(day, 11):
        there = in_force(decisions, at(later))
        assert there == ([present] + [each for each in coming if each.begins_at <= at(later)])[-1]


@given(decided, st.integers(0, 9))
def test_rolling_back_ends_and_never_stays(decisions: list[Activation], day: int) -> None:
    steps = list(decisions)
    for _ in range(len(decisions) + 1):
        present = in_force(steps, at(day))
        found = before(steps, present) if present else None
        if present is None or found is None:
            return
        assert found.label != present.label
        steps.append(decision(len(steps) + 1, found.version, day, restores=found.number))
        restored = in_force(steps, at(day))
        assert restored is not None
        assert restored.label == found.label
    raise AssertionError("rolls back for ever")
