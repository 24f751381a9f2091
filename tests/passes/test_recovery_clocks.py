"""Recoveries of a store that holds times ahead of ours, and recoveries that a clock that was ahead began."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gateway.operations import intervention
from gateway.operations.intervention import Decision, DoubtDecision
from gateway.operations.recovery import declare, end
from gateway.runtime.clock import CLOCKS_DIFFER
from gateway.runtime.errors import GatewayError

from .conftest import SETTLE, Passes
from .restored_world import S

YEAR = timedelta(days=365)


def _held_by_a_clock_that_is_ahead(passes: Passes) -> str:
    """Return a queued notice of a store with the record of an act a year ahead."""
    [entry] = passes.admit("0")
    passes.clock.now += YEAR
    passes.intervene(entry.reference, intervention.hold_notice)
    passes.clock.now -= YEAR
    passes.clock.advance(minutes=1)
    passes.intervene(entry.reference, intervention.release_notice)
    return entry.reference


def _assert_ends_now(passes: Passes) -> None:
    """End the recovery by the present clock; what comes a day later is new."""
    passes.collect()
    ended = end(passes.store, passes.act("recovery.end"), "city", ["cases"], although=False)
    assert ended.ended_at is not None
    assert passes.clock() <= ended.ended_at <= passes.clock() + CLOCKS_DIFFER
    passes.clock.advance(days=1)
    [new] = passes.admit("new")
    assert new.state is S.QUEUED


def test_a_record_with_a_time_ahead_does_not_put_a_recovery_into_the_future(passes: Passes) -> None:
    reference = _held_by_a_clock_that_is_ahead(passes)
    begun = declare(passes.store, passes.act("recovery.begin"), "city")
    assert passes.clock() <= begun.since <= passes.clock() + CLOCKS_DIFFER
    for _ in range(3):
        passes.rescue()
        passes.clock.advance(minutes=31)
    assert passes.dispatch().counts["accepted"] == 1
    assert passes.judiciary.received == [reference]
    _assert_ends_now(passes)


def test_what_a_clock_that_was_ahead_said_of_a_notice_says_nothing_after_a_restore(passes: Passes) -> None:
    [entry] = passes.admit("0")
    passes.judiciary.answers = False
    passes.dispatch()
    passes.judiciary.answers = True
    passes.clock.now += YEAR
    decision = Decision(verdict=DoubtDecision.QUEUED, settle_after=SETTLE, although_it_may_arrive=True)
    passes.intervene(entry.reference, decision)
    passes.clock.now -= YEAR
    passes.clock.advance(minutes=1)
    cleared = passes.entry(entry.reference).cleared_at
    assert cleared is not None
    assert cleared > passes.clock()
    declare(passes.store, passes.act("recovery.begin"), "city")
    passes.clock.advance(minutes=1)
    passes.rescue()
    doubted = passes.entry(entry.reference)
    assert doubted.state is S.IN_DOUBT
    assert doubted.doubt_since is not None
    assert doubted.doubt_since <= passes.clock()


def _begun_a_year_ahead(passes: Passes) -> str:
    """Return a queued notice of a store whose recovery a clock began that was a year ahead."""
    [entry] = passes.admit("0")
    passes.clock.now += YEAR
    declare(passes.store, passes.act("recovery.begin"), "city")
    passes.clock.now -= YEAR
    passes.clock.advance(minutes=1)
    passes.rescue()
    return entry.reference


def test_in_a_recovery_that_a_clock_ahead_began_doubts_settle_all_the_same(passes: Passes) -> None:
    reference = _begun_a_year_ahead(passes)
    asked_at = passes.clock()
    while passes.dispatch().idle:
        passes.clock.advance(minutes=11)
        passes.rescue()
    assert passes.judiciary.received == [reference]
    assert SETTLE < passes.clock() - asked_at < timedelta(hours=2)


def test_in_such_a_recovery_the_decision_of_a_person_holds(passes: Passes) -> None:
    reference = _begun_a_year_ahead(passes)
    decision = Decision(verdict=DoubtDecision.QUEUED, settle_after=SETTLE, although_it_may_arrive=True)
    passes.intervene(reference, decision)
    passes.rescue()
    assert passes.dispatch().counts["accepted"] == 1
    _assert_ends_now(passes)


def test_no_recovery_ends_over_an_unasked_notice_that_was_admitted_by_a_clock_ahead(passes: Passes) -> None:
    passes.clock.now += YEAR
    [entry] = passes.admit("0")
    passes.clock.now -= YEAR
    declare(passes.store, passes.act("recovery.begin"), "city")
    passes.collect()
    with pytest.raises(GatewayError, match=rf"{entry.reference}.*recovery\.open-ends"):
        end(passes.store, passes.act("recovery.end"), "city", ["cases"], although=True)
    passes.rescue()
    end(passes.store, passes.act("recovery.end"), "city", ["cases"], although=True)
    assert passes.entry(entry.reference).state is S.IN_DOUBT
